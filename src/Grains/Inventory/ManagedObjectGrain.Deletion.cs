using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Tenancy;
using Orleans.Serialization.Invocation;

namespace Bailiwick.Grains.Inventory;

internal sealed partial class ManagedObjectGrain
{
    private int _deletions;
    private Task? _removal;

    /// <summary>
    /// While it is being deleted the object waits for its device, its names and what hangs below, and each of them may be waiting for it: so it goes
    /// on answering. What changes it is refused then (<see cref="RequireStays"/>).
    /// </summary>
    public bool AnswersMeanwhile(IInvokable call) => IsGoing && call.GetMethodName() != nameof(Delete);

    private bool IsGoing => _deletions > 0;

    /// <summary>
    /// Deletes this object and, as asked, what hangs below. Every right is asked for before anything goes, so a refusal changes
    /// nothing; what was granted is then carried out by the platform, for a right may rest on a group that goes, or on a device's own user.
    /// Of a group the subgroups go with it; devices only by cascade.
    /// </summary>
    public async Task Delete(Caller caller, DeleteOptions options)
    {
        await RequireExistsOrSpreadAsync();
        WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        var owner = new UserId(_tenant, _owned.Resource.Owner!);
        var goesWithUser = options.WithDeviceUser && owner.IsDevice;
        if (goesWithUser) await RequireOfDeviceAsync(caller, owner, Permission.InventoryAdmin);
        var below = await WalkAsync(caller, options.Cascade);
        // It may have gone with another object meanwhile.
        await RequireExistsOrSpreadAsync();
        var removal = Caller.Platform(PlatformTask.Removal, _tenant);
        Func<Task>? removeUser = goesWithUser ? () => GrainFactory.Grain<IDeviceUser>(owner.GrainKey).Remove(removal, caller.User.Name) : null;
        if (Rehearsal.IsOn) await RehearseDeletionAsync(caller, below, removeUser);
        await GoingAsync(async () =>
        {
            if (removeUser is not null) await removeUser();
            foreach (var id in below)
                await Other(id).DeleteAlone(removal, caller.User.Name);
            await DeleteAlone(removal, caller.User.Name);
        });
    }

    /// <summary>Ends a rehearsal before anything goes: what all that goes comes to is told together.</summary>
    private async Task RehearseDeletionAsync(Caller caller, List<ObjectId> below, Func<Task>? removeUser)
    {
        var user = removeUser is null ? null : await Rehearsals.PartOfAsync(removeUser);
        await GrainFactory.EndRehearsalAsync(caller, _tenant, new AccessChange { Users = user?.Users ?? [], Deletion = new DeletionChange(_id, [.. below, _id]) });
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

    public Task DeleteAlone(Caller caller, string by) => GoingAsync(async () =>
    {
        if (!_owned.Exists) return;
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        // Of two objects that hang below each other both may be deleted at once, and each comes to the other: it goes once.
        var removal = _removal ??= RemoveRecordedAsync(caller, permit, by);
        try
        {
            await removal;
        }
        finally
        {
            if (_removal == removal) _removal = null;
        }
    });

    /// <summary>Answers others until the work is done, and leaves when the object is gone by then: not before, for who leaves answers nobody.</summary>
    private async Task GoingAsync(Func<Task> work)
    {
        _deletions++;
        try
        {
            // Whoever waits already is looked at again when another message comes: so it sends itself one.
            await Other(_id).Judge(Upkeep, Permission.InventoryRead);
            await work();
        }
        finally
        {
            _deletions--;
            if (IsNothing) DeactivateOnIdle();
        }
    }

    /// <summary>Refuses what would change an object that is being deleted, as if it were gone.</summary>
    private void RequireStays()
    {
        RequireExists();
        if (IsGoing) throw NoSuch(_id);
    }

    // A deletion may have been stored and not answered: whoever tries again is told "not found" only when no silo goes by the links that went with it.
    private async Task RequireExistsOrSpreadAsync()
    {
        if (!_owned.Exists) await _facts.PublishLinksAsync(_tenant);
        RequireExists();
    }

    private async Task RemoveRecordedAsync(Caller caller, WritePermit permit, string by)
    {
        var document = _owned.Read(permit).Document;
        var record = new NewAuditRecord(RecordType, "Managed object deleted",
            $"Managed object deleted: id '{_id}', name '{document.Name}'", Source: _id.ToString(), User: by, Changes:
            [
                new AuditChange("name", "String", document.Name, null), new AuditChange("type", "String", document.Type, null),
                new AuditChange("owner", "String", document.Owner, null),
            ]);
        var names = await _names.NamesAsync(ReadPermit.Demand(Upkeep, _owned.Resource, Permission.InventoryRead));
        await GrainFactory.RecordThenAsync(_tenant, caller, record, () => RemoveAsync(permit));
        var removal = Caller.Platform(PlatformTask.Removal, _tenant);
        await Device.Bury(removal);
        foreach (var name in names) await GrainFactory.Grain<IExternalIdUpkeep>(name.GrainKey(_tenant)).Forget(removal);
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
            await _facts.PublishLinksAsync(_tenant);
        }
        catch
        {
            await Device.Refresh(Upkeep);
            throw;
        }
    }

    /// <summary>
    /// Everything below in the order in which it may go: each once and after all that hangs below it, so that what a deletion broken off leaves
    /// still hangs where it did. Of a circle, one goes before what is below it.
    /// </summary>
    private async Task<List<ObjectId>> WalkAsync(Caller caller, bool cascade)
    {
        var order = new List<ObjectId>();
        var seen = new HashSet<ObjectId> { _id };
        var next = new Stack<(ObjectId Id, bool IsDone)>();
        Push(await BelowForDeletion(caller, cascade));
        while (next.TryPop(out var at))
        {
            if (at.IsDone)
            {
                order.Add(at.Id);
                continue;
            }
            if (!seen.Add(at.Id)) continue;
            next.Push((at.Id, true));
            Push(await Other(at.Id).BelowForDeletion(caller, cascade));
        }
        return order;

        void Push(IReadOnlyList<ObjectId> children)
        {
            for (var child = children.Count - 1; child >= 0; child--) next.Push((children[child], false));
        }
    }

    private const string GroupFragment = "c8y_IsDeviceGroup";

    private IManagedObjectUpkeep Other(ObjectId id) => GrainFactory.Grain<IManagedObjectUpkeep>(id.GrainKey(_tenant));
}
