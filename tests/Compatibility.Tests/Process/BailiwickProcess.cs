using System.Diagnostics;
using System.Runtime.InteropServices;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Compatibility.Tests;

/// <summary>The real executable, as it was built, with all that it writes. Disposing kills it: this process only, by its id.</summary>
public sealed class BailiwickProcess : IAsyncDisposable
{
    /// <summary>How long any wait of a test lasts at most; long, because the machine may be busy with other tests.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private BailiwickProcess(Process process) => _process = process;

    /// <summary>The folder of the executable and its own files.</summary>
    public static string ProgramFolder => AppContext.BaseDirectory;

    public int Id => _process.Id;

    public LineLog Output { get; } = new();

    public LineLog Errors { get; } = new();

    public bool HasExited => _process.HasExited;

    /// <summary>Starts it.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">Variables to set beside the test's own, of which those that are settings are not handed on.</param>
    /// <param name="workingDirectory">By default the temporary folder of the system.</param>
    /// <param name="programFolder">Where the executable is; by default <see cref="ProgramFolder"/>.</param>
    public static BailiwickProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null, string? programFolder = null)
    {
        var start = new ProcessStartInfo(Path.Combine(programFolder ?? ProgramFolder, "bailiwick"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;

        var started = new BailiwickProcess(new Process { StartInfo = start });
        started._process.OutputDataReceived += (_, line) => started.Output.Add(line.Data);
        started._process.ErrorDataReceived += (_, line) => started.Errors.Add(line.Data);
        started._process.Start();
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<Ended> RunAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null, string? programFolder = null)
    {
        await using var process = Start(arguments, environment, workingDirectory, programFolder);
        return await process.EndAsync("the end of a command");
    }

    /// <summary>Asks it to stop (SIGTERM) and waits until it has ended.</summary>
    public Task<Ended> TerminateAsync() => SignalAsync(15);

    /// <summary>Asks it to stop as Ctrl+C does (SIGINT) and waits until it has ended.</summary>
    public Task<Ended> InterruptAsync() => SignalAsync(2);

    /// <summary>Ends it as a power cut would (SIGKILL): it gets no chance to do anything.</summary>
    public Task<Ended> KillAsync() => SignalAsync(9);

    /// <summary>Waits until it has ended by itself.</summary>
    /// <exception cref="TimeoutException">It has not; the message says what was awaited.</exception>
    public async Task<Ended> EndAsync(string awaited)
    {
        using var giveUp = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(giveUp.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Awaited {awaited} for {Patience}. Output: {Output.Text}\nErrors: {Errors.Text}");
        }

        return new(_process.ExitCode, Output.Lines, Errors.Lines);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private Task<Ended> SignalAsync(int signal)
    {
        if (!_process.HasExited && SendSignal(_process.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} to process {_process.Id} failed with error {Marshal.GetLastPInvokeError()}.");
        return EndAsync($"the end after signal {signal}");
    }

    private static bool IsSetting(string variable) =>
        SettingsTable.Sections.Any(section => variable.StartsWith($"{section}__", StringComparison.OrdinalIgnoreCase));

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}

/// <summary>How a process ended.</summary>
public sealed record Ended(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors);
