using System.Diagnostics;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>One bash for a whole page: a block finds the variables of those before.</summary>
internal sealed class DocumentShell : IDisposable
{
    private const string Mark = "-- end of block --";
    private static readonly TimeSpan BlockMax = TimeSpan.FromMinutes(4);
    private readonly Process _bash;

    public DocumentShell(string folder) => _bash = Process.Start(
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
