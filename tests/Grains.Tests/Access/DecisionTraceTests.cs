using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>What a decision says of itself: the rules in their order, the way up, and the grants met on it.</summary>
public sealed class DecisionTraceTests
{
    private static readonly TenantId Own = new("t1");
    private static readonly ObjectId Pump = new(1);
    private static readonly ObjectId Hall = new(2);
    private static readonly ObjectId Site = new(3);
    private static readonly Ancestry Upward = new(Pump, [Pump, Hall, Site]);

    private static Resource ThePump(string? owner = null, bool isGlobal = false, params string[] fragments) =>
        new(Own, Pump, owner, isGlobal, new Fragments([.. fragments.Select(name => new Fragment(name, "{}"u8.ToArray()))]));

    private static Caller Ann(ObjectGrants[]? below = null, ObjectGrants[]? alone = null, Ancestry? ancestry = null, bool showsParts = false, params Authority[] authorities) =>
        new Caller(new UserId(Own, "ann"), SignInMethod.Basic, 1, "").Attested(
            new Rights(AuthoritySet.Of(authorities)) { Objects = new ObjectRights(below ?? [], alone ?? []), ShowsCoveredFragments = showsParts }, ancestry);

    private static ObjectGrants Reads(ObjectId on, params string[] types) => new(on, [.. types.Select(type => new Grant(GrantScope.ManagedObject, GrantLevel.Read, type))]);

    private static string[] Tried(DecisionTrace trace) => [.. trace.Tried.Select(tried => $"{tried.Rule} {tried.Holds}")];

    private static string[] Met(DecisionTrace trace) => [.. trace.Met.Select(met => $"{met.At.Value} {met.Rule} {string.Join(' ', met.Types)}")];

    [Fact]
    public void A_refusal_tells_of_every_rule_that_could_have_allowed_it()
    {
        var trace = Policy.Explain(Ann(), ThePump("bob"), Permission.InventoryRead);
        Assert.Equal(new Decision(false, Rule.NothingGranted), trace.Decision);
        Assert.Equal(["GlobalAuthority False", "Ownership False", "GlobalFragment False", "InventoryRole False", "DevicePermission False"], Tried(trace));
        Assert.Equal((Permission.InventoryRead, Pump, "bob"), (trace.Permission, trace.Object!.Value, trace.Owner));
    }

    [Fact]
    public void A_permission_tells_of_no_rule_that_it_does_not_have()
    {
        Assert.Equal(["GlobalAuthority False"], Tried(Policy.Explain(Ann(), Resource.OfTenant(Own), Permission.UserRead)));
        Assert.Equal(["GlobalAuthority False", "Ownership False"], Tried(Policy.Explain(Ann(), ThePump(), Permission.RegistrationDelete)));
    }

    [Fact]
    public void The_rule_that_decides_is_the_last_one_told_of()
    {
        Assert.Equal(["GlobalAuthority True"], Tried(Policy.Explain(Ann(authorities: Authority.InventoryRead), ThePump("ann"), Permission.InventoryRead)));
        Assert.Equal(["GlobalAuthority False", "Ownership True"], Tried(Policy.Explain(Ann(), ThePump("ann", isGlobal: true), Permission.InventoryRead)));
        Assert.Equal(["GlobalAuthority False", "Ownership False", "GlobalFragment True"], Tried(Policy.Explain(Ann(), ThePump(isGlobal: true), Permission.InventoryRead)));
    }

    [Fact]
    public void What_is_no_object_is_told_of_as_none() => Assert.Null(Policy.Explain(Ann(), Resource.OfTenant(Own), Permission.UserRead).Object);

    [Fact]
    public void Of_another_tenants_thing_nothing_is_looked_at()
    {
        var trace = Policy.Explain(Ann(authorities: Authority.InventoryRead), new Resource(new TenantId("t2"), Pump, "ann", true), Permission.InventoryRead);
        Assert.Equal(new Decision(false, Rule.OtherTenant), trace.Decision);
        Assert.Empty(trace.Tried);
    }

