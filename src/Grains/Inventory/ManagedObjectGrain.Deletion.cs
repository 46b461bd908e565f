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
        if (options.WithDeviceUser && owner.IsDevice) await GrainFactory.GetGrain<IDeviceUser>(owner.GrainKey).Remove(Caller.Platform(PlatformTask.Removal, _tenant), caller.User.Name);
        foreach (var id in below)
            await Other(id).DeleteAlone(caller);
        await DeleteAlone(caller);
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

    public async Task DeleteAlone(Caller caller)
    {
        if (!_owned.Exists) return;
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        var document = _owned.Read(permit).Document;
        await GrainFactory.RecordAsync(caller, new NewAuditRecord("Inventory", "Managed object deleted",
            $"Managed object deleted: id '{_id}', name '{document.Name}'", Source: _id.ToString(), Changes:
            [
                new AuditChange("name", "String", document.Name, null), new AuditChange("type", "String", document.Type, null),
                new AuditChange("owner", "String", document.Owner, null),
            ]));
        var removal = Caller.Platform(PlatformTask.Removal, _tenant);
        var names = await _names.NamesAsync(ReadPermit.Demand(Upkeep, _owned.Resource, Permission.InventoryRead));
        // Telemetry first: were the object to go first, a crash here would leave measurements of nothing in lists.
        await Device.Retire(removal);
        try
        {
            await _owned.RemoveAsync(permit);
        }
        catch
        {
            await GrainFactory.RecordAsync(caller, new NewAuditRecord("Inventory", "Managed object not deleted",
                $"The deletion of managed object '{_id}' failed; its measurements are gone", Source: _id.ToString(), Severity: "MAJOR"));
            await Device.Refresh(Upkeep);
            throw;
        }
        foreach (var name in names) await GrainFactory.GetGrain<IExternalIdUpkeep>(name.GrainKey(_tenant)).Forget(removal);
        DeactivateOnIdle();
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
