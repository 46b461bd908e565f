using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tenancy;

namespace Bailiwick.Grains.Inventory;

// The user that a device signs in as. Only users of devices can be reached here: a right on objects gives none over people.
internal sealed partial class ManagedObjectGrain
{
    public async Task<DeviceUser> ReadDeviceUser(Caller caller)
    {
        RequireExists();
        _ = ReadPermit.Demand(caller, _owned.Resource, Permission.DeviceUserRead);
        var user = await RequireDeviceUserAsync(caller, Permission.DeviceUserRead);
        var isEnabled = await GrainFactory.Grain<IDeviceUser>(user.GrainKey).IsEnabled(Caller.Platform(PlatformTask.Facts, _tenant));
        return new DeviceUser(user.Name, isEnabled ?? throw NoDeviceUser());
    }

    public async Task<DeviceUser> EnableDeviceUser(Caller caller, bool? isEnabled)
    {
        RequireStays();
        _ = WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        var user = await RequireDeviceUserAsync(caller, Permission.InventoryAdmin);
        var grain = GrainFactory.Grain<IDeviceUser>(user.GrainKey);
        var disconnection = Caller.Platform(PlatformTask.Disconnection, _tenant);
        if (isEnabled is { } tried && Rehearsal.IsOn) await RehearseAsync(caller, () => grain.Enable(disconnection, tried, caller.User.Name));
        var outcome = isEnabled is { } wanted
            ? await grain.Enable(disconnection, wanted, caller.User.Name)
            : await grain.IsEnabled(Caller.Platform(PlatformTask.Facts, _tenant));
        return new DeviceUser(user.Name, outcome ?? throw NoDeviceUser());
    }

    /// <summary>
    /// Ends a rehearsal with what the device's user would lose or gain. That is more than has to do with this object, so that it takes the right to see users;
    /// passes where nothing would change.
    /// </summary>
    private async Task RehearseAsync(Caller caller, Func<Task> change)
    {
        _ = ReadPermit.Demand(caller, Resource.OfTenant(_tenant), Permission.UserRead);
        if (await Rehearsals.PartOfAsync(change) is { } part) await GrainFactory.EndRehearsalAsync(caller, _tenant, part);
    }

    private async Task<UserId> RequireDeviceUserAsync(Caller caller, Permission permission)
    {
        var owner = new UserId(_tenant, _owned.Resource.Owner!);
        if (!owner.IsDevice) throw NoDeviceUser();
        await RequireOfDeviceAsync(caller, owner, permission);
        return owner;
    }

    /// <summary>
    /// A gateway's user owns what it makes below itself as well, and a right on one of those is none on the gateway: through it the user is reached by whoever has
    /// the same right on all above it that the user owns.
    /// </summary>
    private async Task RequireOfDeviceAsync(Caller caller, UserId owner, Permission permission)
    {
        foreach (var above in await AboveAsync(_id))
        {
            if ((await _inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(_tenant, above)))?.Owner != owner.Name) continue;
            var judgement = await Other(above).Judge(caller, permission);
            if (judgement is { Exists: true, Decision.Allowed: false })
                throw Refusal.Denied($"{caller.User} may not do to the user of {_tenant}/{above}, which {_tenant}/{_id} is below, what it asks of {_tenant}/{_id}", judgement.Trace!);
        }
    }

    private Refusal NoDeviceUser() => Refusal.NotFound("inventory", $"There is no device user for managedObject '{_id}'!");
}
