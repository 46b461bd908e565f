using System.Text.Json;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>What tests of whole devices ask of a reply beside what it says.</summary>
internal static class Replies
{
    extension(Reply reply)
    {
        public bool IsSuccess => reply.Status is >= 200 and < 300;

        /// <summary>The id in the address of what was made.</summary>
        public string MadeId => (reply.Location ?? throw new InvalidOperationException($"No Location in {reply.Status} {reply.Body}")).ToString().Split('/')[^1];
    }

    /// <summary>Every row of a list, page by page.</summary>
    public static async Task<List<JsonElement>> ListAsync(this RestClient client, string path, string collection, int pageSize = 2000)
    {
        var rows = new List<JsonElement>();
        for (var page = 1; ; page++)
        {
            var answer = (await client.GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}pageSize={pageSize}&currentPage={page}")).Expect(200);
            var before = rows.Count;
            rows.AddRange(answer.List(collection));
            if (rows.Count - before < pageSize) return rows;
        }
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
    public static RestClient AdminOf(ServerProcess server) => new(server.NewClientOf("t1/admin", FirstPasswords.Admin, server.Http));

    public static RestClient OperatorOf(ServerProcess server) => new(server.NewClientOf("management/admin", FirstPasswords.Management, server.Http));

    public static RestClient BootstrapOf(ServerProcess server) => new(server.NewClientOf("management/devicebootstrap", FirstPasswords.Device, server.Http));

    /// <summary>Registers a device from its announcement to its credentials; a device that is there already gets a new password.</summary>
    public static async Task<Credentials> JoinAsync(ServerProcess server, string deviceId, RestClient? by = null)
    {
        var (user, device, asked) = (by ?? AdminOf(server), BootstrapOf(server), JsonSerializer.Serialize(new Dictionary<string, string> { ["id"] = deviceId }));
        (await user.PostAsync("/devicecontrol/newDeviceRequests", asked)).Expect(201);
        (await device.PostAsync("/devicecontrol/deviceCredentials", asked)).Expect(404);
        (await user.PutAsync($"/devicecontrol/newDeviceRequests/{deviceId}", """{"status":"ACCEPTED"}""")).Expect(200);
        return CredentialsOf((await device.PostAsync("/devicecontrol/deviceCredentials", asked)).Expect(201));
    }

    public static Credentials CredentialsOf(Reply answer)
    {
        var json = answer.Json;
        return new Credentials(json.GetProperty("id").GetString()!, json.GetProperty("tenantId").GetString()!, json.GetProperty("username").GetString()!, json.GetProperty("password").GetString()!);
    }

    /// <summary>The managed object that an external id of a device stands for.</summary>
    public static async Task<string> ObjectIdAsync(RestClient user, string externalId) =>
        (await user.GetAsync($"/identity/externalIds/c8y_Serial/{Uri.EscapeDataString(externalId)}")).Expect(200).Json.GetProperty("managedObject").GetProperty("id").GetString()!;
}
