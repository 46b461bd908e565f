using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Devices;

/// <summary>What a Device grain knows of its managed object: just what decides. The document stays with its owner.</summary>
/// <param name="ResponseMinutes">Within how many minutes it has to be heard of; 0 when nobody said, -1 in maintenance.</param>
internal sealed record DeviceState(ObjectId Source, string Owner, bool IsGlobal, int ResponseMinutes) : IOwnable
{
    string? IOwnable.Owner => Owner;

    /// <summary>Whether alarms of it are not to be stored.</summary>
    public bool IsInMaintenance => ResponseMinutes < 0;

    public static DeviceState Of(ManagedObject document) =>
        new(document.Id, document.Owner, document.IsGlobal, document.Fragments.ResponseMinutes());
}

/// <summary>Reads that view from the inventory; writing it is the managed object's to do.</summary>
internal sealed class DeviceView(TenantId tenant, ObjectId id, IInventoryStore inventory) : IStateStore<DeviceState>
{
    public async Task<DeviceState?> LoadAsync() =>
        await inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(tenant, id)) is { } document
            ? DeviceState.Of(document)
            : null;

    public Task SaveAsync(WritePermit permit, DeviceState state, DeviceState? previous) =>
        throw new InvalidOperationException("The managed object owns its document");

    public Task RemoveAsync(WritePermit permit, DeviceState previous) =>
        throw new InvalidOperationException("The managed object owns its document");
}
