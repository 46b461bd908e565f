using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Http;

/// <summary><c>/user/inventoryroles</c>: what users can be allowed on managed objects and all below them.</summary>
internal static class InventoryRoles
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = Page<InventoryRole>.Of([.. await x.TenantGrain(x.Tenant).InventoryRoles(x.Caller)], page);
        await x.AnswerListAsync(MediaType.InventoryRoleCollection, InventoryRoleCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task CreateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var made = await x.TenantGrain(x.Tenant).CreateInventoryRole(x.Caller, InventoryRoleWire.ToNew(x.Json(body)));
        await x.CreatedAsync(MediaType.InventoryRole, x.Links.InventoryRole(made.Id), InventoryRoleWire.From(made, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var roles = await x.TenantGrain(x.Tenant).InventoryRoles(x.Caller);
        var id = x.Number();
        var role = roles.FirstOrDefault(role => role.Id == id) ?? throw Refusal.NotFound("inventoryrole", "Cannot find the specified inventory role.");
        await x.AnswerAsync(MediaType.InventoryRole, InventoryRoleWire.From(role, x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var changed = await x.TenantGrain(x.Tenant).UpdateInventoryRole(x.Caller, x.Number(), InventoryRoleWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.InventoryRole, InventoryRoleWire.From(changed, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        await x.TenantGrain(x.Tenant).DeleteInventoryRole(x.Caller, x.Number());
        await x.Gone();
    }
}

/// <summary><c>/user/TENANT/users/USER/roles/inventory</c>: the inventory roles of a user, object by object.</summary>
internal static class InventoryAssignments
{
    public static async Task ListAsync(Exchange x)
    {
        var assignments = await x.User(x.UserId()).Assignments(x.Caller);
        await x.AnswerListAsync(MediaType.InventoryAssignmentCollection, InventoryAssignmentCollectionWire.From(assignments, CollectionOf(x), x.Links));
    }

    /// <summary>The interface answers a new assignment, and one that is there already and now gives more, alike: with 200.</summary>
    public static async Task AssignAsync(Exchange x)
    {
        var user = x.UserId();
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        var made = await x.User(user).AssignRoles(x.Caller, InventoryAssignmentWire.ObjectOf(json), InventoryAssignmentWire.RolesOf(json));
        await x.ChangedAsync(MediaType.InventoryAssignment, InventoryAssignmentWire.From(made, CollectionOf(x), x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var assignments = await x.User(x.UserId()).Assignments(x.Caller);
        var id = x.Number();
        var assignment = assignments.FirstOrDefault(assignment => assignment.Id == id) ?? throw Refusal.NotFound("users", "Cannot find the specified inventory assignment.");
        await x.AnswerAsync(MediaType.InventoryAssignment, InventoryAssignmentWire.From(assignment, CollectionOf(x), x.Links));
    }

    public static async Task ReplaceAsync(Exchange x)
    {
        var user = x.UserId();
        using var body = await x.BodyAsync();
        var replaced = await x.User(user).ReplaceRoles(x.Caller, x.Number(), InventoryAssignmentWire.RolesOf(x.Json(body)));
        await x.ChangedAsync(MediaType.InventoryAssignment, InventoryAssignmentWire.From(replaced, CollectionOf(x), x.Links));
    }

    public static async Task UnassignAsync(Exchange x)
    {
        await x.User(x.UserId()).UnassignRoles(x.Caller, x.Number());
        await x.Gone();
    }

    private static string CollectionOf(Exchange x) => $"{x.Links.User(x.UserId())}/roles/inventory";
}

/// <summary><c>/user/devicePermissions/OBJECT</c>: who has device permissions on a managed object.</summary>
internal static class DevicePermissions
{
    public static async Task ReadAsync(Exchange x)
    {
        var holders = await x.Users(x.Tenant).DevicePermissions(x.Caller, x.ObjectId());
        await x.AnswerListAsync(MediaType.Plain, DevicePermissionHoldersWire.From(holders, x.Tenant, x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        var target = x.ObjectId();
        using var body = await x.BodyAsync();
        await x.Users(x.Tenant).SetDevicePermissions(x.Caller, target, DevicePermissionHoldersWire.ToChange(x.Json(body), target));
        await x.ChangedAsync(MediaType.Plain, new NothingWire());
    }
}
