using System.Net;

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
        using var named = await admin.CallAsync(HttpMethod.Get, $"/identity/externalIds/c8y_Serial/{deviceId}", null, HttpStatusCode.OK, stop);
        return named!.RootElement.GetProperty("managedObject").GetProperty("id").GetString()!;
    }

    /// <summary>How many measurements the server says that a device has.</summary>
    public static async Task<long> MeasurementsAsync(HttpClient admin, string deviceId, CancellationToken stop)
    {
        var source = await ObjectIdAsync(admin, deviceId, stop);
        using var page = await admin.CallAsync(HttpMethod.Get, $"/measurement/measurements?source={source}&pageSize=1&withTotalElements=true", null, HttpStatusCode.OK, stop);
        return page!.RootElement.GetProperty("statistics").GetProperty("totalElements").GetInt64();
    }

    private static async Task<FleetDevice> RegisterAsync(HttpClient admin, HttpClient bootstrap, string id, CancellationToken stop)
    {
        var named = $$"""{"id":"{{id}}"}""";
        (await admin.CallAsync(HttpMethod.Post, "/devicecontrol/newDeviceRequests", named, HttpStatusCode.Created, stop))?.Dispose();
        // The first asking shows that the device is there; only then can it be accepted.
        (await bootstrap.CallAsync(HttpMethod.Post, "/devicecontrol/deviceCredentials", named, HttpStatusCode.NotFound, stop))?.Dispose();
        (await admin.CallAsync(HttpMethod.Put, $"/devicecontrol/newDeviceRequests/{id}", """{"status":"ACCEPTED"}""", HttpStatusCode.OK, stop))?.Dispose();
        using var credentials = await bootstrap.CallAsync(HttpMethod.Post, "/devicecontrol/deviceCredentials", named, HttpStatusCode.Created, stop);
        string Text(string name) => credentials!.RootElement.GetProperty(name).GetString() ?? throw new BenchmarkException($"The credentials of {id} have no {name}.");
        return new(id, $"{Text("tenantId")}/{Text("username")}", Text("password"));
    }
}
