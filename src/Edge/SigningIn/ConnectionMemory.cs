using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.SigningIn;

/// <summary>All of a request that decides whom it is signed in as. The secret is compared last, and only by who has said the rest.</summary>
internal readonly record struct BasicWords(string Address, string Host, bool IsApplication, string Agent, string Authorization);

/// <summary>
/// Whom the last request of an HTTP connection was signed in as. A client that keeps its connection sends the same header with each request: the next that says
/// the same is the same caller's, without another look-up, for at most <see cref="Limits.SignInRememberedSeconds"/>. The header's text is kept for as long, and until
/// the connection's next request or end.
/// </summary>
/// <remarks>
/// It does not outlive a change of the user or of a tenant, or a lapse of the lease: <see cref="CredentialCache"/> counts them, and what was
/// remembered under another count is not recalled. Streams of one connection may ask at the same time.
/// </remarks>
public sealed class ConnectionMemory
{
    private volatile SignedIn? _last;

    private sealed record SignedIn(BasicWords Words, Caller Caller, Known Known, long Until);

    /// <summary>What was known of changes when a sign-in began.</summary>
    /// <param name="TenantChanges">From before it was looked up whose host that is.</param>
    /// <param name="OfUser">From before the credentials were looked at.</param>
    internal readonly record struct Known(long TenantChanges, CredentialCache.Stamp OfUser);

    /// <summary>The caller of the same words, or null when they have to be looked at anew; what is of no more use is then forgotten.</summary>
    internal Caller? Recall(in BasicWords words, CredentialCache cache)
    {
        if (_last is not { } last) return null;
        var isCurrent = cache.Timestamp < last.Until && last.Known == KnownNow(last.Caller.User, cache);
        if (isCurrent && last.Words == words) return last.Caller;
        if (!isCurrent) _last = null;
        return null;
    }

    /// <summary>Remembers a success.</summary>
    internal void Keep(in BasicWords words, Caller caller, Known known, CredentialCache cache) =>
        _last = new SignedIn(words, caller, known, cache.Timestamp + Limits.SignInRememberedSeconds * cache.TimestampFrequency);

    private static Known KnownNow(UserId user, CredentialCache cache) => new(cache.TenantChanges, cache.StampOf(user));
}
