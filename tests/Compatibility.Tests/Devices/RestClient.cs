using System.Net;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>An answer, read to its end.</summary>
internal sealed record RestAnswer(HttpStatusCode Status, string? Location, string Text)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>The id in the address of what was made.</summary>
    public string Id => (Location ?? throw new InvalidOperationException($"No Location in {this}")).Split('/')[^1];

    public override string ToString() => $"{(int)Status} {Text}";

    public RestAnswer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Awaited {(int)status}; got {this}");
        return this;
    }
}

/// <summary>REST in one line a request: plain JSON in, the whole answer out.</summary>
internal sealed class RestClient(HttpClient http)
{
    public Task<RestAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<RestAnswer> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public Task<RestAnswer> PutAsync(string path, string json) => SendAsync(HttpMethod.Put, path, json);

    public Task<RestAnswer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null);

    /// <summary>Every row of a list, page by page.</summary>
    public async Task<List<JsonElement>> ListAsync(string path, string collection, int pageSize = 2000)
    {
        var rows = new List<JsonElement>();
        for (var page = 1; ; page++)
        {
            var answer = (await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}pageSize={pageSize}&currentPage={page}")).Is(HttpStatusCode.OK);
            var before = rows.Count;
            rows.AddRange(answer.Json.GetProperty(collection).EnumerateArray());
            if (rows.Count - before < pageSize) return rows;
        }
    }

    private async Task<RestAnswer> SendAsync(HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.ParseAdd("application/json");
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request);
        return new RestAnswer(answer.StatusCode, answer.Headers.Location?.ToString(), await answer.Content.ReadAsStringAsync());
    }
}

/// <summary>A device that has joined a tenant: what it signs in with.</summary>
internal sealed record Credentials(string DeviceId, string Tenant, string UserName, string Password)
{
    public string MqttUser => $"{Tenant}/{UserName}";

    public MqttConnect Connect => new(DeviceId, MqttUser, Password);

    public RestClient Rest(ServerProcess server) => new(server.NewClientOf(MqttUser, Password, server.Http));
}

/// <summary>What people and devices do to let a device join, over REST.</summary>
internal static class Joining
{
    public static RestClient AdminOf(ServerProcess server) => new(server.NewClientOf("t1/admin", ServerProcess.AdminPassword, server.Http));

    public static RestClient OperatorOf(ServerProcess server) => new(server.NewClientOf("management/admin", ServerProcess.ManagementPassword, server.Http));

    public static RestClient BootstrapOf(ServerProcess server) => new(server.NewClientOf("management/devicebootstrap", ServerProcess.DevicePassword, server.Http));

    /// <summary>Registers a device from its announcement to its credentials; a device that is there already gets a new password.</summary>
    public static async Task<Credentials> JoinAsync(ServerProcess server, string deviceId, RestClient? by = null)
    {
        var (user, device, asked) = (by ?? AdminOf(server), BootstrapOf(server), JsonSerializer.Serialize(new Dictionary<string, string> { ["id"] = deviceId }));
        (await user.PostAsync("/devicecontrol/newDeviceRequests", asked)).Is(HttpStatusCode.Created);
        (await device.PostAsync("/devicecontrol/deviceCredentials", asked)).Is(HttpStatusCode.NotFound);
        (await user.PutAsync($"/devicecontrol/newDeviceRequests/{deviceId}", """{"status":"ACCEPTED"}""")).Is(HttpStatusCode.OK);
        return CredentialsOf((await device.PostAsync("/devicecontrol/deviceCredentials", asked)).Is(HttpStatusCode.Created));
    }

    public static Credentials CredentialsOf(RestAnswer answer)
    {
        var json = answer.Json;
        return new Credentials(json.GetProperty("id").GetString()!, json.GetProperty("tenantId").GetString()!, json.GetProperty("username").GetString()!, json.GetProperty("password").GetString()!);
    }

    /// <summary>The managed object that an external id of a device stands for.</summary>
    public static async Task<string> ObjectIdAsync(RestClient user, string externalId) =>
        (await user.GetAsync($"/identity/externalIds/c8y_Serial/{Uri.EscapeDataString(externalId)}")).Is(HttpStatusCode.OK).Json.GetProperty("managedObject").GetProperty("id").GetString()!;
}
