using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Inventory;

/// <summary>A thing in a tenant's inventory: a device, a group, or anything else.</summary>
[GenerateSerializer, Immutable, Alias("ManagedObject")]
public sealed record ManagedObject(
    ObjectId Id, string? Name, string? Type, string Owner, DateTimeOffset CreationTime, DateTimeOffset LastUpdated, Fragments Fragments) : IFragmentNames
{
    /// <summary>The fragment that opens an object to every reader of its tenant.</summary>
    public const string GlobalFragment = "c8y_Global";

    /// <summary>The fragment that says how many alarms are open. The platform alone writes it; what a client sends under this name is passed over.</summary>
    public const string ActiveAlarmsFragment = "c8y_ActiveAlarmsStatus";

    /// <summary>The fragment that says when a device was last heard of. The platform's alone, likewise.</summary>
    public const string AvailabilityFragment = "c8y_Availability";

    /// <summary>The fragment that says whether a device is connected. The platform's alone, likewise.</summary>
    public const string ConnectionFragment = "c8y_Connection";

    /// <summary>What a client sends, without what is the platform's to say.</summary>
    public static Fragments OfClient(Fragments sent) => sent.Without(ActiveAlarmsFragment).Without(AvailabilityFragment).Without(ConnectionFragment);

    public bool IsGlobal => Fragments.Has(GlobalFragment);

    /// <inheritdoc/>
    /// <remarks>What the platform says of the object counts for nothing: a right on it must not come and go with its alarms.</remarks>
    public bool AreAllIn(Coverage covered) => OfClient(Fragments).AreAllIn(covered);
}

/// <summary>The body of a create. The owner is the caller unless an administrator names another.</summary>
[GenerateSerializer, Immutable, Alias("NewManagedObject")]
public sealed record NewManagedObject(string? Name, string? Type, string? Owner, Fragments Fragments);

/// <summary>
/// The body of a change: what is not there stays, a null fragment goes. <paramref name="ClearName"/> and
/// <paramref name="ClearType"/> stand for an explicit null.
/// </summary>
[GenerateSerializer, Immutable, Alias("ManagedObjectChange")]
public sealed record ManagedObjectChange(
    string? Name, string? Type, string? Owner, Fragments Fragments, bool ClearName = false, bool ClearType = false)
{
    /// <summary>Whether it asks for nothing: a sign of life.</summary>
    public bool IsEmpty => Name is null && Type is null && Owner is null && Fragments.Count == 0 && !ClearName && !ClearType;

    public static ManagedObjectChange Of(Fragments fragments) => new(null, null, null, fragments);
}

/// <summary>The three ways in which one object stands below another. Numbers are stored.</summary>
public enum ChildKind : byte
{
    Device = 1,
    Asset = 2,
    Addition = 3,
}

/// <summary>Which objects are wanted; every filter given must hold.</summary>
/// <param name="OnlyRoots">Only objects below none that the reader may see.</param>
/// <param name="After">Only objects with higher ids than this: a long walk goes on where it was, instead of counting its way there.</param>
[GenerateSerializer, Immutable, Alias("InventoryQuery")]
public sealed record InventoryQuery(
    string? Type = null, string? FragmentType = null, string? Owner = null, IReadOnlyList<ObjectId>? Ids = null,
    IReadOnlyList<ParentOf>? ParentsOf = null, string? Text = null, bool OnlyRoots = false, ObjectId? After = null);

/// <summary>Only parents that hold this child in this way; none where the reader may not see the child.</summary>
[GenerateSerializer, Immutable, Alias("ParentOf")]
public sealed record ParentOf(ChildKind Kind, ObjectId Child);

/// <summary>A reference to an object that the reader may see: enough to show a link.</summary>
[GenerateSerializer, Immutable, Alias("ObjectReference")]
public readonly record struct ObjectReference(ObjectId Id, string? Name);

/// <summary>An object with the references that its reader asked for and may see.</summary>
/// <param name="Children">By kind, at most <see cref="Limits.EmbeddedReferencesMax"/> each; null when not asked for.</param>
/// <param name="Parents">Likewise.</param>
/// <param name="ChildCounts">By kind, how many children the reader may see; null when not asked for.</param>
[GenerateSerializer, Immutable, Alias("ManagedObjectView")]
public sealed record ManagedObjectView(
    ManagedObject Object, IReadOnlyList<ObjectReference>[]? Children, IReadOnlyList<ObjectReference>[]? Parents, IReadOnlyList<long>? ChildCounts = null);

/// <summary>Which references go with an object.</summary>
/// <param name="WithGroups">The parents of which it is a child asset: the groups that it is in.</param>
/// <param name="WithoutChildNames">Whether references to children leave out their names.</param>
[GenerateSerializer, Immutable, Alias("ViewOptions")]
public readonly record struct ViewOptions(
    [property: Id(0)] bool WithChildren, [property: Id(1)] bool WithParents, [property: Id(2)] bool WithGroups = false,
    [property: Id(3)] bool WithChildCounts = false, [property: Id(4)] bool WithoutChildNames = false);

/// <summary>The user that a device signs in as.</summary>
[GenerateSerializer, Immutable, Alias("DeviceUser")]
public sealed record DeviceUser(string UserName, bool IsEnabled);

/// <summary>How far a deletion goes.</summary>
/// <param name="Cascade">Delete the children of a device or group as well.</param>
/// <param name="WithDeviceUser">Delete the device's owner user as well.</param>
[GenerateSerializer, Immutable, Alias("DeleteOptions")]
public readonly record struct DeleteOptions([property: Id(0)] bool Cascade, [property: Id(1)] bool WithDeviceUser);
