using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>Device permissions of users and groups: what they give, who gives them, and that a refused change of several changes none.</summary>
public sealed class DevicePermissionTests(OneSilo silo)
{
    private static readonly ObjectId Pump = new(102);
    private static readonly ObjectId Valve = new(103);
    private static readonly Grant Sees = new(GrantScope.Measurement, GrantLevel.Read, Grant.AnyType);
    private static readonly Grant Restarts = new(GrantScope.Operation, GrantLevel.Admin, "c8y_Restart");
    private static readonly UserChange Nothing = new(null, null, null, null, null, null, null, null, null);
    private static readonly GroupChange NoChange = new(null, null, null, null);

    private async Task<(TenantId Tenant, Caller Admin)> PlantAsync()
    {
        var (tenant, admin) = await silo.TenantAsync();
        foreach (var id in (ObjectId[])[Pump, Valve])
            silo.Service<DeviceStores>().Put(tenant, new ManagedObject(id, null, null, "boss", default, default, Fragments.None));
        return (tenant, admin);
    }

    private static ObjectGrants On(ObjectId id, params Grant[] grants) => new(id, grants);

    private IUserGrain Of(Caller caller) => silo.User(caller.User);

    private IUsersGrain Users(TenantId tenant) => silo.Grains.GetGrain<IUsersGrain>(tenant.Value);

    private ITenantGrain Tenant(TenantId tenant) => silo.Grains.GetGrain<ITenantGrain>(tenant.Value);

    private async Task<ObjectRights> HoldsAsync(Caller caller) => (await silo.Facts.StandingAsync(caller.User, 0)).Rights.Objects;

    private static string Text(IEnumerable<ObjectGrants> permissions) => string.Join(' ', permissions.Select(on => $"{on.Object}={string.Join(',', on.Grants.Select(grant => grant.Text()))}"));

    private static DevicePermissionsChange To(params UserPermissions[] users) => new(users, []);

    [Fact]
    public async Task What_is_given_to_a_user_or_to_its_group_it_holds_on_that_object_alone_until_it_is_taken()
    {
        var (tenant, admin) = await PlantAsync();
        var id = new UserId(tenant, "anna");
        await silo.User(id).Create(admin, OneSilo.NewUser("anna") with { DevicePermissions = [On(Valve, Sees, Sees), On(Pump, Restarts), On(Pump, Sees), new(new ObjectId(104), [])] });
        var anna = await silo.CallerAsync(id);
        Assert.Equal("102=OPERATION:c8y_Restart:ADMIN,MEASUREMENT:*:READ 103=MEASUREMENT:*:READ", Text((await Of(anna).Read(admin)).DevicePermissions));
        Assert.Empty((await HoldsAsync(anna)).Below);
        Assert.Equal(["c8y_Restart"], (await HoldsAsync(anna)).Alone[Pump].Of(GrantKinds.OperationAdmin).Types!);

        // What a change names takes the place of all; what does not speak of it leaves it.
        await Of(anna).Update(admin, Nothing with { FirstName = "Anna" });
        await Of(anna).Update(admin, Nothing with { DevicePermissions = [On(Pump, Sees)] });
        Assert.Equal("102=MEASUREMENT:*:READ", Text(silo.Facts.PublishedOf(anna.User).Last().DevicePermissions));

        var group = await Tenant(tenant).CreateGroup(admin, new NewGroup("g", "", AuthoritySet.Empty, [], Fragments.None) { DevicePermissions = [On(Valve, Restarts)] });
        await Of(anna).AddToGroup(admin, group.Id);
        Assert.Equal(["c8y_Restart"], (await HoldsAsync(anna)).Alone[Valve].Of(GrantKinds.OperationAdmin).Types!);
        await Tenant(tenant).UpdateGroup(admin, group.Id, NoChange with { DevicePermissions = [] });
        Assert.DoesNotContain(group.Id, silo.Facts.PublishedOf(tenant).Last().DevicePermissions.Keys);
        Assert.Equal([Pump], (await HoldsAsync(anna)).Alone.Keys);
        await Of(anna).Update(admin, Nothing with { DevicePermissions = [] });
        Assert.True((await HoldsAsync(anna)).IsEmpty);
    }

