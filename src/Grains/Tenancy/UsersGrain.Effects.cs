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

    /// <summary>How far a trial looks: at so many pairs of a user and an object, and for so long. What is left out it says.</summary>
    private sealed class Extent(TimeProvider clock)
    {
        private readonly long _began = clock.GetTimestamp();
        private readonly Dictionary<ObjectId, IReadOnlyList<ObjectId>> _below = [];
        private int _belowKept;
        private int _pairs;

        /// <summary>Whether anything was left out.</summary>
        public bool IsCut { get; private set; }

        public void Cut() => IsCut = true;

        /// <summary>Whether there is time to look at more.</summary>
        public bool HasTime()
        {
            if (clock.GetElapsedTime(_began).TotalSeconds < Limits.RehearsalSecondsMax) return true;
            IsCut = true;
            return false;
        }

        /// <summary>Whether another user is looked at on another object.</summary>
        public bool TakesPair()
        {
            if (++_pairs <= Limits.RehearsedPairsMax) return HasTime();
            IsCut = true;
            return false;
        }

        /// <summary>What is below an object, where that was found before: many users hold roles on the same one.</summary>
        public IReadOnlyList<ObjectId>? Below(ObjectId top) => _below.GetValueOrDefault(top);

        public void KeepBelow(ObjectId top, IReadOnlyList<ObjectId> below)
        {
            if ((_belowKept += below.Count) <= Limits.RehearsedPairsMax) _below.Add(top, below);
            else _belowKept -= below.Count;
        }
    }

    public async Task<AccessEffect> EffectOf(Caller caller, AccessChange change, UserId? seenBy)
    {
        // The question itself writes nothing; what it wakes and reads on its way is no rehearsal.
        Rehearsal.End();
        var tenant = change.TenantBefore ?? await TenantsFactAsync();
        var after = change.TenantAfter ?? tenant;
        var (tally, extent) = (new ShiftTally(), new Extent(_clock));
        var beholder = seenBy is { } user ? await BeholderAsync(user, tenant) : null;
        // Whoever does not see all objects would learn by a yes that nothing lies on the others.
        if (beholder is not null) extent.Cut();
        await foreach (var one in ConcernedAsync(change, tenant, after, extent))
        {
            var (was, willBe) = (StandingOf(one.Before, tenant), StandingOf(one.After, after));
            var everywhere = Everywhere(one, was, willBe, tally);
            foreach (var id in one.Objects.Order())
            {
                if (!extent.TakesPair()) return tally.Effect(isComplete: false);
                if (beholder is null || await ShowsToAsync(beholder, id)) await OnObjectAsync(change, one, was, willBe, id, everywhere, tally);
            }
        }
        return tally.Effect(!extent.IsCut);
    }

    /// <summary>Who tries a change, with what it holds at this moment.</summary>
    private async Task<Caller> BeholderAsync(UserId user, TenantFact tenant)
    {
        var standing = StandingOf(await FactOfAsync(user.Name), tenant);
        return Caller.Supposed(user, standing.IsServed ? standing.Rights : Rights.None, null);
    }

    /// <summary>The object's own decision (<see cref="SeesAsync"/>), without waking it: a trial may look at many.</summary>
    private async Task<bool> ShowsToAsync(Caller beholder, ObjectId id) =>
        await _inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(_tenant, id)) is { } stored
        && Policy.Decide(await _hierarchy.AtAsync(beholder, id), stored.AsResource(_tenant), Permission.InventoryRead).Allowed;

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
        var after = change.Deletion?.Gone.Contains(id) == true ? null : change.Document?.After ?? stored;
        var above = await _hierarchy.OfAsync(_tenant, id);
        var (then, now) = (Caller.Supposed(one.After.User, willBe.Rights, await AboveAfterAsync(change, above)), Caller.Supposed(one.Before.User, was.Rights, above));
        foreach (var permission in OnObjects)
            if (!everywhere.Contains(permission))
                tally.Add(one.Before.User.Name, permission, id, On(before, was, now, permission), On(after, willBe, then, permission));

        // To who is not served the policy is never put: it would still give what is owned and what everybody sees. On what is gone nobody may do anything.
        static Coverage On(ManagedObject? document, Standing standing, Caller user, Permission permission) =>
            standing.IsServed && document is not null ? Explanations.CoverageOn(document, user, permission) : Coverage.None;
    }

    /// <summary>What would stand above an object.</summary>
    private async Task<Ancestry> AboveAfterAsync(AccessChange change, Ancestry now) => change switch
    {
        { Links: { IsRemoval: true } links } => await AboveWithoutAsync(now.Object, (kind, parent, child) => kind == links.Kind && parent == links.Parent && links.Children.Contains(child)),
        { Links: { } links } => now.Upward.Any(links.Children.Contains) ? Above(now.Object, [.. now.Upward.Union((await _hierarchy.OfAsync(_tenant, links.Parent)).Upward)]) : now,
        { Deletion.Gone: var gone } => gone.Contains(now.Object) ? now : await AboveWithoutAsync(now.Object, (_, parent, _) => gone.Contains(parent)),
        _ => now,
    };

    /// <summary>What stands above an object by all links but some.</summary>
    private async Task<Ancestry> AboveWithoutAsync(ObjectId id, Func<ChildKind, ObjectId, ObjectId, bool> isCut)
    {
        var (above, met) = (new List<ObjectId> { id }, new HashSet<ObjectId> { id });
        for (var at = 0; at < above.Count && above.Count <= Limits.AncestorsMax + 1; at++)
            foreach (var kind in AllKinds)
                foreach (var parent in await _links.RelativesAsync(StoredObjects.UpkeepPermit(_tenant, above[at]), kind, parents: true, ManagedObject.GlobalFragment))
                    if (!isCut(kind, parent.Id, above[at]) && met.Add(parent.Id))
                        above.Add(parent.Id);
        return Above(id, above);
    }

    // Of too many to be walked through none counts, as in a decision.
    private static Ancestry Above(ObjectId id, List<ObjectId> upward) => new(id, upward.Count > Limits.AncestorsMax + 1 ? [id] : upward);

    private IAsyncEnumerable<Concerned> ConcernedAsync(AccessChange change, TenantFact before, TenantFact after, Extent extent) => change switch
    {
        { Document: { } document } => EverybodyAsync(document.Before.Id, extent),
        { Links: { } links } => HoldersAboveAsync(links, extent),
        { Deletion: { } deletion } => BereftAsync(deletion, change.Users, before, extent),
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

    /// <summary>Whether a user has what it owns: who is shut out, or in, has nothing.</summary>
    private bool Weighs(UserFact user, TenantFact tenant) => StandingOf(user, tenant) is { IsServed: true, Rights: var rights } && !Policy.IsShutIn(rights);

    /// <summary>An owner is one user; who holds rights to some fragments, or sees what carries c8y_Global, may be anybody.</summary>
    private async IAsyncEnumerable<Concerned> EverybodyAsync(ObjectId target, Extent extent)
    {
        await foreach (var user in UsersAsync(extent)) yield return new(user, user, [target]);
    }

    /// <summary>Everybody in whose groups, or among whose inventory roles, something changes, and who is changed beside.</summary>
    private async IAsyncEnumerable<Concerned> HoldersAsync(IReadOnlyList<UserFactChange> changed, TenantFact before, TenantFact after, Extent extent)
    {
        var byName = changed.ToDictionary(user => user.Before.User.Name, StringComparer.Ordinal);
        await foreach (var user in UsersAsync(extent))
        {
            var one = await OneAsync(byName.GetValueOrDefault(user.User.Name) ?? new(user, user), before, after, extent);
            if (one.Objects.Count > 0 || FactReplica.Weigh(one.Before, before).Rights.Global != FactReplica.Weigh(one.After, after).Rights.Global) yield return one;
        }
    }

    /// <summary>Everybody with a role on what stands above the place, and all that moves.</summary>
    private async IAsyncEnumerable<Concerned> HoldersAboveAsync(LinkChange links, Extent extent)
    {
        var above = (await _hierarchy.OfAsync(_tenant, links.Parent)).Upward.ToHashSet();
        var moved = await WithAllBelowAsync(links.Children, extent);
        await foreach (var user in UsersAsync(extent))
            if (user.Assignments.Any(assigned => above.Contains(assigned.Object)))
                yield return new(user, user, moved);
    }

    /// <summary>Everybody, of what goes; of what hangs below and stays, who holds a role on what goes or stands above that; and whose user goes with its device.</summary>
    private async IAsyncEnumerable<Concerned> BereftAsync(DeletionChange deletion, IReadOnlyList<UserFactChange> changed, TenantFact tenant, Extent extent)
    {
        var byName = changed.ToDictionary(user => user.Before.User.Name, StringComparer.Ordinal);
        var all = await WithAllBelowAsync([deletion.Top], extent);
        all.UnionWith(deletion.Gone);
        var above = all.Count > deletion.Gone.Count ? await WithAllAboveAsync(deletion.Gone, extent) : [];
        await foreach (var user in UsersAsync(extent))
        {
            var touched = user.Assignments.Any(assigned => above.Contains(assigned.Object)) ? all : deletion.Gone;
            if (byName.GetValueOrDefault(user.User.Name) is not { } change) yield return new(user, user, touched);
            else yield return new(change.Before, change.After, [.. touched, .. (await OneAsync(change, tenant, tenant, extent)).Objects.Except(touched)]);
        }
    }

    private async Task<HashSet<ObjectId>> WithAllAboveAsync(IEnumerable<ObjectId> ids, Extent extent)
    {
        var all = new HashSet<ObjectId>();
        foreach (var id in ids)
        {
            if (!extent.HasTime()) break;
            all.UnionWith((await _hierarchy.OfAsync(_tenant, id)).Upward);
        }
        return all;
    }

    /// <summary>All users, as long as there is time.</summary>
    private async IAsyncEnumerable<UserFact> UsersAsync(Extent extent)
    {
        await foreach (var users in InBatchesAsync(DemandUsers()))
            foreach (var user in users)
            {
                if (!extent.HasTime()) yield break;
                yield return user;
            }
    }

    /// <summary>The objects on which grants differ, and for roles all that is below.</summary>
    private async Task<HashSet<ObjectId>> TouchedAsync(UserFact was, TenantFact before, UserFact willBe, TenantFact after, Extent extent)
    {
        var touched = await WithAllBelowAsync(Differing(FactReplica.Held(was, before).Below, FactReplica.Held(willBe, after).Below), extent);
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

    private async Task<HashSet<ObjectId>> WithAllBelowAsync(IEnumerable<ObjectId> tops, Extent extent)
    {
        var all = new HashSet<ObjectId>();
        foreach (var top in tops)
        {
            if (!extent.HasTime()) break;
            all.UnionWith(extent.Below(top) ?? await WalkAsync(top, extent));
        }
        return all;
    }

    private async Task<IReadOnlyList<ObjectId>> WalkAsync(ObjectId top, Extent extent)
    {
        var found = await _links.BelowAsync(Everything(), top, AllKinds, Limits.RehearsedPairsMax);
        // Of more than can be told the place itself is looked at, and the answer says that there is more.
        if (found is null) extent.Cut();
        var below = found?.Ids ?? [top];
        extent.KeepBelow(top, below);
        return below;
    }

    /// <summary>The ids alone are kept: documents may be large, and who owns much owns many.</summary>
    private async Task<List<ObjectId>> OwnedByAsync(string user, Extent extent)
    {
        var owned = new List<ObjectId>();
        for (var hasMore = true; hasMore && extent.HasTime();)
        {
            ObjectId? after = owned.Count > 0 ? owned[^1] : null;
            var page = await _inventory.FindAsync(Everything(), new InventoryQuery(Owner: user, After: after), new PageRequest(1, Limits.RehearsedDocumentsPerPage, false));
            owned.AddRange(page.Items.Select(item => item.Id));
            hasMore = page.HasMore && owned.Count < Limits.RehearsedPairsMax;
            if (page.HasMore && !hasMore) extent.Cut();
        }
        return owned;
    }

    private ListPermit Everything() => ListPermit.Demand(Caller.Platform(PlatformTask.Upkeep, _tenant), Permission.InventoryRead);

    private ReadPermit DemandUsers() => ReadPermit.Demand(Facts, Resource.OfTenant(_tenant), Permission.UserRead);
}
