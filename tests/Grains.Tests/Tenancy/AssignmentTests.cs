using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>Inventory roles of users on objects: what an assignment gives, who hands one out and takes it away, and what becomes of it.</summary>
public sealed class AssignmentTests(OneSilo silo)
{
    private const int Reader = 1;
    private const int Manager = 2;
    private static readonly ObjectId Hall = new(100);
    private static readonly ObjectId Room = new(101);
    private static readonly ObjectId Pump = new(102);
    private static readonly ObjectId Other = new(103);

    /// <summary>A pump in a room of a hall, and something that hangs nowhere.</summary>
    private async Task<(TenantId Tenant, Caller Admin)> PlantAsync()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var stores = silo.Service<DeviceStores>();
        foreach (var id in (ObjectId[])[Hall, Room, Pump, Other])
            stores.Put(tenant, new ManagedObject(id, null, null, "boss", default, default, Fragments.None));
        stores.PutBelow(tenant, Room, Hall);
        stores.PutBelow(tenant, Pump, Room, Hall);
        return (tenant, admin);
    }

    private IUserGrain Of(Caller caller) => silo.User(caller.User);

    private async Task<ObjectRights> HoldsAsync(Caller caller) => (await silo.Facts.StandingAsync(caller.User, 0)).Rights.Objects;

    [Fact]
    public async Task What_is_assigned_is_held_there_before_the_answer_and_what_is_unassigned_is_not()
    {
        var (_, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var made = await Of(anna).AssignRoles(admin, Hall, [Reader]);
        Assert.Equal((1, Hall), (made.Id, made.Object));
        Assert.Equal("Reader", Assert.Single(made.Roles).Name);
        Assert.True((await HoldsAsync(anna)).Below[Hall].Of(GrantKinds.AlarmRead).IsWhole);
        Assert.Equal([Reader], silo.Facts.PublishedOf(anna.User).Last().Assignments.Single().Roles);

        // The same object is the same assignment, with what it had before.
        made = await Of(anna).AssignRoles(admin, Hall, [Manager]);
        Assert.Equal((1, 2), (made.Id, made.Roles.Count));
        Assert.True((await HoldsAsync(anna)).Below[Hall].Of(GrantKinds.AlarmAdmin).IsWhole);
        Assert.Equal(2, (await Of(anna).AssignRoles(admin, Pump, [Reader])).Id);
        Assert.Equal([(1, Hall), (2, Pump)], (await Of(anna).Assignments(admin)).Select(one => (one.Id, one.Object)));

        made = await Of(anna).ReplaceRoles(admin, 1, [4, 4]);
        Assert.Equal([4], made.Roles.Select(role => role.Id));
        Assert.True((await HoldsAsync(anna)).Below[Hall].Of(GrantKinds.AlarmRead).IsNone);

        await Of(anna).UnassignRoles(admin, 1);
        Assert.Equal([Pump], (await HoldsAsync(anna)).Below.Keys);
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Of(anna).UnassignRoles(admin, 1));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Of(anna).ReplaceRoles(admin, 1, [Reader]));
        Assert.Equal(3, (await Of(anna).AssignRoles(admin, Hall, [Reader])).Id);
    }

    [Fact]
    public async Task Roles_and_objects_that_are_none_cannot_be_assigned_and_another_tenants_are_none()
    {
        var (_, admin) = await PlantAsync();
        var (foreign, _) = await silo.TenantAsync();
        var theirs = new ObjectId(4711);
        silo.Service<DeviceStores>().Put(foreign, new ManagedObject(theirs, null, null, "boss", default, default, Fragments.None));
        var anna = await silo.MakeAsync(admin, "anna");
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).AssignRoles(admin, Hall, []));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).AssignRoles(admin, Hall, [Reader, 99]));
        var missing = await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).AssignRoles(admin, new ObjectId(4712), [Reader]));
        var foreignOne = await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).AssignRoles(admin, theirs, [Reader]));
        Assert.Equal(missing.Message.Replace("4712", "4711", StringComparison.Ordinal), foreignOne.Message);
        Assert.Empty(await Of(anna).Assignments(admin));
        await Of(anna).AssignRoles(admin, Hall, [Reader]);
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).ReplaceRoles(admin, 1, [99]));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).ReplaceRoles(admin, 1, []));
    }

    [Fact]
    public async Task What_a_role_loses_is_lost_wherever_it_is_assigned_and_a_deleted_one_gives_and_shows_nothing()
    {
        var (tenant, admin) = await PlantAsync();
        var grain = silo.Grains.GetGrain<ITenantGrain>(tenant.Value);
        var anna = await silo.MakeAsync(admin, "anna");
        await Of(anna).AssignRoles(admin, Hall, [Reader]);
        await Of(anna).AssignRoles(admin, Other, [Reader, Manager]);

        await grain.UpdateInventoryRole(admin, Manager, new InventoryRoleChange(null, null, []));
        Assert.True((await HoldsAsync(anna)).Below[Other].Of(GrantKinds.AlarmAdmin).IsNone);
        await grain.DeleteInventoryRole(admin, Reader);

        Assert.True((await HoldsAsync(anna)).IsEmpty);
        Assert.Equal([(2, Manager)], (await Of(anna).Assignments(admin)).Select(one => (one.Id, one.Roles.Single().Id)));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Of(anna).UnassignRoles(admin, 1));
        // What the document keeps of it goes with the next change.
        Assert.Equal(2, silo.Facts.PublishedOf(anna.User).Last().Assignments.Count);
        await Of(anna).AssignRoles(admin, Other, [3]);
        Assert.Equal([Manager, 3], silo.Facts.PublishedOf(anna.User).Last().Assignments.Single().Roles);
    }

    [Fact]
    public async Task An_assignment_to_an_object_that_was_deleted_is_not_shown_and_goes_with_the_next_change()
    {
        var (tenant, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await Of(anna).AssignRoles(admin, Pump, [Reader]);
        silo.Service<DeviceStores>().Remove(tenant, Pump);

        Assert.Empty(await Of(anna).Assignments(admin));
        await Of(anna).AssignRoles(admin, Hall, [Reader]);
        Assert.Equal([Hall], silo.Facts.PublishedOf(anna.User).Last().Assignments.Select(assigned => assigned.Object));
    }

    [Fact]
    public async Task A_maker_hands_out_and_takes_away_what_it_has_there_or_above_and_nothing_else()
    {
        var (_, admin) = await PlantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.InventoryRead);
        await Of(maker).AssignRoles(admin, Room, [Reader]);
        var child = await silo.MakeAsync(maker, "child");
        var stranger = await silo.MakeAsync(admin, "stranger");

        await Of(child).AssignRoles(maker, Room, [Reader]);
        await Of(child).AssignRoles(maker, Pump, [Reader]);
        // Not above, not beside, not more, nor on what is none: which of these it is nobody tells.
        foreach (var (target, role) in ((ObjectId, int)[])[(Hall, Reader), (Other, Reader), (Pump, Manager), (Pump, 3), (new ObjectId(4711), Reader)])
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).AssignRoles(maker, target, [role]));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).ReplaceRoles(maker, 1, [Reader, Manager]));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(stranger).AssignRoles(maker, Pump, [Reader]));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(maker).AssignRoles(maker, Pump, [Reader]));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(maker).UnassignRoles(maker, 1));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(stranger).Assignments(maker));

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).AssignRoles(admin, Hall, [Reader]));
        await Of(maker).ReplaceRoles(admin, 1, [Manager]);
        await Of(child).AssignRoles(admin, Pump, [Manager]);
        await Of(maker).ReplaceRoles(admin, 1, [Reader]);
        // What it has no more it does not take away either; an administrator does.
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).UnassignRoles(maker, 2));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).ReplaceRoles(maker, 2, [Reader]));
        await Of(child).UnassignRoles(admin, 2);
        await Of(child).UnassignRoles(maker, 1);
        Assert.Empty(await Of(child).Assignments(maker));
    }

    [Fact]
    public async Task A_maker_sees_and_hands_out_a_role_whose_permissions_it_holds_by_several_assignments()
    {
        var (tenant, admin) = await PlantAsync();
        var grain = silo.Grains.GetGrain<ITenantGrain>(tenant.Value);
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var doors = (await grain.CreateInventoryRole(admin, new("doors", "", [new(0, new(GrantScope.Event, GrantLevel.Read, "c8y_Door"))]))).Id;
        var empty = (await grain.CreateInventoryRole(admin, new("empty", "", []))).Id;
        var all = (await grain.CreateInventoryRole(admin, new("all", "", [new(0, new(GrantScope.Any, GrantLevel.Any, Grant.AnyType))]))).Id;
        Assert.Empty(await grain.InventoryRoles(maker));
        var child = await silo.MakeAsync(maker, "child");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).AssignRoles(maker, Pump, [empty]));

        await Of(maker).AssignRoles(admin, Room, [Reader]);
        Assert.Equal([Reader, doors, empty], (await grain.InventoryRoles(maker)).Select(role => role.Id));
        await Of(child).AssignRoles(maker, Pump, [doors, empty]);

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).AssignRoles(maker, Pump, [all]));
        var changes = (await grain.CreateInventoryRole(admin, new("changes", "", [new(0, new(GrantScope.Any, GrantLevel.Admin, Grant.AnyType))]))).Id;
        await Of(maker).AssignRoles(admin, Hall, [changes]);
        // Seeing in the room and changing in the hall are both held at the pump.
        await Of(child).AssignRoles(maker, Pump, [all]);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Of(child).AssignRoles(maker, Hall, [all]));
    }

    [Fact]
    public async Task Every_change_is_recorded_as_one_of_the_user_before_it_is_made()
    {
        var (tenant, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await Of(anna).AssignRoles(admin, Hall, [Reader]);
        await Of(anna).AssignRoles(admin, Hall, [Reader]);
        await Of(anna).ReplaceRoles(admin, 1, [Manager]);
        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => Of(anna).UnassignRoles(admin, 1));
        silo.Audit.BringUp(tenant);
        Assert.Single(await Of(anna).Assignments(admin));
        await Of(anna).UnassignRoles(admin, 1);

        var records = silo.Records(tenant, "User updated").ToList();
        Assert.All(records, r => Assert.Equal(("boss", "anna"), (r.User, r.Source)));
        Assert.Equal(
            [("inventoryAssignments", "", "100:1"), ("inventoryAssignments", "100:1", "100:2"), ("inventoryAssignments", "100:2", "")],
            records.SelectMany(r => r.Changes).Select(c => (c.Attribute, c.PreviousValue ?? "", c.NewValue ?? "")));
    }

    [Fact]
    public async Task There_are_bounds_on_assignments_and_on_the_roles_of_one()
    {
        var (tenant, admin) = await PlantAsync();
        var grain = silo.Grains.GetGrain<ITenantGrain>(tenant.Value);
        var roles = new List<int>();
        for (var i = 0; i <= Limits.RolesPerAssignmentMax; i++) roles.Add((await grain.CreateInventoryRole(admin, new($"role {i}", "", []))).Id);
        var anna = await silo.MakeAsync(admin, "anna");
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).AssignRoles(admin, Hall, roles));
        await Of(anna).AssignRoles(admin, Hall, roles[1..]);
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).AssignRoles(admin, Hall, [roles[0]]));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).ReplaceRoles(admin, 1, roles));

        var stores = silo.Service<DeviceStores>();
        for (var i = 1; i <= Limits.AssignmentsPerUserMax; i++) stores.Put(tenant, new ManagedObject(new ObjectId(1000 + i), null, null, "boss", default, default, Fragments.None));
        for (var i = 1; i < Limits.AssignmentsPerUserMax; i++) await Of(anna).AssignRoles(admin, new ObjectId(1000 + i), [Reader]);
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Of(anna).AssignRoles(admin, new ObjectId(1000 + Limits.AssignmentsPerUserMax), [Reader]));
    }

    [Fact]
    public async Task A_deleted_user_leaves_nothing_to_whoever_has_the_name_after_it()
    {
        var (_, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await Of(anna).AssignRoles(admin, Hall, [Reader]);
        await Of(anna).Delete(admin);
        Assert.Empty(silo.Facts.PublishedOf(anna.User).Last().Assignments);
        anna = await silo.MakeAsync(admin, "anna");
        Assert.Empty(await Of(anna).Assignments(admin));
        Assert.True((await HoldsAsync(anna)).IsEmpty);
        Assert.Equal(2, (await Of(anna).AssignRoles(admin, Hall, [Reader])).Id);
    }

    [Fact]
    public void A_user_stored_before_it_could_hold_anything_on_objects_reads_with_nothing()
    {
        var serializer = silo.Service<Orleans.Serialization.Serializer>();
        var old = serializer.Deserialize<UserState>(serializer.SerializeToArray(new UserState { IsEnabled = true, Assignments = null!, DevicePermissions = null! }));
        Assert.Empty(old!.Assignments);
        Assert.Empty(old.DevicePermissions);
        Assert.True(FactReplica.Weigh(old.Fact(new UserId(new TenantId("t1"), "old")), TenantFact.Unknown(new TenantId("t1")) with { IsActive = true }).Rights.Objects.IsEmpty);
    }
}
