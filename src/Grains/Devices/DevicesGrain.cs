using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Devices;

/// <inheritdoc cref="IDevicesGrain"/>
[StatelessWorker, Reentrant, GrainType("devices")]
internal sealed class DevicesGrain(IIdentityStore names, IInventoryStore inventory, Hierarchy hierarchy) : Grain, IDevicesGrain
{
    public async Task<ObjectId?> Find(Caller caller, string serial)
    {
        var tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        _ = ReadPermit.Demand(caller, Resource.OfTenant(tenant), Permission.DeviceConnect);
        // A name whose object is just being deleted is no name any more.
        if (await names.FindAsync(StoredObjects.UpkeepPermit(tenant, default), ExternalId.Serial(serial)) is not { } target) return null;
        if (await inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(tenant, target)) is not { } document) return null;
        _ = ReadPermit.Demand(await hierarchy.AtAsync(caller, target), document.AsResource(tenant), Permission.IdentityRead);
        return target;
    }
}
