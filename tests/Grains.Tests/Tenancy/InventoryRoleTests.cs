using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>A tenant's inventory roles: what they are, who changes them, and what holds for their names, numbers and records.</summary>
public sealed class InventoryRoleTests(OneSilo silo)
{
    private static readonly Grant SeesAll = new(GrantScope.Any, GrantLevel.Read, Grant.AnyType);
    private static readonly Grant SeesDoors = new(GrantScope.Event, GrantLevel.Read, "c8y_Door");
    private static readonly Grant ChangesAlarms = new(GrantScope.Alarm, GrantLevel.Admin, Grant.AnyType);
    private static readonly InventoryRoleChange Nothing = new(null, null, null);

    private ITenantGrain Tenant(TenantId tenant) => silo.Grains.GetGrain<ITenantGrain>(tenant.Value);

    private static NewInventoryRole New(string name, params Grant[] grants) => new(name, "Says what it is", [.. grants.Select(grant => new InventoryPermission(0, grant))]);

    [Fact]
    public async Task Every_tenant_begins_with_the_default_ones()
    {
        var (tenant, admin) = await silo.TenantAsync();
        Assert.Equal(
            [
                (1, "Reader", "*:*:READ"), (2, "Manager", "*:*:READ MANAGED_OBJECT:*:ADMIN ALARM:*:ADMIN"),
                (3, "Operations: All", "MANAGED_OBJECT:*:READ OPERATION:*:READ OPERATION:*:ADMIN"),
                (4, "Operations: Restart Device", "MANAGED_OBJECT:*:READ OPERATION:c8y_Restart:READ OPERATION:c8y_Restart:ADMIN"),
            ],
            (await Tenant(tenant).InventoryRoles(admin)).Select(role => (role.Id, role.Name, string.Join(' ', role.Grants.Select(grant => grant.Text())))));
    }

    [Fact]
    public void A_tenant_stored_before_there_were_inventory_roles_has_the_default_ones()
    {
        var plan = new TenantPlan("old", "Old", null, null, null, null, null);
        var serializer = silo.Service<Orleans.Serialization.Serializer>();
        var old = serializer.Deserialize<TenantState>(serializer.SerializeToArray(TenantState.Of(plan, default) with { InventoryRoles = null! }));

        Assert.Equal(DefaultInventoryRoles.All.Select(role => role.Id), old!.InventoryRoles.Select(role => role.Id));
        Assert.Equal(DefaultInventoryRoles.All.Select(role => role.Id), old.Fact(new TenantId("t1")).InventoryRoles.Keys.Order());
    }

    [Fact]
    public async Task One_is_made_changed_and_deleted_and_its_permissions_keep_their_numbers()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var made = await Tenant(tenant).CreateInventoryRole(admin, New("Doorman", SeesDoors, ChangesAlarms, SeesDoors));
        Assert.Equal(5, made.Id);
        Assert.Equal([new InventoryPermission(11, SeesDoors), new(12, ChangesAlarms)], made.Permissions);

        // What a body leaves out stays.
        Assert.Equal(made.Permissions, (await Tenant(tenant).UpdateInventoryRole(admin, 5, Nothing with { Description = "" })).Permissions);
        // The same permission keeps its number, also without being told; one that is told by its number keeps that and becomes another; a new one gets a new one.
        var changed = await Tenant(tenant).UpdateInventoryRole(admin, 5, Nothing with
        {
            Name = "Keeper", Permissions = [new(0, SeesAll), new(12, ChangesAlarms with { Scope = GrantScope.Event }), new(0, SeesDoors), new(4711, ChangesAlarms)],
        });
        Assert.Equal(
            [new InventoryPermission(13, SeesAll), new(12, ChangesAlarms with { Scope = GrantScope.Event }), new(11, SeesDoors), new(14, ChangesAlarms)], changed.Permissions);
        var read = (await Tenant(tenant).InventoryRoles(admin)).Single(role => role.Id == 5);
        Assert.Equal(("Keeper", ""), (read.Name, read.Description));
        Assert.Equal(changed.Permissions, read.Permissions);

