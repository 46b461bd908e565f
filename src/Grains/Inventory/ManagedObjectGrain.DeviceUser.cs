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
        var user = RequireDeviceUser();
        var isEnabled = await GrainFactory.Grain<IDeviceUser>(user.GrainKey).IsEnabled(Caller.Platform(PlatformTask.Facts, _tenant));
        return new DeviceUser(user.Name, isEnabled ?? throw NoDeviceUser());
    }

    public async Task<DeviceUser> EnableDeviceUser(Caller caller, bool? isEnabled)
    {
        RequireStays();
        _ = WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin);
        var user = RequireDeviceUser();
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

    private UserId RequireDeviceUser()
    {
        var owner = new UserId(_tenant, _owned.Resource.Owner!);
        return owner.IsDevice ? owner : throw NoDeviceUser();
    }

    private Refusal NoDeviceUser() => Refusal.NotFound("inventory", $"There is no device user for managedObject '{_id}'!");
}
