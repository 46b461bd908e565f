using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>Which clients may sign in by name and password.</summary>
internal sealed record AuthenticationRestrictionsWire(IReadOnlyList<string> ForbiddenClients, IReadOnlyList<string> ForbiddenUserAgents, IReadOnlyList<string> TrustedUserAgents)
{
    private const string Browsers = "WEB_BROWSERS";

    public static AuthenticationRestrictionsWire From(AgentRules rules) => new(rules.ForbidsBrowsers ? [Browsers] : [], rules.Forbidden, rules.Trusted);

    public static AgentRules? To(JsonBody body)
    {
        if (body.IsNull("authenticationRestrictions")) return AgentRules.None;
        if (body.Object("authenticationRestrictions") is not { } wish) return null;
        var clients = wish.Texts("forbiddenClients", Limits.AgentsPerListMax) ?? [];
        if (clients.FirstOrDefault(client => client != Browsers) is { } other)
            throw wish.Invalid($"authenticationRestrictions.forbiddenClients: '{Said.Short(other)}' is not {Browsers}.");
        return new AgentRules(
            wish.Texts("trustedUserAgents", Limits.AgentsPerListMax) ?? [], wish.Texts("forbiddenUserAgents", Limits.AgentsPerListMax) ?? [], clients.Count > 0);
    }
}

/// <summary>A login option. Who has not signed in is not told which clients are kept out.</summary>
internal sealed record LoginOptionWire(
    string Id, string Self, string Type, string ProviderName, string UserManagementSource, bool VisibleOnLoginPage, AuthenticationRestrictionsWire? AuthenticationRestrictions)
{
    public const string Basic = "BASIC";

    public static string IdOf(TenantId tenant) => $"{tenant}/{Basic}";

    public static LoginOptionWire Public(TenantId tenant, BasicSignIn option, Links links) => From(tenant, option, links, null);

    public static LoginOptionWire Whole(TenantId tenant, BasicSignIn option, Links links) => From(tenant, option, links, AuthenticationRestrictionsWire.From(option.Agents));

    public static BasicSignInChange ToChange(JsonBody body)
    {
        if (body.Text("type") is { } type && !type.Equals(Basic, StringComparison.OrdinalIgnoreCase))
            throw body.Invalid($"type: the option is of type {Basic}, and cannot become '{Said.Short(type)}'.");
        return new BasicSignInChange(body.Text("providerName"), body.Flag("visibleOnLoginPage"), AuthenticationRestrictionsWire.To(body));
    }

    private static LoginOptionWire From(TenantId tenant, BasicSignIn option, Links links, AuthenticationRestrictionsWire? restrictions) =>
        new(IdOf(tenant), links.To($"/tenant/loginOptions/{Basic}"), Basic, option.ProviderName, "INTERNAL", option.IsVisible, restrictions);
}

/// <summary>What a login page offers.</summary>
internal sealed record LoginOptionCollectionWire(IReadOnlyList<LoginOptionWire> LoginOptions, string Self)
{
    public static LoginOptionCollectionWire From(TenantId tenant, BasicSignIn offered, Links links) =>
        new([LoginOptionWire.Public(tenant, offered, links)], links.To("/tenant/loginOptions"));
}
