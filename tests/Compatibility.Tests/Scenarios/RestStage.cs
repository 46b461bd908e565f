using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Bailiwick.Cluster.Tests.Scenarios;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Compatibility.Tests.Scenarios;

/// <summary>A real server, asked over HTTP and in no other way.</summary>
internal sealed class RestStage(ServerProcess server) : IStage, IDisposable
{
    private static int _tenants;

    private readonly ConcurrentBag<HttpClient> _clients = [];

    public async Task<IPart> SettleAsync(ModelTenant begins)
    {
        var number = Interlocked.Increment(ref _tenants);
        var client = ClientFrom(new IPAddress([127, 1, (byte)(number >> 8), (byte)number]));
        var @operator = new RestUser(client, "management", "admin", FirstPasswords.Management);
        var domain = $"scenario-{number}";
        var id = await @operator.PostAsync("/tenant/tenants", new { domain, company = domain, adminName = Scenario.Root, adminEmail = "root@test.example", adminPass = RestPart.Password });
        var part = new RestPart(client, new Realm(new TenantId(id), begins));
        await new RestSettling(part, begins).RunAsync();
        return part;
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    /// <summary>Each tenant's users come from an address of their own: those who are shut out and try all the same would have it locked for all.</summary>
    private HttpClient ClientFrom(IPAddress address)
    {
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(address, 0));
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var client = new HttpClient(handler) { BaseAddress = server.Http, Timeout = BailiwickProcess.Patience };
        _clients.Add(client);
        return client;
    }
}
