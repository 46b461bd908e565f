using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;

namespace Bailiwick.Storage.Tests;

/// <summary>A change that is only tried leaves no trace on any silo.</summary>
public sealed class TrialTests(StoredSilo silo) : IClassFixture<StoredSilo>
{
    [Fact]
    public async Task A_trial_spreads_no_fact_so_that_it_shuts_nobody_out_and_ends_no_session()
    {
        var admin = await silo.AdminAsync();
        var tenant = silo.Grains.GetGrain<ITenantGrain>(StoredSilo.T1.Value);
        await tenant.ReadOwn(admin);
        var fact = await silo.Grains.GetGrain<ITenantFactSource>(StoredSilo.T1.Value).ReadFact(Caller.Platform(PlatformTask.Facts, StoredSilo.T1));
        var publisher = silo.Service<IFactPublisher>();

        Rehearsal.Begin();
        await publisher.PublishAsync(fact with { Version = fact.Version + 1, IsActive = false });
        Rehearsal.End();
        Assert.Equal(StoredSilo.T1, (await tenant.ReadOwn(admin)).Id);

        // The same outside a trial bites at once: so the test would see it.
        await publisher.PublishAsync(fact with { Version = fact.Version + 1, IsActive = false });
        await StoredSilo.RefusedAsync(RefusalKind.Unauthenticated, () => tenant.ReadOwn(admin));
        await publisher.PublishAsync(fact with { Version = fact.Version + 2 });
    }

    private static async Task<AccessEffect> TriedAsync(Func<Task> change)
    {
        Rehearsal.Begin();
        try
        {
            return (await Assert.ThrowsAsync<Rehearsed>(change)).Effect;
        }
        finally
        {
            Rehearsal.End();
        }
    }

    [Fact]
    public async Task A_deletion_that_is_tried_leaves_object_links_user_and_trail_as_they_are()
    {
        var (admin, device) = (await silo.AdminAsync(), await silo.DeviceUserAsync());
        var (own, below) = (await silo.MakeAsync(device), await silo.MakeAsync(admin));
        await silo.Object(own).Link(admin, ChildKind.Device, [below]);
        var (objects, users) = (await silo.RecordsAsync(own.ToString()), await silo.RecordsAsync(device.User.Name));

        foreach (var options in (DeleteOptions[])[default, new(true, false), new(false, true), new(true, true)])
            Assert.Contains((await TriedAsync(() => silo.Object(own).Delete(admin, options))).First, shift => !shift.IsGain && shift.User == device.User.Name && shift.Object == own);
        Assert.True((await TriedAsync(() => silo.Object(own).EnableDeviceUser(admin, false))).Lost > 0);

        Assert.Equal(own, (await silo.Object(own).Read(device, default)).Object.Id);
        Assert.Equal([below], (await silo.Object(own).Children(admin, ChildKind.Device, new PageRequest(1, 10, false))).Items.Select(child => child.Id));
        // It is not left half gone: what changes it is still served, and so is its device.
        await silo.Object(own).Update(device, new ManagedObjectChange("still here", null, null, Fragments.None));
        await silo.Device(own).AddMeasurements(device, new MeasurementBatch([StoredSilo.Measurement]));
        Assert.Equal(objects.Count, (await silo.RecordsAsync(own.ToString())).Count);
        Assert.Equal(users.Count, (await silo.RecordsAsync(device.User.Name)).Count);
    }

    [Fact]
    public async Task An_object_whose_making_is_tried_draws_no_number_and_is_not_made()
    {
        var admin = await silo.AdminAsync();
        var before = await silo.MakeAsync(admin);
        Rehearsal.Begin();
        await StoredSilo.RefusedAsync(RefusalKind.Invalid, () => silo.MakeAsync(admin));
        Rehearsal.End();

        Assert.Equal(new ObjectId(before.Value + 1), await silo.MakeAsync(admin));
    }

    [Fact]
    public async Task A_user_whose_making_is_tried_is_nobody_and_can_be_made_afterwards()
    {
        var admin = await silo.AdminAsync();
        var user = new UserId(StoredSilo.T1, silo.Unique("tried"));
        var wish = new NewUser(user.Name, UserProfile.Empty, "Password-1", true, false, [], AuthoritySet.Of(Authority.AlarmRead));
        Task MakeAsync() => silo.Grains.GetGrain<IUserGrain>(user.GrainKey).Create(admin, wish);

        Assert.Contains((await TriedAsync(MakeAsync)).First, shift => shift is { IsGain: true, Permission: Permission.AlarmRead, Object: null });
        Assert.Equal(0, (await silo.CallerAsync(user)).CredentialEpoch);
        Assert.Empty(await silo.RecordsAsync(user.Name));
        await MakeAsync();
        Assert.Single(await silo.RecordsAsync(user.Name));
    }
}
