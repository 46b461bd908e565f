using System.Text.RegularExpressions;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.SmartRest;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>docs/compatibility.md claims what is served, all of it and nothing else.</summary>
public sealed partial class CompatibilityPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "compatibility.md"));

    [Fact]
    public void Every_route_is_on_the_page_and_what_the_page_calls_served_is_a_route()
    {
        var rows = Page.Split('\n').Select(line => RestRow().Match(line)).Where(match => match.Success).ToList();
        Assert.NotEmpty(rows);
        var listed = rows.SelectMany(row => row.Groups["methods"].Value.Split(", ").Select(method => (Route: $"{method} {row.Groups["path"].Value}", Row: row))).ToList();
        Assert.Equal(listed.Count, listed.Select(one => one.Route).Distinct().Count());
        Assert.Equal(
            Routes.All.Select(route => $"{route.Method} {route.Template}").Order(StringComparer.Ordinal),
            listed.Where(one => one.Row.Groups["state"].Value != "not yet").Select(one => one.Route).Order(StringComparer.Ordinal));
        Assert.All(rows.Where(row => row.Groups["state"].Value == "differs"), row => Assert.True(row.Groups["note"].Value.Trim().Length > 0, $"{row.Value} does not say what differs"));
    }

    [Theory]
    [InlineData("### Templates, device to platform", true)]
    [InlineData("### Templates, platform to device", false)]
    public void Every_template_is_on_the_page_and_what_the_page_calls_served_is_a_template(string heading, bool isUp)
    {
        var section = Page[Page.IndexOf(heading, StringComparison.Ordinal)..];
        var end = section.IndexOf("\n#", 1, StringComparison.Ordinal);
        var rows = (end < 0 ? section : section[..end]).Split('\n').Select(line => TemplateRow().Match(line)).Where(match => match.Success).ToList();
        Assert.Equal(
            TemplateIds(isUp).Order(StringComparer.Ordinal),
            rows.Where(row => row.Groups["state"].Value != "not yet").Select(row => row.Groups["id"].Value).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> TemplateIds(bool isUp)
    {
        using var stream = typeof(TemplateInterpreter).Assembly.GetManifestResourceStream("Bailiwick.Edge.SmartRest.static-templates.json")!;
        using var table = System.Text.Json.JsonDocument.Parse(stream);
        return [.. table.RootElement.GetProperty(isUp ? "requests" : "responses").EnumerateArray().Select(template => template.GetProperty("id").GetString()!)];
    }

    [GeneratedRegex(@"^\| (?<methods>(GET|POST|PUT|DELETE)(, (GET|POST|PUT|DELETE))*) \| `(?<path>/[^`]*)` \| (?<state>works|differs|not yet) \| (?<note>.*) ?\|$")]
    private static partial Regex RestRow();

    [GeneratedRegex(@"^\| `(?<id>\d+)` \| (?<state>works|differs|not yet) \| .*\|$")]
    private static partial Regex TemplateRow();
}
