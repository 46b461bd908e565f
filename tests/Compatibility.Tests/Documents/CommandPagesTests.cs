namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>What a page tells its reader to type is typed by a test.</summary>
public sealed class CommandPagesTests
{
    [Fact]
    public void Every_page_with_commands_is_run_as_it_is_printed()
    {
        var pages = Directory.EnumerateFiles(Repository.Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Where(page => File.ReadLines(page).Any(line => line.StartsWith("```sh", StringComparison.Ordinal)))
            .Select(page => Path.GetRelativePath(Repository.Root, page)).Order(StringComparer.Ordinal);

        // TourTests, PermissionsPageTests, InstallationTests: a page that comes to have commands gets such a test, and stands here.
        Assert.Equal(["README.md", "docs/permissions.md", "docs/running.md"], pages);
    }
}
