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
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.EventAdmin);
        RequireFits(sent);
        await HeardAsync(caller);
        return (await _ports.Events.AppendAsync(permit, [sent], _ports.Time.GetUtcNow()))[0];
    }

    public async Task<Event> ReadEvent(Caller caller, EventId id)
    {
        await RequireHasEventAsync(id);
        return await _ports.Events.ReadAsync(ReadPermit.Demand(caller, _owned.Resource, Permission.EventRead), id) ?? throw NoSuchEvent(id);
    }

    public async Task<Event> UpdateEvent(Caller caller, EventId id, EventChange change)
    {
        await RequireHasEventAsync(id);
        return await UpdateEventAsync(WritePermit.Demand(caller, _owned.Resource, Permission.EventAdmin), id, change);
    }

    public async Task DeleteEvent(Caller caller, EventId id)
    {
        await RequireHasEventAsync(id);
        if (!await _ports.Events.DeleteAsync(WritePermit.Demand(caller, _owned.Resource, Permission.EventAdmin), id)) throw NoSuchEvent(id);
    }

    private async Task UpdateEventOfTypeAsync(Caller caller, UpdateEventOfType command)
    {
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.EventAdmin);
        var id = await _ports.Events.LatestAsync(permit, command.Type, Limits.EventsLookedThroughMax)
            ?? throw Refusal.NotFound("event", $"Finding event from database failed : No event of type '{command.Type}'!");
        await UpdateEventAsync(permit, id, command.Change);
    }

    private async Task<Event> UpdateEventAsync(WritePermit permit, EventId id, EventChange change) => await _ports.Events.UpdateAsync(permit, id, old =>
    {
        var changed = old with { Text = change.Text ?? old.Text, Fragments = old.Fragments.Merge(change.Fragments), LastUpdated = _ports.Time.GetUtcNow() };
        RequireFits("event", changed.Type, changed.Text, changed.Time, changed.Fragments, Limits.EventBytesMax);
        return changed;
    }) ?? throw NoSuchEvent(id);

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
