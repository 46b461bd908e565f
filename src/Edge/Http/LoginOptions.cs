using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Http;

/// <summary><c>/tenant/loginOptions</c>: how one may sign in. The list is open to everybody, for it is asked before signing in.</summary>
internal static class LoginOptions
{
    private const string Subject = "LoginOptions";

    public static async Task ListAsync(Exchange x)
    {
        var tenant = TenantOf(x);
        var offered = await x.Grains.Grain<ISignInGrain>(tenant.Value).Offered(Caller.SigningIn(tenant));
        await x.AnswerAsync(MediaType.LoginOptionCollection, LoginOptionCollectionWire.From(tenant, offered, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var option = await x.TenantGrain(x.Tenant).BasicSignIn(x.Caller);
        RequireBasic(x);
        await x.AnswerAsync(MediaType.AuthConfig, LoginOptionWire.Whole(x.Tenant, option, x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        // Who may not read options learns nothing of which there are.
        await x.TenantGrain(x.Tenant).BasicSignIn(x.Caller);
        RequireBasic(x);
        using var body = await x.BodyAsync();
        var changed = await x.TenantGrain(x.Tenant).UpdateBasicSignIn(x.Caller, LoginOptionWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.AuthConfig, LoginOptionWire.Whole(x.Tenant, changed, x.Links));
    }

    /// <summary>The tenant that is asked about: the one that is named, or the host's.</summary>
    private static TenantId TenantOf(Exchange x)
    {
        var (named, isManagement) = (x.Query.Text("tenantId"), x.Query.Flag("management"));
        if (named is not null && isManagement) throw new Refusal(RefusalKind.Malformed, Subject, "Either tenantId or management can be given, and not both.");
        if (isManagement) return TenantId.Management;
        return named is null ? x.Tenant : TenantId.TryParse(named, out var id) ? id : TenantId.Nowhere;
    }

    /// <summary>An option is named by its type or its id.</summary>
    private static void RequireBasic(Exchange x)
    {
        var name = x.Part("option");
        if (!name.Equals(LoginOptionWire.Basic, StringComparison.OrdinalIgnoreCase) && name != LoginOptionWire.IdOf(x.Tenant))
            throw Refusal.NotFound(Subject, $"There is no login option '{Said.Short(name)}'.");
    }
}
