using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Edge.SigningIn;

/// <summary>
/// Puts sign-ins on the tenant's audit trail. Every MQTT connection is told; HTTP clients that send their password with each request are
/// told once for a user, address and <see cref="Limits.SignInAuditIntervalSeconds"/>. Failures are told one by one up to
/// <see cref="Limits.SignInFailuresRecordedPerAddressAndMinute"/> in each trail, whatever an address does to other tenants; what goes beyond is told as one
/// record when the minute is over, and when the server stops.
/// </summary>
public sealed class SignInAudit : IHostedService, IAsyncDisposable
{
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly Recent<(UserId User, string Address), DateTimeOffset> _told = new(Limits.SignInAuditTrackedMax);
    private readonly MinuteTally<(TenantId Trail, string Address), Failure> _failures;

    public SignInAudit(IGrainFactory grains, TimeProvider clock, ILogger<SignInAudit> log)
    {
        (_grains, _clock) = (grains, clock);
        _failures = new(Limits.SignInFailuresRecordedPerAddressAndMinute, Limits.SignInAuditTrackedMax, TellSumAsync, clock, log);
    }

    private readonly record struct Failure(UserId User, SignInMethod Method, string Address);

    /// <summary>What the trail is told of a success.</summary>
    public static SignInRecord Success(SignInMethod method, string address) => new(true, method, address, "");

    /// <summary>Completes once the record is durable, or at once where none is due.</summary>
    public async ValueTask SucceededAsync(UserId user, SignInMethod method, string address)
    {
        var now = _clock.GetUtcNow();
        if (method == SignInMethod.Basic && IsTold(user, address, now)) return;
        await TellAsync(user, Success(method, address));
        // Only now: two requests at once are told twice, and none is served that was told never.
        if (method == SignInMethod.Basic) lock (_lock) _told.Set((user, address), now);
    }

    /// <summary>Completes once the record is durable, or at once where it is counted.</summary>
    /// <param name="trail">The tenant whose trail tells of it.</param>
    public async ValueTask FailedAsync(TenantId trail, UserId user, SignInMethod method, string address, string reason)
    {
        if (await _failures.IsListedAsync((trail, address), new Failure(user, method, address))) await TellAsync(user, new SignInRecord(false, method, address, reason));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => _failures.CloseAsync();

    public ValueTask DisposeAsync() => _failures.DisposeAsync();

    private Task TellSumAsync(Failure last, int count) => TellAsync(last.User, new SignInRecord(
        false, last.Method, last.Address, string.Create(CultureInfo.InvariantCulture, $"the last of {count} failures from this address within a minute that are not listed")));

    private bool IsTold(UserId user, string address, DateTimeOffset now)
    {
        lock (_lock) return _told.TryGet((user, address), out var at) && now - at < TimeSpan.FromSeconds(Limits.SignInAuditIntervalSeconds);
    }

    private Task TellAsync(UserId user, SignInRecord record) =>
        _grains.Grain<ISignInGrain>(user.Tenant.Value).RecordSignIn(Caller.SigningIn(user.Tenant), user.Name, record);
}
