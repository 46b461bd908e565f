using Bailiwick.Compatibility.Tests.Refusals;

namespace Bailiwick.Compatibility.Tests.Decisions;

/// <summary>The decision table against the real process: every row that does not wait, over REST and where it can over MQTT.</summary>
public sealed class DecisionTests(DecisionServer server) : IClassFixture<DecisionServer>
{
    private static readonly string[] Parts =
        ["applications", "bulk operations", "notification 2", "realtime", "second factor", "single sign-on", "token sign-in"];

    /// <summary>The rows that wait for a part of the platform. May only get shorter.</summary>
    private static readonly int[] Waiting = [117, 118, 119, 122, 123, 124, 125, 127, 128];

    public static TheoryData<int, string> OverRest => Cases(row => row.Steps is not null);

    public static TheoryData<int, string> OverMqtt => Cases(row => row.Mqtt is not null);

    [Theory, MemberData(nameof(OverRest))]
    public async Task Over_REST(int number, string promise)
    {
        var row = DecisionTable.Whole[number];
        Assert.Equal(promise, row.Promise);
        var world = await DecisionWorld.MakeAsync(server.World, row);

        await world.PlayAsync(row.Steps!, "step");
    }

    [Theory, MemberData(nameof(OverMqtt))]
    public async Task Over_MQTT(int number, string promise)
    {
        var row = DecisionTable.Whole[number];
        Assert.Equal(promise, row.Promise);
        var world = await DecisionWorld.MakeAsync(server.World, row);

        foreach (var mqtt in row.Mqtt!) await MqttRefusalTests.TalkAsync(server.Server.MqttPort, world.World, mqtt.As, mqtt.Door);

        await world.PlayAsync(row.Then ?? [], "afterwards");
    }

    [Fact]
    public void The_table_is_whole_and_what_waits_is_known()
    {
        var rows = DecisionTable.Whole.Rows;

        Assert.Equal(Enumerable.Range(1, 128), rows.Select(row => row.Row));
        Assert.All(rows, row => Assert.True((row.WaitsFor is null) == (row.Steps is { Count: > 0 }), $"Row {row.Row} has steps or waits"));
        Assert.All(rows, row => Assert.Contains(row.Tag, (string[])["documented", "inferred", "ours"]));
        Assert.All(rows.Where(row => row.WaitsFor is not null), row => Assert.Contains(row.WaitsFor, Parts));
        Assert.All(rows.SelectMany(row => row.Steps ?? []), step => Assert.NotNull(step.Status));
        Assert.Equal(Waiting, rows.Where(row => row.WaitsFor is not null).Select(row => row.Row));
    }

    private static TheoryData<int, string> Cases(Func<Decision, bool> has)
    {
        var cases = new TheoryData<int, string>();
        foreach (var row in DecisionTable.Whole.Asked.Where(has)) cases.Add(row.Row, row.Promise);
        return cases;
    }
}

/// <summary>One real process for all rows, with a second tenant.</summary>
public sealed class DecisionServer : IAsyncLifetime
{
    private ServerProcess? _server;
    private World? _world;

    public ServerProcess Server => _server ?? throw new InvalidOperationException("Not started.");

    public World World => _world ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        _world = await DecisionWorld.FoundAsync(() => _server.NewClient());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}
