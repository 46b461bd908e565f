using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.SigningIn;

/// <summary>
/// Puts sign-ins on the tenant's audit trail. Every MQTT connection is told; HTTP clients that send their password with each request are
/// told once for a user, address and <see cref="Limits.SignInAuditIntervalSeconds"/>. Failures are told one by one up to
/// <see cref="Limits.SignInFailuresRecordedPerAddressAndMinute"/>; the next one told says how many were not.
/// </summary>
public sealed class SignInAudit(IGrainFactory grains, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Recent<(UserId User, string Address), DateTimeOffset> _told = new(Limits.SignInAuditTrackedMax);
    private readonly Recent<string, Tally> _failures = new(Limits.SignInAuditTrackedMax);

    private readonly record struct Tally(DateTimeOffset Since, int Count, int Untold);

    /// <summary>Completes once the record is durable, or at once where none is due.</summary>
    public async ValueTask SucceededAsync(UserId user, SignInMethod method, string address)
    {
        var now = clock.GetUtcNow();
        if (method == SignInMethod.Basic && IsTold(user, address, now)) return;
        await TellAsync(user, new SignInRecord(true, method, address, ""));
        // Only now: two requests at once are told twice, and none is served that was told never.
        lock (_lock) _told.Set((user, address), now);
    }

    public ValueTask FailedAsync(UserId user, SignInMethod method, string address, string reason)
    {
        var untold = CountFailure(address);
        if (untold is null) return ValueTask.CompletedTask;
        if (untold > 0) reason = string.Create(CultureInfo.InvariantCulture, $"{reason}; {untold} earlier failures from this address are not listed");
        return new(TellAsync(user, new SignInRecord(false, method, address, reason)));
    }

    private bool IsTold(UserId user, string address, DateTimeOffset now)
    {
        lock (_lock) return _told.TryGet((user, address), out var at) && now - at < TimeSpan.FromSeconds(Limits.SignInAuditIntervalSeconds);
    }

    /// <summary>How many failures were not told before this one; null when this one is not told either.</summary>
    private int? CountFailure(string address)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            var isNew = !_failures.TryGet(address, out var tally) || now - tally.Since >= TimeSpan.FromMinutes(1);
            if (isNew) tally = new Tally(now, 0, tally.Untold);
            var isTold = tally.Count < Limits.SignInFailuresRecordedPerAddressAndMinute;
            _failures.Set(address, tally with { Count = tally.Count + 1, Untold = isTold ? 0 : tally.Untold + 1 });
            return isTold ? tally.Untold : null;
        }
    }

    private Task TellAsync(UserId user, SignInRecord record) =>
        grains.GetGrain<ISignInGrain>(user.Tenant.Value).RecordSignIn(Caller.SigningIn(user.Tenant), user.Name, record);
}
