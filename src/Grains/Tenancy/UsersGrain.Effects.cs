using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;

namespace Bailiwick.Grains.Tenancy;

// What a change would come to: every decision that it can touch is made twice, on what is stored and on what would be. Nothing is written.
internal sealed partial class UsersGrain
{
    private static readonly Permission[] OnObjects = [.. Enum.GetValues<Permission>().Where(Policy.IsAboutObjects)];
    private static readonly ChildKind[] AllKinds = Enum.GetValues<ChildKind>();

    /// <summary>A user before and after, and the objects on which something may differ for it.</summary>
    private sealed record Concerned(UserFact Before, UserFact After, IReadOnlyCollection<ObjectId> Objects);

    /// <summary>Whether some objects were left out, for there are more than are looked at.</summary>
    private sealed class Extent
    {
        public bool IsCut { get; set; }
    }

    public async Task<AccessEffect> EffectOf(Caller caller, AccessChange change)
    {
        // The question itself writes nothing; what it wakes and reads on its way is no rehearsal.
        Rehearsal.End();
        var tenant = change.TenantBefore ?? await TenantsFactAsync();
        var after = change.TenantAfter ?? tenant;
        var (tally, extent, pairs) = (new ShiftTally(), new Extent(), 0);
        await foreach (var one in ConcernedAsync(change, tenant, after, extent))
        {
            var (was, willBe) = (StandingOf(one.Before, tenant), StandingOf(one.After, after));
            var everywhere = Everywhere(one, was, willBe, tally);
            foreach (var id in one.Objects.Order())
            {
                if (++pairs > Limits.RehearsedPairsMax)
                {
                    extent.IsCut = true;
                    break;
                }
                await OnObjectAsync(change, one, was, willBe, id, everywhere, tally);
            }
        }
        return tally.Effect(!extent.IsCut);
    }

    /// <summary>Counts what is gained and lost for all of the tenant; answers the permissions that hold everywhere before or after, for which no single object counts.</summary>
    private HashSet<Permission> Everywhere(Concerned one, Standing was, Standing willBe, ShiftTally tally)
    {
        var everywhere = new HashSet<Permission>();
        foreach (var permission in Enum.GetValues<Permission>())
        {
            var (before, after) = (IsEverywhere(one.Before.User, was, permission), IsEverywhere(one.After.User, willBe, permission));
            if (before || after) everywhere.Add(permission);
            tally.Add(one.Before.User.Name, permission, null, before ? Coverage.Whole : Coverage.None, after ? Coverage.Whole : Coverage.None);
        }
        return everywhere;
    }

    private bool IsEverywhere(UserId user, Standing standing, Permission permission) =>
        standing.IsServed && Policy.Decide(Caller.Supposed(user, standing.Rights, null), Resource.OfTenant(_tenant), permission).Allowed;

    private async Task OnObjectAsync(AccessChange change, Concerned one, Standing was, Standing willBe, ObjectId id, HashSet<Permission> everywhere, ShiftTally tally)
    {
        var stored = await _inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(_tenant, id));
        if (stored is null) return;
        var before = change.Document?.Before ?? stored;
        var after = change.Document?.After ?? stored;
        var above = await _hierarchy.OfAsync(_tenant, id);
        var (then, now) = (Caller.Supposed(one.After.User, willBe.Rights, await AboveAfterAsync(change, above)), Caller.Supposed(one.Before.User, was.Rights, above));
        foreach (var permission in OnObjects)
            if (!everywhere.Contains(permission))
                tally.Add(one.Before.User.Name, permission, id, On(before, was, now, permission), On(after, willBe, then, permission));

