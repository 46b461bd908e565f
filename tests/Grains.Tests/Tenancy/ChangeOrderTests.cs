using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>Decide, record, persist, spread, answer: what holds when one of them fails.</summary>
public sealed class ChangeOrderTests(OneSilo silo)
{
    private static readonly UserChange Disable = new(null, null, null, null, null, null, false, null, null);

    [Fact]
    public async Task A_change_is_recorded_with_what_was_and_what_is_and_who_did_it()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await silo.User(anna.User).Update(admin, Disable with { FirstName = "Anna" });
        await silo.User(anna.User).Assign(admin, Authority.AlarmRead);

        Assert.Equal(("boss", "User", "anna"), silo.Records(tenant, "User created").Where(r => r.Source == "anna").Select(r => (r.User, r.Type, r.Source)).Single());
        var changes = silo.Records(tenant, "User updated").SelectMany(r => r.Changes).Select(c => (c.Attribute, c.PreviousValue, c.NewValue)).ToList();
        Assert.Contains(("firstName", null, "Anna"), changes);
        Assert.Contains(("enabled", "true", "false"), changes);
        Assert.Contains(changes, c => c.Attribute == "roles" && c.NewValue!.Contains("ROLE_ALARM_READ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_changes_while_the_trail_takes_nothing()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => silo.User(anna.User).Update(admin, Disable));
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => silo.User(anna.User).Delete(admin));
        silo.Audit.BringUp(tenant);

        Assert.True((await silo.User(anna.User).ReadOwn(anna)).IsEnabled);
    }

    [Fact]
    public async Task A_change_that_was_recorded_and_not_persisted_is_followed_by_a_record_that_says_so()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        silo.Documents.FailNextWrite("user", anna.User.GrainKey);
        await Assert.ThrowsAnyAsync<Exception>(() => silo.User(anna.User).Update(admin, Disable));

        Assert.True((await silo.User(anna.User).ReadOwn(anna)).IsEnabled);
        Assert.Equal(["User updated", "User updated failed"], silo.Audit.Of(tenant).Select(r => r.Activity).TakeLast(2));
        await silo.User(anna.User).Update(admin, Disable);
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => silo.User(anna.User).ReadOwn(anna));
    }

    [Fact]
    public async Task A_suspension_that_was_not_persisted_is_taken_back_in_both_trails()
    {
        var (tenant, _) = await silo.TenantAsync();
        var @operator = await silo.OperatorAsync();
        silo.Documents.FailNextWrite("tenant", tenant.Value);
        await Assert.ThrowsAnyAsync<Exception>(() => silo.Grains.GetGrain<ITenantGrain>(tenant.Value).Update(
            @operator, new TenantChange(null, null, null, null, TenantStatus.Suspended)));

        string[] told = ["Tenant suspended", "Tenant suspended failed"];
        Assert.Equal(told, silo.Audit.Of(tenant).Select(r => r.Activity).TakeLast(2));
        Assert.Equal(told, silo.Audit.Of(TenantId.Management).Where(r => r.Source == tenant.Value).Select(r => r.Activity).TakeLast(2));
    }

    [Fact]
    public async Task A_tenant_that_was_entered_and_not_made_is_told_as_failed()
    {
        silo.Documents.FailNextWriteHolding("tenant", "half-made");
        var @operator = await silo.OperatorAsync();
        var request = new NewTenant("half-made", "Test", null, null, null, null, null);
        await Assert.ThrowsAnyAsync<Exception>(() => silo.Grains.GetGrain<ITenantsGrain>(TenantId.Management.Value).Create(@operator, request));

        IEnumerable<string> Told() => silo.Audit.Of(TenantId.Management).Where(r => r.Text.Contains("half-made", StringComparison.Ordinal)).Select(r => r.Activity);
        Assert.Equal(["Tenant created", "Tenant created failed"], Told());
        Assert.Equal("half-made", (await silo.Grains.GetGrain<ITenantsGrain>(TenantId.Management.Value).Create(@operator, request)).Domain);
        Assert.Equal("Tenant created", Told().Last());
    }

    [Fact]
    public async Task What_a_deleted_user_held_and_how_a_tenant_began_stand_in_the_trail()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna", Authority.AuditRead);
        await silo.User(anna.User).Delete(admin);

        var gone = silo.Records(tenant, "User deleted").Single().Changes;
        Assert.Contains(gone, c => c.Attribute == "roles" && c.PreviousValue!.Contains("ROLE_AUDIT_READ", StringComparison.Ordinal) && string.IsNullOrEmpty(c.NewValue));
        foreach (var trail in (TenantId[])[tenant, TenantId.Management])
        {
            var made = silo.Records(trail, "Tenant created").Last(r => r.Source == tenant.Value).Changes.Select(c => (c.Attribute, c.PreviousValue, c.NewValue)).ToList();
            Assert.Contains(("company", null, "Test"), made);
            Assert.Contains(("status", null, "ACTIVE"), made);
        }
    }

    [Fact]
    public async Task A_change_that_was_persisted_and_not_spread_is_spread_by_the_next_attempt()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        silo.Facts.FailNextPublication(anna.User);
        await Assert.ThrowsAnyAsync<Exception>(() => silo.User(anna.User).Update(admin, Disable));
        Assert.DoesNotContain(silo.Facts.PublishedOf(anna.User), f => !f.IsActive);

        await silo.User(anna.User).Update(admin, Disable);
        Assert.False(silo.Facts.PublishedOf(anna.User).Last().IsActive);
    }

    [Fact]
    public async Task A_deletion_that_was_persisted_and_not_spread_is_spread_before_anybody_hears_not_found()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        silo.Facts.FailNextPublication(anna.User);
        await Assert.ThrowsAnyAsync<Exception>(() => silo.User(anna.User).Delete(admin));

        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => silo.User(anna.User).Delete(admin));
        Assert.False(silo.Facts.PublishedOf(anna.User).Last().IsActive);
    }

    [Fact]
    public async Task A_change_that_changes_nothing_is_not_recorded()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var count = silo.Audit.Of(tenant).Count;
        await silo.User(anna.User).Update(admin, Disable with { IsEnabled = true });
        await silo.User(anna.User).Assign(admin, Authority.UserManagementOwnRead);
        Assert.Equal(count, silo.Audit.Of(tenant).Count);
    }
}
