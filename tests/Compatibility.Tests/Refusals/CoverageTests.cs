using Bailiwick.Edge.Http;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>Every way in has a row that refuses. What has none stands on a reviewed list that may only get shorter.</summary>
public sealed class CoverageTests
{
    private static readonly RouteTree Tree = new(Routes.All);

    [Fact]
    public void Every_route_has_a_refusal_or_stands_on_the_list()
    {
        var refused = RefusalTable.Whole.Rows.Where(row => row.Rest is { Refuses: true, Status: not (401 or 405) }).Select(row => RouteOf(row.Rest!.Ask)).ToHashSet();

        Assert.Equal(Listed("routes-without-refusal.txt"), Routes.All.Where(route => !refused.Contains(route)).Select(route => $"{route.Method} {route.Template}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_grain_method_has_a_refusal_or_stands_on_the_list()
    {
        var refused = RefusalTable.Whole.Rows.Where(row => row.Grain is { Kind: not "Answer" }).Select(row => row.Grain!.Ask).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(Listed("grain-methods-without-refusal.txt"), GrainDoor.Methods.Select(GrainDoor.NameOf).Where(name => !refused.Contains(name)));
    }

    [Fact]
    public void The_table_names_every_row_once_and_gives_it_a_rule_and_a_door()
    {
        var rows = RefusalTable.Whole.Rows;

        Assert.Equal(rows.Count, rows.Select(row => row.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(rows, row => Assert.True(row.Rule.Length > 0 && (row.Rest ?? row.Mqtt ?? (object?)row.Grain) is not null, row.Id));
        Assert.All(rows.Where(row => row.Rest is { Refuses: true }), row => Assert.False(row.Rest!.Error is null, $"{row.Id} does not say which error"));
    }

    private static Route? RouteOf(string ask)
    {
        var (method, path) = (ask[..ask.IndexOf(' ', StringComparison.Ordinal)], ask[(ask.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        return Tree.Find(path.Split('?')[0], [])?.For(method);
    }

    private static IEnumerable<string> Listed(string name) =>
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Refusals", name)).Where(line => line.Length > 0 && line[0] != '#');
}
