namespace Bailiwick.Benchmarks;

/// <summary>What one benchmark works with: its options, its report, and a folder that goes when it ends.</summary>
internal sealed class Bench : IDisposable
{
    public Bench(string name, string measures, BenchmarkOptions options, CancellationToken stop)
    {
        (Options, Stop) = (options, stop);
        var results = Path.Combine(Repository.Artifacts, "bench");
        Directory.CreateDirectory(results);
        // Beside the results and not in the system's temporary folder, which is memory on some machines: a sync must be one.
        Folder = Path.Combine(results, $"{name}-{Environment.ProcessId}");
        Directory.CreateDirectory(Folder);
        Report = new Report(Path.Combine(results, name + ".txt"));
        Report.Line($"{name}: {measures}");
    }

    public BenchmarkOptions Options { get; }

    public CancellationToken Stop { get; }

    public Report Report { get; }

    public string Folder { get; }

    /// <summary>A path inside the folder.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    public void Dispose()
    {
        Report.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Where things lie in the repository; <c>./dev</c> starts the benchmarks in its root.</summary>
internal static class Repository
{
    public static readonly string Root = Directory.GetCurrentDirectory();
    public static readonly string Artifacts = Path.Combine(Root, "artifacts");
    public static readonly string LoadGenerator = Path.Combine(Artifacts, "mqttload");
    public static readonly string HttpLoadGenerator = Path.Combine(Artifacts, "httpload");
    public static readonly string Published = Path.Combine(Artifacts, "publish");
}
