using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Audit;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Access;

/// <summary>
/// Counts each user's refusals by the minute. Those within the limit are recorded one by one; what goes beyond is told as one record
/// when the minute is over, and when the silo stops.
/// </summary>
internal sealed class DenialLog : IDenialLog, ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    private readonly IGrainFactory _grains;
    private readonly MinuteTally<UserId, Caller> _tally;

    public DenialLog(IGrainFactory grains, TimeProvider clock, ILogger<DenialLog> log)
    {
        _grains = grains;
        _tally = new(Limits.DenialsRecordedPerUserAndMinute, Limits.DenialUsersTrackedMax, TellSumAsync, clock, log);
    }

    public async ValueTask RecordAsync(Caller caller, string target, Refusal refusal)
    {
        AccessMetrics.Denials.Add(1);
        if (await _tally.IsListedAsync(caller.User, caller)) await TellAsync(caller, $"Access denied: {target}: {refusal.LogText}");
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DenialLog), ServiceLifecycleStage.Active, _ => Task.CompletedTask, _ => CloseAsync());

    public ValueTask DisposeAsync() => _tally.DisposeAsync();

    /// <summary>Tells what was counted so far.</summary>
    internal Task CloseAsync() => _tally.CloseAsync();

    private Task TellSumAsync(Caller caller, int count) =>
        TellAsync(caller, string.Create(CultureInfo.InvariantCulture, $"Access denied {count} more times within a minute"));

    private Task TellAsync(Caller caller, string text) =>
        _grains.RecordAsync(caller, new NewAuditRecord("Access", "Access denied", text, Source: caller.User.Name, Severity: AuditRules.Warning));
}
