using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>What is promised to who holds something on single objects, and about them, where one call meets several things or is made a second time.</summary>
public sealed class GrantedCallTests(StoredSilo silo) : IClassFixture<StoredSilo>
{
    private const int Reader = 1;
    private const int Manager = 2;
    private const string Spread = $"{nameof(IFactPublisher)}.{nameof(IFactPublisher.PublishLinksAsync)}";

    // Far below the time after which a call is given up, which is how a circle would end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData("by a call")]
    [InlineData("in a batch")]
    public async Task An_open_alarm_that_ones_fragments_do_not_cover_is_neither_counted_up_nor_answered(string how)
    {
        var admin = await silo.AdminAsync();
        var pump = await silo.MakeAsync(admin);
        var ann = await silo.UserAsync(Authority.InventoryCreate);
        await PermitAsync(admin, ann, pump, new Grant(GrantScope.Alarm, GrantLevel.Admin, "c8y_A"));
        var open = (await silo.Device(pump).RaiseAlarm(admin, Raised("T", "c8y_Secret")))!.Alarm;
        if (how == "by a call") await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Device(pump).RaiseAlarm(ann, Raised("T", "c8y_A")));
        else Assert.Equal([RefusalKind.Denied], (await silo.Device(pump).Apply(ann, new DeviceBatch([new RaiseAlarm(Raised("T", "c8y_A"))], CommitTicket.None))).Refused.Select(row => row.Kind));

