using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>One permission of an inventory role.</summary>
/// <param name="Id">Its number in the tenant, which it keeps for as long as the role has it; 0 in a request that gives none.</param>
[GenerateSerializer, Immutable, Alias("InventoryPermission")]
public readonly record struct InventoryPermission([property: Id(0)] int Id, [property: Id(1)] Grant Grant);

/// <summary>An inventory role of a tenant: what somebody may do with an object, and with all below it, who is assigned the role there.</summary>
[GenerateSerializer, Immutable, Alias("InventoryRole")]
public sealed record InventoryRole(int Id, string Name, string Description, IReadOnlyList<InventoryPermission> Permissions)
{
    public IEnumerable<Grant> Grants => Permissions.Select(permission => permission.Grant);
}

/// <summary>What an administrator asks for.</summary>
[GenerateSerializer, Immutable, Alias("NewInventoryRole")]
public sealed record NewInventoryRole(string Name, string Description, IReadOnlyList<InventoryPermission> Permissions);

/// <summary>A change of an inventory role; null leaves a field as it is. Permissions are replaced as a whole.</summary>
[GenerateSerializer, Immutable, Alias("InventoryRoleChange")]
public sealed record InventoryRoleChange(string? Name, string? Description, IReadOnlyList<InventoryPermission>? Permissions);

/// <summary>The inventory roles that a user has on one object: one assignment for each object.</summary>
/// <param name="Id">Its number among the user's.</param>
[GenerateSerializer, Immutable, Alias("InventoryAssignment")]
public sealed record InventoryAssignment(int Id, ObjectId Object, IReadOnlyList<InventoryRole> Roles);

/// <summary>Who has device permissions on one object, as far as the caller may see them.</summary>
[GenerateSerializer, Immutable, Alias("DevicePermissionHolders")]
public sealed record DevicePermissionHolders(IReadOnlyList<User> Users, IReadOnlyList<Group> Groups);

/// <summary>What is to hold on one object, in place of what did, for these and for nobody else.</summary>
[GenerateSerializer, Immutable, Alias("DevicePermissionsChange")]
public sealed record DevicePermissionsChange(IReadOnlyList<UserPermissions> Users, IReadOnlyList<GroupPermissions> Groups);

/// <summary>What a user is to have on one object.</summary>
[GenerateSerializer, Immutable, Alias("UserPermissions")]
public readonly record struct UserPermissions([property: Id(0)] string Name, [property: Id(1)] IReadOnlyList<Grant> Grants);

/// <summary>What a group is to have on one object.</summary>
[GenerateSerializer, Immutable, Alias("GroupPermissions")]
public readonly record struct GroupPermissions([property: Id(0)] int Id, [property: Id(1)] IReadOnlyList<Grant> Grants);
