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
    public async Task<IReadOnlyList<OutlastingRights>> Outlasting(Caller caller, AccessChange change)
    {
        var before = change.TenantBefore ?? await TenantsFactAsync();
        var after = change.TenantAfter ?? before;
        var changed = change.Users.ToDictionary(user => user.Before.User.Name, StringComparer.Ordinal);
        var (above, found, began) = (new Dictionary<string, (Rights Before, Rights After)>(StringComparer.Ordinal), new List<OutlastingRights>(), _clock.GetTimestamp());
        await foreach (var (name, state) in ScanAsync(DemandUsers(), new UserQuery(null, null, null, false)))
        {
            if (state.IsDeleted || state.Above is not { } owner || (change.TenantAfter is null && !changed.ContainsKey(owner))) continue;
            if (found.Count == Limits.OutlastingUsersMax || _clock.GetElapsedTime(began).TotalSeconds > Limits.OutlastingSecondsMax)
                return [.. found, new OutlastingRights(null, null, AuthoritySet.Empty, [])];
            if (!above.TryGetValue(owner, out var holds))
            {
                var fact = changed.GetValueOrDefault(owner) ?? await UnchangedAsync(owner);
                above.Add(owner, holds = (FactReplica.HoldingsOf(fact.Before, before), FactReplica.HoldingsOf(fact.After, after)));
            }
            var user = changed.GetValueOrDefault(name)?.After ?? state.Fact(new UserId(_tenant, name));
            if (await KeptAsync(user, after, holds.Before, holds.After) is { } kept) found.Add(kept with { Above = owner });
        }
        return found;
    }

    private async Task<UserFactChange> UnchangedAsync(string name)
    {
        var fact = await FactOfAsync(name);
        return new(fact, fact);
    }

    /// <summary>What a user still has of what the one above it had and has no more; null for nothing.</summary>
    private async Task<OutlastingRights?> KeptAsync(UserFact user, TenantFact tenant, Rights before, Rights after)
    {
        var own = FactReplica.HoldingsOf(user, tenant).Global;
        var authorities = AuthoritySet.Empty;
        foreach (var authority in own.Members())
            if (before.Global.Contains(authority) && !after.Global.Contains(authority) && !DefaultGroups.Own.Contains(authority))
                authorities = authorities.With(authority);

        var (below, alone) = FactReplica.Held(user with { MustChangePassword = false }, tenant);
        var objects = new SortedSet<ObjectId>();
        foreach (var on in alone)
            if (on.Grants.Any(grant => Was(AreHeldAlone(before, on, grant), AreHeldAlone(after, on, grant))))
                objects.Add(on.Object);
        foreach (var on in below)
        {
            var reach = await _links.AboveAsync(StoredObjects.UpkeepPermit(_tenant, on.Object), Limits.AncestorsMax) ?? [];
            if (on.Grants.Any(grant => Was(GrantRules.AreHeldBelow(before.Objects, on.Object, reach, [grant]), GrantRules.AreHeldBelow(after.Objects, on.Object, reach, [grant]))))
                objects.Add(on.Object);
        }
        return authorities == AuthoritySet.Empty && objects.Count == 0 ? null : new(user.User.Name, null, authorities, [.. objects]);

        static bool Was(bool held, bool isHeld) => held && !isHeld;
        static bool AreHeldAlone(Rights rights, ObjectGrants on, Grant grant) => GrantRules.AreHeldAlone(rights.Objects, [new(on.Object, [grant])]);
    }
}
