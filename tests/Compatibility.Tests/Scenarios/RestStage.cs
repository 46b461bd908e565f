using Bailiwick.Cluster.Tests.Scenarios;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Compatibility.Tests.Scenarios;

/// <summary>A real server, asked over HTTP and in no other way.</summary>
internal sealed class RestStage(ServerProcess server) : IStage
{
    private static int _tenants;

    private readonly HttpClient _client = server.NewClient(server.Http);

    public async Task<IPart> SettleAsync(ModelTenant begins)
    {
        var @operator = new RestUser(_client, "management", "admin", FirstPasswords.Management);
        var domain = $"scenario-{Interlocked.Increment(ref _tenants)}";
        var id = await @operator.PostAsync("/tenant/tenants", new { domain, company = domain, adminName = Scenario.Root, adminEmail = "root@test.example", adminPass = RestPart.Password });
        var part = new RestPart(_client, new Realm(new TenantId(id), begins));
        await new RestSettling(part, begins).RunAsync();
        return part;
    }
}
