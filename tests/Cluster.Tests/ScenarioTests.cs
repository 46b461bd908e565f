using System.Security.Cryptography;
using Bailiwick.Cluster.Tests.Scenarios;
using Bailiwick.Grains.Tests.Access.Oracle;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Cluster.Tests;

/// <summary>
/// The whole server against a second opinion: changes through the grains, and after each of them every list and every object before some user, who is
/// shown and refused exactly what the oracle says. What is explained of that user is what the oracle says and what it is then shown; and a change that is
/// tried first comes to what the trial said. And users who manage users, of whom all are as the oracle has them after each change that was done or
/// refused. BAILIWICK_SCENARIO_SEED and BAILIWICK_SCENARIOS set what is otherwise random or short;
/// <c>./dev fuzz</c> runs the long form.
/// </summary>
public sealed class ScenarioTests
{
    private const int ScenariosInCi = 25;
    private const int ScenariosPerSeed = 25;

    // Each has people with passwords, which are dear to make.
    private const int StaffScenariosPerSeed = 8;

    // So many that each outcome below comes with all but certainty.
    private const int ScenariosForAllOutcomes = 500;

    // Of managing users by others than administrators little is done: it has to be held by who does it.
    private const int ScenariosForOutcomesOfStaff = 5_000;

    // A scenario mostly waits for its own commits.
    private static readonly int ScenariosAtOnce = 5 * Environment.ProcessorCount;

    // What a scenario leaves behind stays in memory, so the silos are made anew now and then.
    private const int SeedsPerCluster = 20;

    [Theory, InlineData(StoreKind.Embedded, 1), InlineData(StoreKind.Embedded, 2)]
    [Trait("Campaign", "Fuzz")]
    public async Task Server_and_oracle_say_the_same_in_every_scenario(StoreKind store, int silos)
    {
        var first = Seeds.Setting("BAILIWICK_SCENARIO_SEED") ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var seeds = ((Seeds.Setting("BAILIWICK_SCENARIOS") ?? ScenariosInCi) + ScenariosPerSeed - 1) / ScenariosPerSeed;
        TestContext.Current.TestOutputHelper?.WriteLine(Replay(first, seeds * ScenariosPerSeed));
        var tally = new ScenarioTally();
        for (var done = 0L; done < seeds; done += SeedsPerCluster)
        {
            await RunAsync(store, silos, first + done, (int)Math.Min(SeedsPerCluster, seeds - done), tally);
            TestContext.Current.TestOutputHelper?.WriteLine(tally.ToString());
        }

        Assert.Equal(tally.Scenarios, tally.Different);
        // A short replay proves nothing of what was drawn.
        if (seeds * ScenariosPerSeed < ScenariosInCi) return;
        foreach (var rule in (string[])["GlobalAuthority", "Ownership", "GlobalFragment", "InventoryRole", "DevicePermission"])
            Assert.True(tally.Of(rule) > 0, $"{rule} never let anybody see anything: {tally}");
        foreach (var what in (string[])["Enforced as explained: done", "Enforced as explained: refused", "Explained NothingGranted", "Explained GlobalAuthority", "Tried done", "Forecast gains", "Forecast losses"])
            Assert.True(tally.Of(what) > 0, $"Never: {what}. {tally}");
        if (seeds * ScenariosPerSeed < ScenariosForAllOutcomes) return;
        foreach (var rule in (string[])["NotServed", "ShutIn", "Ownership", "GlobalFragment", "InventoryRole", "DevicePermission"])
            Assert.True(tally.Of($"Explained {rule}") > 0, $"Never explained: {rule}. {tally}");
        foreach (var outcome in (string[])["Link done", "Link Denied", "Link Invalid", "Unlink done", "Edit done", "Edit Denied", "Delete done", "AddData done", "AddData Denied", "UnassignRoles done",
            "objects narrowed", "Measurements narrowed", "Events narrowed", "Alarms narrowed", "Operations narrowed", "series done", "series Denied", "measurements cut",
            "Report done", "Report Denied", "record read", "record Denied", "records of some objects"])
            Assert.True(tally.Of(outcome) > 0, $"Never: {outcome}. {tally}");
        if (seeds * ScenariosPerSeed < ScenariosForOutcomesOfStaff) return;
        foreach (var outcome in (string[])["CreateUser by user done", "CreateUser by user Denied", "CreateUser by administrator Denied", "DeleteUser by user done", "HandOver by user done", "ActFor by user done",
            "ChangeAuthority by user done", "ChangeAuthority by administrator Denied", "ChangeMembership by user done", "AssignRoles by user done", "PermitOnDevice by user done",
            "DeleteGroup by user Denied", "reading a user done", "reading a user Denied"])
            Assert.True(tally.Of(outcome) > 0, $"Never: {outcome}. {tally}");
    }

    private static async Task RunAsync(StoreKind kind, int silos, long first, int seeds, ScenarioTally tally)
    {
        using var store = SharedStore.Open(kind);
        await using var cluster = await GatedCluster.StartAsync(silos, services =>
        {
            store.AddTo(services);
            services.AddSingleton(store.Audit);
        });
        // FsCheck asks and waits, so each has a thread that no silo lacks then.
        var next = first - 1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(seeds, ScenariosAtOnce)).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (Interlocked.Increment(ref next) is var seed && seed < first + seeds)
                {
                    var own = new ScenarioTally();
                    Run(cluster, seed, own);
                    lock (tally) tally.Add(own);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    private static void Run(GatedCluster cluster, long seed, ScenarioTally tally)
    {
        Run(ScenarioSource.Arbitrary, new Play(new ClusterStage(cluster), tally).RunAsync, seed, ScenariosPerSeed);
        Run(StaffSource.Arbitrary, new StaffPlay(cluster, tally).RunAsync, seed, StaffScenariosPerSeed);
    }

    private static void Run<T>(Arbitrary<T> scenarios, Func<T, Task> play, long seed, int count) =>
        Seeds.Play(seed, count, scenarios, scenario => play(scenario).GetAwaiter().GetResult(), Replay(seed, ScenariosPerSeed));

    private static string Replay(long seed, long count) => $"Replay with: BAILIWICK_SCENARIO_SEED={seed} BAILIWICK_SCENARIOS={count} ./dev test {nameof(ScenarioTests)}";
}
