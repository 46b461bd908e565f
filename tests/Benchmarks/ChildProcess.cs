using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Bailiwick.Benchmarks;

/// <summary>A program that we started: its output line by line, and its end by its own id. Disposing ends it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);
    private const int LinesHeldMax = 10_000;

    private readonly Process _process;
    private readonly Channel<string> _output = Channel.CreateBounded<string>(new BoundedChannelOptions(LinesHeldMax) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Queue<string> _lastErrors = new();

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines of its standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_lastErrors) return string.Join('\n', _lastErrors);
        }
    }

    /// <summary>Starts a program with as many open files as this user may have.</summary>
    public static ChildProcess Start(string program, params IEnumerable<string> arguments)
    {
        // The shell becomes the program, so that the id is the program's.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\"", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.TakeOutput(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.TakeError(line.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end and returns its standard output.</summary>
    /// <exception cref="BenchmarkException">It failed, or took longer than the limit.</exception>
    public static async Task<string> CaptureAsync(string program, IEnumerable<string> arguments, TimeSpan limit, CancellationToken stop)
    {
        await using var child = Start(program, arguments);
        var lines = new List<string>();
        var exitCode = await child.EndAsync(lines.Add, limit, stop);
        return exitCode == 0 ? string.Join('\n', lines) : throw new BenchmarkException($"{program} ended with {exitCode}: {string.Join('\n', lines)}\n{child.Errors}");
    }

    /// <summary>Hands its lines on until it ends by itself, and returns its exit code.</summary>
    /// <exception cref="BenchmarkException">It took longer than the limit.</exception>
    public async Task<int> EndAsync(Action<string> onLine, TimeSpan limit, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(limit);
        try
        {
            await foreach (var line in _output.Reader.ReadAllAsync(patience.Token)) onLine(line);
            await _process.WaitForExitAsync(patience.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new BenchmarkException($"{_process.StartInfo.ArgumentList[2]} did not end within {limit.TotalSeconds:0} s: {Errors}");
        }
    }

    /// <summary>Waits for a line of its standard output.</summary>
    /// <exception cref="BenchmarkException">It ended, or the limit came, before the line.</exception>
    public async Task<string> LineAsync(string beginning, TimeSpan limit, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(limit);
        try
        {
            await foreach (var line in _output.Reader.ReadAllAsync(patience.Token))
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                    return line;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
        }
        throw new BenchmarkException($"{_process.StartInfo.ArgumentList[2]} did not print '{beginning}' within {limit.TotalSeconds:0} s: {Errors}");
    }

    /// <summary>SIGTERM, and SIGKILL when that does not end it in time.</summary>
    public async Task TerminateAsync()
    {
        if (_process.HasExited) return;
        _ = SendSignal(_process.Id, 15);
        using var patience = new CancellationTokenSource(EndPatience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>SIGKILL: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await TerminateAsync();
        _process.Dispose();
    }

    private void TakeOutput(string? line)
    {
        if (line is null) _output.Writer.TryComplete();
        else _output.Writer.TryWrite(line);
    }

    private void TakeError(string? line)
    {
        const int linesMax = 20;
        if (line is null) return;
        lock (_lastErrors)
        {
            if (_lastErrors.Count == linesMax) _lastErrors.Dequeue();
            _lastErrors.Enqueue(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int processId, int signal);
}

/// <summary>What the kernel says of a process, by its id.</summary>
internal static class ProcessFigures
{
    private static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan QuietPatience = TimeSpan.FromSeconds(30);
    private const double QuietShareOfCore = 0.03;

    /// <summary>Resident memory.</summary>
    public static double RssKib(int processId)
    {
        foreach (var line in File.ReadLines($"/proc/{processId}/status"))
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        throw new BenchmarkException($"Process {processId} has ended.");
    }

    /// <summary>
    /// Waits until the process rests, so that what it does in the background is not charged to what is measured next.
    /// Returns false when it never did.
    /// </summary>
    public static async Task<bool> BecomeQuietAsync(int processId, CancellationToken stop)
    {
        using var process = Process.GetProcessById(processId);
        var patience = Stopwatch.StartNew();
        while (patience.Elapsed < QuietPatience)
        {
            process.Refresh();
            var before = process.TotalProcessorTime;
            await Task.Delay(Sample, stop);
            process.Refresh();
            if ((process.TotalProcessorTime - before) / Sample < QuietShareOfCore) return true;
        }
        return false;
    }
}
