using System.Globalization;
using Bailiwick.Mutants;

// How much of the permission core is held by its tests: mistakes are made in it, one at a time, and each is to make a test fail.
// ./dev mutants, with --list to see the mistakes, or with numbers from that list to make only those.

const double shareMin = 0.9;
// Where it is decided who may do what. Rehearsal.cs is not among them: what it does shows only where grains are called.
string[] core = ["Access/Policy.cs", "Access/Grants.cs", "Access/AuthoritySet.cs", "Access/Authority.cs", "Access/Caller.cs", "Access/DecisionTrace.cs", "Access/Resource.cs"];

var root = Environment.CurrentDirectory;
var scratch = Path.Combine(root, "artifacts", "mutants");
var seed = Environment.GetEnvironmentVariable("BAILIWICK_POLICY_SEED") is { Length: > 0 } given ? given : "1";

var original = Original.Build(Path.Combine(root, "src", "Grains.Abstractions", "Grains.Abstractions.csproj"), Path.Combine(scratch, "original"));
var known = Known.Read(Path.Combine(AppContext.BaseDirectory, "known.txt"));
var mutants = Known.Numbered(original.Mutants(core));
if (known.Unknown(mutants) is [var unknown, ..])
{
    Console.Error.WriteLine($"known.txt names what is no mutant, or no longer: {unknown}");
    return 1;
}
if (args is ["--list"])
{
    foreach (var one in mutants) Console.WriteLine($"{one.Number,4} {one.Name}");
    return 0;
}
var chosen = args.Length == 0 ? mutants : [.. mutants.Where(one => args.Contains(one.Number.ToString(CultureInfo.InvariantCulture)))];
if (chosen.Count == 0)
{
    Console.Error.WriteLine("usage: ./dev mutants [--list | NUMBER...], with numbers that --list has");
    return 2;
}
var report = new Report(known, chosen.Count);
Console.WriteLine($"{chosen.Count} mutants of {core.Length} files. Decisions are drawn by BAILIWICK_POLICY_SEED={seed}.");

var built = Path.Combine(root, "tests", "Grains.Tests", "bin", "Release", "net10.0");
Bench[] benches = [.. Enumerable.Range(0, 2).Select(place => Bench.Set(built, Path.Combine(scratch, $"bench-{place}"), "Bailiwick.Grains.Tests.dll", seed))];

// Without a mistake all pass, or nothing that fails proves anything. It also tells how long they take.
var since = TimeProvider.System.GetTimestamp();
var sound = await benches[0].TryAsync(original.AssemblyFile, original.Compile(null)!, TimeSpan.FromMinutes(5));
if (sound.Verdict != Verdict.Survived)
{
    Console.Error.WriteLine($"The tests fail without any mutant: {sound.Says}");
    return 1;
}
Console.WriteLine($"Without one the tests take {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0} s.");
var roundTimeMax = TimeSpan.FromSeconds(30) + (3 * TimeProvider.System.GetElapsedTime(since));

var left = new System.Collections.Concurrent.ConcurrentQueue<NumberedMutant>(chosen.OrderBy(one => one.Mutant.InTable));
await Task.WhenAll(benches.Select(bench => Task.Run(async () =>
{
    while (left.TryDequeue(out var one)) report.Add(one, await TryAsync(bench, one.Mutant));
})));
return report.Print(TimeProvider.System.GetElapsedTime(since), shareMin);

async Task<(Verdict, string)> TryAsync(Bench bench, Mutant mutant) =>
    original.Compile(mutant) is { } assembly ? await bench.TryAsync(original.AssemblyFile, assembly, roundTimeMax) : (Verdict.Refused, "");
