namespace Bailiwick.Benchmarks;

/// <summary>A benchmark that cannot go on, in one sentence for the person who started it.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);

/// <summary>
/// The command line: a benchmark's name, or none for all of them, and options. Exit codes: 0 measured and every check of the measurement
/// itself passed (a target that was not met is a result, not a failure); 1 it could not be measured; 2 a name or an option that does not exist.
/// </summary>
internal static class BenchmarkCommand
{
    private static readonly (string Name, string Measures, Func<Bench, Task> RunAsync)[] Benchmarks =
    [
        ("ingest", "acknowledged MQTT messages a second beside mosquitto's: one and ten in flight, beside a busy core, at low load", bench => new IngestBenchmark(bench).RunAsync()),
        ("idle", "memory of one connected device that has nothing to say", bench => new IdleBenchmark(bench).RunAsync()),
        ("post", "measurements posted over HTTP, 201 after their commit, beside the bare web server at 64 connections", bench => new PostBenchmark(bench).RunAsync()),
        ("page", "a page of 100 measurements of one source out of ten million", bench => new PageBenchmark(bench).RunAsync()),
        ("reconnect", "a whole fleet that connects and is served after a restart", bench => new ReconnectBenchmark(bench).RunAsync()),
        ("noisy", "a tenant's acknowledgements while another sends ten times its limit", bench => new NoisyBenchmark(bench).RunAsync()),
        ("permissions", "a decision, a page over groups out of a million objects, a subgroup unlinked, a role taken from a user with a thousand sessions", bench => new PermissionsBenchmark(bench).RunAsync()),
        ("start", "seconds to the ready line on an empty store, and to the first CONNACK after kill -9 on a full one", bench => new StartBenchmark(bench).RunAsync()),
    ];

    public static async Task<int> RunAsync(string[] arguments, CancellationToken stop)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.WriteLine(Usage);
            return 0;
        }
        var named = arguments is [var first, ..] && !first.StartsWith('-') ? first : null;
        var chosen = Array.FindAll(Benchmarks, benchmark => named is null || benchmark.Name == named);
        if (chosen.Length == 0) return Wrong($"No benchmark is called '{named}'.");
        if (!BenchmarkOptions.TryParse(named is null ? arguments : arguments[1..], out var options, out var error)) return Wrong(error);

        foreach (var (name, measures, runAsync) in chosen)
        {
            using var bench = new Bench(name, measures, options, stop);
            try
            {
                await runAsync(bench);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                Console.Error.WriteLine("Stopped.");
                return 1;
            }
            catch (BenchmarkException failure)
            {
                bench.Report.Line($"FAILED: {failure.Message}");
                return 1;
            }
        }
        return 0;
    }

    private static string Usage => $"""
        usage: ./dev bench [NAME] [OPTION...]

        {string.Join('\n', Benchmarks.Select(benchmark => $"  {benchmark.Name,-13}{benchmark.Measures}"))}

        Without a NAME all of them, one after the other. What is printed is also written to artifacts/bench/NAME.txt.

        {BenchmarkOptions.Usage}
        """;

    private static int Wrong(string message)
    {
        Console.Error.WriteLine($"{message}\n\n{Usage}");
        return 2;
    }
}