    [Fact]
    public void Who_does_not_stand_above_a_tenant_is_told_that_the_thing_is_another_tenants()
    {
        var refused = Policy.DecideAcrossTenants(Ann(authorities: Authority.TenantManagementRead), Resource.OfTenant(new TenantId("t2")), Permission.TenantRead, new TenantId("t3"));
        Assert.Equal(new Decision(false, Rule.OtherTenant), refused);
        var allowed = Policy.DecideAcrossTenants(Ann(authorities: Authority.TenantManagementRead), Resource.OfTenant(new TenantId("t2")), Permission.TenantRead, Own);
        Assert.Equal(new Decision(true, Rule.GlobalAuthority), allowed);
    }

    [Fact]
    public void What_is_decided_across_tenants_is_explained_by_that_decision_and_by_no_other()
    {
        var above = Ann(authorities: [Authority.TenantManagementRead, Authority.DeviceControlAdmin]);
        foreach (var permission in Enum.GetValues<Permission>())
            foreach (var tenant in (TenantId[])[Own, new("t2")])
                foreach (var parent in (TenantId?[])[Own, new("t3"), null])
                    foreach (var caller in (Caller[])[above, Ann(), Caller.Platform(PlatformTask.Facts, Own).Attested(Rights.None)])
                        Assert.Equal(Policy.DecideAcrossTenants(caller, Resource.OfTenant(tenant), permission, parent),
                            Policy.ExplainAcrossTenants(caller, Resource.OfTenant(tenant), permission, parent).Decision);
        // Nobody stands above its own tenant, whatever it may do in it: and that is what is told.
        Assert.Equal(Rule.OtherTenant, Policy.ExplainAcrossTenants(above, Resource.OfTenant(Own), Permission.TenantRead, null).Decision.Rule);
    }

    [Fact]
    public void The_way_up_ends_where_everything_is_covered()
    {
        var trace = Policy.Explain(Ann([Reads(Hall, Grant.AnyType), Reads(Site, Grant.AnyType)], ancestry: Upward), ThePump(), Permission.InventoryRead);
        Assert.Equal(new Decision(true, Rule.InventoryRole), trace.Decision);
        Assert.Equal([Pump, Hall], trace.Walked);
        Assert.Equal(["2 InventoryRole *"], Met(trace));
    }

    [Fact]
    public void The_way_up_goes_past_what_covers_a_part_and_what_is_about_something_else()
    {
        var other = new ObjectGrants(Pump, [new Grant(GrantScope.Alarm, GrantLevel.Read, Grant.AnyType)]);
        var trace = Policy.Explain(Ann([other, Reads(Hall, "c8y_B", "c8y_A"), Reads(Site, "c8y_C")], ancestry: Upward), ThePump(fragments: "c8y_C"), Permission.InventoryRead);
        Assert.Equal(new Decision(true, Rule.InventoryRole), trace.Decision);
        Assert.Equal([Pump, Hall, Site], trace.Walked);
        Assert.Equal(["2 InventoryRole c8y_A c8y_B", "3 InventoryRole c8y_C"], Met(trace));
    }

    [Fact]
    public void A_device_permission_is_told_of_with_the_roles_that_it_completes()
    {
        var caller = Ann([Reads(Hall, "c8y_A")], [Reads(Pump, "c8y_B")], Upward);
        var trace = Policy.Explain(caller, ThePump(fragments: ["c8y_A", "c8y_B"]), Permission.InventoryRead);
        Assert.Equal(new Decision(true, Rule.DevicePermission), trace.Decision);
        Assert.Equal(["2 InventoryRole c8y_A", "1 DevicePermission c8y_B"], Met(trace));
        Assert.Equal("InventoryRole False", Tried(trace)[^2]);
        Assert.Equal("DevicePermission True", Tried(trace)[^1]);
    }

