using System.Net;
using System.Net.Mime;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Benchmarks;

/// <summary>A device with the password that the platform made for it.</summary>
internal sealed record FleetDevice(string Id, string User, string Password);

/// <summary>Devices of the benchmark, registered one by one as a real client registers them: requested, asked for, accepted, fetched.</summary>
internal sealed class Fleet
{
    // As many registrations at a time as a patient administrator's script would have.
    private const int RegistrationsAtOnce = 32;
    private const int ProgressEvery = 2_500;

    private Fleet(FleetDevice[] devices, string credentialsFile) => (Devices, CredentialsFile) = (devices, credentialsFile);

    public IReadOnlyList<FleetDevice> Devices { get; }

    /// <summary>For the load generator.</summary>
    public string CredentialsFile { get; }

    /// <summary>Registers devices x-0, x-1, ... and has each send a first message, which makes its managed object.</summary>
    public static Task<Fleet> RegisterAsync(Bench bench, BailiwickServer server, int count) => RegisterAsync(bench, server, count, server.Admin(), "x");

    /// <summary>The same in the tenant of this administrator, under names of their own.</summary>
    public static async Task<Fleet> RegisterAsync(Bench bench, BailiwickServer server, int count, HttpClient admin, string prefix)
    {
        bench.Report.Progress($"registering {count} devices through REST");
        var devices = new FleetDevice[count];
        var (bootstrap, done) = (server.Bootstrap(), 0);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = RegistrationsAtOnce, CancellationToken = bench.Stop }, async (index, stop) =>
        {
            devices[index] = await RegisterAsync(admin, bootstrap, $"{prefix}-{index}", stop);
            if (Interlocked.Increment(ref done) is var soFar && soFar % ProgressEvery == 0) bench.Report.Progress($"{soFar} registered");
        });
        var file = bench[$"credentials-{prefix}"];
        await File.WriteAllLinesAsync(file, devices.Select(device => $"{device.Id}\t{device.User}\t{device.Password}"), bench.Stop);

        var fleet = new Fleet(devices, file);
        bench.Report.Progress($"each device's first message");
        await new LoadRunner(bench).RunAsync(server.Target, fleet.Plan() with { Messages = count, Payload = "100,%d,c8y_Load" });
        return fleet;
    }

    /// <summary>A plan for the first devices; all of them where the number is zero.</summary>
    public LoadPlan Plan(int connections = 0) => new(CredentialsFile, connections == 0 ? Devices.Count : connections);

    /// <summary>The managed object of a device.</summary>
    public static async Task<string> ObjectIdAsync(HttpClient admin, string deviceId, CancellationToken stop)
    {
        using var named = await CallAsync(admin, HttpMethod.Get, $"/identity/externalIds/c8y_Serial/{deviceId}", null, HttpStatusCode.OK, stop);
        return named!.RootElement.GetProperty("managedObject").GetProperty("id").GetString()!;
    }

    /// <summary>How many measurements the server says that a device has.</summary>
    public static async Task<long> MeasurementsAsync(HttpClient admin, string deviceId, CancellationToken stop)
    {
        var source = await ObjectIdAsync(admin, deviceId, stop);
        using var page = await CallAsync(admin, HttpMethod.Get, $"/measurement/measurements?source={source}&pageSize=1&withTotalElements=true", null, HttpStatusCode.OK, stop);
        return page!.RootElement.GetProperty("statistics").GetProperty("totalElements").GetInt64();
    }

    private static async Task<FleetDevice> RegisterAsync(HttpClient admin, HttpClient bootstrap, string id, CancellationToken stop)
    {
        var named = $$"""{"id":"{{id}}"}""";
        (await CallAsync(admin, HttpMethod.Post, "/devicecontrol/newDeviceRequests", named, HttpStatusCode.Created, stop))?.Dispose();
        // The first asking shows that the device is there; only then can it be accepted.
        (await CallAsync(bootstrap, HttpMethod.Post, "/devicecontrol/deviceCredentials", named, HttpStatusCode.NotFound, stop))?.Dispose();
        (await CallAsync(admin, HttpMethod.Put, $"/devicecontrol/newDeviceRequests/{id}", """{"status":"ACCEPTED"}""", HttpStatusCode.OK, stop))?.Dispose();
        using var credentials = await CallAsync(bootstrap, HttpMethod.Post, "/devicecontrol/deviceCredentials", named, HttpStatusCode.Created, stop);
        string Text(string name) => credentials!.RootElement.GetProperty(name).GetString() ?? throw new BenchmarkException($"The credentials of {id} have no {name}.");
        return new(id, $"{Text("tenantId")}/{Text("username")}", Text("password"));
    }

    private static async Task<JsonDocument?> CallAsync(HttpClient client, HttpMethod method, string path, string? body, HttpStatusCode wanted, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json);
        request.Headers.Accept.ParseAdd(MediaTypeNames.Application.Json);
        using var answer = await client.SendAsync(request, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        if (answer.StatusCode != wanted) throw new BenchmarkException($"{method} {path} was answered {(int)answer.StatusCode}, not {(int)wanted}: {text}");
        return text.Length == 0 ? null : JsonDocument.Parse(text);
    }
}
