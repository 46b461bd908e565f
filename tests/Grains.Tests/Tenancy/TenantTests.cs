using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

public sealed class TenantTests(OneSilo silo)
{
    private static readonly TenantChange Suspend = new(null, null, null, null, TenantStatus.Suspended);
    private static readonly TenantChange Activate = new(null, null, null, null, TenantStatus.Active);

    private ITenantsGrain Tenants => silo.Grains.GetGrain<ITenantsGrain>(TenantId.Management.Value);

    private ITenantGrain Tenant(TenantId id) => silo.Grains.GetGrain<ITenantGrain>(id.Value);

    private static NewTenant New(string domain) => new(domain, "Company", null, null, null, null, null);

    [Fact]
    public async Task An_attempt_on_another_tenant_reads_as_none_and_stands_in_the_asker_s_trail()
    {
        var (mine, admin) = await silo.TenantAsync();
        var (theirs, _) = await silo.TenantAsync();
        foreach (var right in (Authority[])[Authority.TenantManagementRead, Authority.TenantManagementAdmin]) await silo.User(admin.User).Assign(admin, right);
        var none = new TenantId("t999999");
        foreach (var asked in (TenantId[])[theirs, none])
        {
            var grain = silo.Grains.GetGrain<ITenantGrain>(asked.Value);
            await OneSilo.RefusedAsync(RefusalKind.NotFound, () => grain.Read(admin));
            await OneSilo.RefusedAsync(RefusalKind.NotFound, () => grain.Update(admin, new TenantChange("X", null, null, null, null)));
        }
        var told = silo.Records(mine, "Access denied").Select(r => r.Text).ToList();
        Assert.Equal(2, told.Count(text => text.Contains(theirs.Value, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_new_tenant_has_its_default_groups_and_an_administrator_who_may_not_manage_tenants()
    {
        var (tenant, admin) = await silo.TenantAsync();

        Assert.Equal(DefaultGroups.All.Select(g => (g.Id, g.Name, g.Authorities)), (await Tenant(tenant).Groups(admin)).Select(g => (g.Id, g.Name, g.Authorities)));
        Assert.Matches("^t[0-9]+$", tenant.Value);
        var own = await Tenant(tenant).ReadOwn(admin);
        Assert.Equal((TenantStatus.Active, TenantId.Management), (own.Status, own.Parent));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).Read(admin));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenants.Create(admin, New("evil")));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenants.Find(admin, null, null, PageRequest.First));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("1abc")]
    [InlineData("Abc")]
    [InlineData("a_b")]
    [InlineData("a.b")]
    [InlineData("ab-")]
    [InlineData("t77")]
    [InlineData("management")]
    public async Task A_domain_that_breaks_the_rules_is_refused(string domain) =>
        await OneSilo.RefusedAsync(RefusalKind.Invalid, async () => await Tenants.Create(await silo.OperatorAsync(), New(domain)));

    [Fact]
    public async Task A_domain_is_given_once_and_names_its_tenant_from_then_on()
    {
        var made = await Tenants.Create(await silo.OperatorAsync(), New("acme-pumps"));
        await OneSilo.RefusedAsync(RefusalKind.Conflict, async () => await Tenants.Create(await silo.OperatorAsync(), New("acme-pumps")));

        var platform = Caller.SigningIn(TenantId.Management);
        Assert.Equal(made.Id, await Tenants.Resolve(platform, "acme-pumps"));
        Assert.Equal(made.Id, await Tenants.Resolve(platform, made.Id.Value));
        Assert.Null(await Tenants.Resolve(platform, "acme-valves"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, async () => await Tenants.Resolve(await silo.OperatorAsync(), "acme-pumps"));
    }

    [Fact]
    public async Task An_administrator_is_asked_for_with_name_mail_and_password_or_not_at_all()
    {
        var caller = await silo.OperatorAsync();
        var refusal = await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenants.Create(caller, New("half") with { AdminName = "boss" }));
        Assert.Contains("adminEmail,adminPass", refusal.Message, StringComparison.Ordinal);
        await OneSilo.RefusedAsync(RefusalKind.Invalid,
            () => Tenants.Create(caller, New("half") with { AdminName = "boss", AdminEmail = "b@test.example", AdminPassword = "short" }));
        Assert.Empty((await Tenants.Find(caller, null, "half", PageRequest.First)).Items);
    }

