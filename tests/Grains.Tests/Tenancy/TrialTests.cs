using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>What a change that is only tried is said to come to, and how far it is looked into.</summary>
public sealed class TrialTests(OneSilo silo)
{
    private static readonly ObjectId Hall = new(201);
    private static readonly ObjectId Pump = new(202);
    private static readonly ObjectId Valve = new(203);
    private static readonly Grant Sees = new(GrantScope.Measurement, GrantLevel.Read, Grant.AnyType);
    private static readonly Grant Finds = new(GrantScope.ManagedObject, GrantLevel.Read, Grant.AnyType);
    private static readonly UserChange Nothing = new(null, null, null, null, null, null, null, null, null);

    private DeviceStores Stores => silo.Service<DeviceStores>();

    private async Task<(TenantId Tenant, Caller Admin)> PlantAsync(string owner = "boss")
    {
        var (tenant, admin) = await silo.TenantAsync();
        Put(tenant, Hall, "boss");
        foreach (var id in (ObjectId[])[Pump, Valve])
        {
            Put(tenant, id, owner);
            Stores.PutBelow(tenant, id, Hall);
        }
        return (tenant, admin);
    }

    private void Put(TenantId tenant, ObjectId id, string owner) => Stores.Put(tenant, new ManagedObject(id, null, null, owner, default, default, Fragments.None));

    private IUserGrain Of(Caller caller) => silo.User(caller.User);

    private ITenantGrain Tenant(TenantId tenant) => silo.Grains.GetGrain<ITenantGrain>(tenant.Value);

    private static async Task<AccessEffect> TriedAsync(Func<Task> change)
    {
        Rehearsal.Begin();
        try
        {
            await change();
            return AccessEffect.None;
        }
        catch (Rehearsed rehearsed)
        {
            return rehearsed.Effect;
        }
        finally
        {
            Rehearsal.End();
        }
    }

    private static List<string> Told(AccessEffect effect) =>
        [.. effect.First.Select(shift => $"{(shift.IsGain ? "gained" : "lost")}: {shift.User} {shift.Permission} {shift.Object} {string.Join(',', shift.Fragments)}")];

    [Fact]
    public async Task Who_would_be_shut_out_is_told_of_what_it_owns_and_who_would_be_let_in_again_too()
    {
        var (_, admin) = await PlantAsync(owner: "anna");
        var anna = await silo.MakeAsync(admin, "anna");
        var disabled = await TriedAsync(() => Of(anna).Update(admin, Nothing with { IsEnabled = false }));
        var deleted = await TriedAsync(() => Of(anna).Delete(admin));
        await Of(anna).Update(admin, Nothing with { IsEnabled = false });
        var enabled = await TriedAsync(() => Of(anna).Update(admin, Nothing with { IsEnabled = true }));

        foreach (var id in (ObjectId[])[Pump, Valve])
            foreach (var permission in (Permission[])[Permission.InventoryRead, Permission.InventoryAdmin, Permission.AlarmAdmin])
                Assert.Contains($"lost: anna {permission} {id} *", Told(disabled));
        Assert.Equal(0, disabled.Gained);
        Assert.Equal(Told(disabled), Told(deleted));
        Assert.Equal(Told(disabled).Select(told => told.Replace("lost:", "gained:", StringComparison.Ordinal)), Told(enabled));
        Assert.Equal((disabled.Lost, 0, true), (enabled.Gained, enabled.Lost, enabled.IsComplete));
    }

