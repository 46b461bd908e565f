using System.Globalization;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>
/// The README's tour, pasted: its shell blocks run in one shell against a real server, and each must print what the page shows. Where the
/// page kills the server and has its reader start it again, so does this test.
/// </summary>
public sealed class TourTests
{
    private const string Kill = "kill -9 $(pgrep -x bailiwick)\n";
    private static readonly string[] Passwords =
        ["--Bootstrap:AdminPassword=let-me-in-1", "--Bootstrap:ManagementPassword=platform-words-1", "--Bootstrap:DevicePassword=first-words-1"];

    [Fact]
    public async Task The_tour_in_the_README_prints_what_it_shows()
    {
        var blocks = await PasteablePage.BlocksAsync("README.md");
        Assert.True(blocks.Count >= 8, $"The README shows only {blocks.Count} blocks with their output");
        Assert.Single(blocks, block => block.Script == Kill);
        using var folder = new TemporaryFolder();
        using var shell = new DocumentShell(folder.Path);
        var server = await StartAsync(folder);
        try
        {
            foreach (var (script, output) in blocks)
            {
                if (script == Kill)
                {
                    await server.KillAsync();
                    var before = server;
                    server = await StartAsync(folder);
                    await before.DisposeAsync();
                    await shell.RunAsync(OntoPortsOf(before, server));
                }
                else await PasteablePage.RequireAsync(shell, server, script, output);
            }
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static Task<ServerProcess> StartAsync(TemporaryFolder folder) => ServerProcess.StartOnAsync(folder["data"], Passwords);

    // The one port that the shell keeps in a variable between blocks.
    private static string OntoPortsOf(ServerProcess before, ServerProcess now) =>
        string.Create(CultureInfo.InvariantCulture, $"AT=${{AT/:{before.HttpsPort}/:{now.HttpsPort}}}\n");
}
