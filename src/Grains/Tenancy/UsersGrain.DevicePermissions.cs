using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tenancy;

// The device permissions of one object, which are kept with those who hold them.
internal sealed partial class UsersGrain
{
    public async Task<DevicePermissionHolders> DevicePermissions(Caller caller, ObjectId target)
    {
        var (permit, visible) = await DemandViewAsync(caller);
        var groups = await TenantsGroupsAsync();
        var users = new List<User>();
        foreach (var areDevices in (bool[])[false, true])
            await foreach (var (name, state) in ScanAsync(permit, new UserQuery(null, null, null, areDevices)))
                if (!state.IsDeleted && IsDevice(name) == areDevices && visible?.Contains(name) != false && HasOn(state.DevicePermissions))
                    users.Add(state.View(new UserId(_tenant, name), groups));
        // Who does not see all users sees neither what a group gives on an object that it has nothing on.
        return new DevicePermissionHolders(users, [.. groups.Select(group => visible is null ? group : GroupRules.AsHeld(group, caller)).Where(group => HasOn(group.DevicePermissions))]);

        bool HasOn(IReadOnlyList<ObjectGrants> permissions) => permissions.Any(on => on.Object == target);
    }

    public async Task SetDevicePermissions(Caller caller, ObjectId target, DevicePermissionsChange change)
    {
        _ = WritePermit.Demand(caller, Resource.OfTenant(_tenant), Permission.UserCreate);
        if (change.Users.Count + change.Groups.Count > Limits.DevicePermissionHoldersPerRequestMax)
            throw new Refusal(RefusalKind.TooLarge, "users", $"At most {Limits.DevicePermissionHoldersPerRequestMax} users and groups can be changed in one request.");
        if (change.Users.DistinctBy(user => user.Name).Count() < change.Users.Count || change.Groups.DistinctBy(group => group.Id).Count() < change.Groups.Count)
            throw Refusal.Invalid("users", "Each user and each group can be named once.");

        // Everybody is asked first, so that nothing is done where one refuses. What a user may be given depends on those above it, and on their groups:
        // whatever is done first takes nothing from what comes after.
        var users = await DeepestFirstAsync(change.Users);
        await SetAsync(isTrial: true);
        var givesAny = change.Users.Any(user => user.Grants.Count > 0) || change.Groups.Any(group => group.Grants.Count > 0);
        if (givesAny && !await _inventory.ExistsAsync(_tenant, target))
            throw Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{target}'!");
        if (Rehearsal.IsOn) await RehearseAsync();
        else await SetAsync(isTrial: false);

        async Task SetAsync(bool isTrial)
        {
            foreach (var change in Changes(isTrial))
            {
                try
                {
                    await change();
                }
                catch (Refusal refusal) when (!isTrial && refusal.Kind == RefusalKind.NotFound)
                {
                    // Deleted since it was asked: what it would have been given went with it, and the others have theirs.
                }
            }
        }

        // Each ends where it would write. What they come to is told of all together, for what the one takes another may give.
        async Task RehearseAsync()
        {
            var parts = new List<AccessChange>();
            foreach (var change in Changes(isTrial: false))
                if (await Rehearsals.PartOfAsync(change) is { } part)
                    parts.Add(part);
            var groups = parts.SingleOrDefault(part => part.TenantAfter is not null);
            var all = new AccessChange { Users = [.. parts.SelectMany(part => part.Users)], TenantBefore = groups?.TenantBefore, TenantAfter = groups?.TenantAfter };
            if (parts.Count > 0) await GrainFactory.EndRehearsalAsync(caller, _tenant, all);
        }

        IEnumerable<Func<Task>> Changes(bool isTrial)
        {
            foreach (var (name, grants) in users)
                yield return () => GrainFactory.Grain<IUserPermissions>(new UserId(_tenant, name).GrainKey).SetDevicePermissions(caller, target, grants, isTrial);
            if (change.Groups.Count > 0)
                yield return () => GrainFactory.Grain<IGroupPermissions>(_tenant.Value).SetDevicePermissions(caller, target, change.Groups, isTrial);
        }
    }

    private async Task<IReadOnlyList<UserPermissions>> DeepestFirstAsync(IReadOnlyList<UserPermissions> users)
    {
        var placed = new List<(int Depth, UserPermissions User)>(users.Count);
        foreach (var user in users)
        {
            if (!UserId.IsName(user.Name)) throw Refusal.NotFound("users", "User not found.");
            var met = new HashSet<string>(StringComparer.Ordinal);
            for (string? name = user.Name; name is not null && met.Add(name);)
                name = (await GrainFactory.Grain<IUserLineage>(new UserId(_tenant, name).GrainKey).Place(Caller.Platform(PlatformTask.Facts, _tenant))).Above;
            placed.Add((met.Count, user));
        }
        return [.. placed.OrderByDescending(one => one.Depth).Select(one => one.User)];
    }

    private static bool IsDevice(string name) => name.StartsWith(UserId.DevicePrefix, StringComparison.Ordinal);
}
