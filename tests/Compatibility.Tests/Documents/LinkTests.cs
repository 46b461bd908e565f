using System.Text.RegularExpressions;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>A page sends its reader to nothing that is not there.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages() =>
        [.. Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(page => Path.GetRelativePath(Repository.Root, page)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_link_leads_somewhere_and_every_file_named_by_its_path_is_there(string page)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, page));
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        var links = Link().Matches(text).Select(link => link.Groups["to"].Value).Where(to => !to.Contains("://", StringComparison.Ordinal));
        var paths = NamedPath().Matches(text).Select(path => path.Groups["path"].Value);

        Assert.All(links, to => Assert.True(Path.Exists(Path.Combine(folder, to)), $"{page} links to {to}"));
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), $"{page} names {path}"));
    }

    [GeneratedRegex(@"\]\((?<to>[^)#]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    // From the root of the repository, as in a checklist; shorter names are for reading.
    [GeneratedRegex(@"`(?<path>(src|tests|docs|eng)/[\w./-]+)`")]
    private static partial Regex NamedPath();
}
