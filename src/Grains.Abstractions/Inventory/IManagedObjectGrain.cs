using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Abstractions.Inventory;

/// <summary>One managed object. Key: tenant/id. It owns the document and the links to its children.</summary>
[Alias("IManagedObjectGrain")]
public interface IManagedObjectGrain : IGrainWithStringKey
{
    /// <summary>The object as it is. It answers while it waits for others: two objects below each other may be asked for each other.</summary>
    [Alias("Read"), AlwaysInterleave, Requires(Permission.InventoryRead)]
    Task<ManagedObjectView> Read(Caller caller, ViewOptions options);

    [Alias("Update"), Requires(Permission.InventoryAdmin)]
    Task<ManagedObject> Update(Caller caller, ManagedObjectChange change);

    [Alias("Delete"), Requires(Permission.InventoryAdmin)]
    Task Delete(Caller caller, DeleteOptions options);

    [Alias("Children"), Requires(Permission.InventoryRead)]
    Task<Page<ManagedObject>> Children(Caller caller, ChildKind kind, PageRequest page);

    /// <summary>The child, when it is one and the caller may see it.</summary>
    [Alias("Child"), Requires(Permission.InventoryRead)]
    Task<ManagedObject> Child(Caller caller, ChildKind kind, ObjectId child);

    /// <summary>
    /// Links existing objects below this one: all or none. Needs the right to change both ends, or to own the child and hold
    /// CREATE for child devices and assets. A self link, and an object that is linked already, are refused.
    /// </summary>
    [Alias("Link"), Requires(Permission.InventoryAdmin, Permission.InventoryLinkOwn)]
    Task Link(Caller caller, ChildKind kind, IReadOnlyList<ObjectId> children);

    /// <summary>Removes links and nothing else. Needs the right to change the parent, or ownership of the child.</summary>
    [Alias("Unlink"), Requires(Permission.InventoryAdmin)]
    Task Unlink(Caller caller, ChildKind kind, IReadOnlyList<ObjectId> children);

    [Alias("ExternalIds"), Requires(Permission.IdentityRead)]
    Task<IReadOnlyList<ExternalId>> ExternalIds(Caller caller);

    /// <summary>When the device was last heard of, and whether it is there. Not found for what is no device.</summary>
    [Alias("Availability"), Requires(Permission.InventoryRead)]
    Task<Availability> Availability(Caller caller);

    /// <summary>The user that the device signs in as: the object's owner, where that is a device. Not found otherwise.</summary>
    [Alias("ReadDeviceUser"), Requires(Permission.DeviceUserRead)]
    Task<DeviceUser> ReadDeviceUser(Caller caller);

    /// <summary>
    /// Shuts the device's user out, or lets it in again; null leaves it as it is. When it is answered, no silo serves the user by its old
    /// standing and its sessions are closed.
    /// </summary>
    [Alias("EnableDeviceUser"), Requires(Permission.InventoryAdmin)]
    Task<DeviceUser> EnableDeviceUser(Caller caller, bool? isEnabled);
}
