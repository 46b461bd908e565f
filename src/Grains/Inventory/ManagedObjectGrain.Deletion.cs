using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Tenancy;

namespace Bailiwick.Grains.Inventory;

internal sealed partial class ManagedObjectGrain
{
    // While the object is being deleted it takes no names: they would be left pointing at nothing.
    private bool _isGoing;

    /// <summary>
    /// Deletes this object and, as asked, what hangs below. Every right is asked for before anything goes, so a refusal changes
    /// nothing. Of a group the subgroups go with it; devices only by cascade.
    /// </summary>
    public async Task Delete(Caller caller, DeleteOptions options)
    {
        RequireExists();
        WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        var owner = new UserId(_tenant, _owned.Resource.Owner!);
        var below = await WalkAsync(caller, options.Cascade);
        var removal = Caller.Platform(PlatformTask.Removal, _tenant);
        var removesOwner = options.WithDeviceUser && owner.IsDevice;
        if (removesOwner) await GrainFactory.GetGrain<IDeviceUser>(owner.GrainKey).Remove(removal, caller.User.Name);
        // A device that deletes itself with its user is nobody from here on: what it had every right to ask is carried out for it.
        var actor = removesOwner && caller.User == owner ? removal : caller;
        foreach (var id in below)
            await Other(id).DeleteAlone(actor, caller.User.Name);
        await DeleteAlone(actor, caller.User.Name);
    }

    public async Task<IReadOnlyList<ObjectId>> BelowForDeletion(Caller caller, bool cascade)
    {
        if (!_owned.Exists) return [];
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        if (cascade)
            return [.. await _links.ChildIdsAsync(permit, ChildKind.Asset), .. await _links.ChildIdsAsync(permit, ChildKind.Device),
                .. await _links.ChildIdsAsync(permit, ChildKind.Addition)];
        if (!_owned.Read(permit).Document.Fragments.Has(GroupFragment)) return [];
        var groups = new List<ObjectId>();
        foreach (var child in await _links.ChildIdsAsync(permit, ChildKind.Asset))
            if (await Other(child).IsGroup(caller))
                groups.Add(child);
        return groups;
    }

    public Task<bool> IsGroup(Caller caller) =>
        Task.FromResult(_owned.Exists && _owned.Read(ReadPermit.Demand(Upkeep, _owned.Resource, Permission.InventoryRead)).Document.Fragments.Has(GroupFragment));

    public async Task DeleteAlone(Caller caller, string by)
    {
        if (!_owned.Exists) return;
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        var document = _owned.Read(permit).Document;
        var record = new NewAuditRecord("Inventory", "Managed object deleted",
            $"Managed object deleted: id '{_id}', name '{document.Name}'", Source: _id.ToString(), User: by, Changes:
            [
                new AuditChange("name", "String", document.Name, null), new AuditChange("type", "String", document.Type, null),
                new AuditChange("owner", "String", document.Owner, null),
            ]);
        _isGoing = true;
        try
        {
            var names = await _names.NamesAsync(ReadPermit.Demand(Upkeep, _owned.Resource, Permission.InventoryRead));
            await GrainFactory.RecordThenAsync(_tenant, caller, record, () => RemoveAsync(permit));
            DeactivateOnIdle();
            var removal = Caller.Platform(PlatformTask.Removal, _tenant);
            await Device.Bury(removal);
            foreach (var name in names) await GrainFactory.GetGrain<IExternalIdUpkeep>(name.GrainKey(_tenant)).Forget(removal);
        }
        finally
        {
            _isGoing = false;
        }
    }

    /// <summary>
    /// The device takes nothing from the first step on, and what it had goes before the object, for a crash in between must not leave
    /// measurements of nothing in lists. When the object stays after all, the device goes on without what it had.
    /// </summary>
    private async Task RemoveAsync(WritePermit permit)
    {
        try
        {
            await Device.Retire(Caller.Platform(PlatformTask.Removal, _tenant));
            await _owned.RemoveAsync(permit);
        }
        catch
        {
            await Device.Refresh(Upkeep);
            throw;
        }
    }

    /// <summary>Everything below in the order in which it may go: children before parents, each once, whatever circles there are.</summary>
    private async Task<List<ObjectId>> WalkAsync(Caller caller, bool cascade)
    {
        var found = new List<ObjectId>();
        var seen = new HashSet<ObjectId> { _id };
        var next = new Queue<ObjectId>(await BelowForDeletion(caller, cascade));
        while (next.TryDequeue(out var id))
        {
            if (!seen.Add(id)) continue;
            found.Add(id);
            foreach (var child in await Other(id).BelowForDeletion(caller, cascade)) next.Enqueue(child);
        }
        found.Reverse();
        return found;
    }

    private const string GroupFragment = "c8y_IsDeviceGroup";

    private IManagedObjectUpkeep Other(ObjectId id) => GrainFactory.GetGrain<IManagedObjectUpkeep>(id.GrainKey(_tenant));
}
