using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>What remains of a change that the store gave up on half-way, or that met another one: all of it or nothing, and the trail says which.</summary>
public sealed class HalfDoneTests(StoredSilo silo) : IClassFixture<StoredSilo>
{
    private const string DropSource = $"{nameof(ITelemetryStore)}.{nameof(ITelemetryStore.DropSourceAsync)}";
    private const string DeleteObject = $"{nameof(IInventoryStore)}.{nameof(IInventoryStore.DeleteAsync)}";
    private const string ReadObject = $"{nameof(IInventoryStore)}.{nameof(IInventoryStore.ReadStoredAsync)}";
    private const string BindName = $"{nameof(IIdentityStore)}.{nameof(IIdentityStore.BindAsync)}";

    [Fact]
    public async Task A_device_that_is_being_deleted_takes_nothing_more_and_leaves_no_measurement()
    {
        var admin = await silo.AdminAsync();
        var pump = await silo.MakeAsync(admin);
        await AddAsync(admin, pump);
        var (reached, letGo) = silo.Traps.HoldNext(DeleteObject);
        var deleting = silo.Object(pump).Delete(admin, default);
        await reached;
        // More than once: an activation that is told to go may be followed by another.
        for (var attempt = 0; attempt < 5; attempt++) await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => AddAsync(admin, pump));
        letGo();
        await deleting;

        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => AddAsync(admin, pump));
        Assert.Equal(0, await CountAsync(admin, pump));
    }

    [Theory]
    [InlineData(DropSource)]
    [InlineData(DeleteObject)]
    public async Task A_deletion_that_failed_is_told_as_failed_and_the_device_goes_on(string failing)
    {
        var admin = await silo.AdminAsync();
        var pump = await silo.MakeAsync(admin);
        await AddAsync(admin, pump);
        silo.Traps.FailNext(failing);
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, () => silo.Object(pump).Delete(admin, default));

        Assert.Equal(["Managed object deleted", "Managed object deleted failed"], (await silo.RecordsAsync(pump.ToString())).Select(r => r.Activity));
        await silo.Object(pump).Read(admin, default);
        await AddAsync(admin, pump);
        await silo.Object(pump).Delete(admin, default);
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(pump).Read(admin, default));
    }

    [Fact]
    public async Task An_owner_takes_all_its_things_out_of_another_s_group_at_once_or_none()
    {
        var admin = await silo.AdminAsync();
        var ann = await silo.UserAsync();
        var (group, stranger) = (await silo.MakeAsync(admin), await silo.MakeAsync(admin, ann.User.Name));
        ObjectId[] things = [await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin, ann.User.Name)];
        await silo.Object(group).Link(admin, ChildKind.Asset, things);

        await StoredSilo.RefusedAsync(RefusalKind.Invalid, () => silo.Object(group).Unlink(ann, ChildKind.Asset, [.. things, stranger]));
        Assert.Equal(things, await ChildrenAsync());
        silo.Traps.FailNext($"{nameof(ILinkStore)}.{nameof(ILinkStore.UnlinkAsync)}");
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, () => silo.Object(group).Unlink(ann, ChildKind.Asset, things));
        Assert.Equal(things, await ChildrenAsync());

        await silo.Object(group).Unlink(ann, ChildKind.Asset, things);
        Assert.Empty(await ChildrenAsync());

        async Task<IEnumerable<ObjectId>> ChildrenAsync() =>
            (await silo.Object(group).Children(admin, ChildKind.Asset, new PageRequest(1, 100, false))).Items.Select(child => child.Id);
    }

    [Fact]
    public async Task Who_links_or_unlinks_nothing_is_asked_for_the_right_all_the_same()
    {
        var admin = await silo.AdminAsync();
        var (ann, group) = (await silo.UserAsync(), await silo.MakeAsync(admin));
        await silo.MakeAsync(admin, ann.User.Name);

        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(group).Unlink(ann, ChildKind.Asset, []));
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(group).Link(ann, ChildKind.Asset, []));
        await silo.Object(group).Unlink(admin, ChildKind.Asset, []);
    }

    [Fact]
    public async Task A_former_owner_measures_no_more_even_when_the_device_could_not_be_told_at_first()
    {
        var admin = await silo.AdminAsync();
        var (ann, bob) = (await silo.UserAsync(), await silo.UserAsync());
        var pump = await silo.MakeAsync(admin, ann.User.Name);
        await AddAsync(ann, pump);
        var change = new ManagedObjectChange(null, null, bob.User.Name, Fragments.None);
        silo.Traps.FailNext(ReadObject);
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, () => silo.Object(pump).Update(admin, change));

        await silo.Object(pump).Update(admin, change);
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => AddAsync(ann, pump));
        await AddAsync(bob, pump);
    }

    [Fact]
    public async Task However_many_ask_at_once_for_what_is_not_there_each_is_told_so()
    {
        var admin = await silo.AdminAsync();
        for (var round = 0; round < 20; round++)
        {
            var (none, name) = (new ObjectId(900_000 + round), ExternalId.Serial($"none-{round}"));
            var asked = Enumerable.Range(0, 60).Select(index => StoredSilo.RefusedAsync(RefusalKind.NotFound, () => (index % 3) switch
            {
                0 => silo.Object(none).Read(admin, default),
                1 => AddAsync(admin, none),
                _ => silo.Name(name).Read(admin),
            }));
            await Task.WhenAll(asked);
        }
    }

    [Fact]
    public async Task An_object_that_was_asked_for_before_it_was_made_takes_what_comes_once_it_is()
    {
        var admin = await silo.AdminAsync();
        var next = new ObjectId((await silo.MakeAsync(admin)).Value + 1);
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => AddAsync(admin, next));
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(next).Read(admin, default));

        Assert.Equal(next, await silo.MakeAsync(admin));
        await AddAsync(admin, next);
        Assert.Equal(1, await CountAsync(admin, next));
    }

    [Fact]
    public async Task A_device_deletes_itself_with_its_children_and_its_user()
    {
        var device = await silo.DeviceUserAsync();
        var (root, child) = (await silo.MakeAsync(device), await silo.MakeAsync(device));
        await silo.Object(root).Link(device, ChildKind.Device, [child]);
        await silo.Object(root).Delete(device, new DeleteOptions(true, true));

        var admin = await silo.AdminAsync();
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(root).Read(admin, default));
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(child).Read(admin, default));
        foreach (var gone in (ObjectId[])[root, child])
            Assert.Equal(("Managed object deleted", device.User.Name), (await silo.RecordsAsync(gone.ToString())).Select(r => (r.Activity, r.User!)).Single(r => r.Activity != "Child linked"));
        await StoredSilo.RefusedAsync(RefusalKind.Unauthenticated, () => silo.MakeAsync(device));
    }

    [Fact]
    public async Task A_device_that_is_made_by_its_first_message_is_never_there_without_its_name()
    {
        var device = await silo.DeviceUserAsync();
        var name = ExternalId.Serial(device.User.Name);
        // The moment between the two writes that there once were.
        silo.Traps.FailNext(BindName);
        try
        {
            await silo.Name(name).EnsureDevice(device, NewObjects.Device(name.Value, null));
        }
        catch (Refusal)
        {
            // Whether it failed or not: what is there then has its name.
        }
        silo.Traps.Clear();
        var ensured = await silo.Name(name).EnsureDevice(device, NewObjects.Device(name.Value, null));

        var made = await silo.Inventory.Find(device, new InventoryQuery(Owner: device.User.Name), new PageRequest(1, 5, true), default);
        Assert.Equal([ensured.Id], made.Items.Select(view => view.Object.Id));
        Assert.Equal(name, Assert.Single(await silo.Object(ensured.Id).ExternalIds(device)));
    }

    [Fact]
    public async Task No_name_is_given_to_an_object_that_is_being_deleted()
    {
        var admin = await silo.AdminAsync();
        var pump = await silo.MakeAsync(admin);
        var name = ExternalId.Serial(silo.Unique("serial"));
        var (reached, letGo) = silo.Traps.HoldNext(DeleteObject);
        var deleting = silo.Object(pump).Delete(admin, default);
        await reached;
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Name(name).Bind(admin, pump));
        letGo();
        await deleting;

        var next = await silo.MakeAsync(admin);
        await silo.Name(name).Bind(admin, next);
        Assert.Equal(next, await silo.Name(name).Read(admin));
    }

    [Fact]
    public async Task A_name_that_points_at_nothing_is_free()
    {
        var admin = await silo.AdminAsync();
        var (bound, ensured) = (ExternalId.Serial(silo.Unique("serial")), ExternalId.Serial(silo.Unique("serial")));
        var nothing = new ObjectId(999_999);
        foreach (var name in (ExternalId[])[bound, ensured]) await silo.Service<IIdentityStore>().BindAsync(Ask.Write(StoredSilo.T1, nothing.Value), name);

        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Name(bound).Read(admin));
        var pump = await silo.MakeAsync(admin);
        await silo.Name(bound).Bind(admin, pump);
        Assert.Equal(pump, await silo.Name(bound).Read(admin));
        Assert.True((await silo.Name(ensured).EnsureDevice(admin, NewObjects.Device(ensured.Value, null))).WasCreated);
    }

    [Fact]
    public async Task Measurements_of_several_objects_are_added_all_or_none()
    {
        var admin = await silo.AdminAsync();
        var ann = await silo.UserAsync();
        var (mine, foreign) = (await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin));
        SourcedMeasurement[] Of(params ObjectId[] sources) => [.. sources.Select(source => new SourcedMeasurement(source, StoredSilo.Measurement))];
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Measurements.Add(ann, Of(mine, foreign)));
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Measurements.Add(ann, Of(mine, new ObjectId(999_998))));
        Assert.Equal(0, await CountAsync(admin, mine));

        var ids = await silo.Measurements.Add(admin, Of(foreign, mine, foreign));
        Assert.Equal([foreign, mine, foreign], ids.Select(id => id.Source));
        Assert.Equal((1L, 2L), (await CountAsync(admin, mine), await CountAsync(admin, foreign)));
        Assert.Equal("s", Assert.Single(await silo.Device(mine).SupportedSeries(admin)).Series);
    }

    [Fact]
    public async Task What_is_added_to_several_objects_while_one_is_deleted_goes_with_it()
    {
        var admin = await silo.AdminAsync();
        var (kept, going) = (await silo.MakeAsync(admin), await silo.MakeAsync(admin));
        var (reached, letGo) = silo.Traps.HoldNext(DeleteObject);
        var deleting = silo.Object(going).Delete(admin, default);
        await reached;
        await silo.Measurements.Add(admin, [new SourcedMeasurement(kept, StoredSilo.Measurement), new SourcedMeasurement(going, StoredSilo.Measurement)]);
        letGo();
        await deleting;
        Assert.Equal((1L, 0L), (await CountAsync(admin, kept), await CountAsync(admin, going)));
    }

    private Task<AddedMeasurements> AddAsync(Caller caller, ObjectId source) => silo.Device(source).AddMeasurements(caller, new MeasurementBatch([StoredSilo.Measurement]));

    private async Task<long> CountAsync(Caller caller, ObjectId source) =>
        (await silo.Measurements.Find(caller, new MeasurementQuery(source, null, null, null, null, null, false), new PageRequest(1, 5, true))).Total!.Value;
}
