using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Bailiwick.Benchmarks;

/// <summary>Our server as it is shipped: the published folder, started on a store of the benchmark's own, on free ports of the loopback.</summary>
internal sealed class BailiwickServer : IAsyncDisposable
{
    private const string ReadyPrefix = "Bailiwick is ready: ";
    private const string AdminPassword = "Admin-of-the-bench-1";
    private const string DevicePassword = "Bootstrap-of-the-bench-1";
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PublishPatience = TimeSpan.FromMinutes(10);

    private readonly ChildProcess _process;
    private readonly List<HttpClient> _clients = [];
    private readonly Uri _http;

    private BailiwickServer(ChildProcess process, string readyLine, TimeSpan readyAfter)
    {
        var listeners = readyLine[ReadyPrefix.Length..].Split(", ").Select(listener => listener.Split(' ')).ToDictionary(pair => pair[0], pair => IPEndPoint.Parse(pair[1]));
        (_process, ReadyAfter) = (process, readyAfter);
        _http = new($"http://{listeners["http"]}");
        Target = new("bailiwick", listeners["mqtt"].Port, process.Id);
    }

    public Target Target { get; }

    /// <summary>From the start of the process to its ready line.</summary>
    public TimeSpan ReadyAfter { get; }

    public int HttpPort => _http.Port;

    /// <summary>A request of the default tenant's administrator, for <see cref="HttpLoad"/>.</summary>
    public static byte[] AdminRequest(string method, string target) => HttpLoad.Request(method, target, "t1/admin", AdminPassword, null);

    /// <summary>A client of one of the default tenant's users.</summary>
    public HttpClient User(string name, string password) => Client($"t1/{name}", password);

    /// <summary>A client of the default tenant's administrator.</summary>
    public HttpClient Admin() => Client("t1/admin", AdminPassword);

    /// <summary>A client of another tenant's administrator, which the operator makes with it.</summary>
    public async Task<HttpClient> NewTenantAsync(string domain, CancellationToken stop)
    {
        using var body = new StringContent($$"""{"company":"{{domain}}","domain":"{{domain}}","adminName":"admin","adminEmail":"admin@example.com","adminPass":"{{AdminPassword}}"}""", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tenant/tenants") { Content = body };
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await Client("management/admin", AdminPassword).SendAsync(request, stop);
        answer.EnsureSuccessStatusCode();
        using var made = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(stop));
        return Client($"{made.RootElement.GetProperty("id").GetString()}/admin", AdminPassword);
    }

    /// <summary>A client of a device that has no credentials yet.</summary>
    public HttpClient Bootstrap() => Client("management/devicebootstrap", DevicePassword);

    /// <summary>Builds the folder that is shipped.</summary>
    public static async Task PublishAsync(Bench bench)
    {
        bench.Report.Progress($"publishing src/Silo to {Path.GetRelativePath(Repository.Root, Repository.Published)}");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        await ChildProcess.CaptureAsync(dotnet, ["publish", Path.Combine(Repository.Root, "src", "Silo"), "-c", "Release", "-o", Repository.Published, "--nologo", "-v", "quiet", "--tl:off"], PublishPatience, bench.Stop);
    }

    /// <summary>The command line for a store; the first start knows the passwords that the benchmark uses.</summary>
    public static string[] Arguments(string dataPath, int mqttPort = 0, params string[] settings) =>
    [
        "--Listen:Http=127.0.0.1:0", "--Listen:Https=off", $"--Listen:Mqtt=127.0.0.1:{mqttPort}", "--Listen:Mqtts=off",
        "--Cluster:SiloPort=0", "--Cluster:GatewayPort=0", $"--Storage:Path={dataPath}",
        $"--Bootstrap:AdminPassword={AdminPassword}", $"--Bootstrap:ManagementPassword={AdminPassword}", $"--Bootstrap:DevicePassword={DevicePassword}", .. settings,
    ];

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<BailiwickServer> StartAsync(Bench bench, string dataPath, int mqttPort = 0, params string[] settings)
    {
        var start = Stopwatch.GetTimestamp();
        var process = ChildProcess.Start(Path.Combine(Repository.Published, "bailiwick"), Arguments(dataPath, mqttPort, settings));
        try
        {
            var line = await process.LineAsync(ReadyPrefix, ReadyPatience, bench.Stop);
            return new(process, line, Stopwatch.GetElapsedTime(start));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await _process.DisposeAsync();
    }

    private HttpClient Client(string user, string password)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = _http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        _clients.Add(client);
        return client;
    }
}
