using System.Text;
using Bailiwick.Compatibility.Tests.Devices;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>One system call, as strace saw it: where in the trace it began and where it had returned.</summary>
/// <param name="Arguments">The line's arguments; file descriptors carry their path, and bytes are written as <c>\x41</c>.</param>
internal sealed record SystemCall(string Name, string Arguments, int BeganAt, int ReturnedAt)
{
    /// <summary>The file or socket behind the first argument.</summary>
    public string Target { get; } = TargetOf(Arguments);

    public bool Carries(string text) => Carries(Encoding.UTF8.GetBytes(text));

    public bool Carries(params byte[] bytes) => Arguments.Contains(string.Concat(bytes.Select(one => $"\\x{one:x2}")), StringComparison.Ordinal);

    public override string ToString() => $"{Name} of {Target} [{BeganAt}..{ReturnedAt}]";

    private static string TargetOf(string arguments)
    {
        var (open, close) = (arguments.IndexOf('<', StringComparison.Ordinal), arguments.IndexOf('>', StringComparison.Ordinal));
        if (open < 0 || close < open) return "";
        var target = arguments[(open + 1)..close];
        return target.StartsWith("\\x", StringComparison.Ordinal) ? Encoding.UTF8.GetString(Convert.FromHexString(target.Replace("\\x", "", StringComparison.Ordinal))) : target;
    }
}

/// <summary>
/// The order in which a running process wrote, synced and sent, by strace: the kernel's own word that a sync had returned before an
/// acknowledgement was handed to the socket.
/// </summary>
internal sealed class CallTrace : IAsyncDisposable
{
    private static readonly string[] Syncs = ["fdatasync", "fsync"];
    private readonly TemporaryFolder _folder = new();
    private readonly ForeignProgram _strace;

    private CallTrace(ServerProcess server) => _strace = ForeignProgram.Start(
        "strace", "-f", "-p", $"{server.ProcessId}", "-e", "trace=fdatasync,fsync,write,writev,pwrite64,pwritev,sendto,sendmsg", "-e", "signal=none", "-yy", "-xx", "-s", "65536", "-o", File);

    private string File => _folder["trace"];

    /// <summary>Follows every thread of the server from now on.</summary>
    public static async Task<CallTrace> OfAsync(ServerProcess server)
    {
        var trace = new CallTrace(server);
        var attached = await trace._strace.Errors.FindAsync(line => line.Contains("attached", StringComparison.Ordinal), "strace to attach", BailiwickProcess.Patience);
        Assert.True(attached is not null, $"strace could not attach to the server: {trace._strace.Errors.Text}");
        return trace;
    }

    /// <summary>Lets the server go on alone and reads what it did.</summary>
    public async Task<IReadOnlyList<SystemCall>> EndAsync()
    {
        await _strace.InterruptAsync();
        return Parse(await System.IO.File.ReadAllLinesAsync(File));
    }

    public async ValueTask DisposeAsync()
    {
        await _strace.DisposeAsync();
        _folder.Dispose();
    }

    public static bool IsSync(SystemCall call) => Syncs.Contains(call.Name);

    public static bool IsSend(SystemCall call) => call.Name is "sendto" or "sendmsg" || (call.Name is "write" or "writev" && call.Target.StartsWith("TCP", StringComparison.Ordinal));

    /// <summary>A line is a whole call, or the beginning of one that another thread's line cuts in two.</summary>
    private static List<SystemCall> Parse(string[] lines)
    {
        const string Unfinished = " <unfinished ...>";
        var calls = new List<SystemCall>();
        var open = new Dictionary<string, (string Name, string Arguments, int At)>();
        for (var at = 0; at < lines.Length; at++)
        {
            var space = lines[at].IndexOf(' ', StringComparison.Ordinal);
            if (space < 0) continue;
            var (thread, rest) = (lines[at][..space], lines[at][space..].TrimStart());
            if (rest.StartsWith("<... ", StringComparison.Ordinal) && open.Remove(thread, out var begun))
                calls.Add(new SystemCall(begun.Name, begun.Arguments, begun.At, at));
            else if (rest.IndexOf('(', StringComparison.Ordinal) is > 0 and var bracket && char.IsLetter(rest[0]))
            {
                var (name, arguments) = (rest[..bracket], rest[(bracket + 1)..]);
                if (rest.EndsWith(Unfinished, StringComparison.Ordinal)) open[thread] = (name, arguments[..^Unfinished.Length], at);
                else calls.Add(new SystemCall(name, arguments, at, at));
            }
        }
        // A call under way when the trace ended began, and never returned as far as anybody saw.
        calls.AddRange(open.Values.Select(call => new SystemCall(call.Name, call.Arguments, call.At, int.MaxValue)));
        return [.. calls.OrderBy(call => call.BeganAt)];
    }
}
