using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>What a device's object says of its being there, from connecting to a restart of the server. Silence and its alarm are tested where time can be told.</summary>
public sealed class AvailabilityTests
{
    [Fact]
    public async Task A_connection_and_the_last_message_show_in_the_object_and_only_the_message_outlives_the_process()
    {
        using var folder = new TemporaryFolder();
        string id, lastMessage;
        await using (var server = await ServerProcess.StartOnAsync(folder["data"]))
        {
            var admin = Joining.AdminOf(server);
            var device = await Joining.JoinAsync(server, "present");
            using var mqtt = await MqttSocket.ConnectAsync(server, device.Connect);
            Assert.Empty(await mqtt.PublishedAsync("s/us", "100,Pump,acme_Pump\n117,30"));
            id = await Joining.ObjectIdAsync(admin, "present");
            lastMessage = await ShownAsync(admin, id, "c8y_Availability", "lastMessage", text => text is not null, "the first message");
            Assert.Equal("AVAILABLE", await ShownAsync(admin, id, "c8y_Availability", "status", _ => true, "a status"));
            Assert.Equal("DISCONNECTED", await ShownAsync(admin, id, "c8y_Connection", "status", _ => true, "a status"));

            await mqtt.SubscribedAsync("s/ds");
            await ShownAsync(admin, id, "c8y_Connection", "status", status => status == "CONNECTED", "the connection");
            var known = (await admin.GetAsync($"/inventory/managedObjects/{id}/availability")).Expect(200);
            Assert.Equal(
                (id, "present", "AVAILABLE", "CONNECTED", "30", lastMessage),
                (known.Text("deviceId"), known.Text("externalId"), known.Text("dataStatus"), known.Text("connectionStatus"), known.Json.GetProperty("interval").ToString(), known.Text("lastMessage")));
            await mqtt.SendAsync(MqttSocket.Disconnect);
            await ShownAsync(admin, id, "c8y_Connection", "status", status => status == "DISCONNECTED", "the end of the connection");

            using var second = await MqttSocket.ConnectAsync(server, device.Connect);
            await second.SubscribedAsync("s/ds");
            await ShownAsync(admin, id, "c8y_Connection", "status", status => status == "CONNECTED", "the second connection");
            // Whoever is cut off is gone as well, whatever became of its rights.
            (await admin.PutAsync($"/user/t1/users/{device.UserName}", """{"enabled":false}""")).Expect(200);
            await ShownAsync(admin, id, "c8y_Connection", "status", status => status == "DISCONNECTED", "the end of a connection whose user was disabled");
            (await admin.PutAsync($"/user/t1/users/{device.UserName}", """{"enabled":true}""")).Expect(200);

            using var third = await MqttSocket.ConnectAsync(server, device.Connect);
            await third.SubscribedAsync("s/ds");
            await ShownAsync(admin, id, "c8y_Connection", "status", status => status == "CONNECTED", "the third connection");
            await server.KillAsync();
        }

        await using var again = await ServerProcess.StartOnAsync(folder["data"]);
        var user = Joining.AdminOf(again);
        Assert.Equal("DISCONNECTED", await ShownAsync(user, id, "c8y_Connection", "status", _ => true, "a status"));
        Assert.Equal(lastMessage, await ShownAsync(user, id, "c8y_Availability", "lastMessage", _ => true, "a time"));
    }

    [Fact]
    public async Task Plain_text_is_the_time_alone_and_what_is_no_device_has_none()
    {
        await using var server = await ServerProcess.StartAsync();
        var admin = Joining.AdminOf(server);
        var group = await admin.NewObjectAsync("""{"type":"c8y_DeviceGroup"}""");
        (await admin.GetAsync($"/inventory/managedObjects/{group}/availability")).ExpectError(404, "inventory/Not Found");

        var pump = await admin.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        (await admin.PutAsync($"/inventory/managedObjects/{pump}", "{}")).Expect(200);
        using var http = server.NewClientOf("t1/admin", FirstPasswords.Admin);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/inventory/managedObjects/{pump}/availability");
        request.Headers.Add("Accept", "text/plain");
        using var answer = await http.SendAsync(request);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        var now = TimeProvider.System.GetUtcNow();
        Assert.InRange(DateTimeOffset.Parse(await answer.Content.ReadAsStringAsync(), System.Globalization.CultureInfo.InvariantCulture), now.AddMinutes(-1), now.AddSeconds(1));

        // The same change by an application would have left it unheard of.
        var other = await admin.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        using var change = new HttpRequestMessage(HttpMethod.Put, $"/inventory/managedObjects/{other}") { Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json") };
        change.Headers.Add("X-Cumulocity-Application-Key", "cockpit-key");
        using var changed = await http.SendAsync(change);
        Assert.Equal(System.Net.HttpStatusCode.OK, changed.StatusCode);
        (await admin.GetAsync($"/inventory/managedObjects/{other}/availability")).ExpectError(404, "inventory/Not Found");
    }

    /// <summary>The value of a member of a fragment, once it is as wanted.</summary>
    private static async Task<string> ShownAsync(RestClient user, string id, string fragment, string member, Predicate<string?> isWanted, string what)
    {
        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        while (true)
        {
            var document = (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(200).Json;
            var value = document.TryGetProperty(fragment, out var of) && of.TryGetProperty(member, out var text) ? text.GetString() : null;
            if (isWanted(value)) return value!;
            Assert.False(giveUp.IsCancellationRequested, $"Waited for {what}: {fragment}.{member} is {value}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
