using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Bailiwick.Compatibility.Tests;

/// <summary>
/// A serving Bailiwick for tests: the real executable on free ports of the loopback, with a data folder of its own (or one
/// that it is lent, to start again on). Ready when <see cref="StartAsync(string[])"/> returns.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly BailiwickProcess _process;
    private readonly TemporaryFolder? _ownFolder;
    private readonly List<IDisposable> _clients = [];
    private readonly Dictionary<string, IPEndPoint> _listeners;
    private X509Certificate2? _authority;

    private ServerProcess(BailiwickProcess process, string dataPath, TemporaryFolder? ownFolder, string readyLine)
    {
        (_process, DataPath, _ownFolder, ReadyLine) = (process, dataPath, ownFolder, readyLine);
        _listeners = readyLine[ReadyPrefix.Length..].Split(", ").Select(listener => listener.Split(' ')).ToDictionary(pair => pair[0], pair => IPEndPoint.Parse(pair[1]));
    }

    /// <summary>How the ready line begins, up to the listeners.</summary>
    public const string ReadyPrefix = "Bailiwick is ready: ";

    public string ReadyLine { get; }

    public string DataPath { get; }

    /// <summary>What a client trusts: the PEM file of the server's own authority.</summary>
    public string AuthorityFile => Path.Combine(DataPath, "tls", "ca.pem");

    public int ProcessId => _process.Id;

    public LineLog Output => _process.Output;

    public LineLog Errors => _process.Errors;

    public Uri Http => new($"http://{_listeners["http"]}");

    public Uri Https => new($"https://localhost:{_listeners["https"].Port}");

    /// <summary>The probes' own listener; on when it was asked for.</summary>
    public Uri Health => new($"http://{_listeners["health"]}");

    public int HttpPort => _listeners["http"].Port;

    public int HttpsPort => _listeners["https"].Port;

    public int MqttPort => _listeners["mqtt"].Port;

    public int MqttsPort => _listeners["mqtts"].Port;

    /// <summary>The names of the open listeners, as the ready line has them.</summary>
    public IReadOnlyCollection<string> Listeners => _listeners.Keys;

    /// <summary>The same server's HTTPS address by a tenant's host name; clients of <see cref="NewClient"/> find it.</summary>
    public Uri HttpsOf(string tenant) => new($"https://{tenant}.localhost:{HttpsPort}");

    /// <summary>Starts a server on a data folder of its own, which goes with it.</summary>
    /// <param name="settings">Further settings, as <c>--Tenancy:DefaultTenant=t7</c>; they win over the test's own.</param>
    public static Task<ServerProcess> StartAsync(params string[] settings)
    {
        var folder = new TemporaryFolder();
        return StartAsync(folder["data"], folder, settings);
    }

    /// <summary>The same with variables of its environment.</summary>
    public static Task<ServerProcess> StartInAsync(IReadOnlyDictionary<string, string> environment)
    {
        var folder = new TemporaryFolder();
        return StartAsync(folder["data"], folder, [], environment);
    }

    /// <summary>Starts a server on a data folder that the test keeps, for instance to start again on.</summary>
    public static Task<ServerProcess> StartOnAsync(string dataPath, params string[] settings) => StartAsync(dataPath, null, settings);

    /// <summary>A server that a test started in its own way; it is killed when it does not become ready.</summary>
    public static Task<ServerProcess> ReadyAsync(BailiwickProcess process, string dataPath) => ReadyAsync(process, dataPath, null);

    /// <summary>
    /// The settings of a test's server: every listener but that of the probes on a free port of the loopback, no fixed
    /// port anywhere, and the passwords of the first start known to the test.
    /// </summary>
    public static IReadOnlyList<string> SettingsFor(string dataPath) =>
    [
        "--Listen:Http=127.0.0.1:0", "--Listen:Https=127.0.0.1:0", "--Listen:Mqtt=127.0.0.1:0", "--Listen:Mqtts=127.0.0.1:0",
        "--Cluster:SiloPort=0", "--Cluster:GatewayPort=0", $"--Storage:Path={dataPath}",
        $"--Bootstrap:AdminPassword={FirstPasswords.Admin}", $"--Bootstrap:ManagementPassword={FirstPasswords.Management}", $"--Bootstrap:DevicePassword={FirstPasswords.Device}",
    ];

    /// <summary>
    /// A client with connections of its own that trusts this server's authority and nothing else. It goes to the loopback
    /// whatever host a URL names, keeps no cookies, follows no redirects, and is disposed with the server.
    /// </summary>
    /// <param name="baseAddress"><see cref="Https"/> when null.</param>
    public HttpClient NewClient(Uri? baseAddress = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            SslOptions = ClientTls(),
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var client = new HttpClient(handler) { BaseAddress = baseAddress ?? Https, Timeout = BailiwickProcess.Patience };
        lock (_clients) _clients.Add(client);
        return client;
    }

    /// <summary>A client of <see cref="NewClient"/> that signs in to every request with name and password.</summary>
    /// <param name="user">As <c>t1/admin</c>, or without the tenant where the host names it.</param>
    /// <param name="password">Sent as UTF-8.</param>
    /// <param name="baseAddress"><see cref="Https"/> when null.</param>
    public HttpClient NewClientOf(string user, string password, Uri? baseAddress = null)
    {
        var client = NewClient(baseAddress);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        return client;
    }

    /// <summary>TLS options of a client that trusts this server's authority alone; set the target host before use.</summary>
    public SslClientAuthenticationOptions ClientTls() => new()
    {
        CertificateChainPolicy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { Authority },
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };

    /// <summary>SIGTERM; returns when the process has ended.</summary>
    public Task<Ended> TerminateAsync() => _process.TerminateAsync();

    /// <summary>SIGINT; returns when the process has ended.</summary>
    public Task<Ended> InterruptAsync() => _process.InterruptAsync();

    /// <summary>SIGKILL; returns when the process has ended.</summary>
    public Task<Ended> KillAsync() => _process.KillAsync();

    /// <summary>Waits for a line on standard output; fails when the process ends without it.</summary>
    public async Task<string> OutputLineAsync(Func<string, bool> isWanted, string awaited) =>
        await Output.FindAsync(isWanted, awaited, BailiwickProcess.Patience) ?? throw new InvalidOperationException($"The server ended without {awaited}: {Output.Text}\n{Errors.Text}");

    public async ValueTask DisposeAsync()
    {
        lock (_clients)
            foreach (var client in _clients)
                client.Dispose();
        await _process.DisposeAsync();
        _authority?.Dispose();
        _ownFolder?.Dispose();
    }

    private X509Certificate2 Authority => _authority ??= X509CertificateLoader.LoadCertificateFromFile(AuthorityFile);

    private static Task<ServerProcess> StartAsync(string dataPath, TemporaryFolder? ownFolder, string[] settings, IReadOnlyDictionary<string, string>? environment = null) =>
        ReadyAsync(BailiwickProcess.Start([.. SettingsFor(dataPath), .. settings], environment), dataPath, ownFolder);

    private static async Task<ServerProcess> ReadyAsync(BailiwickProcess process, string dataPath, TemporaryFolder? ownFolder)
    {
        try
        {
            var ready = await process.Output.FindAsync(line => line.StartsWith(ReadyPrefix, StringComparison.Ordinal), "the ready line", BailiwickProcess.Patience);
            if (ready is not null) return new(process, dataPath, ownFolder, ready);
            var ended = await process.EndAsync("the end of a server that did not start");
            throw new InvalidOperationException($"The server ended with {ended.ExitCode} before it was ready: {string.Join('\n', ended.Output)}\n{string.Join('\n', ended.Errors)}");
        }
        catch
        {
            await process.DisposeAsync();
            ownFolder?.Dispose();
            throw;
        }
    }
}

/// <summary>One server for the tests of a class that only look at it.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private ServerProcess? _server;

    public ServerProcess Server => _server ?? throw new InvalidOperationException("The server has not been started.");

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync("--Listen:Health=127.0.0.1:0");

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}
