using Bailiwick.Compatibility.Tests.Decisions;
using Bailiwick.Compatibility.Tests.Refusals;

namespace Bailiwick.Cluster.Tests;

/// <summary>
/// The decision table against clusters: every row that does not wait, over REST. Each request goes to another silo than the one before it: what is
/// granted on one is asked on all, which have answered the same question before.
/// </summary>
[Collection(nameof(Undisturbed))]
public sealed class DecisionTests(DecisionClusters clusters) : IClassFixture<DecisionClusters>
{
    private static readonly (StoreKind Store, int Silos)[] Clusters = [(StoreKind.Embedded, 2)];

    public static TheoryData<StoreKind, int, int, string> Cases
    {
        get
        {
            var cases = new TheoryData<StoreKind, int, int, string>();
            foreach (var (store, silos) in Clusters)
                foreach (var row in DecisionTable.Whole.Asked) cases.Add(store, silos, row.Row, row.Promise);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Over_REST_from_silo_to_silo(StoreKind store, int silos, int number, string promise)
    {
        var row = DecisionTable.Whole[number];
        Assert.Equal(promise, row.Promise);
        var servers = await clusters.OfAsync(store, silos);

        await Task.WhenAll(servers.Select(PlayAsync));

        async Task PlayAsync(World server, int first)
        {
            var world = await DecisionWorld.MakeAsync(server, row, silos);
            await world.PlayAsync(row.Steps!, $"begun at silo {first}, step");
        }
    }
}

/// <summary>
/// The clusters that all rows share, started for the first of them, each with a second tenant. A grain stays on the silo that first asks for it, and
/// decides by what that silo knows: so there are as many clusters as silos, and in each of them rows begin at another silo.
/// </summary>
public sealed class DecisionClusters : IAsyncDisposable
{
    private readonly List<EdgedCluster> _started = [];
    private readonly Dictionary<(StoreKind, int), Task<IReadOnlyList<World>>> _servers = [];

    /// <summary>They are started once: when that fails, every row that asks for them fails by it.</summary>
    public Task<IReadOnlyList<World>> OfAsync(StoreKind store, int silos)
    {
        if (!_servers.TryGetValue((store, silos), out var started)) _servers[(store, silos)] = started = StartAsync(store, silos);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _started) await cluster.DisposeAsync();
    }

    private async Task<IReadOnlyList<World>> StartAsync(StoreKind store, int silos)
    {
        var servers = new List<World>();
        for (var first = 0; first < silos; first++) servers.Add(await StartAsync(store, silos, first));
        return servers;
    }

    private async Task<World> StartAsync(StoreKind store, int silos, int first)
    {
        var cluster = await EdgedCluster.StartAsync(store, silos, first);
        _started.Add(cluster);
        return await DecisionWorld.FoundAsync(() => cluster.NewClient(first));
    }
}

/// <summary>Suites that keep every core busy: beside others they, or those, would be too slow for a lease.</summary>
[CollectionDefinition(nameof(Undisturbed), DisableParallelization = true)]
public sealed class Undisturbed;
