using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Storage.Tests;

/// <summary>The user of a gateway is reached by way of the gateway, not of a device below it.</summary>
public sealed class DeviceUserTests(StoredSilo silo) : IClassFixture<StoredSilo>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_manages_a_child_device_neither_sees_nor_shuts_out_nor_deletes_the_user_of_its_gateway(bool isDeeper)
    {
        var (device, gateway, _, leaf) = await GatewayAsync();
        var other = await silo.MakeAsync(device);
        if (isDeeper) await silo.Object(other).Link(device, ChildKind.Device, [gateway]);
        var manager = await ManagerAsync(leaf);

        var refusal = await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(leaf).ReadDeviceUser(manager));
        Assert.NotNull(refusal.Trace);
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(leaf).EnableDeviceUser(manager, null));
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(leaf).EnableDeviceUser(manager, false));
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(leaf).Delete(manager, new DeleteOptions(false, true)));

        Assert.Equal(new DeviceUser(device.User.Name, true), await silo.Object(leaf).ReadDeviceUser(await silo.AdminAsync()));
        await silo.Object(leaf).Delete(manager, default);
    }

    [Fact]
    public async Task Whoever_manages_all_above_it_too_shuts_its_user_out_by_way_of_a_child_device()
    {
        var (device, gateway, middle, leaf) = await GatewayAsync();
        var manager = await ManagerAsync(leaf, middle, gateway);

        Assert.Equal(new DeviceUser(device.User.Name, false), await silo.Object(leaf).EnableDeviceUser(manager, false));
    }

    [Fact]
    public async Task A_device_below_one_of_another_owner_is_what_its_own_user_signs_in_for()
    {
        var (device, other) = (await silo.DeviceUserAsync(), await silo.MakeAsync(await silo.DeviceUserAsync()));
        var own = await silo.MakeAsync(device);
        await silo.Object(other).Link(await silo.AdminAsync(), ChildKind.Device, [own]);

        Assert.Equal(new DeviceUser(device.User.Name, false), await silo.Object(own).EnableDeviceUser(await ManagerAsync(own), false));
    }

    [Fact]
    public async Task A_device_deletes_its_child_device()
    {
        var (device, _, middle, leaf) = await GatewayAsync();
        await silo.Object(leaf).Delete(device, default);
        await silo.Object(middle).Delete(device, new DeleteOptions(false, true));

        await StoredSilo.RefusedAsync(RefusalKind.NotFound, async () => await silo.Object(middle).Read(await silo.AdminAsync(), default));
    }

    /// <summary>A gateway with a device below a device below it, all its own.</summary>
    private async Task<(Caller Device, ObjectId Gateway, ObjectId Middle, ObjectId Leaf)> GatewayAsync()
    {
        var device = await silo.DeviceUserAsync();
        var (gateway, middle, leaf) = (await silo.MakeAsync(device), await silo.MakeAsync(device), await silo.MakeAsync(device));
        await silo.Object(gateway).Link(device, ChildKind.Device, [middle]);
        await silo.Object(middle).Link(device, ChildKind.Device, [leaf]);
        return (device, gateway, middle, leaf);
    }

    private async Task<Caller> ManagerAsync(params ObjectId[] objects)
    {
        var manager = await silo.UserAsync();
        Grant[] grants = [new(GrantScope.ManagedObject, GrantLevel.Any, Grant.AnyType)];
        foreach (var id in objects)
            await silo.Grains.GetGrain<IUsersGrain>(StoredSilo.T1.Value).SetDevicePermissions(
                await silo.AdminAsync(), id, new DevicePermissionsChange([new UserPermissions(manager.User.Name, grants)], []));
        return await silo.CallerAsync(manager.User);
    }
}
