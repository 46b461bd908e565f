using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>Groups of one's own: who makes them, what they give, and that what they gave is gone when they lose it.</summary>
public sealed class GroupTests(OneSilo silo)
{
    private static readonly GroupChange Nothing = new(null, null, null, null);

    private ITenantGrain Tenant(TenantId id) => silo.Grains.GetGrain<ITenantGrain>(id.Value);

    private static NewGroup New(string name, params Authority[] authorities) => new(name, "", AuthoritySet.Of(authorities), [], Fragments.None);

    [Fact]
    public async Task A_group_comes_back_as_it_was_made_and_changes_by_what_a_change_says()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var properties = new Fragments([new Fragment("site", "\"A\""u8.ToArray())]);
        var made = await Tenant(tenant).CreateGroup(admin, new NewGroup("Operators", "Of plant 1", AuthoritySet.Of(Authority.AlarmRead), [new ApplicationAccess("7", "HOSTED")], properties));
        Assert.Equal(13, made.Id);

        await Tenant(tenant).UpdateGroup(admin, made.Id, Nothing with { Description = "" });
        var changed = (await Tenant(tenant).Groups(admin)).Single(g => g.Id == made.Id);

        Assert.Equal(("Operators", "", AuthoritySet.Of(Authority.AlarmRead)), (changed.Name, changed.Description, changed.Authorities));
        Assert.Equal([new ApplicationAccess("7", "HOSTED")], changed.Applications);
        Assert.Equal("\"A\"", Encoding.UTF8.GetString(Assert.Single(changed.CustomProperties.Items).Json));
    }

    [Fact]
    public async Task A_name_is_a_group_s_alone_and_an_id_never_comes_again()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var first = await Tenant(tenant).CreateGroup(admin, New("one"));
        await OneSilo.RefusedAsync(RefusalKind.Conflict, () => Tenant(tenant).CreateGroup(admin, New("one")));
        await OneSilo.RefusedAsync(RefusalKind.Conflict, () => Tenant(tenant).CreateGroup(admin, New("admins")));
        await OneSilo.RefusedAsync(RefusalKind.Conflict, () => Tenant(tenant).UpdateGroup(admin, first.Id, Nothing with { Name = "admins" }));
        await Tenant(tenant).UpdateGroup(admin, first.Id, Nothing with { Name = "one" });

        await Tenant(tenant).DeleteGroup(admin, first.Id);
        var second = await Tenant(tenant).CreateGroup(admin, New("one"));

        Assert.Equal(first.Id + 1, second.Id);
        Assert.Equal(DefaultGroups.All.Select(g => g.Id).Append(second.Id), (await Tenant(tenant).Groups(admin)).Select(g => g.Id));
    }

    [Fact]
    public async Task Only_an_administrator_of_users_makes_changes_and_deletes_groups()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var (_, foreigner) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.UserManagementRead);
        foreach (var caller in (Caller[])[maker, foreigner])
        {
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).CreateGroup(caller, New("no")));
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).UpdateGroup(caller, 8, Nothing with { Name = "no" }));
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).DeleteGroup(caller, 8));
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).AssignToGroup(caller, 8, Authority.AlarmRead));
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).UnassignFromGroup(caller, 12, Authority.AlarmRead));
        }
        Assert.Equal(DefaultGroups.All.Select(g => (g.Id, g.Name, g.Authorities)), (await Tenant(tenant).Groups(admin)).Select(g => (g.Id, g.Name, g.Authorities)));
    }

    [Fact]
    public async Task What_a_group_is_given_its_members_hold_and_what_it_loses_they_lose_before_the_answer()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var group = (await Tenant(tenant).CreateGroup(admin, New("readers of users"))).Id;
        var anna = await silo.MakeAsync(admin, "anna");
        await silo.User(anna.User).AddToGroup(admin, group);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).Groups(anna));

        await Tenant(tenant).AssignToGroup(admin, group, Authority.UserManagementRead);
        await Tenant(tenant).Groups(anna);
        await Tenant(tenant).UnassignFromGroup(admin, group, Authority.UserManagementRead);
        Assert.False(silo.Facts.PublishedOf(tenant).Last().Groups[group].Contains(Authority.UserManagementRead));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).Groups(anna));
    }

    [Fact]
    public async Task A_deleted_group_has_no_members_and_gives_nothing()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var group = (await Tenant(tenant).CreateGroup(admin, New("going", Authority.UserManagementRead))).Id;
        var anna = await silo.MakeAsync(admin, "anna");
        await silo.User(anna.User).AddToGroup(admin, group);
        await Tenant(tenant).Groups(anna);

        await Tenant(tenant).DeleteGroup(admin, group);

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).Groups(anna));
        Assert.False(silo.Facts.PublishedOf(tenant).Last().Groups.ContainsKey(group));
        Assert.Empty((await silo.User(anna.User).Read(admin)).Groups);
        Assert.Empty((await silo.Grains.GetGrain<IUsersGrain>(tenant.Value).Find(admin, new UserQuery(null, [group], null, false), PageRequest.First)).Items);
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => silo.User(anna.User).RemoveFromGroup(admin, group));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => silo.User(anna.User).AddToGroup(admin, group));
        // What the user's document keeps of it goes with the next change of its groups.
        await silo.User(anna.User).AddToGroup(admin, 12);
        Assert.Equal([12], silo.Facts.PublishedOf(anna.User).Last().Groups);
    }

    [Fact]
    public async Task A_group_or_role_that_is_none_is_not_found_and_one_that_is_there_already_a_conflict()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).UpdateGroup(admin, 99, Nothing));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).DeleteGroup(admin, 99));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).AssignToGroup(admin, 99, Authority.AlarmRead));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).UnassignFromGroup(admin, 99, Authority.AlarmRead));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).UnassignFromGroup(admin, 8, Authority.AlarmRead));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).AssignToGroup(admin, 8, (Authority)63));
        await OneSilo.RefusedAsync(RefusalKind.Conflict, () => Tenant(tenant).AssignToGroup(admin, 12, Authority.AlarmRead));
    }

    [Theory]
    [InlineData(DefaultGroups.Admins)]
    [InlineData(DefaultGroups.Devices)]
    public async Task The_platform_s_own_groups_stay(int group)
    {
        var (tenant, admin) = await silo.TenantAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).DeleteGroup(admin, group));
        Assert.Contains((await Tenant(tenant).Groups(admin)), g => g.Id == group);
    }

    [Fact]
    public async Task Names_descriptions_and_applications_have_bounds()
    {
        var (tenant, admin) = await silo.TenantAsync();
        Task<Group> MakeAsync(NewGroup wish) => Tenant(tenant).CreateGroup(admin, wish);

        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => MakeAsync(New(" ")));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => MakeAsync(New(new string('x', Limits.GroupNameCharsMax + 1))));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => MakeAsync(New("a\nb")));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => MakeAsync(New("a") with { Description = new string('x', Limits.GroupDescriptionCharsMax + 1) }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => MakeAsync(New("a") with { Applications = [new ApplicationAccess("", null)] }));
        await OneSilo.RefusedAsync(RefusalKind.TooLarge, () => MakeAsync(New("a") with { CustomProperties = new Fragments([new Fragment("x", new byte[Limits.CustomPropertiesBytesMax])]) }));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => MakeAsync(New("a") with { Authorities = new AuthoritySet(1ul << 63) }));
    }

    [Fact]
    public async Task A_tenant_has_a_greatest_number_of_groups()
    {
        var (tenant, admin) = await silo.TenantAsync();
        for (var i = DefaultGroups.All.Count; i < Limits.GroupsPerTenantMax; i++) await Tenant(tenant).CreateGroup(admin, New($"group {i}"));

        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).CreateGroup(admin, New("one more")));
    }

    [Fact]
    public async Task Every_change_of_a_group_is_recorded_with_what_was_and_what_is()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var group = (await Tenant(tenant).CreateGroup(admin, New("one", Authority.AlarmRead))).Id;
        await Tenant(tenant).UpdateGroup(admin, group, Nothing with { Name = "two" });
        await Tenant(tenant).UpdateGroup(admin, group, Nothing);
        await Tenant(tenant).AssignToGroup(admin, group, Authority.AlarmAdmin);
        await Tenant(tenant).UnassignFromGroup(admin, group, Authority.AlarmRead);
        await Tenant(tenant).DeleteGroup(admin, group);

        var records = silo.Audit.Of(tenant).Where(r => r.Type == "Group").ToList();
        Assert.Equal(
            ["Global role created", "Global role updated", "Global role authorities updated", "Global role authorities updated", "Global role deleted"],
            records.Select(r => r.Activity));
        Assert.All(records, r => Assert.Equal(("boss", $"{group}"), (r.User, r.Source)));
        Assert.Equal(("name", "one", "two"), records[1].Changes.Select(c => (c.Attribute, c.PreviousValue, c.NewValue)).Single());
        Assert.Equal(("roles", "ROLE_ALARM_READ,ROLE_ALARM_ADMIN", "ROLE_ALARM_ADMIN"), records[3].Changes.Select(c => (c.Attribute, c.PreviousValue, c.NewValue)).Single());
        Assert.Contains(records[4].Changes, c => (c.Attribute, c.PreviousValue, c.NewValue) == ("name", "two", null));
    }

    [Fact]
    public async Task Nothing_of_a_group_changes_while_the_trail_takes_nothing()
    {
        var (tenant, admin) = await silo.TenantAsync();
        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => Tenant(tenant).CreateGroup(admin, New("no")));
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => Tenant(tenant).UnassignFromGroup(admin, 12, Authority.AlarmRead));
        silo.Audit.BringUp(tenant);
        Assert.Equal(DefaultGroups.All.Select(g => (g.Id, g.Name, g.Authorities)), (await Tenant(tenant).Groups(admin)).Select(g => (g.Id, g.Name, g.Authorities)));
    }

    [Fact]
    public void A_group_stored_before_it_could_hold_more_reads_with_nothing_more()
    {
        var serializer = silo.Service<Orleans.Serialization.Serializer>();
        var old = serializer.Deserialize<Group>(serializer.SerializeToArray(new Group(7, "old", "", AuthoritySet.Empty) { Applications = null!, CustomProperties = null! }));

        Assert.Empty(old!.Applications);
        Assert.Equal(0, old.CustomProperties.Count);
    }
}
