using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>Which fragments grants cover, one by one and together.</summary>
public sealed class CoverageTests
{
    private static readonly string[] Many = [.. Enumerable.Range(0, 20).Select(number => $"c8y_{number}")];

    private static Fragments With(params string[] names) => new([.. names.Select(name => new Fragment(name, "{}"u8.ToArray()))]);

    private static string[] Covered(Coverage coverage) => [.. (coverage.Types ?? new HashSet<string>()).Order(StringComparer.Ordinal)];

    [Fact]
    public void Two_grants_cover_together_what_neither_does_alone()
    {
        var (one, other) = (Coverage.Of(["c8y_A"]), Coverage.Of(["c8y_B"]));
        Assert.False(one.Covers(With("c8y_A", "c8y_B")));
        Assert.False(other.Covers(With("c8y_A", "c8y_B")));
        Assert.True((one | other).Covers(With("c8y_A", "c8y_B")));
        Assert.Equal(["c8y_A", "c8y_B"], Covered(one | other));
        Assert.False((one | other).Has("c8y_C"));
    }

    [Fact]
    public void However_many_grants_there_are_each_covers_what_it_says()
    {
        var all = Many.Aggregate(Coverage.None, (before, name) => before | Coverage.Of([name]));
        Assert.Equal(Many.Order(StringComparer.Ordinal), Covered(all));
        Assert.All(Many, name => Assert.True(all.Has(name)));
        Assert.False(all.Has("c8y_20"));
        Assert.False(all.IsWhole);
        Assert.True(all.Covers(With(Many)));
    }

    [Fact]
    public void What_many_grants_cover_joins_with_what_many_others_do()
    {
        Coverage Join(IEnumerable<string> names) => names.Aggregate(Coverage.None, (before, name) => before | Coverage.Of([name]));
        Assert.Equal(Many.Order(StringComparer.Ordinal), Covered(Join(Many[..7]) | Join(Many[7..])));
        Assert.Equal(Many[..7].Order(StringComparer.Ordinal), Covered(Join(Many[..4]) | Join(Many[4..7])));
    }

    [Fact]
    public void A_grant_that_is_met_on_two_ways_covers_what_it_covers_on_one()
    {
        var (one, other) = (Coverage.Of(["c8y_A"]), Coverage.Of(["c8y_B"]));
        Assert.Equal(["c8y_A", "c8y_B"], Covered((one | other) | one));
        Assert.Equal(["c8y_A", "c8y_B"], Covered((one | other) | (other | one)));
        Assert.Equal(["c8y_A", "c8y_B", "c8y_C"], Covered((one | other) | (one | Coverage.Of(["c8y_C"]))));
    }

    [Fact]
    public void The_star_takes_in_all_others_and_nothing_takes_from_it()
    {
        var one = Coverage.Of(["c8y_A"]);
        Assert.True((Coverage.Whole | one).IsWhole);
        Assert.True((one | Coverage.Whole).IsWhole);
        Assert.True((Coverage.None | Coverage.Whole).IsWhole);
        Assert.True((Coverage.Whole | Coverage.None).IsWhole);
        Assert.True(Coverage.Of(["c8y_A", Grant.AnyType]).IsWhole);
        Assert.True(Coverage.Whole.Has("c8y_A"));
        Assert.False(Coverage.Whole.IsNone);
        Assert.Null(Coverage.Whole.Types);
    }

    [Fact]
    public void Nothing_adds_nothing()
    {
        var one = Coverage.Of(["c8y_A"]);
        Assert.Equal(["c8y_A"], Covered(one | Coverage.None));
        Assert.Equal(["c8y_A"], Covered(Coverage.None | one));
        Assert.Equal(["c8y_A"], Covered(Coverage.BitwiseOr(one, Coverage.None)));
        Assert.False(one.IsNone);
        Assert.True(Coverage.None.IsNone);
        Assert.True((Coverage.None | Coverage.None).IsNone);
        Assert.True(Coverage.Of([]).IsNone);
        Assert.Null(Coverage.None.Types);
        Assert.False(Coverage.None.Has("c8y_A"));
    }

    [Fact]
    public void A_document_without_fragments_and_one_that_nobody_knows_are_covered_by_the_star_alone()
    {
        foreach (var document in (IFragmentNames?[])[With(), null])
        {
            Assert.True(Coverage.Whole.Covers(document));
            Assert.False(Coverage.Of(["c8y_A"]).Covers(document));
            Assert.False(Coverage.None.Covers(document));
        }
    }