    [Fact]
    public void A_role_above_one_object_says_nothing_of_another()
    {
        var caller = Ann([Reads(Site, Grant.AnyType)], ancestry: Upward);
        var valve = new Resource(Own, new ObjectId(4), null, false);
        Assert.Equal(new Decision(false, Rule.NothingGranted), Policy.Decide(caller, valve, Permission.InventoryRead));
        Assert.True(Policy.CoverageOf(caller, valve, Permission.InventoryRead).IsNone);
        Assert.True(Policy.Decide(caller, ThePump(), Permission.InventoryRead).Allowed);
    }

    [Fact]
    public void Parts_show_only_of_measurements_and_only_where_the_tenant_wants_it()
    {
        Assert.Equal([Permission.MeasurementRead], Enum.GetValues<Permission>().Where(permission => Policy.ShowsParts(Ann(showsParts: true), permission)));
        Assert.DoesNotContain(Enum.GetValues<Permission>(), permission => Policy.ShowsParts(Ann(), permission));
        var grants = new ObjectGrants(Hall, [new Grant(GrantScope.Any, GrantLevel.Any, "c8y_A")]);
        Assert.True(Policy.Scope(Ann([grants], showsParts: true), Permission.MeasurementRead).ShowsParts);
        Assert.False(Policy.Scope(Ann([grants], showsParts: true), Permission.EventRead).ShowsParts);
        Assert.False(Policy.Scope(Ann([grants]), Permission.MeasurementRead).ShowsParts);
    }

    [Fact]
    public void What_shows_of_an_objects_data_does_not_hang_on_the_object_itself_being_covered()
    {
        var coverage = Policy.CoverageOf(Ann([Reads(Hall, "c8y_A")], ancestry: Upward), ThePump(fragments: "c8y_A"), Permission.InventoryRead);
        Assert.False(coverage.IsWhole);
        Assert.Equal(["c8y_A"], coverage.Types!);
    }

    [Fact]
    public void Before_anybody_knows_what_a_caller_holds_it_gets_as_far_as_things_that_it_might_have_been_given()
    {
        var stranger = new Caller(new UserId(Own, "ann"), SignInMethod.Basic, 1, "");
        Assert.True(Policy.MayEver(stranger, Permission.InventoryRead));
        // What one owns alone, and what is granted alone.
        Assert.True(Policy.MayEver(stranger, Permission.RegistrationDelete));
        Assert.True(Policy.MayEver(stranger, Permission.AuditRead));
        Assert.False(Policy.MayEver(stranger, Permission.UserRead));
        Assert.False(Policy.MayEver(stranger, Permission.TenantCreate));
    }

    [Fact]
    public void A_permission_is_about_objects_where_a_grant_on_one_can_give_it()
    {
        var onTheTenant = Enum.GetValues<Permission>().Where(permission => !Policy.IsAboutObjects(permission)).ToArray();
        Assert.Contains(Permission.UserRead, onTheTenant);
        Assert.DoesNotContain(Permission.MeasurementRead, onTheTenant);
        Assert.All(Enum.GetValues<Permission>(), permission => Assert.Equal(Policy.GrantsFor(permission) != GrantKinds.None, Policy.IsAboutObjects(permission)));
    }

    [Fact]
    public void Who_is_only_supposed_has_no_credentials_that_anybody_could_have()
    {
        var supposed = Caller.Supposed(new UserId(Own, "ann"), Rights.None, Upward);
        Assert.True(supposed.CredentialEpoch < 0);
        Assert.False(supposed.IsPlatform);
        Assert.False(supposed.IsApplication);
        Assert.Same(Upward, supposed.Ancestry);
    }

    [Fact]
    public void The_platform_is_no_device_and_signing_in_is_one_of_its_tasks()
    {
        var platform = Caller.SigningIn(Own);
        Assert.Equal((PlatformTask.SignIn, Own, true, true), (platform.Task, platform.Tenant, platform.IsPlatform, platform.IsApplication));
        Assert.Equal((0L, ""), (platform.CredentialEpoch, platform.Address));
        Assert.False(Ann().IsPlatform);
        Assert.False(Ann().IsApplication);
    }
}
