namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>How a device joins, from end to end, and what it can do from then on.</summary>
[Collection(RestServers.Name)]
public sealed class RegistrationTests(RestFixture rest)
{
    private const string Requests = "/devicecontrol/newDeviceRequests";
    private const string Credentials = "/devicecontrol/deviceCredentials";

    [Fact]
    public async Task A_device_gets_its_credentials_once_a_user_has_accepted_it()
    {
        var id = rest.Unique("pump.ü-");
        var path = $"{Requests}/{Uri.EscapeDataString(id)}";
        var body = $$"""{"id":"{{id}}"}""";

        (await rest.Bootstrap.PostAsync(Credentials, body)).Expect(404);
        Assert.Equal("WAITING_FOR_CONNECTION", (await rest.Admin.PostAsync(Requests, body)).Expect(201).Text("status"));
        (await rest.Admin.PostAsync(Requests, body)).Expect(409);
        (await rest.Admin.PutAsync(path, """{"status":"ACCEPTED"}""")).Expect(422);
        (await rest.Bootstrap.PostAsync(Credentials, body)).Expect(404);
        Assert.Equal("PENDING_ACCEPTANCE", (await rest.Admin.GetAsync(path)).Expect(200).Text("status"));
        Assert.Contains(id, (await rest.Admin.GetAsync($"{Requests}?pageSize=2000")).Expect(200).Ids("newDeviceRequests"));
        (await rest.Admin.PutAsync(path, """{"status":"ACCEPTED"}""")).Expect(200);

        var credentials = (await rest.Bootstrap.PostAsync(Credentials, body)).Expect(201);
        Assert.Equal("t1", credentials.Text("tenantId"));
        (await rest.Bootstrap.PostAsync(Credentials, body)).Expect(404);
        (await rest.Admin.GetAsync(path)).Expect(404);
    }

    [Fact]
    public async Task A_device_owns_what_it_made_and_reads_nothing_else()
    {
        var (name, device) = await rest.NewDeviceAsync();
        var foreign = await rest.Admin.NewObjectAsync("{}");
        var own = await device.NewObjectAsync("""{"c8y_IsDevice":{}}""");

        Assert.Equal(name, (await device.GetAsync($"/inventory/managedObjects/{own}")).Expect(200).Text("owner"));
        (await device.PostAsync($"/identity/globalIds/{own}/externalIds", $$"""{"type":"c8y_Serial","externalId":"{{name}}"}""")).Expect(201);
        (await device.PostAsync("/measurement/measurements", Measurement(own))).Expect(201);
        (await device.GetAsync($"/inventory/managedObjects/{foreign}")).Expect(403);
        (await device.PutAsync($"/inventory/managedObjects/{foreign}", "{}")).Expect(403);
        (await device.PostAsync("/measurement/measurements", Measurement(foreign))).Expect(403);
        (await device.PostAsync(Credentials, """{"id":"x"}""")).Expect(403);
    }

    [Fact]
    public async Task A_device_whose_user_is_deleted_is_nobody()
    {
        var (name, device) = await rest.NewDeviceAsync();
        (await device.GetAsync("/user/currentUser")).Expect(200);

        (await rest.Admin.DeleteAsync($"/user/t1/users/{Uri.EscapeDataString(name)}")).Expect(204);
        (await device.GetAsync("/user/currentUser")).Expect(401);
    }

    [Theory]
    [InlineData("GET", "/user/currentUser")]
    [InlineData("GET", "/tenant/currentTenant")]
    [InlineData("GET", "/tenant/system/options/system/version")]
    [InlineData("GET", "/platform")]
    [InlineData("GET", "/user/management/users")]
    [InlineData("GET", "/user/roles")]
    [InlineData("GET", Requests)]
    [InlineData("GET", "/audit/auditRecords")]
    [InlineData("POST", "/inventory/managedObjects")]
    public async Task The_bootstrap_user_may_do_nothing_else(string method, string path)
    {
        (await rest.Bootstrap.SendAsync(method, path, method == "POST" ? "{}" : null, "application/json")).ExpectError(403, "security/Forbidden");
    }

    [Fact]
    public async Task Who_may_only_read_requests_makes_none()
    {
        var (_, reader) = await rest.NewUserAsync("ROLE_DEVICE_CONTROL_READ");

        (await reader.GetAsync(Requests)).Expect(200);
        (await reader.PostAsync(Requests, """{"id":"never"}""")).ExpectError(403, "security/Forbidden");
        (await reader.GetAsync($"{Requests}/never")).ExpectError(404, "devicecontrol/Not Found");
    }

    private static string Measurement(string source) =>
        "{\"source\":{\"id\":\"" + source + "\"},\"time\":\"2026-11-20T08:00:00Z\",\"type\":\"t\",\"f\":{\"s\":{\"value\":1}}}";
}
