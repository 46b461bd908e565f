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
        var blocks = Blocks(await PageBlock.AllOfAsync("README.md"));
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
                else Assert.Equal($"{script}{output}", $"{script}{await shell.RunAsync(ForServer(script, server))}");
            }
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static Task<ServerProcess> StartAsync(TemporaryFolder folder) => ServerProcess.StartOnAsync(folder["data"], Passwords);

    // The page has the default ports; a test has free ones.
    private static string ForServer(string script, ServerProcess server) => script
        .Replace("localhost:8443", $"localhost:{server.HttpsPort}", StringComparison.Ordinal)
        .Replace("-p 8883", $"-p {server.MqttsPort}", StringComparison.Ordinal)
        .Replace("-p 1883", $"-p {server.MqttPort}", StringComparison.Ordinal);

    // The one port that the shell keeps in a variable between blocks.
    private static string OntoPortsOf(ServerProcess before, ServerProcess now) =>
        string.Create(CultureInfo.InvariantCulture, $"AT=${{AT/:{before.HttpsPort}/:{now.HttpsPort}}}\n");

    private static List<(string Script, string Output)> Blocks(IEnumerable<PageBlock> fenced)
    {
        var blocks = new List<(string, string)>();
        string? script = null;
        foreach (var block in fenced)
        {
            if (block.Kind == "sh") script = block.Text;
            else if (block.Kind == "output")
            {
                blocks.Add((script ?? throw new InvalidDataException($"README line {block.Line}: output without a script"), block.Text));
                script = null;
            }
        }
        Assert.True(script is null, $"The README does not say what this prints: {script}");
        return blocks;
    }
}
