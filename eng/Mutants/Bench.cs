using System.Globalization;

namespace Bailiwick.Mutants;

/// <summary>What became of one run of the tests.</summary>
internal enum Verdict
{
    /// <summary>The compiler finds the mistake: it counts for nothing.</summary>
    Refused,
    Killed,
    /// <summary>The tests did not end: as good as a failure, for nobody would have overlooked it.</summary>
    Hung,
    Survived,
}

/// <summary>
/// A copy of the built tests, in which one assembly is exchanged for each run. A run is a process of its own, so that a mistake in what is worked out once
/// and kept shows like any other.
/// </summary>
internal sealed class Bench(string folder, string testAssembly, string seed)
{
    private const string Namespace = "Bailiwick.Grains.Tests.Access";

    // Those that end at once stand first: of a mistake that they find no other is asked. The last round has all the rest.
    private static readonly string[] Quick = ["PolicyTableTests", "ExplanationTests", "FrozenNumbersTests", "AuthoritySetTests", "CoverageTests", "DecisionTraceTests"];
    private static readonly string[] Oracle = ["PolicyOracleTests"];
    private static readonly string[][] Rounds = [Only(Quick), Only(Oracle), ["-namespace", Namespace, .. AllBut([.. Quick, .. Oracle])]];

    // Fewer than a build server asks for, so that a mistake is done with in seconds. Most show within the first thousand.
    private const string Decisions = "60000";

    // A mistake that fills the memory is stopped by this, and not by the machine's end.
    private const string HeapMax = "0x60000000";

    public static Bench Set(string built, string folder, string testAssembly, string seed)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        foreach (var file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return new(folder, testAssembly, seed);
    }

    /// <summary>Whether the tests find something wrong with this assembly, and which one says so.</summary>
    public async Task<(Verdict Verdict, string Says)> TryAsync(string assemblyFile, byte[] assembly, TimeSpan roundTimeMax)
    {
        // Deleted first: what still runs keeps what it has.
        var path = Path.Combine(folder, assemblyFile);
        File.Delete(path);
        await File.WriteAllBytesAsync(path, assembly);
        foreach (var round in Rounds)
        {
            var end = await RoundAsync(round, roundTimeMax);
            // Some of the last tests have time-outs, which a busy machine can miss: what fails there fails twice or not at all.
            if (end.Verdict != Verdict.Survived && round == Rounds[^1]) end = await RoundAsync(round, roundTimeMax);
            if (end.Verdict != Verdict.Survived) return end;
        }
        return (Verdict.Survived, "");
    }

    private async Task<(Verdict Verdict, string Says)> RoundAsync(string[] which, TimeSpan timeMax)
    {
        using var tests = ChildProcess.Start(
            "dotnet", [testAssembly, "-noLogo", "-noColor", "-stopOnFail", .. which], folder,
            ("BAILIWICK_POLICY_SEED", seed), ("BAILIWICK_POLICY_DECISIONS", Decisions), ("BAILIWICK_POLICY_SHRINK", "0"), ("BAILIWICK_WITHOUT_SILO", "1"),
            ("BAILIWICK_WRITE_POLICY", ""), ("DOTNET_GCHeapHardLimit", HeapMax), ("DOTNET_TieredPGO", "0"));
        using var limit = new CancellationTokenSource(timeMax);
        var errors = tests.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            var (failure, ran) = await ListenAsync(tests.StandardOutput, limit.Token);
            if (failure is not null) return (Verdict.Killed, failure);
            await tests.WaitForExitAsync(limit.Token);
            if (tests.ExitCode != 0) return (Verdict.Killed, $"the tests ended with exit code {tests.ExitCode} and {(await errors).Split('\n')[0]}");
            return ran ? (Verdict.Survived, "") : throw new InvalidOperationException($"No test ran of {string.Join(' ', which)}.");
        }
        catch (OperationCanceledException)
        {
            return (Verdict.Hung, string.Create(CultureInfo.InvariantCulture, $"no end after {timeMax.TotalSeconds:0} s"));
        }
        finally
        {
            // The first that fails has said it; the rest is not waited for.
            tests.Kill(entireProcessTree: true);
        }
    }

    private static string[] Only(string[] classes) => [.. classes.SelectMany(name => new[] { "-class", $"{Namespace}.{name}" })];

    private static string[] AllBut(string[] classes) => [.. classes.SelectMany(name => new[] { "-class-", $"{Namespace}.{name}" })];

    /// <summary>The first test that fails, if any, and whether there was a test.</summary>
    private static async Task<(string? Failure, bool Ran)> ListenAsync(StreamReader output, CancellationToken limit)
    {
        var ran = false;
        while (await output.ReadLineAsync(limit) is { } line)
        {
            if (line.EndsWith("[FAIL]", StringComparison.Ordinal)) return (line.Trim(), true);
            ran |= line.Contains("Total: ", StringComparison.Ordinal) && !line.Contains("Total: 0,", StringComparison.Ordinal);
        }
        return (null, ran);
    }
}