    [Fact]
    public async Task A_mark_that_shows_an_object_to_everybody_would_give_nothing_to_who_is_shut_out()
    {
        var (tenant, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await silo.MakeAsync(admin, "berta");
        await Of(anna).Update(admin, Nothing with { IsEnabled = false });
        var before = new ManagedObject(Pump, null, null, "boss", default, default, Fragments.None);
        var after = before with { Fragments = new Fragments([new Fragment(ManagedObject.GlobalFragment, "{}"u8.ToArray())]) };
        var effect = await silo.Grains.GetGrain<IAccessEffects>(tenant.Value).EffectOf(
            Caller.Platform(PlatformTask.Upkeep, tenant), new AccessChange { Document = new DocumentChange(before, after) }, null);

        Assert.Equal(["gained: berta InventoryRead 202 *"], Told(effect));
    }

    [Fact]
    public async Task A_list_of_where_somebody_can_leaves_out_what_is_deleted_while_it_is_put_together()
    {
        var (tenant, admin) = await PlantAsync(owner: "anna");
        await silo.MakeAsync(admin, "anna");
        Stores.AfterFind[tenant] = () => Stores.Remove(tenant, Pump);
        var where = await silo.Grains.GetGrain<IAuthorizationGrain>(tenant.Value).WhereCan(admin, "anna", Permission.InventoryAdmin, new PageRequest(1, 10, false));

        Assert.Equal([Valve], where.Items.Select(row => row.Trace.Object!.Value));
    }

    private Task<AccessEffect> TriedOnPumpAsync(Caller caller, DevicePermissionsChange change) =>
        TriedAsync(() => silo.Grains.GetGrain<IUsersGrain>(caller.Tenant.Value).SetDevicePermissions(caller, Pump, change));

    [Fact]
    public async Task Device_permissions_of_several_are_tried_together_as_they_would_be_changed()
    {
        var (tenant, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var group = (await Tenant(tenant).CreateGroup(admin, new NewGroup("g", "", AuthoritySet.Empty, [], Fragments.None))).Id;
        await Of(anna).AddToGroup(admin, group);
        DevicePermissionsChange Change(Grant[] ofAnna, Grant[] ofGroup) => new([new UserPermissions("anna", ofAnna)], [new GroupPermissions(group, ofGroup)]);

        // Given twice it is gained once; taken from both it is lost once; and moved it is neither.
        var given = await TriedOnPumpAsync(admin, Change([Sees], [Sees]));
        Assert.Equal(["gained: anna MeasurementRead 202 *"], Told(given));
        await silo.Grains.GetGrain<IUsersGrain>(tenant.Value).SetDevicePermissions(admin, Pump, Change([Sees], [Sees]));
        var taken = await TriedOnPumpAsync(admin, Change([], []));
        Assert.Equal(["lost: anna MeasurementRead 202 *"], Told(taken));
        Assert.Equal((0, 1), (taken.Gained, taken.Lost));
        Assert.Empty(Told(await TriedOnPumpAsync(admin, Change([Sees], []))));
        await silo.Grains.GetGrain<IUsersGrain>(tenant.Value).SetDevicePermissions(admin, Pump, Change([Sees], []));
        var moved = await TriedOnPumpAsync(admin, Change([], [Sees]));
        Assert.Equal((0, 0, true), (moved.Gained, moved.Lost, moved.IsComplete));
        Assert.Equal([Sees], Assert.Single((await Of(anna).Read(admin)).DevicePermissions).Grants);
    }

    /// <summary>Somebody who may only make users, with these grants on the pump.</summary>
    private async Task<Caller> MakerAsync(Caller admin, params Grant[] onPump)
    {
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.AlarmRead);
        await silo.Grains.GetGrain<IUsersGrain>(admin.Tenant.Value).SetDevicePermissions(admin, Pump, new([new UserPermissions("maker", onPump)], []));
        return await silo.CallerAsync(maker.User);
    }

    [Fact]
    public async Task Who_only_makes_users_may_try_a_change_of_several_below_itself()
    {
        var (_, admin) = await PlantAsync();
        var maker = await MakerAsync(admin, Sees, Finds);
        foreach (var name in (string[])["anna", "berta"]) await silo.MakeAsync(maker, name);
        var effect = await TriedOnPumpAsync(maker, new([new UserPermissions("berta", [Sees]), new UserPermissions("anna", [Sees])], []));

        Assert.Equal(["gained: anna MeasurementRead 202 *", "gained: berta MeasurementRead 202 *"], Told(effect));
    }

    [Fact]
    public async Task Who_only_makes_users_is_told_and_counted_nothing_of_objects_that_it_does_not_see()
    {
        var (tenant, admin) = await PlantAsync();
        var maker = await MakerAsync(admin, Finds);
        var anna = await silo.MakeAsync(maker, "anna", Authority.AlarmRead);
        var poor = await TriedAsync(() => Of(anna).Update(maker, Nothing with { IsEnabled = false }));
        foreach (var id in (ObjectId[])[Pump, Valve]) Put(tenant, id, "anna");
        var effect = await TriedAsync(() => Of(anna).Update(maker, Nothing with { IsEnabled = false }));
        var whole = await TriedAsync(() => Of(anna).Update(admin, Nothing with { IsEnabled = false }));

        // Of the pump, which it sees, and of what holds everywhere it is told all; of the valve nothing, not even by a count.
        Assert.Equal([.. Told(whole).Where(told => !told.Contains($" {Valve} ", StringComparison.Ordinal))], Told(effect));
        Assert.Contains("lost: anna InventoryRead 202 *", Told(effect));
        Assert.Contains("lost: anna AlarmRead  *", Told(effect));
        Assert.Equal((effect.First.Count, 0), (effect.Lost, effect.Gained));
        Assert.True(whole.Lost > effect.Lost);
        // Nor does it learn whether anything is left out.
        Assert.Equal((false, false, true), (effect.IsComplete, poor.IsComplete, whole.IsComplete));
    }

    [Fact]
    public async Task Who_sees_some_fragments_of_an_object_alone_is_told_nothing_of_it()
    {
        var (_, admin) = await PlantAsync();
        var maker = await MakerAsync(admin, Sees with { Type = "c8y_T" });
        await silo.MakeAsync(maker, "anna");
        var effect = await TriedOnPumpAsync(maker, new([new UserPermissions("anna", [Sees with { Type = "c8y_T" }])], []));

        Assert.Empty(effect.First);
        Assert.Equal((0, 0, false), (effect.Gained, effect.Lost, effect.IsComplete));
    }

    private Task<AccessEffect> TriedMakingAsync(Caller caller, NewUser wish) => TriedAsync(() => silo.User(new UserId(caller.Tenant, wish.Name)).Create(caller, wish));

    [Fact]
    public async Task Who_is_made_gains_what_its_name_owns_unless_it_is_shut_out_from_the_start()
    {
        var (_, admin) = await PlantAsync(owner: "anna");
        var effect = await TriedMakingAsync(admin, OneSilo.NewUser("anna"));
        var shutOut = await TriedMakingAsync(admin, OneSilo.NewUser("anna") with { IsEnabled = false });

        foreach (var told in (string[])["gained: anna OwnRead  *", $"gained: anna InventoryAdmin {Pump} *", $"gained: anna InventoryAdmin {Valve} *"]) Assert.Contains(told, Told(effect));
        Assert.Equal((effect.First.Count, 0, true), (effect.Gained, effect.Lost, effect.IsComplete));
        Assert.Equal((0, 0, true), (shutOut.Gained, shutOut.Lost, shutOut.IsComplete));
    }

    [Fact]
    public async Task Who_only_makes_users_is_told_of_a_new_one_what_it_would_have_on_objects_that_the_maker_sees()
    {
        var (_, admin) = await PlantAsync();
        var wish = OneSilo.NewUser("anna") with { DevicePermissions = [new ObjectGrants(Pump, [Sees])] };
        var seeing = await TriedMakingAsync(await MakerAsync(admin, Sees, Finds), wish);
        await silo.Grains.GetGrain<IUsersGrain>(admin.Tenant.Value).SetDevicePermissions(admin, Pump, new([new UserPermissions("maker", [Sees])], []));
        var blind = await TriedMakingAsync(await silo.CallerAsync(new UserId(admin.Tenant, "maker")), wish);

        Assert.Contains($"gained: anna MeasurementRead {Pump} *", Told(seeing));
        Assert.Equal(Told(seeing).Where(told => !told.Contains($" {Pump} ", StringComparison.Ordinal)), Told(blind));
        Assert.Equal((false, false, blind.First.Count), (seeing.IsComplete, blind.IsComplete, blind.Gained));
    }

    [Fact]
    public async Task However_much_a_user_owns_a_trial_reads_its_documents_some_at_a_time_and_counts_them_all()
    {
        const int Owned = 2_500;
        var (tenant, admin) = await PlantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var before = await TriedAsync(() => Of(anna).Delete(admin));
        for (var id = 1_000; id < 1_000 + Owned; id++) Put(tenant, new ObjectId(id), "anna");
        var effect = await TriedAsync(() => Of(anna).Delete(admin));

        var owners = Enum.GetValues<Permission>().Count(permission => Policy.OwnerMay(permission) && Policy.IsAboutObjects(permission));
        Assert.Equal((before.Lost + Owned * owners, true), (effect.Lost, effect.IsComplete));
        Assert.InRange(Stores.PagesAsked.Where(page => page.Tenant == tenant).Max(page => page.Size), 1, Limits.RehearsedDocumentsPerPage);
    }

    private async Task<int> RoleOnAsync(Caller admin, ObjectId on, params Caller[] users)
    {
        var role = await Tenant(admin.Tenant).CreateInventoryRole(admin, new NewInventoryRole($"role {on}", "", [new InventoryPermission(1, Sees)]));
        foreach (var user in users) await Of(user).AssignRoles(admin, on, [role.Id]);
        return role.Id;
    }

    [Fact]
    public async Task Of_more_shifts_than_are_named_all_are_counted_and_the_first_are_named_by_user_then_object_then_permission()
    {
        var (tenant, admin) = await PlantAsync();
        var below = Enumerable.Range(301, 30).Select(id => new ObjectId(id)).ToList();
        foreach (var id in Enumerable.Reverse(below))
        {
            Put(tenant, id, "boss");
            Stores.PutBelow(tenant, id, Hall);
        }
        var users = new List<Caller>();
        foreach (var name in (string[])["cleo", "anna", "Berta"]) users.Add(await silo.MakeAsync(admin, name));
        var role = (await Tenant(tenant).CreateInventoryRole(admin, new NewInventoryRole("reads", "", [new InventoryPermission(1, Sees), new InventoryPermission(2, Finds)]))).Id;
        foreach (var user in users) await Of(user).AssignRoles(admin, Hall, [role]);
        var effect = await TriedAsync(() => Tenant(tenant).DeleteInventoryRole(admin, role));

        var all =
            from user in (string[])["Berta", "anna", "cleo"]
            from id in (ObjectId[])[Hall, Pump, Valve, .. below]
            from permission in (Permission[])[Permission.InventoryRead, Permission.DeviceUserRead, Permission.IdentityRead, Permission.MeasurementRead]
            orderby Array.IndexOf((string[])["Berta", "anna", "cleo"], user), id, permission
            select $"lost: {user} {permission} {id} *";
        Assert.Equal(100, Limits.ShiftsShownMax);
        Assert.Equal(all.Take(100), Told(effect));
        Assert.Equal((3 * 33 * 4, 0, true), (effect.Lost, effect.Gained, effect.IsComplete));
    }

    [Fact]
    public async Task What_is_below_an_object_is_walked_once_in_a_trial_for_all_who_hold_something_there()
    {
        var (tenant, admin) = await PlantAsync();
        var role = await RoleOnAsync(admin, Hall, await silo.MakeAsync(admin, "anna"), await silo.MakeAsync(admin, "berta"), await silo.MakeAsync(admin, "cleo"));
        var walks = new List<ObjectId>();
        Stores.BeforeWalk[tenant] = walks.Add;
        var effect = await TriedAsync(() => Tenant(tenant).DeleteInventoryRole(admin, role));

        Assert.Equal((9, 0, true), (effect.Lost, effect.Gained, effect.IsComplete));
        Assert.Equal([Hall], walks);
    }

    [Fact]
    public async Task A_trial_that_takes_too_long_ends_and_says_that_there_may_be_more()
    {
        var (tenant, admin) = await PlantAsync();
        var tops = Enumerable.Range(301, 5).Select(id => new ObjectId(id)).ToList();
        foreach (var top in tops) Put(tenant, top, "boss");
        var users = new List<Caller>();
        foreach (var name in (string[])["anna", "berta", "cleo"]) users.Add(await silo.MakeAsync(admin, name));
        var role = await RoleOnAsync(admin, Hall, [.. users]);
        foreach (var user in users)
            foreach (var top in tops)
                await Of(user).AssignRoles(admin, top, [role]);
        var walks = 0;
        Stores.BeforeWalk[tenant] = _ =>
        {
            walks++;
            silo.Clock.LetElapse(TimeSpan.FromSeconds(Limits.RehearsalSecondsMax + 1));
        };
        var effect = await TriedAsync(() => Tenant(tenant).DeleteInventoryRole(admin, role));

        Assert.Equal((false, 1), (effect.IsComplete, walks));
    }

    /// <summary>Who holds the bootstrap role and no other is nobody beyond its one door: the first other role gives it what it has and could not use.</summary>
    [Fact]
    public async Task Who_is_let_in_or_shut_in_by_a_role_gains_or_loses_what_it_owns_and_was_given()
    {
        var (_, admin) = await PlantAsync(owner: "only");
        var only = await silo.MakeAsync(admin, "only", Authority.DeviceBootstrap);
        await Of(only).Unassign(admin, Authority.UserManagementOwnRead);
        await Of(only).Update(admin, Nothing with { DevicePermissions = [new ObjectGrants(Hall, [Sees])] });
        string[] OnObjects(AccessEffect effect) => [.. Told(effect).Where(told => told.Contains($" {Permission.MeasurementRead} ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

        Assert.Equal([$"lost: only MeasurementRead {Hall} *", $"lost: only MeasurementRead {Pump} *", $"lost: only MeasurementRead {Valve} *"],
            OnObjects(await TriedAsync(() => Of(only).Unassign(admin, Authority.UserManagementOwnAdmin))));
        await Of(only).Unassign(admin, Authority.UserManagementOwnAdmin);
        Assert.Equal([$"gained: only MeasurementRead {Hall} *", $"gained: only MeasurementRead {Pump} *", $"gained: only MeasurementRead {Valve} *"],
            OnObjects(await TriedAsync(() => Of(only).Assign(admin, Authority.SmsRead))));
    }
}
