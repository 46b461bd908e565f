using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;

namespace Bailiwick.Grains.Tenancy;

// What a user may do with single objects: its inventory roles and its device permissions. What stands here of an object, or of a role, that was
// deleted since gives nothing, for neither id is given again; it is not shown, and goes with the next change.
internal sealed partial class UserGrain
{
    public async Task<IReadOnlyList<InventoryAssignment>> Assignments(Caller caller)
    {
        var state = await ReadableAsync(caller);
        var roles = await TenantsRolesAsync();
        return [.. (await StandingAsync(state.Assignments, roles)).Select(assigned => View(assigned, roles))];
    }

    public async Task<InventoryAssignment> AssignRoles(Caller caller, ObjectId target, IReadOnlyList<int> roles)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        var all = await TenantsRolesAsync();
        RequireRoles(all, roles);
        // Whoever holds nothing there does not learn whether there is such an object.
        await RequireMayPassOnAsync(caller, before, ShareOf(all, target, roles));
        if (!await _inventory.ExistsAsync(_id.Tenant, target)) throw DevicePermissionRules.NoSuchObject("users", target);

        var assignments = await StandingAsync(before.Assignments, all);
        var old = assignments.FirstOrDefault(assigned => assigned.Object == target);
        if (old is null && assignments.Count >= Limits.AssignmentsPerUserMax)
            throw Refusal.Invalid("users", $"A user has inventory roles on at most {Limits.AssignmentsPerUserMax} objects.");
        var merged = new AssignedRoles(old?.Id ?? before.LastAssignmentId + 1, target, [.. (old?.Roles ?? []).Union(roles).Order()]);
        RequireCount(merged.Roles);
        assignments = [.. assignments.Where(assigned => assigned != old), merged];
        await ChangeIfAnyAsync(caller, permit, before, before with { Assignments = InOrder(assignments), LastAssignmentId = Math.Max(before.LastAssignmentId, merged.Id) });
        return View(merged, all);
    }

    public async Task<InventoryAssignment> ReplaceRoles(Caller caller, int assignment, IReadOnlyList<int> roles)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        var all = await TenantsRolesAsync();
        var (assignments, old) = await RequireAssignmentAsync(before, all, assignment);
        RequireRoles(all, roles);
        RequireCount(roles);
        await RequireMayTakeAwayAsync(caller, before, ShareOf(all, old.Object, [.. old.Roles.Except(roles)]));
        await RequireMayPassOnAsync(caller, before, ShareOf(all, old.Object, [.. roles.Except(old.Roles)]));
        var replaced = old with { Roles = [.. roles.Distinct().Order()] };
        await ChangeIfAnyAsync(caller, permit, before, before with { Assignments = [.. assignments.Select(assigned => assigned == old ? replaced : assigned)] });
        return View(replaced, all);
    }

    public async Task UnassignRoles(Caller caller, int assignment)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        var all = await TenantsRolesAsync();
        var (assignments, old) = await RequireAssignmentAsync(before, all, assignment);
        await RequireMayTakeAwayAsync(caller, before, ShareOf(all, old.Object, old.Roles));
        await ChangeIfAnyAsync(caller, permit, before, before with { Assignments = [.. assignments.Where(assigned => assigned != old)] });
    }

    public async Task SetDevicePermissions(Caller caller, ObjectId target, IReadOnlyList<Grant> grants, bool isTrial)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        var wanted = await RequireMayHaveAsync(caller, before, DevicePermissionRules.With(before.DevicePermissions, target, grants));
        if (!isTrial) await ChangeIfAnyAsync(caller, permit, before, before with { DevicePermissions = wanted });
    }

    /// <summary>The device permissions after a change that may name all of them.</summary>
    private async Task<IReadOnlyList<ObjectGrants>> DevicePermissionsAfterAsync(Caller caller, UserState before, IReadOnlyList<ObjectGrants>? wanted)
    {
        if (wanted is null) return before.DevicePermissions;
        wanted = await RequireMayHaveAsync(caller, before, wanted);
        return await DevicePermissionRules.StandingAsync("users", _inventory, _id.Tenant, wanted, before.DevicePermissions);
    }

    private async Task<IReadOnlyList<ObjectGrants>> RequireMayHaveAsync(Caller caller, UserState before, IReadOnlyList<ObjectGrants> wanted)
    {
        wanted = DevicePermissionRules.RequireSound("users", wanted);
        await RequireMayTakeAwayAsync(caller, before, new Share(AuthoritySet.Empty, []) { Alone = DevicePermissionRules.Without(before.DevicePermissions, wanted) });
        await RequireMayPassOnAsync(caller, before, new Share(AuthoritySet.Empty, []) { Alone = DevicePermissionRules.Without(wanted, before.DevicePermissions) });
        return wanted;
    }

    private Task<IReadOnlyList<InventoryRole>> TenantsRolesAsync() =>
        GrainFactory.Grain<IGroupSource>(_id.Tenant.Value).AllInventoryRoles(Caller.Platform(PlatformTask.Facts, _id.Tenant));

    /// <summary>The assignments of which both the object and some role are still there, with those roles.</summary>
    private async Task<List<AssignedRoles>> StandingAsync(IReadOnlyList<AssignedRoles> assignments, IReadOnlyList<InventoryRole> roles)
    {
        var there = roles.Select(role => role.Id).ToHashSet();
        var standing = new List<AssignedRoles>(assignments.Count);
        foreach (var assigned in assignments)
        {
            IReadOnlyList<int> left = [.. assigned.Roles.Where(there.Contains)];
            if (left.Count > 0 && await _inventory.ExistsAsync(_id.Tenant, assigned.Object)) standing.Add(assigned with { Roles = left });
        }
        return standing;
    }

    private async Task<(List<AssignedRoles> All, AssignedRoles One)> RequireAssignmentAsync(UserState state, IReadOnlyList<InventoryRole> roles, int assignment)
    {
        var assignments = await StandingAsync(state.Assignments, roles);
        if (assignments.FirstOrDefault(assigned => assigned.Id == assignment) is { } found) return (assignments, found);
        // An earlier attempt may have been persisted and not answered.
        await _publisher.PublishAsync(state.Fact(_id));
        throw Refusal.NotFound("users", "Cannot find the specified inventory assignment.");
    }

    private static void RequireRoles(IReadOnlyList<InventoryRole> all, IReadOnlyList<int> roles)
    {
        if (roles.Count == 0) throw Refusal.Missing("roles");
        foreach (var id in roles)
            if (!all.Any(role => role.Id == id)) throw Refusal.Invalid("users", $"There is no inventory role with id = {id}.");
    }

    private static void RequireCount(IReadOnlyList<int> roles)
    {
        if (roles.Count > Limits.RolesPerAssignmentMax) throw Refusal.Invalid("users", $"A user has at most {Limits.RolesPerAssignmentMax} inventory roles on an object.");
    }

    private static Share ShareOf(IReadOnlyList<InventoryRole> all, ObjectId target, IReadOnlyList<int> roles) => new(AuthoritySet.Empty, [])
    {
        Below = roles.Count == 0 ? [] : [new ObjectGrants(target, [.. all.Where(role => roles.Contains(role.Id)).SelectMany(role => role.Grants).Distinct()])],
    };

    private static List<AssignedRoles> InOrder(IEnumerable<AssignedRoles> assignments) => [.. assignments.OrderBy(assigned => assigned.Id)];

    private static InventoryAssignment View(AssignedRoles assigned, IReadOnlyList<InventoryRole> roles) =>
        new(assigned.Id, assigned.Object, [.. roles.Where(role => assigned.Roles.Contains(role.Id))]);

    private async Task<bool> AreHeldBelowAsync(ObjectRights held, ObjectGrants passed)
    {
        // Of too many above to be walked through none counts, as in a decision.
        var above = await _links.AboveAsync(StoredObjects.UpkeepPermit(_id.Tenant, passed.Object), Limits.AncestorsMax) ?? [];
        return GrantRules.AreHeldBelow(held, passed.Object, above, passed.Grants);
    }
}
