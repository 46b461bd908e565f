using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>One user acts for another in managing users: how far that goes, and when it ends.</summary>
public sealed class DelegationTests(OneSilo silo)
{
    private static readonly UserChange Renamed = new(null, "New", null, null, null, null, null, null, null);

    private async Task<(Caller Admin, Caller Other, Caller Delegate, Caller Sub)> ActingAsync()
    {
        var (_, admin) = await silo.TenantAsync();
        var other = await silo.MakeAsync(admin, "other", Authority.UserManagementCreate, Authority.AlarmRead);
        var acting = await silo.MakeAsync(admin, "acting", Authority.UserManagementCreate);
        var sub = await silo.MakeAsync(other, "sub");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(sub.User).Update(acting, Renamed));
        await silo.User(acting.User).SetDelegatedBy(admin, "other");
        return (admin, other, acting, sub);
    }

    [Fact]
    public async Task Who_acts_for_another_manages_the_users_below_it_and_sees_them_in_lists()
    {
        var (_, _, acting, sub) = await ActingAsync();
        Assert.Equal("New", (await silo.User(sub.User).Update(acting, Renamed)).Profile.FirstName);
        Assert.Equal("sub", (await silo.User(sub.User).Read(acting)).Id.Name);
        var listed = await silo.Grains.GetGrain<IUsersGrain>(acting.Tenant.Value).Find(acting, new UserQuery(null, null, null, false), PageRequest.First);
        Assert.Equal(["acting", "sub"], listed.Items.Select(user => user.Id.Name));
    }

    [Fact]
    public async Task Who_acts_for_another_hands_out_no_more_than_it_holds_and_manages_neither_the_other_nor_itself()
    {
        var (admin, other, acting, sub) = await ActingAsync();
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(sub.User).Assign(acting, Authority.AlarmRead));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(other.User).Update(acting, Renamed));
        // Also when it stands below the other itself.
        await silo.User(acting.User).SetOwner(admin, "other");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(acting.User).Update(acting, Renamed));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(acting.User).Delete(acting));
    }

    [Fact]
    public async Task It_ends_when_it_is_taken_back_and_when_the_other_may_manage_nobody_any_more()
    {
        var (admin, other, acting, sub) = await ActingAsync();
        await silo.User(other.User).Unassign(admin, Authority.UserManagementCreate);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(sub.User).Update(acting, Renamed));
        await silo.User(other.User).Assign(admin, Authority.UserManagementCreate);
        await silo.User(sub.User).Update(acting, Renamed);
        await silo.User(other.User).Update(admin, Renamed with { IsEnabled = false });
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(sub.User).Update(acting, Renamed));
        await silo.User(other.User).Update(admin, Renamed with { IsEnabled = true });
        await silo.User(sub.User).Update(acting, Renamed);
        await silo.User(acting.User).SetDelegatedBy(admin, null);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(sub.User).Update(acting, Renamed));
        Assert.Null(silo.Facts.PublishedOf(acting.User).Last().ActsFor);
    }

    [Fact]
    public async Task A_user_hands_over_and_takes_back_what_is_its_own_and_an_administrator_anything()
    {
        var (admin, other, acting, _) = await ActingAsync();
        var third = await silo.MakeAsync(admin, "third", Authority.UserManagementCreate);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(third.User).SetDelegatedBy(acting, "other"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(third.User).SetDelegatedBy(third, "other"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(acting.User).SetDelegatedBy(third, null));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(acting.User).SetDelegatedBy(third, "third"));
        Assert.Equal("other", (await silo.User(third.User).SetDelegatedBy(other, "other")).DelegatedBy);
        Assert.Null((await silo.User(third.User).SetDelegatedBy(other, null)).DelegatedBy);
        // Nobody is kept acting for another who has taken it up.
        await silo.User(third.User).SetDelegatedBy(other, "other");
        Assert.Null((await silo.User(third.User).SetDelegatedBy(third, null)).DelegatedBy);
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(third.User).SetDelegatedBy(admin, "third"));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(third.User).SetDelegatedBy(admin, "nosuchuser"));
        Assert.Contains(silo.Records(acting.Tenant, "User updated"), r => r.Source == "third" && r.Changes.Any(c => c is { Attribute: "delegatedBy", NewValue: "other" }));
    }
}
