using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>
/// The real process under MQTT and REST load, killed with SIGKILL at a random moment, ten rounds on one data folder. A journal on the
/// clients' side holds what was acknowledged; at the end every line of it must be found over REST.
/// </summary>
/// <remarks>Replay a run with <c>BAILIWICK_SEED=n ./dev test KillTests</c>; the seed is printed.</remarks>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Rounds = 10;
    private const int Devices = 8;
    private const int Window = 10;
    private static readonly TimeSpan LoadMax = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, ConcurrentBag<long>> _measured = new();
    private readonly ConcurrentBag<(string Id, string Name)> _objects = [];
    private readonly ConcurrentBag<string> _users = [];
    private readonly ConcurrentBag<string> _records = [];
    private readonly ConcurrentDictionary<string, string> _passwords = new();
    private long _number;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_by_kill_minus_nine()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("BAILIWICK_SEED") ?? $"{Environment.ProcessId}", CultureInfo.InvariantCulture);
        output.WriteLine($"seed {seed}; replay with BAILIWICK_SEED={seed} ./dev test KillTests");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        for (var round = 0; round < Rounds; round++)
        {
            await using var server = await ServerProcess.StartOnAsync(folder["data"]);
            if (round == 0) await RegisterAsync(server);
            using var stop = new CancellationTokenSource();
            var load = Load(server, stop.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, (int)LoadMax.TotalMilliseconds)), CancellationToken.None);
            await server.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(load);
        }

        await using var last = await ServerProcess.StartOnAsync(folder["data"]);
        output.WriteLine($"acknowledged: {_measured.Sum(device => device.Value.Count)} measurements, {_objects.Count} objects, {_users.Count} users, {_records.Count} audit records");
        Assert.True(_measured.Values.Sum(bag => bag.Count) > 1000 && !_objects.IsEmpty && !_users.IsEmpty && !_records.IsEmpty, "There was hardly any load");
        await CheckAsync(last);
    }

    private async Task RegisterAsync(ServerProcess server)
    {
        var admin = server.NewClientOf("t1/admin", ServerProcess.AdminPassword);
        var bootstrap = server.NewClientOf("management/devicebootstrap", ServerProcess.DevicePassword);
        for (var i = 0; i < Devices; i++)
        {
            var id = $"kill-{i}";
            await PostAsync(admin, "/devicecontrol/newDeviceRequests", $$"""{"id":"{{id}}"}""", HttpStatusCode.Created);
            await PostAsync(bootstrap, "/devicecontrol/deviceCredentials", $$"""{"id":"{{id}}"}""", HttpStatusCode.NotFound);
            using var accepted = await admin.PutAsync(new Uri($"/devicecontrol/newDeviceRequests/{id}", UriKind.Relative), Json("""{"status":"ACCEPTED"}"""));
            Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
            var credentials = await PostAsync(bootstrap, "/devicecontrol/deviceCredentials", $$"""{"id":"{{id}}"}""", HttpStatusCode.Created);
            _passwords[id] = credentials.GetProperty("password").GetString()!;
        }
    }

    private Task[] Load(ServerProcess server, CancellationToken stop) =>
    [
        .. _passwords.Select(device => Until(() => PublishAsync(server, device.Key, device.Value, stop), stop)),
        Until(() => CreateObjectsAsync(server.NewClientOf("t1/admin", ServerProcess.AdminPassword), stop), stop),
        Until(() => CreateUsersAsync(server.NewClientOf("t1/admin", ServerProcess.AdminPassword), stop), stop),
        Until(() => AppendRecordsAsync(server.NewClientOf("t1/admin", ServerProcess.AdminPassword), stop), stop),
    ];

    // The end of the process is the end of the load; anything before it is a fault.
    private static async Task Until(Func<Task> load, CancellationToken stop)
    {
        try
        {
            await load();
        }
        catch (Exception gone) when (gone is IOException or SocketException or HttpRequestException or OperationCanceledException)
        {
            // A connection breaks a little before the test hears that the process is dead.
            await Task.Delay(Timeout.InfiniteTimeSpan, stop).ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
        }
    }

    private async Task PublishAsync(ServerProcess server, string id, string password, CancellationToken stop)
    {
        var acknowledged = _measured.GetOrAdd(id, _ => []);
        await using var device = new MqttDevice();
        Assert.Equal(0, await device.ConnectAsync(server.MqttPort, $"d:{id}", $"t1/device_{id}", password));
        var inFlight = new Dictionary<ushort, long>();
        var qos = id[^1] % 2 + 1;
        for (ushort packet = 1; !stop.IsCancellationRequested; packet = (ushort)(packet % 60_000 + 1))
        {
            var number = Interlocked.Increment(ref _number);
            inFlight[packet] = number;
            await device.PublishAsync("s/us", $"200,kill,number,{number}", qos, packet);
            if (inFlight.Count < Window) continue;
            var acked = await device.ReadAckAsync();
            acknowledged.Add(inFlight[acked]);
            inFlight.Remove(acked);
            if (qos == 2) await device.SendRawAsync(new byte[] { 0x62, 2, (byte)(acked >> 8), (byte)acked });
        }
    }

    private async Task CreateObjectsAsync(HttpClient admin, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var name = $"object {Interlocked.Increment(ref _number)}";
            var made = await PostAsync(admin, "/inventory/managedObjects", $$"""{"name":"{{name}}","type":"kill","kill_Mark":{} }""", HttpStatusCode.Created);
            var id = made.GetProperty("id").GetString()!;
            _objects.Add((id, name));
            var numbers = Enumerable.Range(0, 5).Select(_ => Interlocked.Increment(ref _number)).ToList();
            var body = string.Join(',', numbers.Select(n =>
                "{\"source\":{\"id\":\"" + id + "\"},\"time\":\"2026-01-01T00:00:00Z\",\"type\":\"kill\",\"kill\":{\"number\":{\"value\":" + n + "}}}"));
            await PostAsync(admin, "/measurement/measurements", $$"""{"measurements":[{{body}}]}""", HttpStatusCode.Created);
            var bag = _measured.GetOrAdd($"#{id}", _ => []);
            foreach (var n in numbers) bag.Add(n);
        }
    }

    private async Task CreateUsersAsync(HttpClient admin, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var name = $"user{Interlocked.Increment(ref _number)}";
            await PostAsync(admin, "/user/t1/users", $$"""{"userName":"{{name}}","email":"u@example.com","password":"Kill-Minus-9"}""", HttpStatusCode.Created);
            _users.Add(name);
        }
    }

    private async Task AppendRecordsAsync(HttpClient admin, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var text = $"record {Interlocked.Increment(ref _number)}";
            await PostAsync(admin, "/audit/auditRecords", $$"""{"type":"kill","activity":"kill","text":"{{text}}","time":"2026-01-01T00:00:00Z"}""", HttpStatusCode.Created);
            _records.Add(text);
        }
    }

    private async Task CheckAsync(ServerProcess server)
    {
        var admin = server.NewClientOf("t1/admin", ServerProcess.AdminPassword);
        foreach (var (device, acknowledged) in _measured)
        {
            var id = device[0] == '#' ? device[1..] : (await GetAsync(admin, $"/identity/externalIds/c8y_Serial/{device}")).GetProperty("managedObject").GetProperty("id").GetString();
            var stored = new List<long>();
            await foreach (var m in AllAsync(admin, $"/measurement/measurements?source={id}", "measurements"))
                stored.Add((long)m.GetProperty("kill").GetProperty("number").GetProperty("value").GetDouble());
            Assert.Empty(acknowledged.Except(stored));
            Assert.Equal(stored.Count, stored.Distinct().Count());
        }
        var listed = new Dictionary<string, string>();
        await foreach (var o in AllAsync(admin, "/inventory/managedObjects?type=kill", "managedObjects")) listed.Add(o.GetProperty("id").GetString()!, o.GetProperty("name").GetString()!);
        foreach (var (id, name) in _objects) Assert.Equal(name, listed.GetValueOrDefault(id));
        foreach (var id in listed.Keys) Assert.Equal(id, (await GetAsync(admin, $"/inventory/managedObjects/{id}")).GetProperty("id").GetString());

        var texts = new HashSet<string>();
        await foreach (var record in AllAsync(admin, "/audit/auditRecords?", "auditRecords")) texts.Add(record.GetProperty("text").GetString()!);
        Assert.Empty(_records.Except(texts));
        Assert.Empty(_users.Select(user => $"User created: {user}").Except(texts));
        foreach (var user in _users) Assert.Equal(user, (await GetAsync(admin, $"/user/t1/users/{user}")).GetProperty("userName").GetString());
    }

    private static async IAsyncEnumerable<JsonElement> AllAsync(HttpClient client, string path, string list)
    {
        for (var page = 1; ; page++)
        {
            var items = (await GetAsync(client, $"{path}&pageSize=2000&currentPage={page}")).GetProperty(list);
            foreach (var item in items.EnumerateArray()) yield return item;
            if (items.GetArrayLength() < 2000) yield break;
        }
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path} answered {answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, string body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = Json(body) };
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{path} answered {answer.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
