using System.Collections.Frozen;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>What an explanation says of facts, without a server.</summary>
public sealed class ExplanationTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly ObjectId Hall = new(1);
    private static readonly ObjectId Pump = new(2);

    private static Explanation Explain(UserFact user, TenantFact tenant, Permission permission, bool isOnPump = true, params IReadOnlyList<string> fragments) => Explanations.Of(
        new Suppositions(tenant, [user], [permission], fragments, false, true, Noon),
        isOnPump ? new Resource(Facts.Tenant, Pump, "bob", false) : Resource.OfTenant(Facts.Tenant), isOnPump ? new Ancestry(Pump, [Pump, Hall]) : null, null).Single();

    private static TenantFact WithRole(int id, Grant grant) => Facts.OfTenant(1) with
    {
        InventoryRoles = new Dictionary<int, IReadOnlyList<Grant>> { [id] = [grant] }.ToFrozenDictionary(),
    };

    [Fact]
    public void A_password_that_ran_out_explains_a_refusal_as_the_gate_makes_it()
    {
        var user = Facts.User(1, Authority.MeasurementRead) with { PasswordSinceMs = Noon.AddDays(-30).ToUnixTimeMilliseconds() };
        Assert.Equal(new Decision(true, Rule.GlobalAuthority), Explain(user, Facts.OfTenant(1) with { PasswordDays = 31 }, Permission.MeasurementRead).Trace.Decision);
        Assert.Equal(new Decision(false, Rule.ShutIn), Explain(user, Facts.OfTenant(1) with { PasswordDays = 30 }, Permission.MeasurementRead).Trace.Decision);
    }

    [Fact]
    public void Who_holds_a_right_twice_has_no_single_thing_to_lose_for_it()
    {
        var tenant = Facts.OfTenant(1, (7, Authority.MeasurementRead));
        var once = Explain(Facts.User(1) with { Groups = [7] }, tenant, Permission.MeasurementRead, isOnPump: false);
        var twice = Explain(Facts.User(1, Authority.MeasurementRead) with { Groups = [7] }, tenant, Permission.MeasurementRead, isOnPump: false);

        Assert.Equal([7], once.NearMisses.Select(miss => miss.Group));
        Assert.Empty(twice.NearMisses);
        Assert.Equal([null, 7], twice.Reasons.Select(reason => reason.Group));
    }

    [Fact]
    public void A_role_that_would_not_do_is_no_near_miss_and_one_that_would_is_one_at_every_level()
    {
        var reader = Explain(Facts.User(1), WithRole(3, new Grant(GrantScope.Measurement, GrantLevel.Read, Grant.AnyType)), Permission.MeasurementRead);
        var other = Explain(Facts.User(1), WithRole(3, new Grant(GrantScope.Measurement, GrantLevel.Admin, Grant.AnyType)), Permission.MeasurementRead);

        Assert.Equal([Pump, Hall], reader.NearMisses.Where(miss => miss.InventoryRole == 3).Select(miss => miss.At!.Value));
        Assert.DoesNotContain(other.NearMisses, miss => miss.InventoryRole is not null);
        Assert.Contains(other.NearMisses, miss => miss.Grant is { Scope: GrantScope.Measurement, Level: GrantLevel.Read });
    }

    [Fact]
    public void A_deciding_role_names_the_object_it_was_given_on_and_the_way_there()
    {
        var user = Facts.User(1) with { Assignments = [new AssignedRoles(1, Hall, [3])] };
        var explanation = Explain(user, WithRole(3, new Grant(GrantScope.Measurement, GrantLevel.Read, Grant.AnyType)), Permission.MeasurementRead);

        Assert.Equal(new Decision(true, Rule.InventoryRole), explanation.Trace.Decision);
        Assert.Equal([Pump, Hall], explanation.Trace.Walked);
        Assert.Equal((3, Hall), (explanation.Reasons.Single().InventoryRole!.Value, explanation.Reasons.Single().At!.Value));
    }

    [Fact]
    public void The_device_permission_that_would_do_is_for_the_one_fragment_that_is_missing()
    {
        var user = Facts.User(1) with { DevicePermissions = [new ObjectGrants(Pump, [new Grant(GrantScope.Measurement, GrantLevel.Read, "c8y_T")])] };
        string Offered(params IReadOnlyList<string> fragments) =>
            Explain(user, Facts.OfTenant(1), Permission.MeasurementRead, true, fragments).NearMisses.Single(miss => miss.Grant is not null).Grant!.Value.Type;

        Assert.Equal("c8y_P", Offered("c8y_P"));
        Assert.Equal("c8y_P", Offered("c8y_T", "c8y_P"));
        Assert.Equal(Grant.AnyType, Offered("c8y_T", "c8y_P", "c8y_Q"));
    }

    [Fact]
    public async Task However_much_somebody_holds_elsewhere_what_would_end_a_right_is_found_at_once()
    {
        var reads = new Grant(GrantScope.Measurement, GrantLevel.Read, Grant.AnyType);
        var roles = Enumerable.Range(1, Limits.RolesPerAssignmentMax).ToList();
        var tenant = Facts.OfTenant(1) with { InventoryRoles = roles.ToFrozenDictionary(role => role, _ => (IReadOnlyList<Grant>)[reads]) };
        var user = Facts.User(1) with
        {
            Assignments = [new AssignedRoles(1, Hall, [3]), .. Enumerable.Range(2, Limits.AssignmentsPerUserMax - 1).Select(id => new AssignedRoles(id, new ObjectId(1_000 + id), roles))],
        };
        var asked = Task.Run(() => Explain(user, tenant, Permission.MeasurementRead), TestContext.Current.CancellationToken);
        await Task.WhenAny(asked, Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        Assert.True(asked.IsCompleted, "Waited 20 s for the near misses of a user with roles on 1,000 objects.");
        var miss = Assert.Single((await asked).NearMisses);
        Assert.Equal((3, Hall), (miss.InventoryRole!.Value, miss.At!.Value));
    }

    [Fact]
    public void Near_misses_that_were_not_all_looked_for_are_said_to_be_not_all()
    {
        var way = Enumerable.Range(2, 400).Select(id => new ObjectId(id)).ToList();
        var roles = Enumerable.Range(1, 20).ToList();
        IReadOnlyList<Grant> grants = [.. Enumerable.Range(1, 20).Select(type => new Grant(GrantScope.Measurement, GrantLevel.Read, $"c8y_{type}"))];
        var tenant = Facts.OfTenant(1) with { InventoryRoles = roles.ToFrozenDictionary(role => role, _ => grants) };
        Explanation OnPump(int levels) => Explanations.Of(
            new Suppositions(tenant, [Facts.User(1) with { Assignments = [.. way.Take(levels).Select(at => new AssignedRoles((int)at.Value, at, roles))] }],
                [Permission.MeasurementRead], ["c8y_P"], false, true, Noon), new Resource(Facts.Tenant, Pump, "bob", false), new Ancestry(Pump, way), null).Single();

        Assert.False(OnPump(1).AreNearMissesCut);
        var explanation = OnPump(way.Count);
        Assert.True(explanation.AreNearMissesCut);
        Assert.NotEmpty(explanation.NearMisses);
    }

    [Fact]
    public void Fragments_that_show_without_the_rest_are_named_where_a_tenant_shows_parts_and_nowhere_else()
    {
        var user = Facts.User(1) with { DevicePermissions = [new ObjectGrants(Pump, [new Grant(GrantScope.Any, GrantLevel.Read, "c8y_T")])] };
        var tenant = Facts.OfTenant(1) with { ShowsCoveredFragments = true };

        Assert.Equal(["c8y_T"], Explain(user, tenant, Permission.MeasurementRead, true, "c8y_T", "c8y_P").AllowedFragments);
        Assert.Empty(Explain(user, Facts.OfTenant(1), Permission.MeasurementRead, true, "c8y_T", "c8y_P").AllowedFragments);
        Assert.Empty(Explain(user, tenant, Permission.EventRead, true, "c8y_T", "c8y_P").AllowedFragments);
        Assert.Empty(Explain(user with { IsActive = false }, tenant, Permission.MeasurementRead, true, "c8y_T", "c8y_P").AllowedFragments);
        Assert.True(Explain(user, tenant, Permission.MeasurementRead, true, "c8y_T").Trace.Decision.Allowed);
    }
}
