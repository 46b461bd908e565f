using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Abstractions.Inventory;

/// <summary>A tenant's inventory as a whole. Key: the tenant. Any silo answers; no queue forms.</summary>
[Alias("IInventoryGrain")]
public interface IInventoryGrain : IGrainWithStringKey
{
    [Alias("Create"), Requires(Permission.InventoryCreate)]
    Task<ManagedObject> Create(Caller caller, NewManagedObject request);

    /// <summary>A page of the objects that the caller may see, in ascending order of id. Never refused: it may be empty.</summary>
    [Alias("Find"), Requires(Permission.InventoryRead)]
    Task<Page<ManagedObjectView>> Find(Caller caller, InventoryQuery query, PageRequest page, ViewOptions options);

    [Alias("Count"), Requires(Permission.InventoryRead)]
    Task<long> Count(Caller caller, InventoryQuery query);
}
