using System.Security.Cryptography;
using Bailiwick.Cluster.Tests.Scenarios;
using Bailiwick.Grains.Tests.Access.Oracle;
using FsCheck.Fluent;

namespace Bailiwick.Compatibility.Tests.Scenarios;

/// <summary>
/// A real process against the second opinion: the scenarios that are played on clusters, asked and changed over HTTP alone. BAILIWICK_SCENARIO_SEED and
/// BAILIWICK_REST_SCENARIOS set what is otherwise random or short; <c>./dev fuzz</c> runs the long form.
/// </summary>
public sealed class RestScenarioTests
{
    private const int ScenariosInCi = 12;
    private const int ScenariosPerSeed = 4;
    private const int SeedsAtOnce = 3;

    [Fact]
    [Trait("Campaign", "Fuzz")]
    public async Task Server_and_oracle_say_the_same_over_HTTP_in_every_scenario()
    {
        var first = Seeds.Setting("BAILIWICK_SCENARIO_SEED") ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var seeds = ((Seeds.Setting("BAILIWICK_REST_SCENARIOS") ?? ScenariosInCi) + ScenariosPerSeed - 1) / ScenariosPerSeed;
        TestContext.Current.TestOutputHelper?.WriteLine(Replay(first, seeds * ScenariosPerSeed));
        await using var server = await ServerProcess.StartAsync("--Limits:TenantMessagesPerSecond=0", "--Limits:DeviceMessagesPerSecond=0");
        using var stage = new RestStage(server);
        var (tally, next) = (new ScenarioTally(), first - 1);

        // FsCheck asks and waits, so each has a thread of its own.
        await Task.WhenAll(Enumerable.Range(0, (int)Math.Min(seeds, SeedsAtOnce)).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (Interlocked.Increment(ref next) is var seed && seed < first + seeds)
                {
                    var own = new ScenarioTally();
                    Run(stage, seed, own);
                    lock (tally) tally.Add(own);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        TestContext.Current.TestOutputHelper?.WriteLine(tally.ToString());
        Assert.Equal(seeds * ScenariosPerSeed, tally.Scenarios);
        if (seeds * ScenariosPerSeed < ScenariosInCi) return;
        Assert.True(tally.Rows > 0, $"No list ever showed anything: {tally}");
        Assert.True(tally.Of("played") > tally.Of("skipped"), $"Most steps came to nothing: {tally}");
        foreach (var rule in (string[])["GlobalAuthority", "Ownership", "InventoryRole"])
            Assert.True(tally.Of(rule) > 0, $"{rule} never let anybody see anything: {tally}");
    }

    // Made smaller by playing it again, each scenario would take minutes: one that fails here is played on a cluster, or told as it was drawn.
    private static void Run(RestStage stage, long seed, ScenarioTally tally) => Seeds.Play(
        seed, ScenariosPerSeed, ScenarioSource.Arbitrary.Generator.ToArbitrary(), scenario => new Play(stage, tally).RunAsync(scenario).GetAwaiter().GetResult(), Replay(seed, ScenariosPerSeed));

    private static string Replay(long seed, long count) => $"Replay with: BAILIWICK_SCENARIO_SEED={seed} BAILIWICK_REST_SCENARIOS={count} ./dev test {nameof(RestScenarioTests)}";
}