    [Fact]
    public async Task An_interrupted_creation_is_gone_on_with_under_the_same_id()
    {
        var caller = await silo.OperatorAsync();
        silo.Documents.FailWriteAfterNext("tenants", TenantId.Management.Value);
        await Assert.ThrowsAnyAsync<Exception>(() => Tenants.Create(caller, New("broken-off")));
        Assert.Null(await Tenants.Resolve(Caller.SigningIn(TenantId.Management), "broken-off"));
        Assert.Empty((await Tenants.Find(caller, null, "broken-off", PageRequest.First)).Items);

        var made = await Tenants.Create(caller, New("broken-off"));
        Assert.Equal(made.Id, Assert.Single((await Tenants.Find(caller, null, "broken-off", PageRequest.First)).Items).Id);
        Assert.Single(silo.Records(made.Id, "Tenant created"));
    }

    [Fact]
    public async Task A_suspended_tenant_serves_nobody_and_an_activated_one_serves_again()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await Tenant(tenant).Update(await silo.OperatorAsync(), Suspend);

        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => silo.User(admin.User).ReadOwn(admin));
        Assert.False((await silo.CheckAsync(admin.User, "Boss-12345!")).IsGood);
        Assert.False(silo.Facts.PublishedOf(tenant).Last().IsActive);

        await Tenant(tenant).Update(await silo.OperatorAsync(), Activate);
        await silo.User(admin.User).ReadOwn(admin);
        Assert.Single(silo.Records(tenant, "Tenant suspended"), r => r.User == "management/admin");
        Assert.Single(silo.Audit.Of(TenantId.Management), r => r.Activity == "Tenant activated" && r.Source == tenant.Value && r.User == "admin");
    }

    [Fact]
    public async Task The_management_tenant_is_never_suspended()
    {
        var caller = await silo.OperatorAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(TenantId.Management).Update(caller, Suspend));
        Assert.Equal(TenantStatus.Active, (await Tenant(TenantId.Management).Read(caller)).Status);
    }

    [Fact]
    public async Task To_whoever_stands_not_above_it_a_tenant_reads_as_none_whether_it_is_there_or_not()
    {
        var (tenant, _) = await silo.TenantAsync();
        var (_, otherAdmin) = await silo.TenantAsync();
        // A tenant's administrator can give out any authority within it: these must be worth nothing outside.
        var manager = await silo.MakeAsync(otherAdmin, "manager", Authority.TenantManagementRead, Authority.TenantManagementAdmin);

        foreach (var id in (TenantId[])[tenant, new TenantId("t99999"), TenantId.Management, manager.Tenant])
        {
            var read = await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(id).Read(manager));
            var update = await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(id).Update(manager, Suspend));
            Assert.Equal(($"There is no tenant with id = {id}", "security"), (read.Message, read.Subject));
            Assert.Equal(read.Message, update.Message);
        }
        await OneSilo.RefusedAsync(RefusalKind.NotFound, async () => await Tenant(new TenantId("t99999")).Read(await silo.OperatorAsync()));
    }

    [Fact]
    public async Task The_operator_sees_and_changes_a_tenants_standing_and_cannot_make_nonsense_of_it()
    {
        var (tenant, _) = await silo.TenantAsync();
        var caller = await silo.OperatorAsync();
        var changed = await Tenant(tenant).Update(caller, new TenantChange("Renamed", "Jo", null, null, null));

        Assert.Equal(changed, await Tenant(tenant).Read(caller));
        Assert.Equal(("Renamed", "Jo"), (changed.Company, changed.ContactName));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).Update(caller, Suspend with { Status = TenantStatus.None }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).Update(caller, Suspend with { Company = "" }));
        Assert.Contains(changed.Id, (await Tenants.Find(caller, "Renamed", null, new PageRequest(1, 100, false))).Items.Select(t => t.Id));
    }

    [Fact]
    public async Task Seeing_tenants_is_apart_from_changing_them()
    {
        var (tenant, _) = await silo.TenantAsync();
        var caller = await silo.OperatorAsync();
        var viewer = await silo.MakeAsync(caller, $"viewer-{tenant}", Authority.TenantManagementRead);
        var updater = await silo.MakeAsync(caller, $"updater-{tenant}", Authority.TenantManagementUpdate);

        await Tenant(tenant).Read(viewer);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).Update(viewer, Suspend));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenants.Create(updater, New("never")));
        await Tenant(tenant).Update(updater, Suspend);
    }

    [Fact]
    public async Task Groups_are_for_who_sees_or_makes_users()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).Groups(anna));
        await Tenant(tenant).Groups(await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate));
    }
}
