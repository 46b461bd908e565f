namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>docs/permissions.md, pasted: every recipe does what the page shows.</summary>
public sealed class PermissionsPageTests
{
    [Fact]
    public async Task Every_recipe_for_access_prints_what_the_page_shows()
    {
        var blocks = await PasteablePage.BlocksAsync("docs/permissions.md");
        // One that sets up, ten, and a trial.
        Assert.Equal(12, blocks.Count);
        using var folder = new TemporaryFolder();
        using var shell = new DocumentShell(folder.Path);
        await using var server = await ServerProcess.StartOnAsync(folder["data"], "--Bootstrap:AdminPassword=let-me-in-1");
        foreach (var (script, output) in blocks) await PasteablePage.RequireAsync(shell, server, script, output);
    }
}
