using System.Collections.Concurrent;
using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Audit;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Access;

/// <summary>
/// Counts each user's refusals by the minute. Those within the limit are recorded one by one, each with its trace. The first beyond it is recorded as the
/// one that stands for the rest of the minute; how many those were is told as one more record when the minute is over, and when the silo stops.
/// </summary>
internal sealed class DenialLog : IDenialLog, ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    private readonly IGrainFactory _grains;
    private readonly MinuteTally<UserId, Caller> _tally;
    // Of each user over the limit, the record that stands for the rest of the minute.
    private readonly ConcurrentDictionary<UserId, Lazy<Task<long>>> _beyond = new();

    public DenialLog(IGrainFactory grains, TimeProvider clock, ILogger<DenialLog> log)
    {
        _grains = grains;
        _tally = new(Limits.DenialsRecordedPerUserAndMinute, Limits.DenialUsersTrackedMax, TellSumAsync, clock, log);
    }

    public async ValueTask RecordAsync(Caller caller, string door, string target, Refusal refusal)
    {
        AccessMetrics.Denials.Add(1);
        refusal.IsRecorded = true;
        refusal.DenialId = await _tally.IsListedAsync(caller.User, caller)
            ? await TellAsync(caller, $"Access denied: {door} {target}: {refusal.LogText}", DenialRecords.Members(door, target, refusal.Trace))
            : await BeyondAsync(caller);
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DenialLog), ServiceLifecycleStage.Active, _ => Task.CompletedTask, _ => CloseAsync());

    public ValueTask DisposeAsync() => _tally.DisposeAsync();

    /// <summary>Tells what was counted so far.</summary>
    internal Task CloseAsync() => _tally.CloseAsync();

    private async Task<long> BeyondAsync(Caller caller)
    {
        var told = _beyond.GetOrAdd(caller.User, _ => new Lazy<Task<long>>(() => TellAsync(caller,
            $"Access denied more than {Limits.DenialsRecordedPerUserAndMinute} times within a minute: what follows is counted and not told one by one", null)));
        try
        {
            return await told.Value;
        }
        catch
        {
            // The next one tries again.
            _beyond.TryRemove(new(caller.User, told));
            throw;
        }
    }

    private async Task TellSumAsync(Caller caller, int count)
    {
        _beyond.TryRemove(caller.User, out _);
        await TellAsync(caller, string.Create(CultureInfo.InvariantCulture, $"Access denied {count} more times within a minute"), null);
    }

    private Task<long> TellAsync(Caller caller, string text, Fragments? members) =>
        _grains.RecordAsync(caller, new NewAuditRecord(DenialRecords.Type, DenialRecords.Activity, text, Source: caller.User.Name, Severity: AuditRules.Warning, Members: members));
}
