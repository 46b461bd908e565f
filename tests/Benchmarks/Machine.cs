using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Bailiwick.Benchmarks;

/// <summary>What the figures were measured on; without it they say nothing.</summary>
internal static class Machine
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);

    public static async Task DescribeAsync(Bench bench, bool withMosquitto)
    {
        var report = bench.Report;
        var version = await ChildProcess.CaptureAsync(Path.Combine(Repository.Published, "bailiwick"), ["--version"], AnswerPatience, bench.Stop);
        report.Line($"  machine:   {CpuModel()}, {Environment.ProcessorCount} cores, {MemoryGib():0.0} GiB, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {new DriveInfo(bench.Folder).DriveFormat}");
        report.Line($"  versions:  {version.Trim()}, .NET {Environment.Version}{(withMosquitto ? ", " + await MosquittoServer.VersionAsync(bench.Stop) : "")}");
        report.Line($"  date:      {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, load average {LoadAverage()}");
        var sync = Disk.SyncTimes(bench.Folder);
        report.Line($"  fdatasync: of 4 KiB appended in the folder of the stores, median {sync.Median:0.000} ms ({sync.Min:0.000} - {sync.Max:0.000}), {Disk.SyncSamples} samples");
    }

    /// <summary>Runnable processes over 1, 5 and 15 minutes: who else was here.</summary>
    public static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);

    private static string CpuModel() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static double MemoryGib() =>
        double.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / (1 << 20);
}

/// <summary>The disk below a folder.</summary>
internal static class Disk
{
    public const int SyncSamples = 200;
    private const int SyncBytes = 4096;

    /// <summary>Milliseconds of one fdatasync after an append, one after the other, on a machine at rest.</summary>
    public static Spread SyncTimes(string folder)
    {
        var path = Path.Combine(folder, "sync");
        var times = new List<double>(SyncSamples);
        using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            var block = new byte[SyncBytes];
            for (var i = 0; i < SyncSamples; i++)
            {
                file.Write(block);
                var start = Stopwatch.GetTimestamp();
                if (SyncData(file.SafeFileHandle) != 0) throw new BenchmarkException($"fdatasync failed in {folder}.");
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
        File.Delete(path);
        return Spread.Of(times);
    }

    /// <summary>
    /// Cache flushes that the folder's disk has completed since it was switched on, by whomever: what a commit costs it. Null where the
    /// kernel does not say.
    /// </summary>
    public static long? Flushes(string folder)
    {
        const int flushField = 15;
        var mount = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' '))
            .Where(fields => fields[4] == "/" || folder.StartsWith(fields[4] + "/", StringComparison.Ordinal))
            .MaxBy(fields => fields[4].Length);
        if (mount is null || !Directory.Exists($"/sys/dev/block/{mount[2]}")) return null;
        var device = $"/sys/dev/block/{mount[2]}";
        // The kernel counts flushes for whole disks only.
        if (File.Exists($"{device}/partition")) device = Path.Combine(new DirectoryInfo(device).ResolveLinkTarget(returnFinalTarget: true)!.FullName, "..");
        var fields = File.ReadAllText($"{device}/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > flushField ? long.Parse(fields[flushField], CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Bytes of all files below a folder.</summary>
    public static long Bytes(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int SyncData(SafeHandle file);
}
