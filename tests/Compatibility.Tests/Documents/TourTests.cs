using System.Diagnostics;
using System.Text;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>The README's tour, pasted: its shell blocks run in one shell against a fresh server, and each must print what the page shows.</summary>
public sealed class TourTests
{
    private const string Mark = "-- end of block --";
    private static readonly TimeSpan TourMax = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_tour_in_the_README_prints_what_it_shows()
    {
        var blocks = Blocks(await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "README.md")));
        Assert.True(blocks.Count >= 6, $"The README shows only {blocks.Count} blocks with their output");
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartOnAsync(
            Path.Combine(folder.Path, "data"), "--Bootstrap:AdminPassword=let-me-in-1", "--Bootstrap:ManagementPassword=platform-words-1", "--Bootstrap:DevicePassword=first-words-1");
        var script = new StringBuilder();
        foreach (var block in blocks) script.Append(ForServer(block.Script, server)).Append("\necho '").Append(Mark).Append("'\n");

        var printed = (await RunAsync(script.ToString(), folder.Path)).Split(Mark + "\n");

        Assert.Equal(blocks.Select(block => block.Output), printed.Take(blocks.Count));
    }

    // The page has the default ports; a test has free ones.
    private static string ForServer(string script, ServerProcess server) => script
        .Replace("localhost:8443", $"localhost:{server.HttpsPort}", StringComparison.Ordinal)
        .Replace("-p 8883", $"-p {server.MqttsPort}", StringComparison.Ordinal);

    private static async Task<string> RunAsync(string script, string folder)
    {
        var start = new ProcessStartInfo("bash", ["-s"]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;
        await shell.StandardInput.WriteAsync(script);
        shell.StandardInput.Close();
        var printed = shell.StandardOutput.ReadToEndAsync();
        try
        {
            await shell.WaitForExitAsync().WaitAsync(TourMax);
        }
        catch (TimeoutException)
        {
            shell.Kill(entireProcessTree: true);
            throw new TimeoutException($"The tour did not end within {TourMax}; it had printed: {await printed}");
        }
        return await printed;
    }

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
            else blocks.Add((script ?? throw new InvalidDataException($"README line {i + 1}: output without a script"), text));
            i = end;
        }
        return blocks;
    }
}
