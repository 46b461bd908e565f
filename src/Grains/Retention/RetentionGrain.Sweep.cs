using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Retention;
using Bailiwick.Grains.Abstractions.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Retention;

/// <summary>How many rows of each kind a sweep took away.</summary>
[GenerateSerializer, Immutable, Alias("RetentionSwept")]
internal readonly record struct RetentionSwept(
    [property: Id(0)] long Measurements, [property: Id(1)] long Events, [property: Id(2)] long Alarms, [property: Id(3)] long Operations)
{
    public long Total => Measurements + Events + Alarms + Operations;

    public static RetentionSwept operator +(in RetentionSwept a, in RetentionSwept b) =>
        new(a.Measurements + b.Measurements, a.Events + b.Events, a.Alarms + b.Alarms, a.Operations + b.Operations);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Measurements} measurements, {Events} events, {Alarms} alarms, {Operations} operations");
}

/// <summary>The platform's own way to a tenant's rules (key: the tenant): carrying them out.</summary>
[Alias("IRetentionSweep")]
internal interface IRetentionSweep : IGrainWithStringKey
{
    /// <summary>
    /// Deletes what the rules name by now, and answers how much it was. Each deletion stands in the audit trail before it happens. A sweep
    /// that is asked for while one is under way does nothing.
    /// </summary>
    [Alias("Sweep"), AlwaysInterleave, ResponseTimeout(Limits.LongWork), Platform("rules are carried out by the clock and for nobody", PlatformTask.Retention)]
    Task<RetentionSwept> Sweep(Caller caller);
}

// Carrying the rules out. It asks the same doors as a user who deletes by query; whoever may ask them for retention is a row of the policy.
internal sealed partial class RetentionGrain
{
    private static readonly PageRequest One = new(1, 1, false);
    private static readonly OperationStatus[] Ended = [OperationStatus.Successful, OperationStatus.Failed];

    private bool _isSweeping;

    public async Task<RetentionSwept> Sweep(Caller caller)
    {
        if (_isSweeping) return default;
        _isSweeping = true;
        try
        {
            var swept = default(RetentionSwept);
            foreach (var rule in await Rules(caller)) swept += await TryCarryOutAsync(caller, rule);
            return swept;
        }
        finally
        {
            _isSweeping = false;
        }
    }

    /// <summary>A rule that fails keeps no other from being carried out, and has its turn again at the next sweep.</summary>
    private async Task<RetentionSwept> TryCarryOutAsync(Caller caller, RetentionRule rule)
    {
        try
        {
            return await CarryOutAsync(caller, rule);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            _log.LogError(failure, "Retention rule {Tenant}/{Rule} could not be carried out", _tenant, rule.Id);
            return default;
        }
    }

    private async Task<RetentionSwept> CarryOutAsync(Caller caller, RetentionRule rule)
    {
        var toMs = _clock.GetUtcNow().AddDays(-rule.MaximumAgeDays).ToUnixTimeMilliseconds();
        return new RetentionSwept(
            Is(RetainedData.Measurement) ? await MeasurementsAsync(caller, rule, toMs) : 0,
            Is(RetainedData.Event) ? await EventsAsync(caller, rule, toMs) : 0,
            Is(RetainedData.Alarm) ? await AlarmsAsync(caller, rule, toMs) : 0,
            Is(RetainedData.Operation) && rule.Type is null ? await OperationsAsync(caller, rule, toMs) : 0);

        bool Is(RetainedData data) => rule.Data == RetainedData.All || rule.Data == data;
    }

    // Each looks first whether there is anything: a deletion of nothing would be told of in the trail at every sweep.

    private async Task<long> MeasurementsAsync(Caller caller, RetentionRule rule, long toMs)
    {
        var grain = GrainFactory.Grain<IMeasurementsGrain>(_tenant.Value);
        var query = new MeasurementQuery(rule.Source, null, toMs, rule.Type, rule.FragmentType, null, false);
        return (await grain.Find(caller, query, One)).Items.Count == 0 ? 0 : await grain.DeleteAll(caller, query);
    }

    private async Task<long> EventsAsync(Caller caller, RetentionRule rule, long toMs)
    {
        var grain = GrainFactory.Grain<IEventsGrain>(_tenant.Value);
        var query = new EventQuery(new SourceFilter(rule.Source, false, false), rule.Type, new Within(null, toMs), FragmentType: rule.FragmentType, OldestFirst: true);
        return (await grain.Find(caller, query, One)).Items.Count == 0 ? 0 : await grain.DeleteAll(caller, query);
    }

    private async Task<long> AlarmsAsync(Caller caller, RetentionRule rule, long toMs)
    {
        var grain = GrainFactory.Grain<IAlarmsGrain>(_tenant.Value);
        var query = new AlarmQuery(
            new SourceFilter(rule.Source, false, false), rule.Type is { } type ? [type] : null, Statuses: [AlarmStatus.Cleared], Time: new Within(null, toMs),
            FragmentType: rule.FragmentType);
        return (await grain.Find(caller, query, One)).Items.Count == 0 ? 0 : await grain.DeleteAll(caller, query);
    }

    private async Task<long> OperationsAsync(Caller caller, RetentionRule rule, long toMs)
    {
        var grain = GrainFactory.Grain<IOperationsGrain>(_tenant.Value);
        var deleted = 0L;
        foreach (var status in Ended)
        {
            var query = new OperationQuery(rule.Source, Status: status, FragmentType: rule.FragmentType, ToMs: toMs);
            if ((await grain.Find(caller, query, One)).Items.Count > 0) deleted += await grain.DeleteAll(caller, query);
        }
        return deleted;
    }
}
