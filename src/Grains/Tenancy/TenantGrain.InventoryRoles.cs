using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tenancy;

// A tenant's inventory roles. What they grant is part of the tenant's fact. Who has them, and where, is in the users' documents; a deleted
// role's id stays there and means nothing, for it is never given again.
internal sealed partial class TenantGrain
{
    public Task<IReadOnlyList<InventoryRole>> InventoryRoles(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        var seesAll = Policy.Decide(caller, _tenant.Resource, Permission.UserRead).Allowed;
        var roles = _tenant.Read(ReadPermit.Demand(caller, _tenant.Resource, seesAll ? Permission.UserRead : Permission.UserCreate)).InventoryRoles;
        // Who may only make users hands out what it holds: that is what it sees.
        return Task.FromResult(seesAll || Policy.Decide(caller, _tenant.Resource, Permission.UserAdmin).Allowed
            ? roles : [.. roles.Where(role => caller.Rights!.Objects.Below.Values.Any(held => role.Grants.All(held.Covers)))]);
    }

    public async Task<InventoryRole> CreateInventoryRole(Caller caller, NewInventoryRole request)
    {
        var (permit, before) = DemandAdmin(caller);
        var role = new InventoryRole(LastInventoryRoleIdOf(before) + 1, request.Name, request.Description, request.Permissions);
        InventoryRoleRules.RequireSound(role);
        await RequireFreeNameAsync(before, role);
        if (before.InventoryRoles.Count >= Limits.InventoryRolesPerTenantMax)
            throw Refusal.Invalid(InventoryRoleRules.Subject, $"A tenant has at most {Limits.InventoryRolesPerTenantMax} inventory roles.");
        role = InventoryRoleRules.Numbered(role, [], LastInventoryPermissionIdOf(before));
        var after = Counted(before, role) with { InventoryRoles = [.. before.InventoryRoles, role] };
        await RecordAndSpreadAsync(caller, permit, after, InventoryRoleRules.Record("Inventory role created", role, InventoryRoleRules.Between(null, role)));
        return role;
    }

    public async Task<InventoryRole> UpdateInventoryRole(Caller caller, int role, InventoryRoleChange change)
    {
        var (permit, before) = DemandAdmin(caller);
        var old = await RequireInventoryRoleAsync(before, role);
        var changed = old with { Name = change.Name ?? old.Name, Description = change.Description ?? old.Description, Permissions = change.Permissions ?? old.Permissions };
        InventoryRoleRules.RequireSound(changed);
        await RequireFreeNameAsync(before, changed);
        changed = InventoryRoleRules.Numbered(changed, old.Permissions, LastInventoryPermissionIdOf(before));
        var changes = InventoryRoleRules.Between(old, changed);
        if (changes.Count == 0)
        {
            await _publisher.PublishAsync(before.Fact(_id));
            return old;
        }
        var after = Counted(before, changed) with { InventoryRoles = [.. before.InventoryRoles.Select(r => r.Id == old.Id ? changed : r)] };
        await RecordAndSpreadAsync(caller, permit, after, InventoryRoleRules.Record("Inventory role updated", changed, changes));
        return changed;
    }

    public async Task DeleteInventoryRole(Caller caller, int role)
    {
        var (permit, before) = DemandAdmin(caller);
        var old = await RequireInventoryRoleAsync(before, role);
        var after = Counted(before, old) with { InventoryRoles = [.. before.InventoryRoles.Where(r => r.Id != role)] };
        await RecordAndSpreadAsync(caller, permit, after, InventoryRoleRules.Record("Inventory role deleted", old, InventoryRoleRules.Between(old, null)));
    }

    /// <summary>The state with its counters up to date: an id that was given once stays given.</summary>
    private static TenantState Counted(TenantState state, InventoryRole role) => state with
    {
        LastInventoryRoleId = Math.Max(LastInventoryRoleIdOf(state), role.Id),
        LastInventoryPermissionId = role.Permissions.Select(permission => permission.Id).Append(LastInventoryPermissionIdOf(state)).Max(),
    };

    private static int LastInventoryRoleIdOf(TenantState state) => state.InventoryRoles.Select(role => role.Id).Append(state.LastInventoryRoleId).Max();

