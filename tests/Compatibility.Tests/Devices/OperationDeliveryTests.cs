using System.Text.Json;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>How operations reach devices and come back, packet by packet and with the programs that devices run.</summary>
public sealed class OperationDeliveryTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Operations = "/devicecontrol/operations";

    private ServerProcess Server => shared.Server;

    private RestClient Admin => field ??= Joining.AdminOf(shared.Server);

    [Fact]
    public async Task What_waits_comes_with_the_subscription_and_what_is_made_later_comes_at_once_in_order()
    {
        var (device, id) = await DeviceAsync("order");
        await MakeAsync(id, """{"c8y_Restart":{}}""");
        await MakeAsync(id, """{"c8y_Command":{"text":"echo \"a,b\""}}""");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/ds");
        Assert.Equal($"510,{device.DeviceId}", (await HeardAsync(mqtt, "s/ds")).Payload);
        Assert.Equal($"511,{device.DeviceId},\"echo \\\"a,b\\\"\"", (await HeardAsync(mqtt, "s/ds")).Payload);

        for (var number = 1; number <= 20; number++) await MakeAsync(id, $$"""{"c8y_Command":{"text":"{{number}}"} }""");
        for (var number = 1; number <= 20; number++) Assert.Equal($"511,{device.DeviceId},{number}", (await HeardAsync(mqtt, "s/ds")).Payload);
        Assert.Equal(22, (await Admin.ListAsync($"{Operations}?deviceId={id}&status=PENDING", "operations")).Count);
    }

    [Fact]
    public async Task What_still_waits_comes_again_on_reconnecting_and_on_request_and_what_was_taken_up_does_not()
    {
        var (device, id) = await DeviceAsync("again");
        var taken = await MakeAsync(id, """{"c8y_Restart":{}}""");
        await MakeAsync(id, """{"c8y_Command":{"text":"ls"}}""");
        using (var first = await MqttSocket.ConnectAsync(Server, device.Connect))
        {
            await first.SubscribedAsync("s/ds");
            await HeardAsync(first, "s/ds");
            await HeardAsync(first, "s/ds");
            Assert.Empty(await first.PublishedAsync("s/us", "501,c8y_Restart"));
            Assert.Equal("EXECUTING", await StatusAsync(taken));
        }

        using var second = await MqttSocket.ConnectAsync(Server, device.Connect);
        await second.SubscribedAsync("s/ds");
        Assert.Equal($"511,{device.DeviceId},ls", (await HeardAsync(second, "s/ds")).Payload);
        await second.SendAsync(MqttSocket.Publish("s/us", "500", qos: 1, id: 7));
        Assert.Equal($"511,{device.DeviceId},ls", (await HeardAsync(second, "s/ds")).Payload);
    }

    [Fact]
    public async Task A_device_ends_what_it_took_up_and_says_what_came_of_it()
    {
        var (device, id) = await DeviceAsync("cycle");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/e");
        var (command, restart, log, relays) = (await MakeAsync(id, """{"c8y_Command":{"text":"ls","acme_Kept":1.50}}"""), await MakeAsync(id, """{"c8y_Restart":{}}"""),
            await MakeAsync(id, """{"c8y_LogfileRequest":{"logFile":"syslog"}}"""), await MakeAsync(id, """{"c8y_RelayArray":["OPEN","CLOSED"]}"""));
        Assert.Empty(await mqtt.PublishedAsync("s/us", "501,c8y_Command\n503,c8y_Command,\"a \"\"b\"\"\"\n501,c8y_Restart\n502,c8y_Restart,no power"));
        Assert.Empty(await mqtt.PublishedAsync("s/us", $"504,{log}\n506,{log},http://logs/1\n501,c8y_RelayArray\n503,c8y_RelayArray,CLOSED,OPEN"));

        Assert.Contains("""{"text":"ls","acme_Kept":1.50,"result":"a \"b\""}""", (await Admin.GetAsync($"{Operations}/{command}")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Equal(("SUCCESSFUL", "FAILED", "SUCCESSFUL", "SUCCESSFUL"), (await StatusAsync(command), await StatusAsync(restart), await StatusAsync(log), await StatusAsync(relays)));
        Assert.Equal("no power", (await Admin.GetAsync($"{Operations}/{restart}")).Text("failureReason"));
        Assert.Equal("http://logs/1", (await Admin.GetAsync($"{Operations}/{log}")).Json.GetProperty("c8y_LogfileRequest").GetProperty("file").GetString());
        Assert.Equal(["CLOSED", "OPEN"], (await ObjectAsync(id)).GetProperty("c8y_RelayArray").EnumerateArray().Select(state => state.GetString()!));

        foreach (var row in new[] { "503,c8y_Command,x", $"506,{command}", "502,c8y_Restart" })
            Assert.StartsWith(row[..3] == "506" ? "45,506," : $"50,{row[..3]},", Assert.Single(await mqtt.PublishedAsync("s/us", row)).Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_under_way_is_ended_with_one_row_and_what_only_waits_is_not()
    {
        var (device, id) = await DeviceAsync("all");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        string[] made = [await MakeAsync(id, """{"c8y_Restart":{}}"""), await MakeAsync(id, """{"c8y_Restart":{}}"""), await MakeAsync(id, """{"c8y_Command":{}}"""), await MakeAsync(id, """{"c8y_Command":{}}""")];
        Assert.Empty(await mqtt.PublishedAsync("s/us", "501,c8y_Restart\n501,c8y_Restart\n501,c8y_Command\n507,c8y_Restart,agent restarted"));
        Assert.Equal(["FAILED", "FAILED", "EXECUTING", "PENDING"], await Task.WhenAll(made.Select(StatusAsync)));
        Assert.Empty(await mqtt.PublishedAsync("s/us", "507"));
        Assert.Equal(["FAILED", "FAILED", "FAILED", "PENDING"], await Task.WhenAll(made.Select(StatusAsync)));
    }

    [Fact]
    public async Task A_childs_operations_go_to_its_parents_connection_and_come_back_by_its_topic_and_by_their_id()
    {
        var (device, _) = await DeviceAsync("parent");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        var (child, grandchild) = ($"{device.DeviceId}:motor", $"{device.DeviceId}:sensor");
        Assert.Empty(await mqtt.PublishedAsync("s/us", $"101,{child},Motor"));
        Assert.Empty(await mqtt.PublishedAsync($"s/us/{child}", $"101,{grandchild},Sensor"));
        await mqtt.SubscribedAsync("s/ds");
        var (childId, grandchildId) = (await Joining.ObjectIdAsync(Admin, child), await Joining.ObjectIdAsync(Admin, grandchild));
        var (first, second) = (await MakeAsync(childId, """{"c8y_Restart":{}}"""), await MakeAsync(grandchildId, """{"c8y_Restart":{}}"""));
        Assert.Equal($"510,{child}", (await HeardAsync(mqtt, "s/ds")).Payload);
        Assert.Equal($"510,{grandchild}", (await HeardAsync(mqtt, "s/ds")).Payload);

        Assert.Empty(await mqtt.PublishedAsync($"s/us/{child}", "501,c8y_Restart\n503,c8y_Restart"));
        Assert.Empty(await mqtt.PublishedAsync("s/us", $"504,{second}\n506,{second}"));
        Assert.Equal(("SUCCESSFUL", "SUCCESSFUL"), (await StatusAsync(first), await StatusAsync(second)));
    }

    [Fact]
    public async Task A_child_that_is_another_users_is_not_spoken_for()
    {
        var (device, id) = await DeviceAsync("stranger");
        var foreign = await Admin.NewObjectAsync("""{"name":"foreign"}""");
        (await Admin.PostAsync($"/inventory/managedObjects/{id}/childDevices", $$$"""{"managedObject":{"id":"{{{foreign}}}"}}""")).Expect(201);
        var made = await MakeAsync(foreign, """{"c8y_Restart":{}}""");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/ds");
        await MakeAsync(foreign, """{"c8y_Restart":{}}""");
        await MakeAsync(id, """{"c8y_Command":{"text":"own"}}""");
        Assert.Equal($"511,{device.DeviceId},own", (await HeardAsync(mqtt, "s/ds")).Payload);
        await mqtt.SubscribedAsync("s/e");
        Assert.StartsWith("50,504,", Assert.Single(await mqtt.PublishedAsync("s/us", $"504,{made}")).Payload, StringComparison.Ordinal);
        Assert.Equal("PENDING", await StatusAsync(made));
    }

    [Fact]
    public async Task A_child_agent_with_a_connection_of_its_own_gets_its_operations_itself()
    {
        var ((gateway, gatewayId), (inner, innerId)) = (await DeviceAsync("gateway"), await DeviceAsync("inner"));
        (await Admin.PostAsync($"/inventory/managedObjects/{gatewayId}/childDevices", $$$"""{"managedObject":{"id":"{{{innerId}}}"}}""")).Expect(201);
        (await Admin.PutAsync($"/inventory/managedObjects/{innerId}", $$"""{"owner":"{{gateway.UserName}}"}""")).Expect(200);
        await MakeAsync(innerId, """{"c8y_Command":{"text":"1"}}""");

        using var above = await MqttSocket.ConnectAsync(Server, gateway.Connect);
        await above.SubscribedAsync("s/ds");
        Assert.Equal($"511,{inner.DeviceId},1", (await HeardAsync(above, "s/ds")).Payload);

        // Now it is the inner device that listens, and owns itself again.
        (await Admin.PutAsync($"/inventory/managedObjects/{innerId}", $$"""{"owner":"{{inner.UserName}}"}""")).Expect(200);
        using var own = await MqttSocket.ConnectAsync(Server, inner.Connect);
        await own.SubscribedAsync("s/ds");
        Assert.Equal($"511,{inner.DeviceId},1", (await HeardAsync(own, "s/ds")).Payload);
        await MakeAsync(innerId, """{"c8y_Command":{"text":"2"}}""");
        Assert.Equal($"511,{inner.DeviceId},2", (await HeardAsync(own, "s/ds")).Payload);
    }

    [Fact]
    public async Task What_a_child_agent_did_not_take_up_before_it_left_comes_to_its_gateway()
    {
        var ((gateway, gatewayId), (inner, innerId)) = (await DeviceAsync("gateway-of-leaver"), await DeviceAsync("leaver"));
        (await Admin.PostAsync($"/inventory/managedObjects/{gatewayId}/childDevices", $$$"""{"managedObject":{"id":"{{{innerId}}}"}}""")).Expect(201);
        (await Admin.PutAsync($"/user/t1/users/{gateway.UserName}", $$$"""{"devicePermissions":{"{{{innerId}}}":["OPERATION:*:READ"]}}""")).Expect(200);
        using var above = await MqttSocket.ConnectAsync(Server, gateway.Connect);
        await above.SubscribedAsync("s/ds");
        using (var own = await MqttSocket.ConnectAsync(Server, inner.Connect))
        {
            await own.SubscribedAsync("s/ds");
            await MakeAsync(innerId, """{"c8y_Command":{"text":"1"}}""");
            Assert.Equal($"511,{inner.DeviceId},1", (await HeardAsync(own, "s/ds")).Payload);
            await MakeAsync(gatewayId, """{"c8y_Command":{"text":"its own"}}""");
            Assert.Equal($"511,{gateway.DeviceId},its own", (await HeardAsync(above, "s/ds")).Payload);
        }

        Assert.Equal($"511,{inner.DeviceId},1", (await HeardAsync(above, "s/ds")).Payload);
    }

    [Fact]
    public async Task Operations_come_as_documents_to_who_wants_documents()
    {
        var (device, id) = await DeviceAsync("document");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("devicecontrol/notifications");
        var made = await MakeAsync(id, """{"description":"Restart","c8y_Restart":{ "hard":1.50 }}""");
        var heard = await HeardAsync(mqtt, "devicecontrol/notifications");
        Assert.Contains("\"c8y_Restart\":{ \"hard\":1.50 }", heard.Payload, StringComparison.Ordinal);
        var document = JsonDocument.Parse(heard.Payload).RootElement;
        Assert.Equal((made, id, id, "PENDING", "Restart"), (document.GetProperty("id").GetString(), document.GetProperty("deviceId").GetString(),
            document.GetProperty("agentId").GetString(), document.GetProperty("status").GetString(), document.GetProperty("description").GetString()));
        Assert.Equal("PENDING", document.GetProperty("delivery").GetProperty("status").GetString());
        Assert.Equal((device.DeviceId, "c8y_Serial"), (document.GetProperty("externalSource").GetProperty("externalId").GetString(), document.GetProperty("externalSource").GetProperty("type").GetString()));

        // As an agent does that takes documents and answers in rows.
        Assert.Empty(await mqtt.PublishedAsync("s/us", $"504,{made}\n506,{made}"));
        Assert.Equal("SUCCESSFUL", await StatusAsync(made));
    }

    [Fact]
    public async Task One_who_unsubscribes_hears_no_more_and_one_who_subscribes_twice_hears_once_in_each_form()
    {
        var (device, id) = await DeviceAsync("both");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/ds");
        await mqtt.SubscribedAsync("devicecontrol/notifications");
        await MakeAsync(id, """{"c8y_Restart":{}}""");
        Assert.Equal(["devicecontrol/notifications", "s/ds"], new[] { (await mqtt.MessageAsync("one form")).Topic, (await mqtt.MessageAsync("the other")).Topic }.Order(StringComparer.Ordinal));
        await mqtt.SendAsync(MqttSocket.Unsubscribe(9, "s/ds"), MqttSocket.Unsubscribe(10, "devicecontrol/notifications"));
        await mqtt.ExpectAsync(0xB0, "UNSUBACK");
        await mqtt.ExpectAsync(0xB0, "the second UNSUBACK");
        await MakeAsync(id, """{"c8y_Restart":{}}""");
        await mqtt.SendAsync(MqttSocket.PingReq);
        await mqtt.ExpectAsync(MqttPacket.PingResp, "PINGRESP and no operation");
    }

    [Fact]
    public async Task Nothing_is_brought_to_a_device_whose_user_was_disabled()
    {
        var (device, id) = await DeviceAsync("disabled");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/ds");
        (await Admin.PutAsync($"/user/t1/users/{device.UserName}", """{"enabled":false}""")).Expect(200);
        await MakeAsync(id, """{"c8y_Restart":{}}""");
        Assert.DoesNotContain(await mqtt.ClosedAsync("the end of a session whose user was disabled"), packet => packet.IsPublish);
    }

    [Fact]
    public async Task A_device_that_was_deleted_and_made_again_hears_of_what_is_made_for_it()
    {
        var (device, old) = await DeviceAsync("reborn");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/ds");
        (await Admin.DeleteAsync($"/inventory/managedObjects/{old}")).Expect(204);
        await mqtt.PublishedAsync("s/us", "200,f,v,1");
        var id = await Joining.ObjectIdAsync(Admin, device.DeviceId);
        Assert.NotEqual(old, id);
        await MakeAsync(id, """{"c8y_Restart":{}}""");
        Assert.Equal($"510,{device.DeviceId}", (await HeardAsync(mqtt, "s/ds")).Payload);
    }

    [Fact]
    public async Task A_device_without_MQTT_asks_over_HTTP()
    {
        var (device, id) = await DeviceAsync("polling");
        var made = await MakeAsync(id, """{"c8y_Restart":{}}""");
        var http = device.Rest(Server);
        var waiting = (await http.GetAsync($"{Operations}?agentId={id}&status=PENDING")).Expect(200).List("operations").Single();
        Assert.Equal((made, device.DeviceId), (waiting.GetProperty("id").GetString(), waiting.GetProperty("deviceExternalIDs").GetProperty("externalIds")[0].GetProperty("externalId").GetString()));
        (await http.PutAsync($"{Operations}/{made}", """{"status":"EXECUTING"}""")).Expect(200);
        (await http.PutAsync($"{Operations}/{made}", """{"status":"SUCCESSFUL"}""")).Expect(200);
        Assert.Empty((await http.GetAsync($"{Operations}?agentId={id}&status=PENDING")).List("operations"));
    }

    [Fact]
    public async Task Mosquitto_and_paho_hear_operations_and_answer_them()
    {
        var (device, id) = await DeviceAsync("foreign");
        var made = await MakeAsync(id, """{"c8y_SoftwareUpdate":[{"name":"nginx","version":"1.24","url":"http://n","action":"install"},{"name":"oldpkg","action":"delete"}]}""");
        var heard = await ForeignProgram.RunAsync("mosquitto_sub", [.. As(device), "-q", "1", "-C", "1", "-t", "s/ds"]);
        Assert.Equal($"528,{device.DeviceId},nginx,1.24,http://n,install,oldpkg,,,delete", Assert.Single(heard.Output));
        var answered = await ForeignProgram.RunAsync("mosquitto_pub", [.. As(device), "-q", "1", "-t", "s/us", "-m", "501,c8y_SoftwareUpdate\n140,nginx,1.24,deb,\n503,c8y_SoftwareUpdate"]);
        Assert.True(answered.ExitCode == 0, string.Join('\n', answered.Errors));
        Assert.Equal("SUCCESSFUL", await StatusAsync(made));
        Assert.Equal("deb", (await ObjectAsync(id)).GetProperty("c8y_SoftwareList")[0].GetProperty("softwareType").GetString());

        await MakeAsync(id, """{"c8y_Restart":{}}""");
        var paho = await ForeignProgram.RunAsync("/usr/bin/python3", "-c", """
            import sys, paho.mqtt.client as mqtt
            port, client_id, user, password = sys.argv[1:]
            client = mqtt.Client(client_id=client_id, clean_session=True, protocol=mqtt.MQTTv311)
            client.username_pw_set(user, password)
            client.on_connect = lambda c, *rest: c.subscribe([("s/ds", 1), ("s/dc/#", 1), ("devicecontrol/notifications", 2)])
            heard = []
            def on_message(c, data, message):
                heard.append((message.topic, message.qos, message.payload.decode()))
                if len(heard) == 2:
                    for one in sorted(heard): print(*one, flush=True)
                    c.disconnect()
            client.on_message = on_message
            client.connect("127.0.0.1", int(port), keepalive=30)
            client.loop_forever()
            """, $"{Server.MqttPort}", device.DeviceId, device.MqttUser, device.Password);
        Assert.True(paho.ExitCode == 0, string.Join('\n', paho.Errors));
        Assert.StartsWith("devicecontrol/notifications 2 {\"id\":", paho.Output[0], StringComparison.Ordinal);
        Assert.Equal($"s/ds 1 510,{device.DeviceId}", paho.Output[1]);
    }

    [Fact]
    public async Task A_sign_of_life_changes_nothing_and_what_is_the_platforms_to_say_of_a_device_is_passed_over()
    {
        var (device, id) = await DeviceAsync("alive");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        var before = await DocumentAsync();

        Assert.Empty(await mqtt.PublishedAsync("s/us", "125"));
        await mqtt.PublishedAsync("inventory/managedObjects/update/" + device.DeviceId, "{}");
        Assert.Equal(before, await DocumentAsync());

        await mqtt.PublishedAsync("inventory/managedObjects/update/" + device.DeviceId,
            """{"acme_Doc":{},"c8y_Availability":{"status":"AVAILABLE"},"c8y_Connection":{"status":"CONNECTED"}}""");
        var json = (await Admin.GetAsync($"/inventory/managedObjects/{id}")).Expect(200).Json;
        Assert.True(json.TryGetProperty("acme_Doc", out _));
        Assert.True(json.GetProperty("c8y_Availability").TryGetProperty("lastMessage", out _));
        Assert.Equal("DISCONNECTED", json.GetProperty("c8y_Connection").GetProperty("status").GetString());

        // All that is not said of the device's being there.
        async Task<string> DocumentAsync() => string.Join('\n', (await Admin.GetAsync($"/inventory/managedObjects/{id}")).Expect(200).Json.EnumerateObject()
            .Where(member => member.Name is not ("c8y_Availability" or "c8y_Connection")).Select(member => $"{member.Name}: {member.Value}"));
    }

    [Fact]
    public async Task Rows_and_documents_about_the_managed_object_do_what_they_say()
    {
        var (device, id) = await DeviceAsync("object");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/ds");
        Assert.Empty(await mqtt.PublishedAsync("s/us", "117,30\n117,60\n112,50.1,8.2\n113,a=1\n107,c8y_Position,c8y_Mobile\n150,ssh,vnc"));
        Assert.Empty(await mqtt.PublishedAsync("s/us", "140,nginx,1.24,deb,http://n,tool,9\n141,nginx,1.25,deb,,new,1\n142,tool,9,new,2"));
        var made = await MakeAsync(id, """{"profileId":"158751","profileName":"my profile","c8y_DeviceProfile":{}}""");
        await HeardAsync(mqtt, "s/ds");
        Assert.Empty(await mqtt.PublishedAsync("s/us", $"501,c8y_DeviceProfile\n121,true\n503,c8y_DeviceProfile"));
        await mqtt.PublishedAsync("inventory/managedObjects/update/" + device.DeviceId, """{"acme_Doc":{ "a":1.50 },"name":"Renamed"}""");
        await mqtt.PublishedAsync("inventory/managedObjects/create", """{"name":"made by a document","type":"acme_Made"}""");
        await mqtt.PublishedAsync($"inventory/managedObjects/{device.DeviceId}/childDevices/create", """{"name":"child by a document"}""");

        var shown = (await Admin.GetAsync($"/inventory/managedObjects/{id}")).Expect(200);
        var json = shown.Json;
        Assert.Equal(30, json.GetProperty("c8y_RequiredAvailability").GetProperty("responseInterval").GetInt32());
        Assert.False(json.TryGetProperty("c8y_Position", out _));
        Assert.Equal(["SSH", "VNC"], json.GetProperty("c8y_RemoteAccessSupportedProtocols").EnumerateArray().Select(protocol => protocol.GetString()!));
        Assert.Contains("""[{"name":"nginx","version":"1.25","softwareType":"deb"},{"name":"new","version":"1"}]""", shown.Body, StringComparison.Ordinal);
        Assert.Contains("""{"profileName":"my profile","profileId":"158751","profileExecuted":true}""", shown.Body, StringComparison.Ordinal);
        Assert.Contains("\"acme_Doc\":{ \"a\":1.50 }", shown.Body, StringComparison.Ordinal);
        Assert.Equal("Renamed", shown.Text("name"));
        Assert.Equal("SUCCESSFUL", await StatusAsync(made));
        Assert.Equal(device.UserName, Assert.Single(await Admin.ListAsync("/inventory/managedObjects?type=acme_Made", "managedObjects")).GetProperty("owner").GetString());
        Assert.Contains("child by a document", (await Admin.GetAsync($"/inventory/managedObjects/{id}/childDevices")).Expect(200).Body, StringComparison.Ordinal);

        var version = (await Admin.GetAsync("/tenant/system/options/system/version")).Text("value");
        await mqtt.SendAsync(MqttSocket.Publish("s/us", "600\n602"));
        Assert.Equal($"601,{version}", (await HeardAsync(mqtt, "s/ds")).Payload);
        Assert.StartsWith("603,100,101,102,", (await HeardAsync(mqtt, "s/ds")).Payload, StringComparison.Ordinal);
    }

    private static async Task<MqttPacket> HeardAsync(MqttSocket mqtt, string topic)
    {
        var heard = await mqtt.MessageAsync($"a message on {topic}");
        Assert.Equal(topic, heard.Topic);
        return heard;
    }

    private string[] As(Credentials device) => ["-h", "127.0.0.1", "-p", $"{Server.MqttPort}", "-i", device.DeviceId, "-u", device.MqttUser, "-P", device.Password];

    private async Task<string> StatusAsync(string operation) => (await Admin.GetAsync($"{Operations}/{operation}")).Expect(200).Text("status");

    private async Task<JsonElement> ObjectAsync(string id) => (await Admin.GetAsync($"/inventory/managedObjects/{id}")).Expect(200).Json;

    /// <param name="body">The operation, without its device.</param>
    private async Task<string> MakeAsync(string device, string body) =>
        (await Admin.PostAsync(Operations, $$"""{"deviceId":"{{device}}",""" + body[1..])).Expect(201).Text("id");

    private async Task<(Credentials, string)> DeviceAsync(string name)
    {
        var device = await Joining.JoinAsync(Server, $"operation-{name}");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.PublishedAsync("s/us", "100");
        return (device, await Joining.ObjectIdAsync(Admin, device.DeviceId));
    }
}
