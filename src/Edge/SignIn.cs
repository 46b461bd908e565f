using System.Text;
using Bailiwick.Edge.SigningIn;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge;

/// <summary>Where requests belong that do not say.</summary>
/// <param name="DefaultTenant">The tenant of a request whose host names none.</param>
/// <param name="BaseDomain">The domain below which tenants have their hosts.</param>
public sealed record SignInOptions(TenantId DefaultTenant, string BaseDomain);

/// <summary>
/// Credentials in, <see cref="Caller"/> out: the one place at the edge that makes callers. Whatever is wrong with credentials, and
/// a lock-out, is answered in the same words after the same work. A success stands in the audit trail before the caller is answered.
/// </summary>
public sealed class SignIn(IGrainFactory grains, CredentialCache cache, SignInThrottle throttle, TenantHosts hosts, SignInAudit audit)
{
    private const string BasicScheme = "Basic ";

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// Signs in by the value of an Authorization header. <c>tenant/user:password</c> names the tenant, else the host does; the first slash
    /// ends the tenant and the first colon the user.
    /// </summary>
    /// <param name="isApplication">Whether the request said that it comes from an application, and not from a device.</param>
    /// <param name="connection">What the request's connection remembers; null where it cannot.</param>
    /// <param name="agent">What the client says it is; empty where it does not.</param>
    /// <exception cref="Refusal">Unauthenticated; Busy; Unavailable when the audit trail is.</exception>
    public ValueTask<Caller> BasicAsync(
        string? authorization, string? host, string address, bool isApplication = false, ConnectionMemory? connection = null, string agent = "")
    {
        var words = new BasicWords(address, host ?? "", isApplication, agent, authorization ?? "");
        return connection?.Recall(words, cache) is { } caller ? new(caller) : BasicAnewAsync(words, connection);
    }

    /// <summary>Signs in by the user name and password of an MQTT connection; the user name must be <c>tenant/user</c>.</summary>
    /// <exception cref="Refusal">Unauthenticated; Busy; Unavailable when the audit trail is.</exception>
    public async ValueTask<Caller> MqttAsync(string? userName, string? password, string address)
    {
        var (tenant, name) = Split(userName ?? "");
        if (tenant is null || string.IsNullOrEmpty(password))
            throw Refusal.Unauthenticated($"An MQTT connection from {address} names no tenant or has no password");
        return await SignInAsync(UserOf(tenant, name, address), password, SignInMethod.MqttPassword, new BasicWords(address, "", false, "", ""));
    }

    /// <summary>To be told when the gate answers Unauthenticated: what this caller was made from is good no more.</summary>
    public void Forget(Caller caller) => cache.Forget(caller.User);

    private async ValueTask<Caller> BasicAnewAsync(BasicWords words, ConnectionMemory? connection)
    {
        if (words.Authorization.Length == 0)
            throw new Refusal(RefusalKind.Unauthenticated, "security", "Full authentication is required to access this resource");
        if (Decode(words.Authorization) is not { } credentials || credentials.IndexOf(':', StringComparison.Ordinal) is var colon && colon < 0)
            throw Refusal.Unauthenticated($"An Authorization header from {words.Address} cannot be read");
        // Before anything is looked up: what changes from now on makes what is remembered worthless.
        var tenantChanges = cache.TenantChanges;
        var (tenant, name) = Split(credentials[..colon]);
        tenant ??= (await hosts.FindAsync(words.Host))?.Value ?? TenantId.Nowhere.Value;
        var user = UserOf(tenant, name, words.Address);
        var known = new ConnectionMemory.Known(tenantChanges, cache.StampOf(user));
        var caller = await SignInAsync(user, credentials[(colon + 1)..], SignInMethod.Basic, words);
        connection?.Keep(words, caller, known, cache);
        return caller;
    }

    private static UserId UserOf(string tenant, string name, string address)
    {
        // What cannot be a name is nobody's; it is no secret which texts can be names.
        if (!UserId.IsName(name) || !(TenantId.TryParse(tenant, out var id) || tenant == TenantId.Nowhere.Value))
            throw Refusal.Unauthenticated($"Credentials from {address} name what cannot be a tenant or user");
        return new UserId(id == default ? TenantId.Nowhere : id, name);
    }

    private async ValueTask<Caller> SignInAsync(UserId user, string secret, SignInMethod method, BasicWords words)
    {
        var isRecorded = false;
        if (!cache.TryGet(user, secret, out var known)) (known, isRecorded) = await CheckAsync(user, secret, method, words.Address);
        if (method == SignInMethod.Basic) await RequireAdmittedAsync(user, known.Agents, words);
        if (!isRecorded) await audit.SucceededAsync(user, method, words.Address);
        return new Caller(user, method, known.CredentialEpoch, words.Address, words.IsApplication);
    }

    /// <summary>Checks the secret, and says whether the success is on the audit trail by that.</summary>
    private async Task<(CredentialCache.Good, bool IsRecorded)> CheckAsync(UserId user, string secret, SignInMethod method, string address)
    {
        using var turn = await throttle.EnterAsync(user, address);
        // Whoever had the turn before may have answered the question.
        if (cache.TryGet(user, secret, out var known)) return (known, false);
        var stamp = cache.StampOf(user);
        // While locked the secret is checked all the same, and the outcome thrown away: the time of the answer must not tell.
        var isLocked = throttle.IsLocked(user, address);
        // Over HTTP a good secret is not all that decides; and a lock makes none good.
        var isToRecord = method == SignInMethod.MqttPassword && !isLocked;
        var check = await grains.Grain<ISignInGrain>(user.Tenant.Value).CheckSecret(
            Caller.SigningIn(user.Tenant), user.Name, secret, isToRecord ? SignInAudit.Success(method, address) : null);
        if (isLocked || !check.IsGood)
        {
            if (!isLocked) throttle.Failed(user, address);
            throw await FailedAsync(check.Trail, user, method, address, isLocked ? "locked" : "bad", isLocked ? "locked out" : "bad credentials");
        }
        throttle.Succeeded(user, address);
        Count(method, "good");
        known = new CredentialCache.Good(check.CredentialEpoch, check.Agents);
        cache.Keep(user, secret, known, stamp);
        return (known, isToRecord);
    }

    /// <summary>A client that the tenant keeps out is answered like one with a wrong password; the tenant's trail says which it was.</summary>
    private async ValueTask RequireAdmittedAsync(UserId user, AgentRules? agents, BasicWords words)
    {
        if (agents is null || agents.Admit(words.Agent)) return;
        throw await FailedAsync(user.Tenant, user, SignInMethod.Basic, words.Address, "client", "a client that the tenant keeps out");
    }

    private async Task<Refusal> FailedAsync(TenantId trail, UserId user, SignInMethod method, string address, string outcome, string reason)
    {
        Count(method, outcome);
        await audit.FailedAsync(trail, user, method, address, reason);
        return Refusal.Unauthenticated($"{user} from {address}: {reason}");
    }

    private static void Count(SignInMethod method, string outcome) =>
        EdgeMetrics.SignIns.Add(1, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("outcome", outcome));

    private static (string? Tenant, string Name) Split(string userName)
    {
        var slash = userName.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (null, userName) : (userName[..slash], userName[(slash + 1)..]);
    }

    private static string? Decode(string authorization)
    {
        if (!authorization.StartsWith(BasicScheme, StringComparison.OrdinalIgnoreCase)) return null;
        try
        {
            return StrictUtf8.GetString(Convert.FromBase64String(authorization[BasicScheme.Length..].Trim()));
        }
        catch (Exception unreadable) when (unreadable is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
