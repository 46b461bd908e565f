using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;

namespace Bailiwick.Grains.Tenancy;

// Who would keep what the user above it loses. That is how it is meant to be, and the trail says so: nobody is given what the user above does
// not hold, so that without a word of it a reader would take it that nobody has any.
internal sealed partial class UsersGrain
{
    public async Task<OutlastingReport> Outlasting(Caller caller, AccessChange change)
    {
        var before = change.TenantBefore ?? await TenantsFactAsync();
        var after = change.TenantAfter ?? before;
        var changed = change.Users.ToDictionary(user => user.Before.User.Name, StringComparer.Ordinal);
        var (above, found, began) = (new Dictionary<string, (Rights Before, Rights After)>(StringComparer.Ordinal), new List<OutlastingRights>(), _clock.GetTimestamp());
        bool HasTime() => found.Count < Limits.OutlastingUsersMax && _clock.GetElapsedTime(began).TotalSeconds < Limits.OutlastingSecondsMax;
        await foreach (var (name, state) in ScanAsync(DemandUsers(), new UserQuery(null, null, null, false)))
        {
            if (!HasTime()) return new(found, false);
            if (state.IsDeleted || state.Above is not { } owner || (change.TenantAfter is null && !changed.ContainsKey(owner))) continue;
            if (!above.TryGetValue(owner, out var holds))
            {
                var fact = changed.GetValueOrDefault(owner) ?? await UnchangedAsync(owner);
                above.Add(owner, holds = (FactReplica.HoldingsOf(fact.Before, before), FactReplica.HoldingsOf(fact.After, after)));
            }
            // Who is shut out for a while keeps it as well.
            var user = (changed.GetValueOrDefault(name)?.After ?? state.Fact(new UserId(_tenant, name))) with { IsActive = true, MustChangePassword = false };
            var kept = await KeptAsync(user, after, holds.Before, holds.After, HasTime);
            if (kept is null) return new(found, false);
            if (!kept.IsNothing) found.Add(kept with { Above = owner });
        }
        return new(found, true);
    }

    private async Task<UserFactChange> UnchangedAsync(string name)
    {
        var fact = await FactOfAsync(name);
        return new(fact, fact);
    }

    /// <summary>What a user still has of what the one above it had and has no more; null where there was no time to see.</summary>
    private async Task<OutlastingRights?> KeptAsync(UserFact user, TenantFact tenant, Rights before, Rights after, Func<bool> hasTime)
    {
        var authorities = AuthoritySet.Of([.. FactReplica.Weigh(user, tenant).Rights.Global.Members().Where(authority =>
            before.Global.Contains(authority) && !after.Global.Contains(authority) && !DefaultGroups.Own.Contains(authority))]);
        var objects = new SortedSet<ObjectId>();
        var (below, alone) = FactReplica.Held(user, tenant);
        foreach (var on in alone)
            if (on.Grants.Any(grant => AreHeldAlone(before, on, grant) && !AreHeldAlone(after, on, grant)))
                objects.Add(on.Object);
        foreach (var on in before.Objects.Below.Count == 0 ? [] : below)
        {
            if (!hasTime()) return null;
            var reach = await _links.AboveAsync(StoredObjects.UpkeepPermit(_tenant, on.Object), Limits.AncestorsMax) ?? [];
            if (on.Grants.Any(grant => GrantRules.AreHeldBelow(before.Objects, on.Object, reach, [grant]) && !GrantRules.AreHeldBelow(after.Objects, on.Object, reach, [grant])))
                objects.Add(on.Object);
        }
        return new(user.User.Name, "", authorities, [.. objects]);

        static bool AreHeldAlone(Rights rights, ObjectGrants on, Grant grant) => GrantRules.AreHeldAlone(rights.Objects, [new(on.Object, [grant])]);
    }
}
