using System.Text.Json;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>Events and alarms as devices send them: rows of mosquitto, documents of paho, and what one socket read costs.</summary>
public sealed class EventAndAlarmTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private ServerProcess Server => shared.Server;

    private RestClient Admin => field ??= Joining.AdminOf(shared.Server);

    [Fact]
    public async Task Rows_of_mosquitto_become_events_and_alarms()
    {
        var device = await Joining.JoinAsync(Server, "rows");
        await PublishAsync(device, "s/us", "400,acme_Door,Door opened,2026-11-20T08:00:00.000Z\n401,50.1,8.25,100,3\n402,51.1,9.25");
        await PublishAsync(device, "s/us", "301,acme_Fire,Fire,2026-11-20T08:00:00.000Z\n302,acme_Dry\n302,acme_Dry\n303,acme_Door,open\n304,acme_Dust,dust");
        await PublishAsync(device, "s/us", "305,acme_Fire,MINOR\n306,acme_Door");
        await PublishAsync(device, "s/us/rows:motor", "400,acme_Spin,spins\n301,acme_Stall,stalls");
        var objectId = await Joining.ObjectIdAsync(Admin, "rows");

        var events = await Admin.ListAsync($"/event/events?source={objectId}&dateTo=2100-01-01&revert=true", "events");
        Assert.Equal([("acme_Door", "Door opened"), ("c8y_LocationUpdate", "Location updated"), ("c8y_LocationUpdate", "Location updated")], events.Select(row => (Text(row, "type"), Text(row, "text"))));
        Assert.Equal("2026-11-20T08:00:00.000Z", Text(events[0], "time"));
        Assert.Equal("""{"lat":50.1,"lng":8.25,"alt":100,"accuracy":3}""", events[1].GetProperty("c8y_Position").GetRawText());
        var pump = (await Admin.GetAsync($"/inventory/managedObjects/{objectId}")).Expect(200).Json;
        Assert.Equal("""{"lat":51.1,"lng":9.25}""", pump.GetProperty("c8y_Position").GetRawText());
        Assert.Equal("""{"critical":0,"major":1,"minor":1,"warning":1}""", pump.GetProperty("c8y_ActiveAlarmsStatus").GetRawText());

        var alarms = (await Admin.ListAsync($"/alarm/alarms?source={objectId}", "alarms")).ToDictionary(row => Text(row, "type"));
        Assert.Equal(("Fire", "MINOR", "ACTIVE", "2026-11-20T08:00:00.000Z"), (Text(alarms["acme_Fire"], "text"), Text(alarms["acme_Fire"], "severity"), Text(alarms["acme_Fire"], "status"), Text(alarms["acme_Fire"], "time")));
        Assert.Equal(("Alarm of type acme_Dry raised", 2), (Text(alarms["acme_Dry"], "text"), alarms["acme_Dry"].GetProperty("count").GetInt32()));
        Assert.Equal(("MINOR", "CLEARED"), (Text(alarms["acme_Door"], "severity"), Text(alarms["acme_Door"], "status")));
        Assert.Equal("WARNING", Text(alarms["acme_Dust"], "severity"));
        var motor = await Joining.ObjectIdAsync(Admin, "rows:motor");
        Assert.Equal("acme_Spin", Text(Assert.Single(await Admin.ListAsync($"/event/events?source={motor}", "events")), "type"));
        Assert.Equal("acme_Stall", Text(Assert.Single(await Admin.ListAsync($"/alarm/alarms?source={motor}", "alarms")), "type"));
        var created = (await Admin.GetAsync($"/audit/auditRecords?type=Alarm&source={Text(alarms["acme_Fire"], "id")}")).List("auditRecords").ToList();
        Assert.Equal(["Alarm updated", "Alarm created"], created.Select(record => Text(record, "activity")));
        Assert.All(created, record => Assert.Equal("device_rows", Text(record, "user")));
    }

    [Fact]
    public async Task Rows_find_what_they_change_by_its_type_and_say_so_when_there_is_nothing()
    {
        var device = await Joining.JoinAsync(Server, "finding");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/e");
        await mqtt.PublishedAsync("s/us", "100");
        var objectId = await Joining.ObjectIdAsync(Admin, "finding");
        (await Admin.PostAsync("/event/events", $$"""{"source":{"id":"{{objectId}}"},"type":"t","text":"old","time":"2026-11-20T08:00:00Z","a":1,"b":2}""")).Expect(201);
        (await Admin.PostAsync("/event/events", $$"""{"source":{"id":"{{objectId}}"},"type":"t","text":"new","time":"2026-11-20T09:00:00Z","a":1,"b":2}""")).Expect(201);
        (await Admin.PostAsync("/alarm/alarms", $$"""{"source":{"id":"{{objectId}}"},"type":"t","text":"x","severity":"MAJOR","time":"2026-11-20T08:00:00Z","a":1,"b":2}""")).Expect(201);

        Assert.Empty(await mqtt.PublishedAsync("s/us", "407,t,a\n307,t,b", 2));
        var events = await Admin.ListAsync($"/event/events?source={objectId}", "events");
        Assert.Equal(["b"], Free(events[0]));
        Assert.Equal(["a", "b"], Free(events[1]));
        Assert.Equal(["a"], Free(Assert.Single(await Admin.ListAsync($"/alarm/alarms?source={objectId}", "alarms"))));

        // A row of the same read finds what one before it stored.
        Assert.Empty(await mqtt.PublishedAsync("s/us", "200,f,s,1\n400,u,first\n407,u,a\n306,t", 3));
        var lines = await mqtt.PublishedAsync("s/us", "306,t\n305,none,MINOR\n407,none,a\n400,v,stored", 4);
        // The writer acknowledges what the last row stored, whether or not the lines about the others have left by then.
        while (lines.Count < 3) lines.Add(await mqtt.MessageAsync("a line for each row that came to nothing"));
        Assert.Equal(["50,306,", "50,305,", "50,407,"], lines.Select(line => line.Payload[..7]));
        Assert.Equal("v", Text((await Admin.ListAsync($"/event/events?source={objectId}", "events"))[0], "type"));
    }

    [Fact]
    public async Task Documents_of_paho_are_stored_changed_and_deleted()
    {
        (await Admin.PostAsync("/devicecontrol/newDeviceRequests", """{"id":"documents"}""")).Expect(201);
        object[][] messages =
        [
            ["event/events/create", """{"type":"one","text":"x","time":"2026-11-20T08:00:00Z","source":{"id":"1"},"acme_M":{ "v":1.50 }}""", 1],
            ["event/events/createBulk", """{"events":[{"type":"two","text":"x","time":"2026-11-20T08:00:01Z"},{"type":"three","text":"x","time":"2026-11-20T08:00:02Z","externalSource":{"externalId":"documents:motor","type":"c8y_Serial"}}]}""", 2],
            ["alarm/alarms/create", """{"type":"dry","text":"dry","severity":"MAJOR","time":"2026-11-20T08:00:00Z"}""", 1],
            ["alarm/alarms/createBulk", """{"alarms":[{"type":"dry","text":"dry","severity":"MAJOR","time":"2026-11-20T08:00:01Z"},{"type":"wet","text":"wet","severity":"MINOR","time":"2026-11-20T08:00:01Z"}]}""", 1],
            ["event/events/create", """{"type":"no text"}""", 1],
            ["alarm/alarms/create", "{", 1],
            ["event/events/delete/1", "", 1],
        ];
        await using var agent = ForeignProgram.Start("/usr/bin/python3", Path.Combine(BailiwickProcess.ProgramFolder, "Devices", "agent.py"),
            $"{Server.MqttPort}", "documents", FirstPasswords.Device, "3", JsonSerializer.Serialize(messages));
        await agent.LineAsync("waiting");
        (await Admin.PutAsync("/devicecontrol/newDeviceRequests/documents", """{"status":"ACCEPTED"}""")).Expect(200);
        var ended = await agent.EndAsync();
        Assert.True(ended.ExitCode == 0, $"{string.Join('\n', ended.Output)}\n{string.Join('\n', ended.Errors)}");
        Assert.Equal(
            ["Following mandatory fields should be included: text,time", "it is not JSON", "No event for id '1'"],
            ended.Output.Where(line => line.StartsWith("received error ", StringComparison.Ordinal)).Select(line => Texts.First(text => line.Contains(text, StringComparison.Ordinal))));

        var objectId = await Joining.ObjectIdAsync(Admin, "documents");
        var events = await Admin.ListAsync($"/event/events?source={objectId}", "events");
        Assert.Equal(["two", "one"], events.Select(row => Text(row, "type")));
        Assert.Equal("""{ "v":1.50 }""", events[1].GetProperty("acme_M").GetRawText());
        Assert.Equal("three", Text(Assert.Single(await Admin.ListAsync($"/event/events?source={await Joining.ObjectIdAsync(Admin, "documents:motor")}", "events")), "type"));
        var alarms = (await Admin.ListAsync($"/alarm/alarms?source={objectId}", "alarms")).ToDictionary(row => Text(row, "type"));
        Assert.Equal(2, alarms["dry"].GetProperty("count").GetInt32());
        Assert.Equal("MINOR", Text(alarms["wet"], "severity"));
    }

    [Fact]
    public async Task A_document_changes_or_deletes_what_its_topic_names()
    {
        var device = await Joining.JoinAsync(Server, "by-id");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("error");
        await mqtt.PublishedAsync("s/us", "400,a,first\n400,b,second\n301,c,third\n200,d,s,1\n200,e,s,2");
        var objectId = await Joining.ObjectIdAsync(Admin, "by-id");
        var events = (await Admin.ListAsync($"/event/events?source={objectId}", "events")).ToDictionary(row => Text(row, "type"), row => Text(row, "id"));
        var alarm = Text(Assert.Single(await Admin.ListAsync($"/alarm/alarms?source={objectId}", "alarms")), "id");
        var measurements = (await Admin.ListAsync($"/measurement/measurements?source={objectId}", "measurements")).ToDictionary(row => row.TryGetProperty("d", out _) ? "d" : "e", row => Text(row, "id"));

        Assert.Empty(await mqtt.PublishedAsync($"event/events/update/{events["a"]}", """{"text":"changed","acme_X":{}}""", 2));
        Assert.Empty(await mqtt.PublishedAsync($"event/events/delete/{events["b"]}", "", 3));
        Assert.Empty(await mqtt.PublishedAsync($"alarm/alarms/update/{alarm}", """{"status":"ACKNOWLEDGED"}""", 4));
        Assert.Equal("changed", (await Admin.GetAsync($"/event/events/{events["a"]}")).Expect(200).Text("text"));
        (await Admin.GetAsync($"/event/events/{events["b"]}")).Expect(404);
        Assert.Equal("ACKNOWLEDGED", (await Admin.GetAsync($"/alarm/alarms/{alarm}")).Expect(200).Text("status"));
        var late = Assert.Single(await mqtt.PublishedAsync($"event/events/delete/{events["b"]}", "", 5));
        Assert.Contains("\"messageId\":5", late.Payload, StringComparison.Ordinal);
        var wrong = Assert.Single(await mqtt.PublishedAsync($"alarm/alarms/update/{alarm}", """{"count":1}""", 6));
        Assert.Contains("\"messageId\":6", wrong.Payload, StringComparison.Ordinal);
        Assert.Empty(await mqtt.PublishedAsync($"measurement/measurements/delete/{measurements["e"]}", "", 7));
        Assert.Equal(measurements["d"], Text(Assert.Single(await Admin.ListAsync($"/measurement/measurements?source={objectId}", "measurements")), "id"));
        var again = Assert.Single(await mqtt.PublishedAsync($"measurement/measurements/delete/{measurements["e"]}", "", 8));
        Assert.Contains("\"messageId\":8", again.Payload, StringComparison.Ordinal);
    }

    private static readonly string[] Texts = ["Following mandatory fields should be included: text,time", "it is not JSON", "No event for id '1'"];

    private static IEnumerable<string> Free(JsonElement row) => row.EnumerateObject().Select(member => member.Name).Where(name => name is "a" or "b");

    private async Task PublishAsync(Credentials device, string topic, string payload)
    {
        var ended = await ForeignProgram.RunAsync(
            "mosquitto_pub", "-h", "127.0.0.1", "-p", $"{Server.MqttPort}", "-i", device.DeviceId, "-u", device.MqttUser, "-P", device.Password, "-q", "1", "-t", topic, "-m", payload);
        Assert.True(ended.ExitCode == 0, string.Join('\n', ended.Errors));
    }

    private static string Text(JsonElement from, string name) => from.GetProperty(name).GetString()!;
}