        await Tenant(tenant).DeleteInventoryRole(admin, 5);
        Assert.Equal([1, 2, 3, 4], (await Tenant(tenant).InventoryRoles(admin)).Select(role => role.Id));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).DeleteInventoryRole(admin, 5));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).UpdateInventoryRole(admin, 5, Nothing));
        // Neither number comes again.
        var next = await Tenant(tenant).CreateInventoryRole(admin, New("Keeper", SeesAll));
        Assert.Equal((6, 15), (next.Id, next.Permissions.Single().Id));
    }

    [Fact]
    public async Task Also_a_default_one_is_deleted_and_its_number_never_comes_again()
    {
        var (tenant, admin) = await silo.TenantAsync();
        foreach (var role in DefaultInventoryRoles.All) await Tenant(tenant).DeleteInventoryRole(admin, role.Id);
        Assert.Empty(await Tenant(tenant).InventoryRoles(admin));
        Assert.Empty(silo.Facts.PublishedOf(tenant).Last().InventoryRoles);
        var made = await Tenant(tenant).CreateInventoryRole(admin, New("Reader", SeesAll));
        Assert.Equal((5, 11), (made.Id, made.Permissions.Single().Id));
    }

    [Fact]
    public async Task What_a_role_grants_is_spread_before_the_answer()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await Tenant(tenant).UpdateInventoryRole(admin, 1, Nothing with { Permissions = [new(1, SeesDoors)] });
        Assert.Equal([SeesDoors], silo.Facts.PublishedOf(tenant).Last().InventoryRoles[1]);
        await Tenant(tenant).DeleteInventoryRole(admin, 1);
        Assert.DoesNotContain(1, silo.Facts.PublishedOf(tenant).Last().InventoryRoles.Keys);
    }

    [Fact]
    public async Task Names_are_one_role_s_alone_and_everything_has_bounds()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await OneSilo.RefusedAsync(RefusalKind.Conflict, () => Tenant(tenant).CreateInventoryRole(admin, New("Reader")));
        await OneSilo.RefusedAsync(RefusalKind.Conflict, () => Tenant(tenant).UpdateInventoryRole(admin, 2, Nothing with { Name = "Reader" }));
        foreach (var name in (string[])["", " ", "a\nb", new('x', Limits.InventoryRoleNameCharsMax + 1)])
        {
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).CreateInventoryRole(admin, New(name)));
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).UpdateInventoryRole(admin, 2, Nothing with { Name = name }));
        }
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).CreateInventoryRole(admin, New("a") with { Description = new string('x', Limits.InventoryRoleDescriptionCharsMax + 1) }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).CreateInventoryRole(admin, New("a", SeesAll with { Type = "" })));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).CreateInventoryRole(admin, New("a", SeesAll with { Scope = (GrantScope)99 })));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).CreateInventoryRole(admin,
            New("a", [.. Enumerable.Range(0, Limits.PermissionsPerInventoryRoleMax + 1).Select(i => SeesAll with { Type = $"f{i}" })])));
        Assert.Equal(4, (await Tenant(tenant).InventoryRoles(admin)).Count);
        for (var i = 4; i < Limits.InventoryRolesPerTenantMax; i++) await Tenant(tenant).CreateInventoryRole(admin, New($"role {i}"));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).CreateInventoryRole(admin, New("one more")));
    }

    [Fact]
    public async Task Only_an_administrator_of_users_makes_changes_and_deletes_them()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var (_, foreigner) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.UserManagementRead);
        foreach (var caller in (Caller[])[maker, foreigner])
        {
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).CreateInventoryRole(caller, New("no")));
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).UpdateInventoryRole(caller, 1, Nothing with { Name = "no" }));
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).DeleteInventoryRole(caller, 1));
        }
        Assert.Equal(4, (await Tenant(tenant).InventoryRoles(maker)).Count);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).InventoryRoles(foreigner));
        var plain = await silo.MakeAsync(admin, "plain");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).InventoryRoles(plain));
    }

    [Fact]
    public async Task Every_change_is_recorded_before_it_is_made_with_what_was_and_what_is()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var role = (await Tenant(tenant).CreateInventoryRole(admin, New("one", SeesDoors))).Id;
        await Tenant(tenant).UpdateInventoryRole(admin, role, Nothing with { Name = "two", Permissions = [new(0, SeesAll)] });
        await Tenant(tenant).UpdateInventoryRole(admin, role, Nothing);
        await Tenant(tenant).DeleteInventoryRole(admin, role);

        var records = silo.Audit.Of(tenant).Where(r => r.Type == "InventoryRole").ToList();
        Assert.Equal(["Inventory role created", "Inventory role updated", "Inventory role deleted"], records.Select(r => r.Activity));
        Assert.All(records, r => Assert.Equal(("boss", $"{role}"), (r.User, r.Source)));
        Assert.Equal([("name", "one", "two"), ("permissions", "EVENT:c8y_Door:READ", "*:*:READ")], records[1].Changes.Select(c => (c.Attribute, c.PreviousValue, c.NewValue)));

        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => Tenant(tenant).DeleteInventoryRole(admin, 1));
        silo.Audit.BringUp(tenant);
        Assert.Equal(4, (await Tenant(tenant).InventoryRoles(admin)).Count);
    }

    [Fact]
    public async Task A_permission_that_reads_like_two_others_in_their_place_is_a_change()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var apart = (Grant[])[new(GrantScope.Event, GrantLevel.Read, "a"), new(GrantScope.Alarm, GrantLevel.Read, "b")];
        var asOne = new Grant(GrantScope.Event, GrantLevel.Read, "a:READ,ALARM:b");
        var role = (await Tenant(tenant).CreateInventoryRole(admin, New("one", asOne))).Id;
        Assert.Equal(apart, (await Tenant(tenant).UpdateInventoryRole(admin, role, Nothing with { Permissions = New("", apart).Permissions })).Grants);

        Assert.Equal(apart, silo.Facts.PublishedOf(tenant).Last().InventoryRoles[role]);
        Assert.Equal(["permissions"], silo.Audit.Of(tenant).Last(r => r.Type == "InventoryRole").Changes.Select(c => c.Attribute));
        // The other way round nothing has changed.
        var records = silo.Audit.Of(tenant).Count;
        await Tenant(tenant).UpdateInventoryRole(admin, role, Nothing with { Permissions = New("", [.. apart.Reverse()]).Permissions });
        Assert.Equal(records, silo.Audit.Of(tenant).Count);
    }

    [Theory]
    [InlineData("*:*:*", "*:*:*"), InlineData("EVENT:c8y_Door:READ", "EVENT:c8y_Door:READ"), InlineData("OPERATION:a:b:ADMIN", "OPERATION:a:b:ADMIN")]
    [InlineData("", null), InlineData("EVENT", null), InlineData("EVENT:READ", null), InlineData("EVENT::READ", null), InlineData("event:*:READ", null)]
    [InlineData("EVENT:*:CHANGE", null), InlineData("DEVICE:*:READ", null), InlineData("EVENT:*:READ ", null), InlineData("EVENT:a\nb:READ", null), InlineData(":::", null)]
    public void A_device_permission_is_read_as_the_interface_writes_it(string text, string? read) =>
        Assert.Equal(read, GrantWords.TryParse(text, out Grant grant) ? grant.Text() : null);
}
