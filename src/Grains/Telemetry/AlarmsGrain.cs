using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Telemetry;

/// <inheritdoc cref="IAlarmsGrain"/>
/// <remarks>
/// It holds nothing, so calls interleave: a long change keeps no list waiting. What changes alarms is done by the Device grain of
/// each source, the only one that writes them.
/// </remarks>
[StatelessWorker, Reentrant]
internal sealed class AlarmsGrain(IAlarmStore alarms, IInventoryStore inventory, ILinkStore links) : Grain, IAlarmsGrain
{
    private readonly Sources _sources = new(inventory, links);

    private TenantId Tenant => TenantId.OfGrainKey(this.GetPrimaryKeyString());

    public async Task<Page<AlarmView>> Find(Caller caller, AlarmQuery query, PageRequest page)
    {
        var visible = ListPermit.Demand(caller, Permission.AlarmRead);
        var found = await alarms.FindAsync(visible, await _sources.VisibleAsync(visible, query.Source, "alarm"), query, page);
        var names = await _sources.NamesAsync(caller, [.. found.Items.Select(alarm => alarm.Id.Source).Distinct()]);
        return found.Select(alarm => new AlarmView(alarm, names.GetValueOrDefault(alarm.Id.Source)));
    }

    public async Task<long> Count(Caller caller, AlarmQuery query)
    {
        var visible = ListPermit.Demand(caller, Permission.AlarmRead);
        var sources = await _sources.VisibleAsync(visible, query.Source, "alarm");
        return (await alarms.FindAsync(visible, sources, query, new PageRequest(1, 0, true))).Total!.Value;
    }

    public Task<long> UpdateAll(Caller caller, AlarmQuery query, AlarmStatus status) =>
        EachSourceAsync(caller, query, (device, ids) => device.UpdateAlarms(caller, ids, query, status));

    public async Task<long> DeleteAll(Caller caller, AlarmQuery query)
    {
        WritePermit.Demand(caller, Resource.OfTenant(Tenant), Permission.AlarmAdminAll);
        var record = new NewAuditRecord("Alarm", "Alarms deleted", $"Alarms deleted: {Wording.Of(query)}", Source: query.Source.Id?.ToString());
        var deleted = 0L;
        await GrainFactory.RecordThenAsync(Tenant, caller, record, async () =>
            deleted = await EachSourceAsync(caller, query, (device, ids) => device.DeleteAlarms(caller, ids, query)));
        return deleted;
    }

    /// <summary>Walks over what the query names, round by round, and has each source's device act on its own; answers how many it was.</summary>
    private async Task<long> EachSourceAsync(Caller caller, AlarmQuery query, Func<IDeviceUpkeep, IReadOnlyList<AlarmId>, Task<long>> act)
    {
        var permit = WritePermit.Demand(caller, Resource.OfTenant(Tenant), Permission.AlarmAdminAll);
        var sources = await _sources.VisibleAsync(ListPermit.Demand(caller, Permission.AlarmAdminAll), query.Source, "alarm");
        var done = 0L;
        for (Alarm? last = null; ;)
        {
            var round = await alarms.NextAsync(permit, sources, query, last, Limits.AlarmsPerRound);
            foreach (var some in round.GroupBy(alarm => alarm.Id.Source, alarm => alarm.Id).Chunk(Limits.SourcesInFlightMax))
                done += (await Task.WhenAll(some.Select(ids => act(Device(ids.Key), [.. ids])))).Sum();
            if (round.Count < Limits.AlarmsPerRound) return done;
            last = round[^1];
        }
    }

    private IDeviceUpkeep Device(ObjectId id) => GrainFactory.Grain<IDeviceUpkeep>(id.GrainKey(Tenant));
}
