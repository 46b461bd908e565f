using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>Users keep what the user above them loses; the trail warns of it, and of nothing else.</summary>
public sealed class OutlastingTests(OneSilo silo)
{
    private const int Reader = 1;
    private static readonly ObjectId Hall = new(100);
    private static readonly ObjectId Room = new(101);
    private static readonly UserChange ShutOut = new(null, null, null, null, null, null, false, null, null);

    [Fact]
    public async Task A_role_taken_from_a_user_is_warned_of_where_somebody_right_below_has_it()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.AlarmRead, Authority.AuditRead);
        var child = await silo.MakeAsync(maker, "child", Authority.AlarmRead, Authority.UserManagementCreate);
        await silo.MakeAsync(child, "grandchild", Authority.AlarmRead);

        await silo.User(maker.User).Unassign(admin, Authority.AuditRead);
        Assert.Empty(Warnings(tenant));
        await silo.User(maker.User).Unassign(admin, Authority.AlarmRead);

        var warning = Assert.Single(Warnings(tenant));
        Assert.Equal("Sub-users keep what their owner has lost: child, below maker, keeps ROLE_ALARM_READ", warning.Text);
        Assert.Equal(("User", "maker", "boss", AuditRules.Warning), (warning.Type, warning.Source, warning.User, warning.Severity));
        await silo.User(child.User).Unassign(admin, Authority.AlarmRead);
        Assert.EndsWith("grandchild, below child, keeps ROLE_ALARM_READ", Warnings(tenant).Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_is_shut_out_or_deleted_leaves_those_below_with_all_that_they_have()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.EventRead);
        await silo.MakeAsync(maker, "child", Authority.EventRead);
        await silo.MakeAsync(maker, "empty");

        await silo.User(maker.User).Update(admin, ShutOut);
        Assert.Equal("Sub-users keep what their owner has lost: child, below maker, keeps ROLE_EVENT_READ", Assert.Single(Warnings(tenant)).Text);
        // It held nothing any more: nothing else is lost.
        await silo.User(maker.User).Delete(admin);
        Assert.Single(Warnings(tenant));

        var second = await silo.MakeAsync(admin, "second", Authority.UserManagementCreate, Authority.EventRead);
        await silo.MakeAsync(second, "other", Authority.EventRead);
        await silo.User(second.User).Delete(admin);
        Assert.EndsWith("other, below second, keeps ROLE_EVENT_READ", Warnings(tenant).Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_shut_out_meanwhile_keeps_it_as_well_and_is_named()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.EventRead);
        var child = await silo.MakeAsync(maker, "child", Authority.EventRead);
        await silo.User(child.User).Update(admin, ShutOut);

        await silo.User(maker.User).Unassign(admin, Authority.EventRead);

        Assert.EndsWith("child, below maker, keeps ROLE_EVENT_READ", Assert.Single(Warnings(tenant)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_more_than_fifty_it_is_said_that_there_may_be_others()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.EventRead);
        for (var number = 0; number <= Limits.OutlastingUsersMax; number++)
            await silo.User(new UserId(tenant, $"sub-{number:00}")).Create(maker, OneSilo.NewUser($"sub-{number:00}", null, Authority.EventRead));

        await silo.User(maker.User).Unassign(admin, Authority.EventRead);

        var text = Assert.Single(Warnings(tenant)).Text;
        Assert.Equal(Limits.OutlastingUsersMax, text.Split("keeps ROLE_EVENT_READ").Length - 1);
        Assert.EndsWith("; and perhaps others, who were not looked for", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_would_be_too_long_ends_with_how_many_it_leaves_out()
    {
        var names = Enumerable.Range(0, 20).Select(number => $"{new string('n', 500)}{number}");
        var report = new OutlastingReport([.. names.Select(name => new OutlastingRights(name, "boss", AuthoritySet.Empty, [.. Enumerable.Range(1, 30).Select(id => new ObjectId(id))]))], true);

        var text = OutlastingRecords.Warning(report, [Loss("Group", "7")])!.Text;

        var told = text.Split(", below boss,").Length - 1;
        Assert.InRange(told, 1, 19);
        Assert.EndsWith($"; and {20 - told} more", text, StringComparison.Ordinal);
        Assert.Contains("10 and 20 more", text, StringComparison.Ordinal);
        Assert.True(text.Length <= Limits.AuditTextCharsMax);
    }

    [Fact]
    public void A_look_that_fails_or_has_no_time_says_so_and_nothing_else()
    {
        Assert.Null(OutlastingRecords.Warning(new([], true), [Loss("User", "boss")]));
        Assert.Equal("Whether sub-users keep what their owner has lost was not found out: looking for them failed.", OutlastingRecords.Warning(null, [Loss("User", "boss")])!.Text);
        Assert.Equal("Whether sub-users keep what their owner has lost was not looked at to the end.", OutlastingRecords.Warning(new([], false), [Loss("User", "boss")])!.Text);
    }

    [Fact]
    public void It_stands_where_the_record_of_the_loss_does_and_of_several_sources_at_none()
    {
        var report = new OutlastingReport([new OutlastingRights("ann", "boss", AuthoritySet.Of(Authority.EventRead), [])], true);
        var (one, several) = (OutlastingRecords.Warning(report, [Loss("Group", "7")])!, OutlastingRecords.Warning(report, [Loss("Group", "7"), Loss("Group", "8")])!);

        Assert.Equal(("Group", "7"), (one.Type, one.Source));
        Assert.Equal(("Group", null), (several.Type, several.Source));
    }

    [Fact]
    public async Task What_a_group_loses_is_warned_of_only_where_it_is_held_below_by_another_way()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var groups = silo.Grains.GetGrain<ITenantGrain>(tenant.Value);
        var group = await groups.CreateGroup(admin, new NewGroup("alarmists", "", AuthoritySet.Of(Authority.AlarmAdmin), [], Fragments.None));
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        await silo.User(maker.User).AddToGroup(admin, group.Id);
        var member = await silo.MakeAsync(maker, "member");
        await silo.User(member.User).AddToGroup(maker, group.Id);
        await silo.MakeAsync(maker, "direct", Authority.AlarmAdmin);

        await groups.UnassignFromGroup(admin, group.Id, Authority.AlarmAdmin);

        Assert.Equal("Sub-users keep what their owner has lost: direct, below maker, keeps ROLE_ALARM_ADMIN", Assert.Single(Warnings(tenant)).Text);
    }

    [Fact]
    public async Task An_inventory_role_that_reached_an_object_from_above_and_a_device_permission_count_too()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var stores = silo.Service<DeviceStores>();
        foreach (var id in (ObjectId[])[Hall, Room]) stores.Put(tenant, new ManagedObject(id, null, null, "boss", default, default, Fragments.None));
        stores.PutBelow(tenant, Room, Hall);
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var child = await silo.MakeAsync(maker, "child");
        var assigned = await silo.User(maker.User).AssignRoles(admin, Hall, [Reader]);
        await silo.User(child.User).AssignRoles(maker, Room, [Reader]);
        Grant[] reads = [new(GrantScope.Event, GrantLevel.Read, Grant.AnyType)];
        await PermitAsync(maker, reads);
        await PermitAsync(child, reads);

        await silo.User(maker.User).UnassignRoles(admin, assigned.Id);
        Assert.Equal("Sub-users keep what their owner has lost: child, below maker, keeps permissions on 101", Assert.Single(Warnings(tenant)).Text);
        await PermitAsync(maker, []);
        Assert.EndsWith("child, below maker, keeps permissions on 100", Warnings(tenant).Last().Text, StringComparison.Ordinal);

        Task PermitAsync(Caller user, Grant[] grants) =>
            silo.User(user.User).Update(admin, new UserChange(null, null, null, null, null, null, null, null, null) { DevicePermissions = [new(Hall, grants)] });
    }

    private static NewAuditRecord Loss(string type, string source) => new(type, "Lost", "Something was lost", Source: source);

    private List<AuditRecord> Warnings(TenantId tenant) => [.. silo.Records(tenant, OutlastingRecords.Activity)];
}
