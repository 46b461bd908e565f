using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>A device whose clock runs years ahead is told so, over every door, and loses nothing else that it sends.</summary>
public sealed class ClockTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Future = "2199-01-01T00:00:00.000Z";

    private RestClient Admin => field ??= Joining.AdminOf(shared.Server);

    [Fact]
    public async Task Over_REST_each_kind_is_refused_as_a_whole()
    {
        var source = await Admin.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        var other = await Admin.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        string Measurement(string id, string time) => $$$"""{"source":{"id":"{{{id}}}"},"time":"{{{time}}}","type":"t","a":{"b":{"value":1}} }""";
        const string now = "2026-11-20T08:00:00.000Z";
        Assert.Contains("hours ahead", (await Admin.PostAsync("/measurement/measurements", Measurement(source, Future))).Expect(422).Text("message"), StringComparison.Ordinal);
        Assert.Contains("hours ahead", (await Admin.PostAsync("/measurement/measurements", $$"""{"measurements":[{{Measurement(source, now)}},{{Measurement(other, Future)}}]}""")).Expect(422).Text("message"), StringComparison.Ordinal);
        Assert.Contains("hours ahead", (await Admin.PostAsync("/event/events", $$"""{"source":{"id":"{{source}}"},"time":"{{Future}}","type":"t","text":"x"}""")).Expect(422).Text("message"), StringComparison.Ordinal);
        Assert.Contains("hours ahead", (await Admin.PostAsync("/alarm/alarms", $$"""{"source":{"id":"{{source}}"},"time":"{{Future}}","type":"t","text":"x","severity":"MAJOR"}""")).Expect(422).Text("message"), StringComparison.Ordinal);
        foreach (var (path, list) in ((string, string)[])[("/measurement/measurements", "measurements"), ("/event/events", "events"), ("/alarm/alarms", "alarms")])
            Assert.Empty(await Admin.ListAsync($"{path}?source={source}", list));
    }

    [Fact]
    public async Task Over_MQTT_the_row_gets_its_line_and_the_others_are_stored()
    {
        var device = await Joining.JoinAsync(shared.Server, "ahead");
        using var mqtt = await MqttSocket.ConnectAsync(shared.Server, device.Connect);
        await mqtt.PublishedAsync("s/us", "100");
        await mqtt.SendAsync(MqttSocket.Subscribe(1, "s/e"));
        Assert.Equal(MqttPacket.SubAck, (await mqtt.ReadAsync("SUBACK"))!.Header);
        await mqtt.SendAsync(MqttSocket.Publish("s/us", $"200,c8y_T,T,1,C,{Future}\n200,c8y_T,T,2,C", qos: 1, id: 2));
        // The writer acknowledges as soon as the good row is durable, the session tells of the bad one: in either order.
        MqttPacket[] answers = [(await mqtt.ReadAsync("PUBACK or the error line"))!, (await mqtt.ReadAsync("the other of PUBACK and error line"))!];
        Assert.Single(answers, answer => answer.Header == MqttPacket.PubAck);
        var line = Assert.Single(answers, answer => answer.IsPublish).Payload;
        Assert.StartsWith("45,200,", line, StringComparison.Ordinal);
        Assert.Contains("hours ahead", line, StringComparison.Ordinal);
        var source = await Joining.ObjectIdAsync(Admin, "ahead");
        Assert.Equal(2, Assert.Single(await Admin.ListAsync($"/measurement/measurements?source={source}", "measurements")).GetProperty("c8y_T").GetProperty("T").GetProperty("value").GetInt32());
    }
}