    [Fact]
    public void A_change_of_several_documents_needs_each_of_them_covered_and_one_of_none_is_not()
    {
        var covered = Coverage.Of(["c8y_A"]);
        Assert.True(covered.Covers(new EachOf([With("c8y_A")])));
        Assert.True(covered.Covers(new EachOf([With("c8y_A"), With("c8y_A")])));
        Assert.False(covered.Covers(new EachOf([With("c8y_A"), With("c8y_B")])));
        Assert.False(covered.Covers(new EachOf([With("c8y_B"), With("c8y_A")])));
        Assert.False(covered.Covers(new EachOf([])));
    }

    [Theory]
    [InlineData(GrantScope.Alarm, GrantLevel.Read, GrantKinds.AlarmRead)]
    [InlineData(GrantScope.Operation, GrantLevel.Admin, GrantKinds.OperationAdmin)]
    [InlineData(GrantScope.Event, GrantLevel.Any, GrantKinds.EventRead | GrantKinds.EventAdmin)]
    [InlineData(GrantScope.Any, GrantLevel.Read,
        GrantKinds.AlarmRead | GrantKinds.AuditRead | GrantKinds.EventRead | GrantKinds.ManagedObjectRead | GrantKinds.MeasurementRead | GrantKinds.OperationRead)]
    [InlineData(GrantScope.Any, GrantLevel.Admin,
        GrantKinds.AlarmAdmin | GrantKinds.AuditAdmin | GrantKinds.EventAdmin | GrantKinds.ManagedObjectAdmin | GrantKinds.MeasurementAdmin | GrantKinds.OperationAdmin)]
    public void A_star_stands_for_every_scope_or_level_and_a_word_for_its_own(GrantScope scope, GrantLevel level, GrantKinds kinds) =>
        Assert.Equal(kinds, GrantSet.KindsOf(new Grant(scope, level, Grant.AnyType)));

    [Fact]
    public void Grants_of_one_object_are_told_apart_by_scope_and_level()
    {
        var set = new GrantSet([
            new Grant(GrantScope.Event, GrantLevel.Read, "c8y_A"), new Grant(GrantScope.Event, GrantLevel.Any, "c8y_B"), new Grant(GrantScope.Operation, GrantLevel.Admin, Grant.AnyType)]);

        Assert.Equal(GrantKinds.EventRead | GrantKinds.EventAdmin | GrantKinds.OperationAdmin, set.Kinds);
        Assert.Equal(["c8y_A", "c8y_B"], Covered(set.Of(GrantKinds.EventRead)));
        Assert.Equal(["c8y_B"], Covered(set.Of(GrantKinds.EventAdmin)));
        Assert.True(set.Of(GrantKinds.OperationAdmin | GrantKinds.EventAdmin).IsWhole);
        Assert.True(set.Of(GrantKinds.OperationRead | GrantKinds.AlarmRead).IsNone);
        Assert.True(set.Of(GrantKinds.None).IsNone);
    }

    [Fact]
    public void Whoever_holds_something_on_any_object_is_known_to_whichever_way_it_is_held()
    {
        ObjectGrants On(long id, GrantScope scope) => new(new ObjectId(id), [new Grant(scope, GrantLevel.Read, Grant.AnyType)]);
        var rights = new ObjectRights([On(1, GrantScope.Event), On(1, GrantScope.Alarm)], [On(2, GrantScope.Audit)]);

        Assert.Equal(GrantKinds.EventRead | GrantKinds.AlarmRead | GrantKinds.AuditRead, rights.Kinds);
        Assert.Equal(GrantKinds.EventRead | GrantKinds.AlarmRead, Assert.Single(rights.Below).Value.Kinds);
        Assert.Equal(GrantKinds.AuditRead, Assert.Single(rights.Alone).Value.Kinds);
        Assert.False(rights.IsEmpty);
        Assert.False(new ObjectRights([], [On(2, GrantScope.Audit)]).IsEmpty);
        Assert.True(ObjectRights.None.IsEmpty);
        Assert.True(new ObjectRights([new(new ObjectId(1), [])], []).IsEmpty);
    }
}