    private static int LastInventoryPermissionIdOf(TenantState state) =>
        state.InventoryRoles.SelectMany(role => role.Permissions).Select(permission => permission.Id).Append(state.LastInventoryPermissionId).Max();

    private async Task<InventoryRole> RequireInventoryRoleAsync(TenantState state, int role)
    {
        if (state.InventoryRoles.FirstOrDefault(r => r.Id == role) is { } found) return found;
        await _publisher.PublishAsync(state.Fact(_id));
        throw InventoryRoleRules.NotFound();
    }

    private async Task RequireFreeNameAsync(TenantState state, InventoryRole role)
    {
        if (!state.InventoryRoles.Any(r => r.Name == role.Name && r.Id != role.Id)) return;
        await _publisher.PublishAsync(state.Fact(_id));
        throw Refusal.Conflict(InventoryRoleRules.Subject, $"An inventory role with the name '{role.Name}' exists already.");
    }
}

/// <summary>What an inventory role must look like, and how refusals and records about inventory roles are worded.</summary>
internal static class InventoryRoleRules
{
    public const string Subject = "inventoryrole";

    public static Refusal NotFound() => Refusal.NotFound(Subject, "Cannot find the specified inventory role.");

    public static void RequireSound(InventoryRole role)
    {
        if (string.IsNullOrWhiteSpace(role.Name)) throw Refusal.Missing("name");
        if (role.Name.Length > Limits.InventoryRoleNameCharsMax || role.Name.Any(char.IsControl))
            throw Refusal.Invalid(Subject, $"The name of an inventory role must have at most {Limits.InventoryRoleNameCharsMax} characters and hold no control character.");
        if (role.Description.Length > Limits.InventoryRoleDescriptionCharsMax || role.Description.Any(char.IsControl))
            throw Refusal.Invalid(Subject, $"The description of an inventory role must have at most {Limits.InventoryRoleDescriptionCharsMax} characters and hold no control character.");
        if (role.Permissions.Count > Limits.PermissionsPerInventoryRoleMax)
            throw Refusal.Invalid(Subject, $"An inventory role has at most {Limits.PermissionsPerInventoryRoleMax} permissions.");
        foreach (var grant in role.Grants) GrantRules.RequireSound(Subject, grant);
    }

    /// <summary>
    /// The role with a number for each permission: the one that it names where the role had that already, else that of the same permission
    /// before, else a new one. What is said twice is there once.
    /// </summary>
    public static InventoryRole Numbered(InventoryRole role, IReadOnlyList<InventoryPermission> before, int last)
    {
        var wanted = role.Permissions.DistinctBy(permission => permission.Grant).ToList();
        var numbers = new int[wanted.Count];
        Give((old, wish) => old.Id == wish.Id);
        Give((old, wish) => old.Grant == wish.Grant);
        return role with { Permissions = [.. wanted.Select((wish, at) => wish with { Id = numbers[at] > 0 ? numbers[at] : ++last })] };

        void Give(Func<InventoryPermission, InventoryPermission, bool> isSame)
        {
            for (var at = 0; at < wanted.Count; at++)
                if (numbers[at] == 0)
                    numbers[at] = before.FirstOrDefault(old => isSame(old, wanted[at]) && !numbers.Contains(old.Id)).Id;
        }
    }

    public static NewAuditRecord Record(string activity, InventoryRole role, IReadOnlyList<AuditChange> changes) =>
        new("InventoryRole", activity, $"{activity}: {role.Name}", Source: role.Id.ToString(CultureInfo.InvariantCulture), Changes: changes);

    /// <summary>What changed from one to the other; null stands for a role that is not there.</summary>
    public static IReadOnlyList<AuditChange> Between(InventoryRole? before, InventoryRole? after)
    {
        var changes = new List<AuditChange>();
        UserChanges.Add(changes, "name", before?.Name, after?.Name);
        UserChanges.Add(changes, "description", before?.Description, after?.Description);
        UserChanges.Add(changes, "permissions", (before?.Permissions ?? []).ToHashSet().SetEquals(after?.Permissions ?? []), Text(before), Text(after));
        return changes;
    }

    private static string? Text(InventoryRole? role) => role is null ? null : string.Join(',', role.Grants.Select(grant => grant.Text()));
}
