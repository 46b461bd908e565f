namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>One real process with the table's world in it, for all tests of refusals that come from outside.</summary>
public sealed class RefusalServer : IAsyncLifetime
{
    private ServerProcess? _server;
    private World? _world;

    public ServerProcess Server => _server ?? throw new InvalidOperationException("Not started.");

    public World World => _world ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        _world = await World.MakeAsync(() => _server.NewClient());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}

/// <summary>The tests that share the process; they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class RefusalsFromOutside : ICollectionFixture<RefusalServer>
{
    public const string Name = "Refusals from outside";
}
