using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Inventory;

/// <summary>One external id: the object it stands for. Key: tenant/type/value, both parts escaped.</summary>
[Alias("IExternalIdGrain")]
public interface IExternalIdGrain : IGrainWithStringKey
{
    [Alias("Read"), Requires(Permission.IdentityRead)]
    Task<ObjectId> Read(Caller caller);

    /// <summary>Binds the name to an object that the caller may change. A name that is bound already is a conflict.</summary>
    [Alias("Bind"), Requires(Permission.IdentityAdmin)]
    Task Bind(Caller caller, ObjectId target);

    [Alias("Unbind"), Requires(Permission.IdentityAdmin)]
    Task Unbind(Caller caller);

    /// <summary>
    /// The device of this name; made first, owned by the caller, when there is none. A name that is bound to an object that the
    /// caller may not read is refused.
    /// </summary>
    [Alias("EnsureDevice"), Requires(Permission.InventoryCreate, Permission.IdentityRead)]
    Task<EnsuredDevice> EnsureDevice(Caller caller, NewManagedObject ifAbsent);
}

/// <summary>A device and whether it had to be made.</summary>
[GenerateSerializer, Immutable, Alias("EnsuredDevice")]
public readonly record struct EnsuredDevice(ObjectId Id, bool WasCreated);
