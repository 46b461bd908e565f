using System.Globalization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>One permission of an inventory role; an asterisk stands for any.</summary>
internal sealed record InventoryPermissionWire(int Id, string Scope, string Type, string Permission)
{
    public static InventoryPermissionWire From(InventoryPermission permission) =>
        new(permission.Id, permission.Grant.Scope.Word(), permission.Grant.Type, permission.Grant.Level.Word());

    /// <summary>The permissions that a body names, and null where it does not speak of them.</summary>
    public static IReadOnlyList<InventoryPermission>? To(JsonBody body) =>
        body.Objects("permissions", Limits.PermissionsPerInventoryRoleMax)?.Select(ToOne).ToList();

    private static InventoryPermission ToOne(JsonBody body, int index)
    {
        body.Require("scope", "permission");
        if (!GrantWords.TryParse(body.Text("scope"), out GrantScope scope))
            throw body.Invalid($"permissions[{index}].scope: '{Said.Short(body.Text("scope")!)}' is none of {GrantWords.AllScopes}.");
        if (!GrantWords.TryParse(body.Text("permission"), out GrantLevel level))
            throw body.Invalid($"permissions[{index}].permission: '{Said.Short(body.Text("permission")!)}' is none of {GrantWords.AllLevels}.");
        // What names no number of the role's is given a new one, as what names none.
        _ = int.TryParse(body.TextOrNumber("id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id);
        return new InventoryPermission(id, new Grant(scope, level, body.Text("type") ?? Grant.AnyType));
    }
}

/// <summary>An inventory role. Its id is a JSON number.</summary>
internal sealed record InventoryRoleWire(int Id, string Self, string Name, string Description, IReadOnlyList<InventoryPermissionWire> Permissions)
{
    public static InventoryRoleWire From(InventoryRole role, Links links) =>
        new(role.Id, links.InventoryRole(role.Id), role.Name, role.Description, [.. role.Permissions.Select(InventoryPermissionWire.From)]);

    public static NewInventoryRole ToNew(JsonBody body)
    {
        body.Require("name");
        return new NewInventoryRole(body.Text("name")!, body.Text("description") ?? "", InventoryPermissionWire.To(body) ?? []);
    }

    public static InventoryRoleChange ToChange(JsonBody body) =>
        new(UserWire.Cleared(body, "name"), UserWire.Cleared(body, "description"), InventoryPermissionWire.To(body));
}

internal sealed record InventoryRoleCollectionWire : PageWire
{
    private InventoryRoleCollectionWire(PageWire frame, IReadOnlyList<InventoryRoleWire> rows) : base(frame) => Roles = rows;

    public IReadOnlyList<InventoryRoleWire> Roles { get; }

    public static InventoryRoleCollectionWire From(PageWire frame, Page<InventoryRole> page, Links links) =>
        new(frame, [.. page.Items.Select(role => InventoryRoleWire.From(role, links))]);
}

/// <summary>The inventory roles of a user on one managed object.</summary>
internal sealed record InventoryAssignmentWire(int Id, string Self, string ManagedObject, IReadOnlyList<InventoryRoleWire> Roles)
{
    /// <param name="collection">The address of the user's list of assignments.</param>
    public static InventoryAssignmentWire From(InventoryAssignment assignment, string collection, Links links) => new(
        assignment.Id, string.Create(CultureInfo.InvariantCulture, $"{collection}/{assignment.Id}"), assignment.Object.ToString(),
        [.. assignment.Roles.Select(role => InventoryRoleWire.From(role, links))]);

    /// <summary>The object that a body names, as text or as a number.</summary>
    public static ObjectId ObjectOf(JsonBody body)
    {
        var text = body.TextOrNumber("managedObject") is { Length: > 0 } given ? given : throw Refusal.Missing("managedObject");
        return ObjectId.TryParse(text, out var id) ? id : throw body.Invalid($"managedObject: '{Said.Short(text)}' is no id of a managed object.");
    }

    /// <summary>The ids of the roles that a body names.</summary>
    public static IReadOnlyList<int> RolesOf(JsonBody body) => (body.Objects("roles", Limits.InventoryRolesPerTenantMax) ?? throw Refusal.Missing("roles")).Select(role =>
    {
        var text = role.ReferencedName() ?? throw Refusal.Missing("roles.id");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw body.Invalid($"roles: '{Said.Short(text)}' is no id of an inventory role.");
    }).ToList();
}

/// <summary>All assignments of a user: it is no paged list.</summary>
internal sealed record InventoryAssignmentCollectionWire(string Self, IReadOnlyList<InventoryAssignmentWire> InventoryAssignments)
{
    public static InventoryAssignmentCollectionWire From(IReadOnlyList<InventoryAssignment> assignments, string self, Links links) =>
        new(self, [.. assignments.Select(assignment => InventoryAssignmentWire.From(assignment, self, links))]);
}
