using Bailiwick.Compatibility.Tests.Decisions;
using Bailiwick.Compatibility.Tests.Refusals;

namespace Bailiwick.Cluster.Tests;

/// <summary>
/// The decision table against a cluster: every row that does not wait, over REST. Each request goes to another silo than the one before it: what is
/// granted on one is asked on all, which have answered the same question before.
/// </summary>
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
        var world = await DecisionWorld.MakeAsync(await clusters.OfAsync(store, silos), row, silos);

        await world.PlayAsync(row.Steps!, "step");
    }
}

/// <summary>One cluster of each kind for all rows, started for the first of them, with a second tenant.</summary>
public sealed class DecisionClusters : IAsyncDisposable
{
    private readonly List<EdgedCluster> _started = [];
    private readonly Dictionary<(StoreKind, int), World> _worlds = [];

    public async Task<World> OfAsync(StoreKind store, int silos)
    {
        if (_worlds.TryGetValue((store, silos), out var there)) return there;
        var cluster = await EdgedCluster.StartAsync(store, silos);
        _started.Add(cluster);
        return _worlds[(store, silos)] = await DecisionWorld.FoundAsync(cluster.NewClient);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _started) await cluster.DisposeAsync();
    }
}
