using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Telemetry;

/// <inheritdoc cref="IEventsGrain"/>
/// <remarks>It holds nothing, so calls interleave: a long deletion keeps no list waiting.</remarks>
[StatelessWorker, Reentrant]
internal sealed class EventsGrain(IEventStore events, IInventoryStore inventory, ILinkStore links) : Grain, IEventsGrain
{
    private readonly Sources _sources = new(inventory, links);

    public async Task<Page<Event>> Find(Caller caller, EventQuery query, PageRequest page)
    {
        var visible = ListPermit.Demand(caller, Permission.EventRead);
        return await events.FindAsync(visible, await _sources.VisibleAsync(visible, query.Source, "event"), query, page);
    }

    public async Task<long> DeleteAll(Caller caller, EventQuery query)
    {
        var tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        var permit = WritePermit.Demand(caller, Resource.OfTenant(tenant), Permission.EventAdminAll);
        var sources = await _sources.VisibleAsync(ListPermit.Demand(caller, Permission.EventAdminAll), query.Source, "event");
        var record = new NewAuditRecord("Event", "Events deleted", $"Events deleted: {Wording.Of(query)}", Source: query.Source.Id?.ToString());
        var deleted = 0L;
        await GrainFactory.RecordThenAsync(tenant, caller, record, async () => deleted = await events.DeleteAllAsync(permit, sources, query));
        return deleted;
    }
}
