using System.Diagnostics;
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
        var blocks = Blocks(await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "README.md")));
        Assert.True(blocks.Count >= 8, $"The README shows only {blocks.Count} blocks with their output");
        Assert.Single(blocks, block => block.Script == Kill);
        using var folder = new TemporaryFolder();
        using var shell = new Shell(folder.Path);
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

    private static List<(string Script, string Output)> Blocks(string[] lines)
    {
        var blocks = new List<(string, string)>();
        string? script = null;
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i] is not ("```sh" or "```output")) continue;
            var end = Array.IndexOf(lines, "```", i);
            var text = string.Concat(lines[(i + 1)..end].Select(line => line + "\n"));
            if (lines[i] == "```sh") script = text;
            else
            {
                blocks.Add((script ?? throw new InvalidDataException($"README line {i + 1}: output without a script"), text));
                script = null;
            }
            i = end;
        }
        Assert.True(script is null, $"The README does not say what this prints: {script}");
        return blocks;
    }

    /// <summary>One bash for the whole tour: a block finds the variables of those before.</summary>
    private sealed class Shell : IDisposable
    {
        private const string Mark = "-- end of block --";
        private static readonly TimeSpan BlockMax = TimeSpan.FromMinutes(2);
        private readonly Process _bash;

        public Shell(string folder) => _bash = Process.Start(
            new ProcessStartInfo("bash", ["-s"]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true })!;

        /// <summary>Runs a block to its end and answers what it printed.</summary>
        public async Task<string> RunAsync(string script)
        {
            await _bash.StandardInput.WriteAsync($"{script}echo '{Mark}'\n");
            await _bash.StandardInput.FlushAsync();
            var printed = "";
            using var giveUp = new CancellationTokenSource(BlockMax);
            try
            {
                while (await _bash.StandardOutput.ReadLineAsync(giveUp.Token) is { } line)
                {
                    if (line == Mark) return printed;
                    printed += line + "\n";
                }
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Awaited the end of this block for {BlockMax}:\n{script}It had printed:\n{printed}");
            }
            throw new InvalidOperationException($"The shell ended in this block:\n{script}It had printed:\n{printed}");
        }

        public void Dispose()
        {
            if (!_bash.HasExited) _bash.Kill(entireProcessTree: true);
            _bash.Dispose();
        }
    }
}
