using System.Text.Json;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>How a device joins, with the programs that devices run: Debian's mosquitto clients and paho.</summary>
public sealed class JoiningTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const int TimedOut = 27;

    private ServerProcess Server => shared.Server;

    private RestClient Admin => field ??= Joining.AdminOf(shared.Server);

    [Fact]
    public async Task A_device_joins_over_HTTP_and_gets_its_credentials_once()
    {
        const string Asked = """{"id":"http-1"}""";
        var device = Joining.BootstrapOf(Server);
        (await device.PostAsync("/devicecontrol/deviceCredentials", Asked)).Expect(404);
        (await Admin.PostAsync("/devicecontrol/newDeviceRequests", Asked)).Expect(201);
        (await Admin.PostAsync("/devicecontrol/newDeviceRequests", Asked)).Expect(409);
        Assert.Equal("WAITING_FOR_CONNECTION", await StatusAsync("http-1"));
        (await Admin.PutAsync("/devicecontrol/newDeviceRequests/http-1", """{"status":"ACCEPTED"}""")).Expect(422);
        (await Admin.PostAsync("/devicecontrol/deviceCredentials", Asked)).Expect(403);

        (await device.PostAsync("/devicecontrol/deviceCredentials", Asked)).Expect(404);
        Assert.Equal("PENDING_ACCEPTANCE", await StatusAsync("http-1"));
        (await Admin.PutAsync("/devicecontrol/newDeviceRequests/http-1", """{"status":"ACCEPTED"}""")).Expect(200);
        Assert.Equal("ACCEPTED", await StatusAsync("http-1"));
        var credentials = Joining.CredentialsOf((await device.PostAsync("/devicecontrol/deviceCredentials", Asked)).Expect(201));
        (await device.PostAsync("/devicecontrol/deviceCredentials", Asked)).Expect(404);
        (await Admin.GetAsync("/devicecontrol/newDeviceRequests/http-1")).Expect(404);

        Assert.Equal(("http-1", "t1", "device_http-1"), (credentials.DeviceId, credentials.Tenant, credentials.UserName));
        (await credentials.Rest(Server).GetAsync("/user/currentUser")).Expect(200);
    }

    [Fact]
    public async Task A_device_joins_with_the_mosquitto_clients()
    {
        (await Admin.PostAsync("/devicecontrol/newDeviceRequests", """{"id":"mosquitto-1"}""")).Expect(201);
        Assert.Equal(TimedOut, (await AskAsync("management/devicebootstrap", FirstPasswords.Device, "s/ucr", "", "s/dcr", waitSeconds: 1)).ExitCode);
        (await Admin.PutAsync("/devicecontrol/newDeviceRequests/mosquitto-1", """{"status":"ACCEPTED"}""")).Expect(200);
        var answer = await AskAsync("management/devicebootstrap", FirstPasswords.Device, "s/ucr", "", "s/dcr");
        var fields = Assert.Single(answer.Output).Split(',');
        Assert.Equal(["70", "t1", "device_mosquitto-1"], fields[..3]);
        var (user, password) = ($"{fields[1]}/{fields[2]}", fields[3]);

        var created = await ForeignProgram.RunAsync("mosquitto_pub", [.. As(user, password), "-q", "1", "-t", "s/us", "-m", "100,Pump of mosquitto,acme_Pump"]);
        Assert.True(created.ExitCode == 0, string.Join('\n', created.Errors));
        var measured = await ForeignProgram.RunAsync("mosquitto_pub", [.. As(user, password), "-q", "2", "-t", "s/us", "-m", "200,acme_Flow,rate,12.5,l/min"]);
        Assert.True(measured.ExitCode == 0, string.Join('\n', measured.Errors));
        var objectId = await Joining.ObjectIdAsync(Admin, "mosquitto-1");
        Assert.Equal($"124,{objectId}", Assert.Single((await AskAsync(user, password, "s/us", "123", "s/ds")).Output));
        Assert.Equal(12.5, Assert.Single(await Admin.ListAsync($"/measurement/measurements?source={objectId}", "measurements")).GetProperty("acme_Flow").GetProperty("rate").GetProperty("value").GetDouble());

        // -E: ends once the subscriptions are acknowledged.
        var subscribed = await ForeignProgram.RunAsync("mosquitto_sub", [.. As(user, password), "-E", "-q", "1", "-t", "s/ds", "-t", "s/e", "-t", "s/dc/#"]);
        Assert.True(subscribed.ExitCode == 0 && subscribed.Errors.Count == 0, string.Join('\n', subscribed.Errors));
        var refused = await ForeignProgram.RunAsync("mosquitto_pub", [.. As(user, "not the password"), "-q", "1", "-t", "s/us", "-m", "100"]);
        Assert.NotEqual(0, refused.ExitCode);
    }

    [Fact]
    public async Task An_agent_on_paho_joins_and_its_rows_are_what_REST_shows()
    {
        (await Admin.PostAsync("/devicecontrol/newDeviceRequests", """{"id":"paho-1"}""")).Expect(201);
        object[][] messages =
        [
            ["s/us", "101,paho-1:motor,Motor of pump 7,acme_Motor\n102,paho-1:ssh,systemd,ssh,up", 2],
            ["s/us", "105", 1],
            ["s/us", "110,SN-7,P-200,1.2\n111,490154,8949,26201,262,01,lac1,cell1\n112,50.1,8.25,100,3\n113,\"speed=1, ramp=2\"", 1],
            ["s/us", "114,c8y_Restart,c8y_Command\n115,pump-os,1.0,http://fw\n116,nginx,1.24,http://n,curl,8.1,", 1],
            ["s/us", "123", 0],
            ["s/us", "200,acme_Flow,rate,12.5,l/min,2026-11-20T08:00:00Z\n201,acme_Both,2026-11-20T08:00:01Z,acme_Flow,rate,1,l/min,acme_Flow,pressure,2.5,bar", 1],
            ["s/us/paho-1:motor", "200,acme_T,T,64.2,C", 1],
            ["s/us", "999,x\n200,acme_Bad,v,abc", 1],
            ["s/us", "100", 1],
        ];
        await using var agent = ForeignProgram.Start("/usr/bin/python3", Path.Combine(BailiwickProcess.ProgramFolder, "Devices", "agent.py"),
            $"{Server.MqttPort}", "paho-1", FirstPasswords.Device, "5", JsonSerializer.Serialize(messages));
        await agent.LineAsync("waiting");
        (await Admin.PutAsync("/devicecontrol/newDeviceRequests/paho-1", """{"status":"ACCEPTED"}""")).Expect(200);
        var ended = await agent.EndAsync();
        Assert.True(ended.ExitCode == 0, $"{string.Join('\n', ended.Output)}\n{string.Join('\n', ended.Errors)}");

        var objectId = await Joining.ObjectIdAsync(Admin, "paho-1");
        Assert.Equal(
            ["s/ds 106,paho-1:motor", $"s/ds 124,{objectId}", "s/e 40,999,", "s/e 45,200,", "s/e 41,100,Device already existing"],
            ended.Output.Where(line => line.StartsWith("received ", StringComparison.Ordinal)).Select(line => CutAfterId(line["received ".Length..])));
        await ShowsAsync(objectId);
    }

    /// <summary>What the agent's rows made: the object, its children and their measurements.</summary>
    private async Task ShowsAsync(string objectId)
    {
        var pump = (await Admin.GetAsync($"/inventory/managedObjects/{objectId}")).Expect(200).Json;
        Assert.Equal(("Pump 7", "acme_Pump", "device_paho-1"), (Text(pump, "name"), Text(pump, "type"), Text(pump, "owner")));
        string[] fragments = ["c8y_IsDevice", "com_cumulocity_model_Agent"];
        Assert.All(fragments, fragment => Assert.Equal("{}", pump.GetProperty(fragment).GetRawText()));
        Assert.Equal("""{"serialNumber":"SN-7","model":"P-200","revision":"1.2"}""", pump.GetProperty("c8y_Hardware").GetRawText());
        Assert.Equal("""{"imei":"490154","iccid":"8949","imsi":"26201","mcc":"262","mnc":"01","lac":"lac1","cellId":"cell1"}""", pump.GetProperty("c8y_Mobile").GetRawText());
        Assert.Equal("""{"lat":50.1,"lng":8.25,"alt":100,"accuracy":3}""", pump.GetProperty("c8y_Position").GetRawText());
        Assert.Equal("speed=1, ramp=2", Text(pump.GetProperty("c8y_Configuration"), "config"));
        Assert.Equal("""["c8y_Restart","c8y_Command"]""", pump.GetProperty("c8y_SupportedOperations").GetRawText());
        Assert.Equal("""{"name":"pump-os","version":"1.0","url":"http://fw"}""", pump.GetProperty("c8y_Firmware").GetRawText());
        Assert.Equal(["nginx", "curl"], pump.GetProperty("c8y_SoftwareList").EnumerateArray().Select(entry => Text(entry, "name")));

        var motor = await Joining.ObjectIdAsync(Admin, "paho-1:motor");
        var service = await Joining.ObjectIdAsync(Admin, "paho-1:ssh");
        Assert.Equal([motor], ChildrenOf(pump, "childDevices"));
        Assert.Equal([service], ChildrenOf(pump, "childAdditions"));
        var ssh = (await Admin.GetAsync($"/inventory/managedObjects/{service}")).Expect(200).Json;
        Assert.Equal(("c8y_Service", "ssh", "systemd", "up"), (Text(ssh, "type"), Text(ssh, "name"), Text(ssh, "serviceType"), Text(ssh, "status")));

        var measured = await Admin.ListAsync($"/measurement/measurements?source={objectId}", "measurements");
        Assert.Equal(["acme_Flow", "acme_Both"], measured.Select(row => Text(row, "type")));
        Assert.Equal("""{"rate":{"value":1,"unit":"l/min"},"pressure":{"value":2.5,"unit":"bar"}}""", measured[1].GetProperty("acme_Flow").GetRawText());
        Assert.Equal("acme_T", Text(Assert.Single(await Admin.ListAsync($"/measurement/measurements?source={motor}", "measurements")), "type"));
    }

    private Task<Ended> AskAsync(string user, string password, string topic, string payload, string answers, int waitSeconds = 30) =>
        ForeignProgram.RunAsync("mosquitto_rr", [.. As(user, password), "-V", "mqttv311", "-q", "1", "-W", $"{waitSeconds}", "-e", answers, "-t", topic, "-m", payload]);

    private string[] As(string user, string password) => ["-h", "127.0.0.1", "-p", $"{Server.MqttPort}", "-i", "mosquitto-1", "-u", user, "-P", password];

    private async Task<string> StatusAsync(string id) => Text((await Admin.GetAsync($"/devicecontrol/newDeviceRequests/{id}")).Expect(200).Json, "status");

    private static IEnumerable<string> ChildrenOf(JsonElement parent, string kind) =>
        parent.GetProperty(kind).GetProperty("references").EnumerateArray().Select(reference => Text(reference.GetProperty("managedObject"), "id"));

    // The texts of these errors are the platform's own words; what clients go by is the code and the row's id.
    private static string CutAfterId(string line) =>
        line.StartsWith("s/e 4", StringComparison.Ordinal) && !line.StartsWith("s/e 41", StringComparison.Ordinal) ? line[..(line.IndexOf(',', line.IndexOf(',', StringComparison.Ordinal) + 1) + 1)] : line;

    private static string Text(JsonElement from, string name) => from.GetProperty(name).GetString()!;
}
