using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tenancy;

// How a tenant's users sign in. It is part of the tenant's fact, for every silo lets users in by itself.
internal sealed partial class TenantGrain
{
    public Task<BasicSignIn> BasicSignIn(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        return Task.FromResult(_tenant.Read(ReadPermit.Demand(caller, _tenant.Resource, Permission.LoginOptionRead)).BasicSignIn);
    }

    public async Task<BasicSignIn> UpdateBasicSignIn(Caller caller, BasicSignInChange change)
    {
        if (!_tenant.Exists) throw NotFound();
        var permit = WritePermit.Demand(caller, _tenant.Resource, Permission.LoginOptionAdmin);
        var before = _tenant.Read(permit);
        var old = before.BasicSignIn;
        var changed = new BasicSignIn(change.ProviderName ?? old.ProviderName, change.IsVisible ?? old.IsVisible, change.Agents ?? old.Agents);
        LoginRules.RequireSound(changed);
        var changes = LoginRules.Between(old, changed);
        if (changes.Count == 0) await _publisher.PublishAsync(before.Fact(_id));
        else await RecordAndSpreadAsync(caller, permit, before with { BasicSignIn = changed }, LoginRules.Record(changes));
        return changed;
    }
}

/// <summary>What a login option must look like, and how records about login options are worded.</summary>
internal static class LoginRules
{
    private const string Subject = "LoginOptions";

    public static void RequireSound(BasicSignIn option)
    {
        if (string.IsNullOrWhiteSpace(option.ProviderName) || option.ProviderName.Length > Limits.ProviderNameCharsMax || option.ProviderName.Any(char.IsControl))
            throw Refusal.Invalid(Subject, $"providerName: must have 1 to {Limits.ProviderNameCharsMax} characters and no control character.");
        RequireAgents("trustedUserAgents", option.Agents.Trusted);
        RequireAgents("forbiddenUserAgents", option.Agents.Forbidden);
    }

    // A text that is empty would be part of everything that a client can say.
    private static void RequireAgents(string name, IReadOnlyList<string> agents)
    {
        if (agents.Count > Limits.AgentsPerListMax) throw Refusal.Invalid(Subject, $"{name}: holds at most {Limits.AgentsPerListMax} texts.");
        foreach (var agent in agents)
            if (string.IsNullOrWhiteSpace(agent) || agent.Length > Limits.AgentCharsMax || agent.Any(char.IsControl))
                throw Refusal.Invalid(Subject, $"{name}: each must have 1 to {Limits.AgentCharsMax} characters and no control character.");
    }

    public static NewAuditRecord Record(IReadOnlyList<AuditChange> changes) =>
        new("TenantAuthConfig", "Authentication configuration updated", "Authentication configuration updated: BASIC", Source: "BASIC", Changes: changes);

    public static IReadOnlyList<AuditChange> Between(BasicSignIn before, BasicSignIn after)
    {
        var changes = new List<AuditChange>();
        UserChanges.Add(changes, "providerName", before.ProviderName, after.ProviderName);
        UserChanges.Add(changes, "visibleOnLoginPage", Text(before.IsVisible), Text(after.IsVisible), "Boolean");
        UserChanges.Add(changes, "trustedUserAgents", Text(before.Agents.Trusted), Text(after.Agents.Trusted));
        UserChanges.Add(changes, "forbiddenUserAgents", Text(before.Agents.Forbidden), Text(after.Agents.Forbidden));
        UserChanges.Add(changes, "forbiddenClients", Text(before.Agents.ForbidsBrowsers), Text(after.Agents.ForbidsBrowsers), "Boolean");
        return changes;
    }

    private static string Text(bool value) => value ? "true" : "false";

    private static string Text(IReadOnlyList<string> agents) => string.Join('\n', agents);
}
