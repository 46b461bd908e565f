using System.Runtime.InteropServices;

namespace Bailiwick.Silo.Memory;

/// <summary>
/// Room for short-lived objects. The runtime sizes it by the caches that it finds, a few hundred kilobytes to a few megabytes, and then collects hundreds of
/// times while a fleet connects, each time with every connection's new objects still alive. It takes another size from its environment alone, which a
/// process has only from its beginning: so this one begins again, once, as itself (decision 35).
/// </summary>
internal static partial class YoungGeneration
{
    private const string Variable = "DOTNET_GCgen0size";

    // In the runtime's own notation, hexadecimal: 32 MiB.
    private const string Size = "2000000";

    /// <summary>Replaces the process by itself with the variable set. Returns where it is set, and where it cannot be done: then it runs as it is.</summary>
    public static unsafe void Enlarge()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Variable) is not null) return;
        try
        {
            var arguments = File.ReadAllBytes("/proc/self/cmdline");
            byte[] environment = [.. File.ReadAllBytes("/proc/self/environ"), .. System.Text.Encoding.ASCII.GetBytes($"{Variable}={Size}\0")];
            var program = System.Text.Encoding.UTF8.GetBytes(Path.GetFullPath(File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)!.FullName) + '\0');
            FreeDiagnostics();
            fixed (byte* path = program, words = arguments, variables = environment)
            {
                var (argv, envp) = (Pointers(words, arguments), Pointers(variables, environment));
                fixed (nint* first = argv, second = envp) _ = Execve(path, first, second);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // No /proc: the size stays the runtime's.
        }
    }

    /// <summary>
    /// The runtime has bound the socket by which its tools (dotnet-counters, dotnet-trace, dotnet-gcdump) find this process. The next one has the same name
    /// for it, and finds the name taken unless it is freed.
    /// </summary>
    private static void FreeDiagnostics()
    {
        foreach (var socket in Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket")) File.Delete(socket);
    }

    /// <summary>The beginnings of texts that lie one behind the other, each ended by a zero, and a null behind them.</summary>
    private static unsafe nint[] Pointers(byte* at, ReadOnlySpan<byte> texts)
    {
        var pointers = new List<nint>();
        for (var start = 0; start < texts.Length;)
        {
            pointers.Add((nint)(at + start));
            var length = texts[start..].IndexOf((byte)0);
            if (length < 0) break;
            start += length + 1;
        }
        pointers.Add(0);
        return [.. pointers];
    }

    [LibraryImport("libc", EntryPoint = "execve")]
    private static unsafe partial int Execve(byte* path, nint* arguments, nint* environment);
}
