using System.Text;
using Bailiwick.Compatibility.Tests.Devices;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>All who are not who they say, or say nothing.</summary>
/// <param name="Headers">What they send in an Authorization header.</param>
/// <param name="Connects">What they send in CONNECT: user name, and password.</param>
internal sealed record Strangers(IReadOnlyList<string> Headers, IReadOnlyList<(string User, string Password)> Connects)
{
    private const string Wrong = "Wrong-of-the-test-1";

    public static async Task<Strangers> MakeAsync(ServerProcess server, SweptTenant tenant)
    {
        var disabled = await Joining.JoinAsync(server, $"disabled-{tenant.Mark}", tenant.Admin);
        (await tenant.Admin.PutAsync($"/user/{tenant.Id}/users/{disabled.UserName}", """{"enabled":false}""")).Expect(200);
        (string User, string Password)[] wrong =
        [
            (tenant.Device.MqttUser, Wrong), ($"{tenant.Id}/device_nobody", Wrong), ($"t7/{tenant.Device.UserName}", tenant.Device.Password), (disabled.MqttUser, disabled.Password),
            (tenant.Device.UserName, tenant.Device.Password), ($"{tenant.Id.ToUpperInvariant()}/{tenant.Device.UserName}", tenant.Device.Password), ($"{tenant.Id}//{tenant.Device.UserName}", tenant.Device.Password),
            ($"management/{tenant.Device.UserName}", tenant.Device.Password), (tenant.Device.MqttUser, tenant.Device.Password + " "), (tenant.Device.MqttUser, tenant.Device.Password[..^1]),
        ];
        var right = Basic(tenant.Device.MqttUser, tenant.Device.Password);
        return new Strangers(
            [
                .. wrong.Select(one => Basic(one.User, one.Password)), Basic(tenant.Device.MqttUser, ""), "Basic", "Basic ", "Basic !!!", "Basic bm9jb2xvbg==", "Basic Og==", right[..^1], right.Replace("Basic", "Bearer", StringComparison.Ordinal),
                right.Replace(" ", "", StringComparison.Ordinal), $"{right}, {right}", "Bearer abc", "Digest username=\"admin\"", "Negotiate", ";", "Basic /////w==",
            ],
            wrong);
    }

    private static string Basic(string user, string password) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}";
}
