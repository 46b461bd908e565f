using System.Collections.Frozen;
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

    private static Explanation Explain(UserFact user, TenantFact tenant, Permission permission, bool isOnPump = true) => Explanations.Of(
        new Suppositions(tenant, [user], [permission], [], false, true, Noon),
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
}
