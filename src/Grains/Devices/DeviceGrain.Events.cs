using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Devices;

internal sealed partial class DeviceGrain
{
    public async Task<Event> AddEvent(Caller caller, NewEvent sent)
    {
        if (!Exists) await RequireExistsAsync();
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(sent.Fragments), Permission.EventAdmin);
        RequireFits(sent);
        await HeardAsync(caller);
        return (await _ports.Events.AppendAsync(permit, [sent], _ports.Time.GetUtcNow()))[0];
    }

    public async Task<Event> ReadEvent(Caller caller, EventId id)
    {
        await RequireHasEventAsync(id);
        var stored = await _ports.Events.ReadAsync(Inside(), id);
        _ = ReadPermit.Demand(caller, _owned.Resource.Holding(stored?.Fragments), Permission.EventRead);
        return stored ?? throw NoSuchEvent(id);
    }

    public async Task<Event> UpdateEvent(Caller caller, EventId id, EventChange change)
    {
        await RequireHasEventAsync(id);
        return await UpdateEventAsync(caller, id, change);
    }

    public async Task DeleteEvent(Caller caller, EventId id)
    {
        await RequireHasEventAsync(id);
        if (!await _ports.Events.DeleteAsync(await DemandStoredAsync(caller, id), id)) throw NoSuchEvent(id);
    }

    private async Task UpdateEventOfTypeAsync(Caller caller, UpdateEventOfType command)
    {
        if (await _ports.Events.LatestAsync(Inside(), command.Type, Limits.EventsLookedThroughMax) is not { } id)
        {
            _ = WritePermit.Demand(caller, _owned.Resource, Permission.EventAdmin);
            throw Refusal.NotFound("event", $"Finding event from database failed : No event of type '{command.Type}'!");
        }
        await UpdateEventAsync(caller, id, command.Change);
    }

    private async Task<Event> UpdateEventAsync(Caller caller, EventId id, EventChange change) =>
        await _ports.Events.UpdateAsync(await DemandStoredAsync(caller, id), id, old =>
        {
            var changed = old with { Text = change.Text ?? old.Text, Fragments = old.Fragments.Merge(change.Fragments), LastUpdated = _ports.Time.GetUtcNow() };
            RequireFits("event", changed.Type, changed.Text, changed.Time, changed.Fragments, Limits.EventBytesMax);
            // A right that covers some fragments covers what is there and what is to be.
            _ = WritePermit.Demand(caller, _owned.Resource.Holding(changed.Fragments), Permission.EventAdmin);
            return changed;
        }) ?? throw NoSuchEvent(id);

    /// <summary>The permit to change a stored event; one that is not there is refused as one of which nothing is known.</summary>
    private async ValueTask<WritePermit> DemandStoredAsync(Caller caller, EventId id) =>
        WritePermit.Demand(caller, _owned.Resource.Holding((await _ports.Events.ReadAsync(Inside(), id))?.Fragments), Permission.EventAdmin);

    /// <summary>What an event says of its device's state goes into the managed object as well, with the right to change that.</summary>
    private Task<ManagedObject> TakeOverStateAsync(Caller caller, NewEvent sent) => Object.Update(caller, ManagedObjectChange.Of(sent.Fragments));

    private async ValueTask RequireHasEventAsync(EventId id)
    {
        if (!await HasAsync(id.Source)) throw NoSuchEvent(id);
    }

    private void RequireFits(NewEvent sent) =>
        RequireFits("event", sent.Type, sent.Text, sent.Time, sent.Fragments, Limits.EventBytesMax);

    private static Refusal NoSuchEvent(EventId id) =>
        Refusal.NotFound("event", $"Finding event from database failed : No event for id '{id}'!");
}
