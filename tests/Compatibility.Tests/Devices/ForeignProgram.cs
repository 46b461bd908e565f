using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>A program of somebody else, with all that it writes. Disposing ends it: this process only, by its id.</summary>
internal sealed class ForeignProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _name;

    private ForeignProgram(Process process, string name) => (_process, _name) = (process, name);

    public LineLog Output { get; } = new();

    public LineLog Errors { get; } = new();

    /// <summary>Starts it; <c>./dev test</c> installs what is missing.</summary>
    public static ForeignProgram Start(string program, params string[] arguments) => Start(new Dictionary<string, string>(), program, arguments);

    /// <inheritdoc cref="Start(string, string[])"/>
    /// <param name="environment">What its environment has besides this process's own.</param>
    public static ForeignProgram Start(IReadOnlyDictionary<string, string> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var started = new ForeignProgram(new Process { StartInfo = start }, $"{Path.GetFileName(program)} {string.Join(' ', arguments)}");
        started._process.OutputDataReceived += (_, line) => started.Output.Add(line.Data);
        started._process.ErrorDataReceived += (_, line) => started.Errors.Add(line.Data);
        started._process.Start();
        started._process.StandardInput.Close();
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Runs it to its end; answers its exit code and what it wrote.</summary>
    public static async Task<Ended> RunAsync(string program, params string[] arguments)
    {
        await using var running = Start(program, arguments);
        return await running.EndAsync();
    }

    /// <summary>A line of its output that holds this text, now or later.</summary>
    public async Task<string> LineAsync(string text) =>
        await Output.FindAsync(line => line.Contains(text, StringComparison.Ordinal), $"'{text}' of {_name}", BailiwickProcess.Patience)
        ?? throw new InvalidOperationException($"{_name} ended without '{text}': {Output.Text}\n{Errors.Text}");

    /// <summary>SIGINT; returns when it has ended.</summary>
    public Task<Ended> InterruptAsync()
    {
        if (!_process.HasExited) _ = SendSignal(_process.Id, 2);
        return EndAsync();
    }

    public async Task<Ended> EndAsync()
    {
        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        try
        {
            await _process.WaitForExitAsync(giveUp.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Awaited the end of {_name}. Output: {Output.Text}\nErrors: {Errors.Text}");
        }
        return new Ended(_process.ExitCode, Output.Lines, Errors.Lines);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