        // To who is not served the policy is never put: it would still give what is owned and what everybody sees.
        static Coverage On(ManagedObject document, Standing standing, Caller user, Permission permission) =>
            standing.IsServed ? Explanations.CoverageOn(document, user, permission) : Coverage.None;
    }

    /// <summary>What would stand above an object.</summary>
    private async Task<Ancestry> AboveAfterAsync(AccessChange change, Ancestry now)
    {
        if (change.Links is not { } links) return now;
        if (!links.IsRemoval)
        {
            var isBelow = now.Upward.Any(links.Children.Contains);
            return isBelow ? new(now.Object, [.. now.Upward.Union((await _hierarchy.OfAsync(_tenant, links.Parent)).Upward)]) : now;
        }
        var above = new List<ObjectId> { now.Object };
        for (var at = 0; at < above.Count && above.Count <= Limits.AncestorsMax; at++)
            foreach (var kind in AllKinds)
                foreach (var parent in await _links.RelativesAsync(StoredObjects.UpkeepPermit(_tenant, above[at]), kind, parents: true, ManagedObject.GlobalFragment))
                    if (!(kind == links.Kind && parent.Id == links.Parent && links.Children.Contains(above[at])) && !above.Contains(parent.Id))
                        above.Add(parent.Id);
        return new(now.Object, above);
    }

    private IAsyncEnumerable<Concerned> ConcernedAsync(AccessChange change, TenantFact before, TenantFact after, Extent extent) => change switch
    {
        { Document: { } document } => EverybodyAsync(document.Before.Id),
        { Links: { } links } => HoldersAboveAsync(links, extent),
        { TenantAfter: null } => NamedAsync(change.Users, before, extent),
        _ => HoldersAsync(change.Users, before, after, extent),
    };

    private async IAsyncEnumerable<Concerned> NamedAsync(IReadOnlyList<UserFactChange> users, TenantFact tenant, Extent extent)
    {
        foreach (var user in users.OrderBy(user => user.Before.User.Name, StringComparer.Ordinal))
            yield return await OneAsync(user, tenant, tenant, extent);
    }

    private async Task<Concerned> OneAsync(UserFactChange user, TenantFact before, TenantFact after, Extent extent)
    {
        var (was, willBe) = user;
        var touched = await TouchedAsync(was, before, willBe, after, extent);
        if (Weighs(was, before) != Weighs(willBe, after)) touched.UnionWith(await OwnedByAsync(was.User.Name, extent));
        return new(was, willBe, touched);
    }

    /// <summary>Whether a user has what it owns: who is shut out has nothing.</summary>
    private bool Weighs(UserFact user, TenantFact tenant) => StandingOf(user, tenant) is { IsServed: true, Rights.MustChangePassword: false };

    /// <summary>An owner is one user; who holds rights to some fragments, or sees what carries c8y_Global, may be anybody.</summary>
    private async IAsyncEnumerable<Concerned> EverybodyAsync(ObjectId target)
    {
        await foreach (var users in InBatchesAsync(DemandUsers()))
            foreach (var user in users)
                yield return new(user, user, [target]);
    }

    /// <summary>Everybody in whose groups, or among whose inventory roles, something changes, and who is changed beside.</summary>
    private async IAsyncEnumerable<Concerned> HoldersAsync(IReadOnlyList<UserFactChange> changed, TenantFact before, TenantFact after, Extent extent)
    {
        var byName = changed.ToDictionary(user => user.Before.User.Name, StringComparer.Ordinal);
        await foreach (var users in InBatchesAsync(DemandUsers()))
            foreach (var user in users)
            {
                var one = await OneAsync(byName.GetValueOrDefault(user.User.Name) ?? new(user, user), before, after, extent);
                if (one.Objects.Count > 0 || FactReplica.Weigh(one.Before, before).Rights.Global != FactReplica.Weigh(one.After, after).Rights.Global) yield return one;
            }
    }

    /// <summary>Everybody with a role on what stands above the place, and all that moves.</summary>
    private async IAsyncEnumerable<Concerned> HoldersAboveAsync(LinkChange links, Extent extent)
    {
        var above = (await _hierarchy.OfAsync(_tenant, links.Parent)).Upward.ToHashSet();
        var moved = new HashSet<ObjectId>();
        foreach (var child in links.Children) moved.UnionWith(await WithAllBelowAsync(child, extent));
        await foreach (var users in InBatchesAsync(DemandUsers()))
            foreach (var user in users)
                if (user.Assignments.Any(assigned => above.Contains(assigned.Object)))
                    yield return new(user, user, moved);
    }

    /// <summary>The objects on which grants differ, and for roles all that is below.</summary>
    private async Task<HashSet<ObjectId>> TouchedAsync(UserFact was, TenantFact before, UserFact willBe, TenantFact after, Extent extent)
    {
        var touched = new HashSet<ObjectId>();
        foreach (var top in Differing(FactReplica.Held(was, before).Below, FactReplica.Held(willBe, after).Below)) touched.UnionWith(await WithAllBelowAsync(top, extent));
        touched.UnionWith(Differing(FactReplica.Held(was, before).Alone, FactReplica.Held(willBe, after).Alone));
        return touched;
    }

    private static IEnumerable<ObjectId> Differing(IEnumerable<ObjectGrants> one, IEnumerable<ObjectGrants> other)
    {
        var (before, after) = (Pairs(one), Pairs(other));
        before.SymmetricExceptWith(after);
        return before.Select(pair => pair.Object).Distinct();

        static HashSet<(ObjectId Object, Grant Grant)> Pairs(IEnumerable<ObjectGrants> all) => [.. all.SelectMany(on => on.Grants.Select(grant => (on.Object, grant)))];
    }

    private async Task<IReadOnlyCollection<ObjectId>> WithAllBelowAsync(ObjectId top, Extent extent)
    {
        var everything = ListPermit.Demand(Caller.Platform(PlatformTask.Upkeep, _tenant), Permission.InventoryRead);
        // Of more than can be told the place itself is looked at, and the answer says that there is more.
        if ((await _links.BelowAsync(everything, top, AllKinds, Limits.RehearsedPairsMax))?.Ids is { } below) return below;
        extent.IsCut = true;
        return [top];
    }

    private async Task<IReadOnlyList<ObjectId>> OwnedByAsync(string user, Extent extent)
    {
        var everything = ListPermit.Demand(Caller.Platform(PlatformTask.Upkeep, _tenant), Permission.InventoryRead);
        var owned = await _inventory.FindAsync(everything, new InventoryQuery(Owner: user), new PageRequest(1, Limits.RehearsedPairsMax, false));
        extent.IsCut |= owned.HasMore;
        return [.. owned.Items.Select(item => item.Id)];
    }

    private ReadPermit DemandUsers() => ReadPermit.Demand(Facts, Resource.OfTenant(_tenant), Permission.UserRead);
}
