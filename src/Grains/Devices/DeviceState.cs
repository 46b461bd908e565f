using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Devices;

/// <summary>What a Device grain knows of its managed object: just what decides. The document stays with its owner.</summary>
internal sealed record DeviceState(ObjectId Source, string Owner, bool IsGlobal) : IOwnable
{
    string? IOwnable.Owner => Owner;
}

/// <summary>Reads that view from the inventory; writing it is the managed object's to do.</summary>
internal sealed class DeviceView(TenantId tenant, ObjectId id, IInventoryStore inventory) : IStateStore<DeviceState>
{
    public async Task<DeviceState?> LoadAsync() =>
        await inventory.ReadAsync(StoredObjects.UpkeepPermit(tenant, id)) is { } document
            ? new DeviceState(document.Id, document.Owner, document.IsGlobal)
            : null;

    public Task SaveAsync(WritePermit permit, DeviceState state, DeviceState? previous) =>
        throw new InvalidOperationException("The managed object owns its document");

    public Task RemoveAsync(WritePermit permit, DeviceState previous) =>
        throw new InvalidOperationException("The managed object owns its document");
}
