using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>What users may do who may only make users, and what holds for users below others.</summary>
public sealed class HierarchyTests(OneSilo silo)
{
    private static readonly UserChange Rename = new(null, "New", null, null, null, null, null, null, null);

    [Fact]
    public async Task A_maker_owns_whom_it_makes_and_manages_all_below_and_nobody_else()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var stranger = await silo.MakeAsync(admin, "stranger");
        var child = await silo.MakeAsync(maker, "child", Authority.UserManagementCreate);
        var grandchild = await silo.MakeAsync(child, "grandchild");

        Assert.Equal("maker", (await silo.User(child.User).Read(maker)).Owner);
        Assert.Equal("child", (await silo.User(grandchild.User).Read(maker)).Owner);
        await silo.User(grandchild.User).Update(maker, Rename);
        await silo.User(maker.User).Read(maker);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(stranger.User).Read(maker));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(stranger.User).Update(maker, Rename));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(maker.User).Update(child, Rename));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(maker.User).Delete(maker));
        await silo.User(grandchild.User).Delete(maker);
    }

    [Fact]
    public async Task A_maker_hands_out_only_what_it_holds()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        await silo.User(maker.User).AddToGroup(admin, 1);
        var child = await silo.MakeAsync(maker, "child", Authority.AlarmRead);
        var grain = silo.User(child.User);

        await grain.AddToGroup(maker, 1);
        await grain.Assign(maker, Authority.MeasurementAdmin);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => grain.AddToGroup(maker, 2));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => grain.Assign(maker, Authority.UserManagementAdmin));
        await OneSilo.RefusedAsync(RefusalKind.Denied,
            () => silo.User(new UserId(tenant, "second")).Create(maker, OneSilo.NewUser("second", [2])));
        await OneSilo.RefusedAsync(RefusalKind.Denied,
            () => silo.User(new UserId(tenant, "second")).Create(maker, OneSilo.NewUser("second", null, Authority.TenantAdmin)));
    }

    [Fact]
    public async Task The_name_of_a_deleted_user_and_all_that_it_owned_is_given_again_by_an_administrator_only()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var gone = await silo.MakeAsync(admin, "gone");
        await silo.User(gone.User).Delete(admin);

        await OneSilo.RefusedAsync(RefusalKind.Conflict, () => silo.User(gone.User).Create(maker, OneSilo.NewUser("gone")));
        await silo.User(gone.User).Create(admin, OneSilo.NewUser("gone"));
        Assert.Contains("what it owned", silo.Records(tenant, "User created").Last(r => r.Source == "gone").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_takes_a_right_from_a_user_whose_maker_has_lost_it()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.AuditRead);
        await silo.User(maker.User).AddToGroup(admin, 1);
        var child = await silo.MakeAsync(maker, "child", Authority.AuditRead);
        await silo.User(child.User).AddToGroup(maker, 1);
        await silo.User(maker.User).Update(admin, new UserChange(null, null, null, null, null, null, false, null, null));

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(child.User).Assign(admin, Authority.AuditRead));
        await silo.User(child.User).Unassign(admin, Authority.AuditRead);
        await silo.User(child.User).RemoveFromGroup(admin, 1);
        Assert.DoesNotContain(Authority.AuditRead, (await silo.User(child.User).Read(admin)).Effective.Members());
    }

    [Fact]
    public async Task A_maker_never_raises_itself_or_a_stranger()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.AlarmRead);
        var stranger = await silo.MakeAsync(admin, "stranger");

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(maker.User).Assign(maker, Authority.AlarmRead));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(maker.User).AddToGroup(maker, 8));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(stranger.User).Assign(maker, Authority.AlarmRead));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(maker.User).Unassign(maker, Authority.AlarmRead));
    }

    [Fact]
    public async Task An_administrator_gives_a_user_below_another_only_what_that_other_holds()
    {
        var (_, admin) = await silo.TenantAsync();
        var parent = await silo.MakeAsync(admin, "parent", Authority.UserManagementCreate, Authority.AlarmRead);
        var child = await silo.MakeAsync(parent, "child");

        await silo.User(child.User).Assign(admin, Authority.AlarmRead);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(child.User).Assign(admin, Authority.EventRead));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(child.User).AddToGroup(admin, 1));
        await silo.User(parent.User).Assign(admin, Authority.EventRead);
        await silo.User(child.User).Assign(admin, Authority.EventRead);
    }

    [Fact]
    public async Task Whoever_a_user_stands_directly_below_hands_it_over_and_nobody_else_but_an_administrator()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var other = await silo.MakeAsync(admin, "other", Authority.UserManagementCreate);
        var child = await silo.MakeAsync(maker, "child", Authority.UserManagementCreate);
        var grandchild = await silo.MakeAsync(child, "grandchild");

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(grandchild.User).SetOwner(maker, "other"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(child.User).SetOwner(other, "other"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(child.User).SetOwner(child, "other"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(child.User).SetOwner(maker, null));
        Assert.Equal("other", (await silo.User(child.User).SetOwner(maker, "other")).Owner);

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(child.User).Read(maker));
        await silo.User(grandchild.User).Read(other);
        Assert.Null((await silo.User(child.User).SetOwner(admin, null)).Owner);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(grandchild.User).Read(other));
    }

    [Fact]
    public async Task An_owner_is_another_user_that_stands_not_below()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var top = await silo.MakeAsync(admin, "top", Authority.UserManagementCreate);
        var middle = await silo.MakeAsync(top, "middle", Authority.UserManagementCreate);
        await silo.MakeAsync(middle, "bottom");

        foreach (var wrong in (string[])["top", "middle", "bottom", "nobody", "no/name"])
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(top.User).SetOwner(admin, wrong));
        Assert.Null((await silo.User(top.User).Read(admin)).Owner);
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => silo.User(new UserId(tenant, "nobody")).SetOwner(admin, "top"));
        Assert.Contains(silo.Records(tenant, "User created").SelectMany(r => r.Changes), change => (change.Attribute, change.NewValue) == ("owner", "middle"));
    }

    [Fact]
    public async Task However_their_owners_hurry_two_users_never_stand_below_each_other()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var one = await silo.MakeAsync(maker, "one", Authority.UserManagementCreate);
        var other = await silo.MakeAsync(maker, "other", Authority.UserManagementCreate);

        var moved = await Task.WhenAll(MovesAsync(one, "other"), MovesAsync(other, "one"));

        Assert.InRange(moved.Count(isMoved => isMoved), 0, 1);
        await silo.User(one.User).Read(maker);
        await silo.User(other.User).Read(maker);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(one.User).Update(one, new UserChange(null, "New", null, null, null, null, null, null, null)));

        async Task<bool> MovesAsync(Caller user, string owner)
        {
            try
            {
                await silo.User(user.User).SetOwner(maker, owner);
                return true;
            }
            catch (Refusal refusal) when (refusal.Kind == RefusalKind.Invalid)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Nobody_is_made_deeper_than_can_be_and_whoever_is_moved_deeper_is_managed_from_the_top()
    {
        var (_, admin) = await silo.TenantAsync();
        var top = await silo.MakeAsync(admin, "top", Authority.UserManagementCreate);
        var (upper, lower) = (await ChainAsync("upper", Limits.UserHierarchyDepthMax), await ChainAsync("lower", 3));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.MakeAsync(upper[^1], "further"));

        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(lower[0].User).SetOwner(top, upper[^1].User.Name));
        await silo.User(lower[0].User).SetOwner(top, upper[^2].User.Name);
        await silo.User(lower[^1].User).Update(top, new UserChange(null, null, null, null, null, null, false, null, null));

        async Task<List<Caller>> ChainAsync(string name, int length)
        {
            var chain = new List<Caller> { top };
            while (chain.Count <= length) chain.Add(await silo.MakeAsync(chain[^1], $"{name}{chain.Count}", Authority.UserManagementCreate));
            return chain[1..];
        }
    }

    [Fact]
    public async Task A_name_is_not_given_again_while_others_stand_below_it_or_act_for_it()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var gone = await silo.MakeAsync(admin, "gone", Authority.UserManagementCreate);
        var child = await silo.MakeAsync(gone, "child");
        var acting = await silo.MakeAsync(admin, "acting", Authority.UserManagementCreate);
        await silo.User(acting.User).SetDelegatedBy(admin, "gone");
        await silo.User(gone.User).Delete(admin);
        Task AgainAsync() => silo.User(gone.User).Create(admin, OneSilo.NewUser("gone", null, Authority.UserManagementCreate));

        await OneSilo.RefusedAsync(RefusalKind.Conflict, AgainAsync);
        await silo.User(child.User).SetOwner(admin, null);
        await OneSilo.RefusedAsync(RefusalKind.Conflict, AgainAsync);
        await silo.User(acting.User).SetDelegatedBy(admin, null);
        await AgainAsync();
        await OneSilo.RefusedAsync(RefusalKind.Denied, async () => await silo.User(child.User).Read(await silo.CallerAsync(new UserId(tenant, "gone"))));
    }

    [Fact]
    public async Task An_administrator_makes_a_user_below_another_with_what_that_other_holds()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await silo.MakeAsync(admin, "parent", Authority.AlarmRead);
        Task<User> MakeAsync(string name, string owner, params Authority[] direct) =>
            silo.User(new UserId(tenant, name)).Create(admin, OneSilo.NewUser(name, null, direct) with { Owner = owner });

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => MakeAsync("child", "parent", Authority.EventRead));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => MakeAsync("child", "nobody"));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => MakeAsync("child", "child"));
        Assert.Equal("parent", (await MakeAsync("child", "parent", Authority.AlarmRead)).Owner);
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var made = await silo.User(new UserId(tenant, "made")).Create(maker, OneSilo.NewUser("made") with { Owner = "parent" });
        Assert.Equal("maker", made.Owner);
    }

    [Fact]
    public async Task Applications_are_handed_out_like_everything_else()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var nothing = new UserChange(null, null, null, null, null, null, null, null, null);
        ApplicationAccess[] one = [new("1", "HOSTED")], two = [new("2", null)];
        var group = (await silo.Grains.GetGrain<ITenantGrain>(tenant.Value).CreateGroup(admin, new NewGroup("app", "", AuthoritySet.Empty, two, Fragments.None))).Id;
        Task<User> MakeAsync(string name, IReadOnlyList<ApplicationAccess> applications, params int[] groups) =>
            silo.User(new UserId(tenant, name)).Create(maker, OneSilo.NewUser(name, groups) with { Applications = applications });

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => MakeAsync("child", one));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => MakeAsync("child", [], group));
        await silo.User(maker.User).Update(admin, nothing with { Applications = one });
        Assert.Equal(one, (await MakeAsync("child", one)).Applications);
        await silo.User(maker.User).AddToGroup(admin, group);
        Assert.Equal(two, (await MakeAsync("second", two)).Applications);
        Assert.Empty((await silo.User(new UserId(tenant, "child")).Update(maker, nothing with { Applications = [] })).Applications);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(new UserId(tenant, "child")).Update(maker, nothing with { Applications = [new("3", null)] }));
        await silo.User(maker.User).Assign(admin, Authority.ApplicationManagementRead);
        await silo.User(new UserId(tenant, "child")).Update(maker, nothing with { Applications = [new("3", null)] });
    }

    [Fact]
    public async Task A_user_in_between_that_is_deleted_breaks_the_line()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var child = await silo.MakeAsync(maker, "child", Authority.UserManagementCreate);
        var grandchild = await silo.MakeAsync(child, "grandchild");
        await silo.User(child.User).Delete(maker);

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(grandchild.User).Read(maker));
        await silo.User(grandchild.User).Read(admin);
    }

    [Fact]
    public async Task A_list_has_users_by_name_in_full_pages_with_exact_totals_and_no_devices()
    {
        var (tenant, admin) = await silo.TenantAsync();
        foreach (var name in (string[])["eve", "adam", "zoe", "carl"]) await silo.MakeAsync(admin, name);
        await silo.Grains.GetGrain<Bailiwick.Grains.Tenancy.IDeviceUser>($"{tenant}/device_pump")
            .Enroll(Caller.Platform(PlatformTask.Registration, tenant), "boss");
        await silo.User(new UserId(tenant, "carl")).Delete(admin);
        var users = silo.Grains.GetGrain<IUsersGrain>(tenant.Value);
        var all = new UserQuery(null, null, null, false);

        var first = await users.Find(admin, all, new PageRequest(1, 2, true));
        var second = await users.Find(admin, all, new PageRequest(2, 2, false));

        Assert.Equal(["adam", "boss"], first.Items.Select(u => u.Id.Name));
        Assert.Equal((true, 4L), (first.HasMore, first.Total));
        Assert.Equal(["eve", "zoe"], second.Items.Select(u => u.Id.Name));
        Assert.Equal((false, null), (second.HasMore, second.Total));
        Assert.Equal("admins", Assert.Single(first.Items[1].Groups).Name);
        Assert.Equal(["device_pump"], (await users.Find(admin, all with { OnlyDevices = true }, new PageRequest(1, 5, false))).Items.Select(u => u.Id.Name));
    }

    [Fact]
    public async Task A_list_is_narrowed_by_beginning_group_and_owner()
    {
        var (tenant, admin) = await silo.TenantAsync();
        foreach (var name in (string[])["anna", "annika", "bert"]) await silo.MakeAsync(admin, name);
        await silo.User(new UserId(tenant, "bert")).AddToGroup(admin, 12);
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        await silo.MakeAsync(maker, "child");
        var users = silo.Grains.GetGrain<IUsersGrain>(tenant.Value);
        var page = new PageRequest(1, 10, true);

        async Task<string> NamesAsync(UserQuery query) => string.Join(',', (await users.Find(admin, query, page)).Items.Select(u => u.Id.Name));
        Assert.Equal("anna,annika", await NamesAsync(new UserQuery("ann", null, null, false)));
        Assert.Equal("", await NamesAsync(new UserQuery("annz", null, null, false)));
        Assert.Equal("bert", await NamesAsync(new UserQuery(null, [12, 11], null, false)));
        Assert.Equal("child", await NamesAsync(new UserQuery(null, null, "maker", false)));
        Assert.Equal("", await NamesAsync(new UserQuery("ann", null, null, true)));
        var counted = await users.Find(admin, new UserQuery(null, null, null, false) { WithSubusersCount = true }, page);
        Assert.Equal([("anna", 0), ("annika", 0), ("bert", 0), ("boss", 0), ("child", 0), ("maker", 1)], counted.Items.Select(u => (u.Id.Name, u.SubusersCount!.Value)));
        Assert.All((await users.Find(admin, new UserQuery(null, null, null, false), page)).Items, u => Assert.Null(u.SubusersCount));
    }

    [Fact]
    public async Task A_maker_lists_itself_and_those_below_and_counts_no_others()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var child = await silo.MakeAsync(maker, "child", Authority.UserManagementCreate);
        await silo.MakeAsync(child, "aa-grandchild");
        await silo.MakeAsync(admin, "stranger");
        var users = silo.Grains.GetGrain<IUsersGrain>(tenant.Value);

        var page = await users.Find(maker, new UserQuery(null, null, null, false), new PageRequest(1, 10, true));

        Assert.Equal(["aa-grandchild", "child", "maker"], page.Items.Select(u => u.Id.Name));
        Assert.Equal(3, page.Total);
        var anna = await silo.MakeAsync(admin, "anna");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => users.Find(anna, new UserQuery(null, null, null, false), PageRequest.First));
    }
}