    [Fact]
    public async Task On_an_object_that_is_none_or_anothers_nothing_is_given_and_what_was_given_on_one_that_has_gone_is_dropped()
    {
        var (tenant, admin) = await PlantAsync();
        var (foreign, _) = await silo.TenantAsync();
        silo.Service<DeviceStores>().Put(foreign, new ManagedObject(new ObjectId(4711), null, null, "boss", default, default, Fragments.None));
        var anna = await silo.MakeAsync(admin, "anna");
        foreach (var id in (ObjectId[])[new(4711), new(4712), default])
        {
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).Update(admin, Nothing with { DevicePermissions = [On(Pump, Sees), On(id, Sees)] }));
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).UpdateGroup(admin, 8, NoChange with { DevicePermissions = [On(id, Sees)] }));
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(new UserId(tenant, "no")).Create(admin, OneSilo.NewUser("no") with { DevicePermissions = [On(id, Sees)] }));
            await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Users(tenant).SetDevicePermissions(admin, id, To(new UserPermissions("anna", [Sees]))));
        }
        Assert.Empty((await Of(anna).Read(admin)).DevicePermissions);

        await Of(anna).Update(admin, Nothing with { DevicePermissions = [On(Pump, Sees), On(Valve, Sees)] });
        silo.Service<DeviceStores>().Remove(tenant, Pump);
        await Of(anna).Update(admin, Nothing with { DevicePermissions = [On(Pump, Sees), On(Valve, Restarts)] });
        Assert.Equal("103=OPERATION:c8y_Restart:ADMIN", Text((await Of(anna).Read(admin)).DevicePermissions));
    }

    [Fact]
    public async Task A_maker_hands_out_and_takes_away_what_it_holds_itself_or_by_a_group_and_nothing_else()
    {
        var (tenant, admin) = await PlantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.MeasurementRead);
        await Of(maker).Update(admin, Nothing with { DevicePermissions = [On(Pump, Sees)] });
        var group = await Tenant(tenant).CreateGroup(admin, new NewGroup("g", "", AuthoritySet.Empty, [], Fragments.None) { DevicePermissions = [On(Pump, Restarts)] });
        var child = await silo.MakeAsync(maker, "child");
        var stranger = await silo.MakeAsync(admin, "stranger");

        await Of(child).Update(maker, Nothing with { DevicePermissions = [On(Pump, Sees with { Type = "c8y_T" }, Sees)] });
        foreach (var no in (ObjectGrants[])[On(Valve, Sees), On(Pump, Restarts), On(Pump, Sees with { Level = GrantLevel.Any }), On(Pump, Sees with { Scope = GrantScope.Any }), On(new ObjectId(4711), Sees)])
        {
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).Update(maker, Nothing with { DevicePermissions = [On(Pump, Sees), no] }));
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Users(tenant).SetDevicePermissions(maker, no.Object, To(new UserPermissions("child", no.Grants))));
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(new UserId(tenant, "no")).Create(maker, OneSilo.NewUser("no") with { DevicePermissions = [no] }));
        }
        // A group gives what it has: joining it is being given that.
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).AddToGroup(maker, group.Id));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).AddToGroup(admin, group.Id));
        await Of(maker).AddToGroup(admin, group.Id);
        await Of(child).AddToGroup(maker, group.Id);
        await Of(child).Update(maker, Nothing with { DevicePermissions = [On(Pump, Sees, Restarts)] });

        // An administrator gives no more than who stands above has; and nobody raises itself or a stranger, or a group.
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).Update(admin, Nothing with { DevicePermissions = [On(Valve, Sees)] }));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(maker).Update(maker, Nothing with { DevicePermissions = [On(Pump, Sees, Restarts)] }));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(stranger).Update(maker, Nothing with { DevicePermissions = [On(Pump, Sees)] }));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Users(tenant).SetDevicePermissions(maker, Pump, new([], [new GroupPermissions(8, [Sees])])));
        Assert.Equal("102=MEASUREMENT:*:READ", Text((await Of(maker).UpdateOwn(maker, Nothing with { DevicePermissions = [On(Valve, Sees)] })).DevicePermissions));

        await Of(maker).Update(admin, Nothing with { DevicePermissions = [] });
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).Update(maker, Nothing with { DevicePermissions = [On(Pump, Restarts)] }));
        await Of(child).Update(admin, Nothing with { DevicePermissions = [On(Pump, Restarts)] });
    }

    [Fact]
    public async Task Those_of_one_object_are_read_and_replaced_for_all_who_are_named_and_for_nobody_else()
    {
        var (tenant, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var bob = await silo.MakeAsync(admin, "bob");
        await Of(anna).Update(admin, Nothing with { DevicePermissions = [On(Pump, Sees), On(Valve, Sees)] });
        await Users(tenant).SetDevicePermissions(admin, Pump, new([new("bob", [Sees, Restarts])], [new(8, [Restarts])]));

        var held = await Users(tenant).DevicePermissions(admin, Pump);
        Assert.Equal(["anna", "bob"], held.Users.Select(user => user.Id.Name));
        Assert.Equal([8], held.Groups.Select(group => group.Id));
        await Users(tenant).SetDevicePermissions(admin, Pump, new([new("anna", [Restarts])], [new(8, [])]));
        Assert.Equal("102=OPERATION:c8y_Restart:ADMIN 103=MEASUREMENT:*:READ", Text((await Of(anna).Read(admin)).DevicePermissions));
        Assert.Equal("102=MEASUREMENT:*:READ,OPERATION:c8y_Restart:ADMIN", Text((await Of(bob).Read(admin)).DevicePermissions));
        Assert.Empty((await Users(tenant).DevicePermissions(admin, Pump)).Groups);

        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        Assert.Empty((await Users(tenant).DevicePermissions(maker, Pump)).Users);
        var plain = await silo.MakeAsync(admin, "plain");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Users(tenant).DevicePermissions(plain, Pump));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Users(tenant).SetDevicePermissions(plain, Pump, To()));
        Assert.Empty((await Users(tenant).DevicePermissions(admin, new ObjectId(4711))).Users);
    }

    [Fact]
    public async Task Where_one_of_several_refuses_nothing_is_done_to_any()
    {
        var (tenant, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var parent = await silo.MakeAsync(admin, "parent", Authority.UserManagementCreate);
        await Of(await silo.MakeAsync(parent, "child")).Read(admin);
        var count = silo.Audit.Of(tenant).Count(record => record.Type is "User" or "Group");

        foreach (var (kind, change) in ((RefusalKind, DevicePermissionsChange)[])
        [
            (RefusalKind.Denied, To(new("anna", [Sees]), new("child", [Sees]))),
            (RefusalKind.NotFound, To(new("anna", [Sees]), new("nobody", [Sees]))),
            (RefusalKind.NotFound, To(new("anna", [Sees]), new("a/b", [Sees]))),
            (RefusalKind.NotFound, new([new("anna", [Sees])], [new(8, [Sees]), new(99, [Sees])])),
            (RefusalKind.Invalid, To(new("anna", [Sees]), new("anna", [Restarts]))),
            (RefusalKind.Invalid, To(new("anna", [Sees]), new("parent", [.. Enumerable.Range(0, Limits.DevicePermissionsPerObjectMax + 1).Select(i => Sees with { Type = $"f{i}" })]))),
            (RefusalKind.TooLarge, To([.. Enumerable.Range(0, Limits.DevicePermissionHoldersPerRequestMax + 1).Select(i => new UserPermissions($"u{i}", []))])),
        ])
            await OneSilo.RefusedAsync(kind, () => Users(tenant).SetDevicePermissions(admin, Pump, change));

        Assert.Empty((await Of(anna).Read(admin)).DevicePermissions);
        Assert.Equal(count, silo.Audit.Of(tenant).Count(record => record.Type is "User" or "Group"));
    }

    [Fact]
    public async Task Where_one_of_several_is_deleted_meanwhile_nothing_is_half_done()
    {
        var (tenant, admin) = await PlantAsync();
        for (var round = 0; round < 10; round++)
        {
            var stays = await silo.MakeAsync(admin, $"stays{round}");
            var goes = await silo.MakeAsync(admin, $"goes{round}");
            var group = await Tenant(tenant).CreateGroup(admin, new NewGroup($"group{round}", "", AuthoritySet.Empty, [], Fragments.None));
            var change = new DevicePermissionsChange([new(stays.User.Name, [Sees]), new(goes.User.Name, [Sees])], [new(group.Id, [Sees])]);

            var set = IsDoneAsync(() => Users(tenant).SetDevicePermissions(admin, Pump, change));
            await Task.WhenAll(set, Of(goes).Delete(admin), Tenant(tenant).DeleteGroup(admin, group.Id));

            Assert.Equal(await set, (await HoldsAsync(stays)).Alone.ContainsKey(Pump));
        }

        static async Task<bool> IsDoneAsync(Func<Task> act)
        {
            try
            {
                await act();
                return true;
            }
            catch (Refusal refusal) when (refusal.Kind == RefusalKind.NotFound)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Who_only_makes_users_is_shown_of_groups_what_it_could_hand_out_on_objects()
    {
        var (tenant, admin) = await PlantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        await Of(maker).Update(admin, Nothing with { DevicePermissions = [On(Valve, Sees)] });
        var group = await Tenant(tenant).CreateGroup(admin, new NewGroup("secret", "", AuthoritySet.Empty, [], Fragments.None) { DevicePermissions = [On(Pump, Sees), On(Valve, Sees)] });

        async Task<string> ShownAsync(Caller caller) => Text((await Tenant(tenant).Groups(caller)).Single(one => one.Id == group.Id).DevicePermissions);
        Assert.Equal(("103=MEASUREMENT:*:READ", "102=MEASUREMENT:*:READ 103=MEASUREMENT:*:READ"), (await ShownAsync(maker), await ShownAsync(admin)));
        async Task<int> HoldersAsync(Caller caller, ObjectId id) => (await Users(tenant).DevicePermissions(caller, id)).Groups.Count;
        Assert.Equal((0, 1, 1), (await HoldersAsync(maker, Pump), await HoldersAsync(maker, Valve), await HoldersAsync(admin, Pump)));
    }

    [Fact]
    public async Task A_change_that_takes_from_one_above_what_it_gives_to_one_below_is_done_whole()
    {
        var (tenant, admin) = await PlantAsync();
        var parent = await silo.MakeAsync(admin, "parent", Authority.UserManagementCreate);
        var child = await silo.MakeAsync(parent, "child");
        await Users(tenant).SetDevicePermissions(admin, Pump, new([], [new(8, [Sees])]));
        await Of(parent).AddToGroup(admin, 8);
        await Of(parent).Update(admin, Nothing with { DevicePermissions = [On(Pump, Restarts)] });

        await Users(tenant).SetDevicePermissions(admin, Pump, new([new("parent", []), new("child", [Restarts, Sees])], [new(8, [])]));

        Assert.Equal("102=OPERATION:c8y_Restart:ADMIN,MEASUREMENT:*:READ", Text((await Of(child).Read(admin)).DevicePermissions));
        Assert.True((await HoldsAsync(parent)).IsEmpty);
    }

    [Fact]
    public async Task A_permission_that_reads_like_two_others_in_their_place_is_a_change()
    {
        var (tenant, admin) = await PlantAsync();
        var apart = (Grant[])[new(GrantScope.Event, GrantLevel.Read, "a"), new(GrantScope.Alarm, GrantLevel.Read, "b")];
        var asOne = new Grant(GrantScope.Event, GrantLevel.Read, "a:READ,ALARM:b");
        var anna = await silo.MakeAsync(admin, "anna");
        await Of(anna).Update(admin, Nothing with { DevicePermissions = [On(Pump, asOne)] });
        await Of(anna).Update(admin, Nothing with { DevicePermissions = [On(Pump, apart)] });
        Assert.Equal(apart, silo.Facts.PublishedOf(anna.User).Last().DevicePermissions.Single().Grants);
        Assert.Equal(["devicePermissions"], silo.Audit.Of(tenant).Last(r => r.Type == "User").Changes.Select(c => c.Attribute));

        var group = (await Tenant(tenant).CreateGroup(admin, new NewGroup("g", "", AuthoritySet.Empty, [], Fragments.None) { DevicePermissions = [On(Pump, asOne)] })).Id;
        await Tenant(tenant).UpdateGroup(admin, group, NoChange with { DevicePermissions = [On(Pump, apart)] });
        Assert.Equal(apart, silo.Facts.PublishedOf(tenant).Last().DevicePermissions[group].Single().Grants);
        Assert.Equal(["devicePermissions"], silo.Audit.Of(tenant).Last(r => r.Type == "Group").Changes.Select(c => c.Attribute));
    }

    [Fact]
    public async Task Applications_and_properties_that_read_like_others_in_their_place_are_a_change()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        Fragments Properties(params (string Name, string Json)[] items) => new([.. items.Select(item => new Fragment(item.Name, System.Text.Encoding.UTF8.GetBytes(item.Json)))]);
        await Of(anna).Update(admin, Nothing with { Applications = [new("a:b", null)], CustomProperties = Properties(("x\":1,\"y", "2")) });
        var changed = await Of(anna).Update(admin, Nothing with { Applications = [new("a", "b")], CustomProperties = Properties(("x\":1,\"y", "null"), ("x", "1"), ("y", "2")) });
        Assert.Equal([new ApplicationAccess("a", "b")], changed.Applications);
        Assert.Equal(["x", "y"], (await Of(anna).Read(admin)).Profile.CustomProperties.Items.Select(item => item.Name));
        Assert.Equal(["applications", "customProperties"], silo.Audit.Of(tenant).Last(r => r.Type == "User").Changes.Select(c => c.Attribute).Order());
    }

    [Fact]
    public async Task Every_change_is_recorded_with_what_was_and_what_is()
    {
        var (tenant, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await Of(anna).Update(admin, Nothing with { DevicePermissions = [On(Valve, Sees)] });
        await Users(tenant).SetDevicePermissions(admin, Pump, new([new("anna", [Sees])], [new(8, [Sees])]));
        await Users(tenant).SetDevicePermissions(admin, Pump, new([new("anna", [Sees])], [new(8, [Sees])]));
        await Tenant(tenant).UpdateGroup(admin, 8, NoChange with { DevicePermissions = [] });

        Assert.Equal(
            [("devicePermissions", "", "103:MEASUREMENT:*:READ"), ("devicePermissions", "", "102:MEASUREMENT:*:READ")],
            silo.Records(tenant, "User updated").SelectMany(r => r.Changes).Select(c => (c.Attribute, c.PreviousValue ?? "", c.NewValue ?? "")));
        Assert.Equal(
            [("8", "", "102:MEASUREMENT:*:READ"), ("8", "102:MEASUREMENT:*:READ", "")],
            silo.Records(tenant, "Global role device permissions updated").Select(r => (r.Source, r.Changes.Single().PreviousValue ?? "", r.Changes.Single().NewValue ?? "")));
        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => Users(tenant).SetDevicePermissions(admin, Pump, new([], [new(8, [Sees])])));
        silo.Audit.BringUp(tenant);
        Assert.Empty((await Users(tenant).DevicePermissions(admin, Pump)).Groups);
    }
}
