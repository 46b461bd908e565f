using System.Net;
using Bailiwick.Compatibility.Tests;
using Bailiwick.Edge;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Silo;
using Bailiwick.Silo.Listeners;
using Bailiwick.Silo.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Cluster.Tests;

/// <summary>A cluster on a shared store and audit trail of which each silo has an edge of its own: its REST interface, on the product's own listener.</summary>
internal sealed class EdgedCluster : IAsyncDisposable
{
    private readonly StopSignals _signals = new();
    private readonly List<WebApplication> _edges = [];
    private readonly List<int> _ports = [];
    private readonly SocketsHttpHandler _connections = new() { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
    private readonly SharedStore _store;
    private GatedCluster? _cluster;

    private EdgedCluster(StoreKind store) => _store = SharedStore.Open(store);

    /// <param name="home">The silo that makes the first tenants and users.</param>
    public static async Task<EdgedCluster> StartAsync(StoreKind store, int silos, int home)
    {
        var cluster = new EdgedCluster(store);
        try
        {
            var first = new FirstStartSettings(GatedCluster.Tenant, FirstPasswords.Admin, FirstPasswords.Management, FirstPasswords.Device);
            cluster._cluster = await GatedCluster.StartAsync(silos, cluster.AddTo, first, home);
            for (var silo = 0; silo < silos; silo++) await cluster.OpenAsync(cluster._cluster.Of<RestDoor>(silo));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that asks this silo first, and with each request that follows the next one.</summary>
    public HttpClient NewClient(int first) => new(new InTurn(_ports, first, _connections), disposeHandler: false) { BaseAddress = new Uri($"http://{IPAddress.Loopback}") };

    public async ValueTask DisposeAsync()
    {
        _connections.Dispose();
        foreach (var edge in _edges) await edge.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
        _store.Dispose();
        _signals.Dispose();
    }

    // The edge's services are the silo's own: what they remember of users is what the silo's facts make them forget.
    private void AddTo(IServiceCollection services)
    {
        _store.AddTo(services);
        services.AddSingleton(_store.Audit);
        services.AddEdge(new SignInOptions(GatedCluster.Tenant, "localhost"));
        services.AddRest(new RestSettings("test"));
    }

    private async Task OpenAsync(RestDoor door)
    {
        var listening = new Dictionary<string, string?>
        {
            ["Listen:Http"] = $"{IPAddress.Loopback}:0", ["Listen:Https"] = "off", ["Listen:Mqtt"] = "off", ["Listen:Mqtts"] = "off",
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(listening).Build();
        var settings = SiloSettings.Read(configuration);
        var builder = WebServer.CreateBuilder(configuration, settings, _signals);
        builder.AddListeners<MqttConnectionHandler>(settings, certificate: null);
        var edge = builder.Build();
        _edges.Add(edge);
        edge.Run(door.ServeAsync);
        await edge.StartAsync();
        _ports.Add(IPEndPoint.Parse(edge.Services.GetRequiredService<ListenerSet>().ToString()["http ".Length..]).Port);
    }

    private sealed class InTurn(IReadOnlyList<int> ports, int first, HttpMessageHandler connections) : DelegatingHandler(connections)
    {
        private int _next = first - 1;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Port = ports[Interlocked.Increment(ref _next) % ports.Count] }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
