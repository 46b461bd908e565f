using System.Globalization;
using System.Net;

namespace Bailiwick.Demo;

/// <summary>The devices of all plants. Each joined as a real one does: announced, accepted, and given its own credentials.</summary>
internal sealed class DemoFleet : IAsyncDisposable
{
    private const int JoinedAtOnce = 8;
    private const int ProgressEvery = 25;

    private readonly IReadOnlyList<DemoDevice> _devices;

    private DemoFleet(IReadOnlyList<DemoDevice> devices) => _devices = devices;

    public static async Task<DemoFleet> JoinAsync(DemoServer server, IReadOnlyList<Customer> customers, int count, CancellationToken stop)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Registering {count} devices, each with its own credentials ..."));
        var plants = customers.SelectMany(customer => customer.Plants.Select(plant => (customer, plant))).ToList();
        var devices = new DemoDevice[count];
        var done = 0;
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = JoinedAtOnce, CancellationToken = stop }, async (index, ended) =>
        {
            var (customer, plant) = plants[index % plants.Count];
            devices[index] = await JoinAsync(server, customer, plant, index, ended);
            if (Interlocked.Increment(ref done) is var soFar && soFar % ProgressEvery == 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {soFar} of {count}"));
        });
        return new DemoFleet(devices);
    }

    /// <summary>Connects all and waits until each has its object, which is then put into its plant.</summary>
    public Task FirstWordsAsync(CancellationToken stop) =>
        Parallel.ForEachAsync(_devices, new ParallelOptions { MaxDegreeOfParallelism = JoinedAtOnce, CancellationToken = stop }, async (device, ended) => await device.BeginAsync(ended));

    /// <summary>Lets them measure, raise alarms and carry out operations until it is stopped.</summary>
    public Task SpeakAsync(CancellationToken stop) => Task.WhenAll(_devices.Select(device => device.SpeakAsync(stop)));

    public async ValueTask DisposeAsync()
    {
        foreach (var device in _devices) await device.DisposeAsync();
    }

    private static async Task<DemoDevice> JoinAsync(DemoServer server, Customer customer, Plant plant, int index, CancellationToken stop)
    {
        var (admin, bootstrap) = (server.Rest($"{customer.Tenant}/admin", customer.AdminPassword), server.Rest("management/devicebootstrap", server.DevicePassword));
        var id = string.Create(CultureInfo.InvariantCulture, $"{plant.Name.Split(' ')[0].ToLowerInvariant()}-{index:000}");
        var named = $$"""{"id":"{{id}}"}""";
        await admin.PostAsync("/devicecontrol/newDeviceRequests", named, stop);
        // The first asking shows that the device is there; only then can it be accepted.
        await bootstrap.PostAsync("/devicecontrol/deviceCredentials", named, HttpStatusCode.NotFound, stop);
        await admin.PutAsync($"/devicecontrol/newDeviceRequests/{id}", """{"status":"ACCEPTED"}""", stop);
        var credentials = await bootstrap.PostAsync("/devicecontrol/deviceCredentials", named, stop);
        string Text(string name) => credentials.GetProperty(name).GetString()!;
        return new DemoDevice(server.Mqtt, id, $"{Text("tenantId")}/{Text("username")}", Text("password"), admin, plant, index);
    }
}
