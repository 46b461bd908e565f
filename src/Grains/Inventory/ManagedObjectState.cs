using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Inventory;

/// <summary>A managed object as its grain keeps it.</summary>
/// <param name="FirstName">The name that a new object is made with; names are not part of what is kept.</param>
internal sealed record ManagedObjectState(ManagedObject Document, ExternalId? FirstName = null) : IOwnable
{
    public ObjectId Source => Document.Id;

    public string? Owner => Document.Owner;

    public bool IsGlobal => Document.IsGlobal;

    IFragmentNames? IOwnable.Document => Document;
}

/// <summary>Keeps a managed object in the inventory store, where lists find it.</summary>
internal sealed class InventoryDocument(TenantId tenant, ObjectId id, IInventoryStore store) : IStateStore<ManagedObjectState>
{
    public async Task<ManagedObjectState?> LoadAsync() =>
        await store.ReadAsync(StoredObjects.UpkeepPermit(tenant, id)) is { } document ? new ManagedObjectState(document) : null;

    public Task SaveAsync(WritePermit permit, ManagedObjectState state, ManagedObjectState? previous) =>
        store.WriteAsync(permit, state.Document, previous?.Document, state.FirstName);

    public Task RemoveAsync(WritePermit permit, ManagedObjectState previous) => store.DeleteAsync(permit, previous.Document);
}

/// <summary>Describing objects that a store has just returned, where no grain of theirs need wake.</summary>
internal static class StoredObjects
{
    /// <summary>The object as the source of its data: which piece is asked for is the asker's to say.</summary>
    public static Resource AsSource(this ManagedObject stored, TenantId tenant) => new(tenant, stored.Id, stored.Owner, stored.IsGlobal);

    public static Resource AsResource(this ManagedObject stored, TenantId tenant) => new(tenant, stored.Id, stored.Owner, stored.IsGlobal, stored);

    /// <summary>For a grain that reads what it is, before it can describe itself.</summary>
    public static ReadPermit UpkeepPermit(TenantId tenant, ObjectId id) =>
        ReadPermit.Demand(Caller.Platform(PlatformTask.Upkeep, tenant), new Resource(tenant, id, null, false), Permission.InventoryRead);
}
