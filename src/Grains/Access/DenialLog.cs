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
/// when the minute is over, and when the silo stops. Memory is bounded by <see cref="Limits.DenialUsersTrackedMax"/> users a minute;
/// beyond that many, every refusal is recorded by itself: slower, and nothing is lost.
/// </summary>
internal sealed class DenialLog : IDenialLog, ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    private const string AuditType = "Access";
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _clock;
    private readonly ILogger<DenialLog> _log;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private Dictionary<UserId, Tally> _tallies = [];
    private long _window;

    public DenialLog(IGrainFactory grains, TimeProvider clock, ILogger<DenialLog> log)
    {
        _grains = grains;
        _clock = clock;
        _log = log;
        _window = WindowNow();
        _timer = clock.CreateTimer(_ => _ = CloseWindowAsync(), null, Window, Window);
    }

    private sealed class Tally(Caller caller)
    {
        public Caller Caller { get; } = caller;
        public int Count { get; set; }
        public int Unlisted => Math.Max(0, Count - Limits.DenialsRecordedPerUserAndMinute);
    }

    public async ValueTask RecordAsync(Caller caller, string target, Refusal refusal)
    {
        AccessMetrics.Denials.Add(1);
        if (WindowNow() != Volatile.Read(ref _window)) await CloseWindowAsync();
        if (IsListed(caller))
            await _grains.RecordAsync(caller, new NewAuditRecord(
                AuditType, "Access denied", $"Access denied: {target}: {refusal.LogText}", Source: caller.User.Name, Severity: AuditRules.Warning));
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DenialLog), ServiceLifecycleStage.Active, _ => Task.CompletedTask, _ => CloseWindowAsync());

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>Writes the summaries of the window so far and begins a new one.</summary>
    internal async Task CloseWindowAsync()
    {
        Dictionary<UserId, Tally> closed;
        lock (_lock)
        {
            closed = _tallies;
            _tallies = [];
            _window = WindowNow();
        }
        foreach (var tally in closed.Values)
            if (tally.Unlisted > 0)
                await SummariseAsync(tally);
    }

    private bool IsListed(Caller caller)
    {
        lock (_lock)
        {
            if (!_tallies.TryGetValue(caller.User, out var tally))
            {
                if (_tallies.Count >= Limits.DenialUsersTrackedMax) return true;
                _tallies.Add(caller.User, tally = new Tally(caller));
            }
            return ++tally.Count <= Limits.DenialsRecordedPerUserAndMinute;
        }
    }

    private async Task SummariseAsync(Tally tally)
    {
        var count = tally.Unlisted.ToString(CultureInfo.InvariantCulture);
        try
        {
            await _grains.RecordAsync(tally.Caller, new NewAuditRecord(
                AuditType, "Access denied", $"Access denied {count} more times within a minute", Source: tally.Caller.User.Name, Severity: AuditRules.Warning));
        }
        catch (Exception failure)
        {
            // There is nobody to tell but the operator: the requests were refused and answered long ago.
            _log.LogError(failure, "The audit trail did not take the summary of {Count} refusals of {User}", count, tally.Caller.User);
        }
    }

    private long WindowNow() => _clock.GetUtcNow().Ticks / Window.Ticks;
}
