using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Edge.SigningIn;

/// <summary>All of a request that decides whom it is signed in as.</summary>
internal readonly record struct BasicWords(string Authorization, string Host, string Address, bool IsApplication);

/// <summary>
/// Whom the last request of an HTTP connection was signed in as. A client that keeps its connection sends the same header with each request, and
/// the web server keeps that text for as long anyway: the next request that says the same is the same caller's, without another look-up, for
/// at most <see cref="Limits.SignInRememberedSeconds"/>.
/// </summary>
/// <remarks>
/// It does not outlive a change of the user or of the tenant, or a lapse of the lease: <see cref="CredentialCache"/> counts them, and what was
/// remembered under another count is not recalled. Streams of one connection may ask at the same time.
/// </remarks>
public sealed class ConnectionMemory
{
    private volatile SignedIn? _last;

    private sealed record SignedIn(BasicWords Words, Caller Caller, CredentialCache.Stamp Stamp, long Until);

    /// <summary>The caller of the same words, or null when they have to be looked at anew.</summary>
    internal Caller? Recall(in BasicWords words, CredentialCache cache) =>
        _last is { } last && last.Words == words && cache.Timestamp < last.Until && last.Stamp == cache.StampOf(last.Caller.User) ? last.Caller : null;

    /// <summary>Remembers a success.</summary>
    /// <param name="stamp">From before the words were looked at.</param>
    internal void Keep(in BasicWords words, Caller caller, CredentialCache.Stamp stamp, CredentialCache cache) =>
        _last = new SignedIn(words, caller, stamp, cache.Timestamp + Limits.SignInRememberedSeconds * cache.TimestampFrequency);
}