        Assert.Equal(1, (await silo.Device(pump).ReadAlarm(admin, open.Id)).Alarm.Count);
        // One that they cover is raised, and counted up.
        for (var count = 1; count <= 2; count++) Assert.Equal(count, (await silo.Device(pump).RaiseAlarm(ann, Raised("other", "c8y_A")))!.Alarm.Count);
    }

    [Fact]
    public async Task A_measurement_that_ones_fragments_do_not_cover_is_deleted_by_no_message_and_the_trail_tells_who_tried()
    {
        var admin = await silo.AdminAsync();
        var pump = await silo.MakeAsync(admin);
        var ann = await silo.UserAsync(Authority.InventoryCreate);
        await PermitAsync(admin, ann, pump, new Grant(GrantScope.Measurement, GrantLevel.Admin, "c8y_A"));
        var ids = (await silo.Device(pump).AddMeasurements(admin, new MeasurementBatch([Measured("c8y_A"), Measured("c8y_Secret")], CommitTicket.None))).Ids;

        var outcome = await silo.Device(pump).Apply(ann, new DeviceBatch([.. ids.Select(id => new DeleteMeasurement(id))], CommitTicket.None));

        Assert.Equal([(1, RefusalKind.Denied)], outcome.Refused.Select(row => (row.Row, row.Kind)));
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Device(pump).ReadMeasurement(admin, ids[0]));
        Assert.Equal(ids[1], (await silo.Device(pump).ReadMeasurement(admin, ids[1])).Id);
        var denied = Assert.Single((await silo.Grains.GetGrain<IAuditLogGrain>(StoredSilo.T1.Value).Find(
            admin, new AuditQuery("Access", ann.User.Name, null, null, null, null, true), new PageRequest(1, 100, false))).Items);
        Assert.Contains($"IDeviceGrain.Apply {pump.GrainKey(StoredSilo.T1)}", denied.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_goes_with_what_one_may_delete_by_a_right_on_a_subgroup_that_goes_as_well()
    {
        var admin = await silo.AdminAsync();
        var ann = await silo.UserAsync();
        var (group, device, subgroup) = (await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin), await silo.MakeAsync(admin));
        await silo.Object(group).Link(admin, ChildKind.Asset, [device, subgroup]);
        await silo.Object(subgroup).Link(admin, ChildKind.Asset, [device]);
        await AssignAsync(admin, ann, subgroup, Manager);
        await RequireAllGoneByAsync(ann, group, device, subgroup);
    }

    [Fact]
    public async Task A_group_goes_with_what_one_may_delete_by_a_right_in_a_circle()
    {
        var admin = await silo.AdminAsync();
        var ann = await silo.UserAsync();
        var (group, one, other) = (await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin), await silo.MakeAsync(admin));
        await silo.Object(group).Link(admin, ChildKind.Asset, [one]);
        await silo.Object(one).Link(admin, ChildKind.Asset, [other]);
        // No grain closes a circle; two at once can, and older stores hold some.
        await silo.Service<ILinkStore>().LinkAsync(Ask.Write(StoredSilo.T1, other.Value), ChildKind.Asset, [one]);
        await AssignAsync(admin, ann, other, Manager);
        await RequireAllGoneByAsync(ann, group, one, other);
    }

    [Fact]
    public async Task Nothing_is_hung_below_so_much_that_roles_above_it_would_count_no_more()
    {
        var (admin, ann) = (await silo.AdminAsync(), await silo.UserAsync());
        var (group, pump, another) = (await silo.MakeAsync(admin), await silo.MakeAsync(admin), await silo.MakeAsync(admin));
        await AssignAsync(admin, ann, group, Reader);
        await silo.Object(group).Link(admin, ChildKind.Asset, [pump]);
        var others = await Task.WhenAll(Enumerable.Range(1, Limits.AncestorsMax - 1).Select(_ => silo.MakeAsync(admin)));
        await Task.WhenAll(others.Select(parent => silo.Service<ILinkStore>().LinkAsync(Ask.Write(StoredSilo.T1, parent.Value), ChildKind.Asset, [pump])));

        await StoredSilo.RefusedAsync(RefusalKind.Invalid, () => silo.Object(another).Link(admin, ChildKind.Asset, [pump]));
        Assert.Equal(pump, (await silo.Object(pump).Read(ann, default)).Object.Id);
    }

    [Fact]
    public async Task Where_one_may_not_delete_everything_below_nothing_goes()
    {
        var admin = await silo.AdminAsync();
        var ann = await silo.UserAsync();
        var (group, mine, below, foreign) = (
            await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin));
        await silo.Object(group).Link(admin, ChildKind.Asset, [mine, foreign]);
        await silo.Object(mine).Link(admin, ChildKind.Asset, [below]);
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(group).Delete(ann, new DeleteOptions(true, false)));
        foreach (var id in (ObjectId[])[group, mine, below, foreign]) await silo.Object(id).Read(admin, default);
    }

    [Fact]
    public async Task A_right_to_the_records_of_one_fragment_shows_what_was_reported_with_it_and_nothing_else()
    {
        var admin = await silo.AdminAsync();
        var pump = await silo.MakeAsync(admin);
        var ann = await silo.UserAsync();
        await PermitAsync(admin, ann, pump, new Grant(GrantScope.Audit, GrantLevel.Read, "gate"));
        var trail = silo.Grains.GetGrain<IAuditLogGrain>(StoredSilo.T1.Value);
        async Task<AuditRecord> ReportAsync(params string[] members) => await trail.Append(admin, new NewAuditRecord(
            "Gate", "Door opened", "The gate was opened.", silo.Clock.GetUtcNow(), pump.ToString(), Members: members.Length == 0 ? null : Of(members)));
        var (shown, more, bare) = (await ReportAsync("gate"), await ReportAsync("gate", "secret"), await ReportAsync());

        Assert.Equal([shown.Id], (await trail.Find(ann, new AuditQuery(null, null, null, null, null, null, true), new PageRequest(1, 100, false))).Items.Select(one => one.Id));
        Assert.Equal(shown.Id, (await trail.Read(ann, shown.Id)).Id);
        foreach (var hidden in (AuditRecord[])[more, bare]) await StoredSilo.RefusedAsync(RefusalKind.Denied, () => trail.Read(ann, hidden.Id));
    }

    [Fact]
    public async Task Who_takes_a_child_out_again_because_that_failed_is_told_that_it_is_none_when_no_right_reaches_it_any_more()
    {
        var (admin, ann, group, device) = await PlantAsync();
        await silo.Object(group).Link(admin, ChildKind.Asset, [device]);
        await silo.Object(device).Read(ann, default);
        silo.Traps.FailNext(Spread);
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, () => silo.Object(group).Unlink(admin, ChildKind.Asset, [device]));

        await StoredSilo.RefusedAsync(RefusalKind.Invalid, () => silo.Object(group).Unlink(admin, ChildKind.Asset, [device]));
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(device).Read(ann, default));
    }

    [Fact]
    public async Task Who_links_a_child_again_because_that_failed_is_told_that_it_is_linked_when_rights_reach_it()
    {
        var (admin, ann, group, device) = await PlantAsync();
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(device).Read(ann, default));
        silo.Traps.FailNext(Spread);
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, () => silo.Object(group).Link(admin, ChildKind.Asset, [device]));

        await StoredSilo.RefusedAsync(RefusalKind.Conflict, () => silo.Object(group).Link(admin, ChildKind.Asset, [device]));
        await silo.Object(device).Read(ann, default);
    }

    [Fact]
    public async Task Who_deletes_a_group_again_because_that_failed_is_told_that_there_is_none_when_no_right_on_it_reaches_anything_any_more()
    {
        var (admin, ann, group, device) = await PlantAsync();
        await silo.Object(group).Link(admin, ChildKind.Asset, [device]);
        await silo.Object(device).Read(ann, default);
        silo.Traps.FailNext(Spread);
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, () => silo.Object(group).Delete(admin, default));

        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(group).Delete(admin, default));
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => silo.Object(device).Read(ann, default));
    }

    [Fact]
    public async Task Whether_an_object_that_one_may_not_read_hangs_below_ones_own_is_not_told()
    {
        var admin = await silo.AdminAsync();
        var ann = await silo.UserAsync();
        var (top, mine, stray) = (await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin, ann.User.Name), await silo.MakeAsync(admin, ann.User.Name));
        var (hidden, stranger) = (await silo.MakeAsync(admin), await silo.MakeAsync(admin));
        await silo.Object(top).Link(admin, ChildKind.Asset, [mine, hidden]);
        Task<ManagedObject> ChildAsync(ObjectId id) => silo.Object(top).Child(ann, ChildKind.Asset, id).WaitAsync(Patience);

        var refusals = new List<string>();
        foreach (var id in (ObjectId[])[hidden, stranger]) refusals.Add((await StoredSilo.RefusedAsync(RefusalKind.Denied, () => ChildAsync(id))).Message);
        Assert.Single(refusals.Distinct());
        Assert.Equal(mine, (await ChildAsync(mine)).Id);
        foreach (var id in (ObjectId[])[stray, top]) await StoredSilo.RefusedAsync(RefusalKind.Invalid, () => ChildAsync(id));
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => ChildAsync(new ObjectId(999_997)));
    }

    [Fact]
    public async Task Objects_that_are_asked_for_each_other_as_children_at_once_both_answer()
    {
        var admin = await silo.AdminAsync();
        var (one, other) = (await silo.MakeAsync(admin), await silo.MakeAsync(admin));
        await Task.WhenAll(Enumerable.Range(0, 60).Select(at => StoredSilo.RefusedAsync(RefusalKind.Invalid, () =>
            (at % 2 == 0 ? silo.Object(one).Child(admin, ChildKind.Asset, other) : silo.Object(other).Child(admin, ChildKind.Asset, one)).WaitAsync(Patience))));
    }

    /// <summary>A group and a device that does not hang in it yet, and somebody who reads what is in the group.</summary>
    private async Task<(Caller Admin, Caller Ann, ObjectId Group, ObjectId Device)> PlantAsync()
    {
        var admin = await silo.AdminAsync();
        var ann = await silo.UserAsync();
        var (group, device) = (await silo.MakeAsync(admin), await silo.MakeAsync(admin));
        await AssignAsync(admin, ann, group, Reader);
        return (admin, ann, group, device);
    }

    private async Task RequireAllGoneByAsync(Caller by, ObjectId group, params ObjectId[] below)
    {
        await silo.Object(group).Delete(by, new DeleteOptions(true, false));
        var admin = await silo.AdminAsync();
        foreach (var gone in (ObjectId[])[group, .. below])
        {
            await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(gone).Read(admin, default));
            Assert.Equal(("Managed object deleted", by.User.Name), (await silo.RecordsAsync(gone.ToString())).Select(record => (record.Activity, record.User!)).Single(record => record.Activity != "Child linked"));
        }
    }

    private IUserGrain User(Caller caller) => silo.Grains.GetGrain<IUserGrain>(caller.User.GrainKey);

    private Task<InventoryAssignment> AssignAsync(Caller admin, Caller to, ObjectId on, int role) => User(to).AssignRoles(admin, on, [role]);

    private Task<User> PermitAsync(Caller admin, Caller to, ObjectId on, params Grant[] grants) =>
        User(to).Update(admin, new UserChange(null, null, null, null, null, null, null, null, null) { DevicePermissions = [new ObjectGrants(on, grants)] });

    private static Fragments Of(params string[] names) => new([.. names.Select(name => new Fragment(name, "{}"u8.ToArray()))]);

    private static NewMeasurement Measured(string fragment) => new("t", DateTimeOffset.UnixEpoch.AddDays(1), System.Text.Encoding.UTF8.GetBytes($$$"""
        "{{{fragment}}}":{"s":{"value":1}}
        """));

    private NewAlarm Raised(string type, params string[] fragments) => new(type, "x", AlarmSeverity.Major, AlarmStatus.Active, silo.Clock.GetUtcNow(), Of(fragments));
}
