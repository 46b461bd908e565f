using System.Text.RegularExpressions;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>docs/security.md leaves out no row, and names no test that is not there.</summary>
public sealed partial class SecurityPageTests
{
    private static readonly (char Letter, int Last)[] Rows = [('A', 10), ('B', 8), ('C', 5), ('D', 19), ('E', 7), ('F', 6), ('G', 6), ('N', 22)];

    [Fact]
    public async Task Every_claim_has_its_row_and_every_test_it_names_exists()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "security.md"));
        var rows = page.Split('\n').Select(line => Row().Match(line)).Where(match => match.Success).ToDictionary(match => match.Groups["id"].Value, match => match);
        Assert.Equal(Rows.SelectMany(row => Enumerable.Range(1, row.Last).Select(n => $"{row.Letter}{n}")), rows.Keys);

        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).ToHashSet();
        foreach (var (id, row) in rows)
        {
            var tests = TestName().Matches(row.Groups["by"].Value).Select(match => match.Value).ToList();
            Assert.True(row.Groups["state"].Value == "open" || tests.Count > 0, $"{id} is called {row.Groups["state"].Value} and names no test");
            Assert.All(tests, test => Assert.True(sources.Contains(test), $"{id} names {test}, which is not there"));
        }
    }

    [GeneratedRegex(@"^\| (?<id>[A-N]\d+) \| .+ \| (?<state>shown|partly|open) \| (?<by>.*) ?\|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"\w+(Tests|Suite)\b")]
    private static partial Regex TestName();
}

/// <summary>The repository that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Orleans.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"No Orleans.sln above {AppContext.BaseDirectory}");
    }
}
