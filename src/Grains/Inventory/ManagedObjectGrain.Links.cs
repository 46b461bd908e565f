using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Inventory;

internal sealed partial class ManagedObjectGrain
{
    public async Task<Page<ManagedObject>> Children(Caller caller, ChildKind kind, PageRequest page)
    {
        RequireExists();
        var permit = ReadPermit.Demand(caller, _owned.Resource, Permission.InventoryRead);
        return await _links.ChildrenAsync(permit, ListPermit.Demand(caller, Permission.InventoryRead), kind, page);
    }

    public async Task<ManagedObject> Child(Caller caller, ChildKind kind, ObjectId child)
    {
        RequireExists();
        var permit = ReadPermit.Demand(caller, _owned.Resource, Permission.InventoryRead);
        // The child first, or the answers would tell what hangs here to whom it does not show.
        var judgement = await GrainFactory.Grain<IManagedObjectUpkeep>(child.GrainKey(_tenant)).Judge(caller, Permission.InventoryRead);
        if (!judgement.Exists) throw NoSuch(child);
        if (!judgement.Decision.Allowed) throw Refusal.Denied($"{caller.User} may not read {_tenant}/{child}, whether it is a child of {_id} or not", judgement.Trace!);
        if (!await _links.IsChildAsync(permit, kind, child)) throw NotAChild(child);
        return (await GrainFactory.Grain<IManagedObjectGrain>(child.GrainKey(_tenant)).Read(caller, default)).Object;
    }

    public async Task Link(Caller caller, ChildKind kind, IReadOnlyList<ObjectId> children)
    {
        RequireStays();
        if (children.Contains(_id)) throw Refusal.Invalid("inventory", $"managedObject {_id} cannot be a child of itself");
        var judgements = await JudgeAllAsync(caller, children);
        // A caller that owns every child and holds CREATE may hang them anywhere; the permit for that is asked in the parent's name.
        var owns = judgements.Count > 0 && judgements.TrueForAll(child => child.IsOwner) && kind != ChildKind.Addition;
        var permit = WritePermit.Ask(caller, _owned.Resource, Permission.InventoryAdmin)
            ?? WritePermit.Demand(caller, _owned.Resource, owns ? Permission.InventoryLinkOwn : Permission.InventoryAdmin);
        var refused = judgements.FindIndex(child => !child.Decision.Allowed);
        if (refused >= 0) throw Refusal.Denied($"{caller.User} may not change {_tenant}/{children[refused]}, which it would link below {_tenant}/{_id}", judgements[refused].Trace!);
        foreach (var child in children)
            if (await IsChildAsync(kind, child))
                throw await SpreadAsync(Refusal.Conflict("inventory", $"managedObject {child} is already a child of {_id}"));
        await RequireFitsBelowAsync(children);
        await EndRehearsalAsync(caller, kind, children, isRemoval: false);
        await LinkRecordedAsync(caller, kind, children, isRemoval: false, () => _links.LinkAsync(permit, kind, children));
        await _facts.PublishLinksAsync(_tenant);
    }

    /// <summary>
    /// Refuses what would hang an object below itself, or below more than can be walked through when it is asked whose roles cover it. Two links made at the
    /// same moment can do either all the same, and what hangs below a child is not looked at: every walk meets each object once, and stops at the bound.
    /// </summary>
    private async Task RequireFitsBelowAsync(IReadOnlyList<ObjectId> children)
    {
        var above = (await AboveAsync(_id)).Append(_id).ToHashSet();
        foreach (var child in children)
        {
            if (above.Contains(child)) throw Refusal.Invalid("inventory", $"managedObject {child} stands above {_id} and cannot be a child of it");
            if (above.Union(await AboveAsync(child)).Skip(Limits.AncestorsMax).Any())
                throw Refusal.Invalid("inventory", $"managedObject {child} would have more than {Limits.AncestorsMax} objects above it.");
        }
    }

    private async ValueTask<IReadOnlyList<ObjectId>> AboveAsync(ObjectId id) =>
        await _links.AboveAsync(StoredObjects.UpkeepPermit(_tenant, id), Limits.AncestorsMax)
        ?? throw Refusal.Invalid("inventory", $"More than {Limits.AncestorsMax} objects stand above managedObject {id}.");

    public async Task Unlink(Caller caller, ChildKind kind, IReadOnlyList<ObjectId> children)
    {
        RequireStays();
        var permit = WritePermit.Ask(caller, _owned.Resource, Permission.InventoryAdmin) ?? await DemandUnlinkOwnAsync(caller, children);
        foreach (var child in children)
            if (!await IsChildAsync(kind, child))
                throw await SpreadAsync(NotAChild(child));
        await EndRehearsalAsync(caller, kind, children, isRemoval: true);
        await LinkRecordedAsync(caller, kind, children, isRemoval: true, () => _links.UnlinkAsync(permit, kind, children));
        await _facts.PublishLinksAsync(_tenant);
    }

    /// <summary>The children's owner may take them out of an object that is not theirs.</summary>
    private async Task<WritePermit> DemandUnlinkOwnAsync(Caller caller, IReadOnlyList<ObjectId> children)
    {
        var judgements = await JudgeAllAsync(caller, children);
        if (judgements.Count == 0 || judgements.Exists(child => !child.IsOwner || !child.Decision.Allowed))
            throw Refusal.Denied($"{caller.User} may not change {_tenant}/{_id}, nor does it own every child that it would unlink",
                Policy.Explain(caller, _owned.Resource, Permission.InventoryAdmin));
        // Each child has let it go. The links are this object's to remove: all of them in one commit, or none.
        return WritePermit.Demand(Caller.Platform(PlatformTask.Removal, _tenant), _owned.Resource, Permission.InventoryAdmin);
    }

    private ValueTask EndRehearsalAsync(Caller caller, ChildKind kind, IReadOnlyList<ObjectId> children, bool isRemoval) =>
        GrainFactory.EndRehearsalAsync(caller, _tenant, new AccessChange { Links = new LinkChange(kind, _id, children, isRemoval) });

    /// <summary>Asks every child what the caller may do to it; one that is not there refuses the whole request.</summary>
    private async Task<List<Judgement>> JudgeAllAsync(Caller caller, IReadOnlyList<ObjectId> children)
    {
        if (children.Count > Limits.LinksPerRequestMax)
            throw new Refusal(RefusalKind.TooLarge, "inventory", $"At most {Limits.LinksPerRequestMax} references in one request.");
        var judgements = new List<Judgement>(children.Count);
        foreach (var child in children)
        {
            var judgement = await GrainFactory.Grain<IManagedObjectUpkeep>(child.GrainKey(_tenant)).Judge(caller, Permission.InventoryAdmin);
            if (!judgement.Exists) throw NoSuch(child);
            judgements.Add(judgement);
        }
        return judgements;
    }

    // One by one: a group may hold a hundred thousand others.
    private ValueTask<bool> IsChildAsync(ChildKind kind, ObjectId child) => _links.IsChildAsync(StoredObjects.UpkeepPermit(_tenant, _id), kind, child);

    /// <summary>
    /// A change of links may have been stored and not answered: whoever tries again is told that there is nothing to do only when no silo goes by what
    /// was before.
    /// </summary>
    private async Task<Refusal> SpreadAsync(Refusal nothingToDo)
    {
        await _facts.PublishLinksAsync(_tenant);
        return nothingToDo;
    }

    private Refusal NotAChild(ObjectId child) => Refusal.Invalid("inventory", $"managedObject {child} is not a child of {_id}");
}
