using System.Net;
using Bailiwick.Compatibility.Tests.Devices;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>A disk that fills up under a serving process, and gets room again.</summary>
public sealed class DiskFullTests
{
    private const int VolumeMegabytes = 192;

    // The store keeps a sixteenth of a small volume in reserve (12 MiB here): below that it writes no more.
    private const long BelowTheReserveBytes = 4 << 20;

    [Theory]
    [InlineData(BelowTheReserveBytes)]
    [InlineData(0)]
    public async Task A_full_disk_refuses_writes_serves_reads_and_recovers_without_a_restart(long left)
    {
        using var volume = new SmallVolume(VolumeMegabytes);
        var data = Path.Combine(volume.Path, "data");
        var acknowledged = new List<(string Id, string Name)>();
        await using (var server = await ServerProcess.StartOnAsync(data))
        {
            var admin = Joining.AdminOf(server);
            var device = await Joining.JoinAsync(server, "full-1");
            using (var before = await MqttSocket.ConnectAsync(server, device.Connect)) await before.PublishedAsync("s/us", "100\n200,before,v,1");
            await CreateAsync(admin, acknowledged, 20);

            using var connected = await MqttSocket.ConnectAsync(server, device.Connect);
            volume.Fill(left);
            await RefusedAsync(admin, acknowledged);
            await connected.SendAsync(MqttSocket.Publish("s/us", "200,lost,v,1", qos: 1, id: 9));
            Assert.Empty(await connected.ClosedAsync("the end of a connection whose message cannot be stored"));
            await FoundAsync(admin, acknowledged);

            volume.Free();
            await AcceptedAgainAsync(admin, acknowledged);
            await CreateAsync(admin, acknowledged, 20);
            using var after = await MqttSocket.ConnectAsync(server, device.Connect);
            await after.PublishedAsync("s/us", "200,after,v,1");
            await FoundAsync(admin, acknowledged);
            await server.KillAsync();
        }

        await using var again = await ServerProcess.StartOnAsync(data);
        var rest = Joining.AdminOf(again);
        await FoundAsync(rest, acknowledged);
        var measured = await rest.ListAsync($"/measurement/measurements?source={await Joining.ObjectIdAsync(rest, "full-1")}", "measurements");
        Assert.Equal(["after", "before"], measured.Select(row => row.GetProperty("type").GetString()).Where(type => type != "lost").Order());
    }

    private static async Task CreateAsync(RestClient admin, List<(string, string)> acknowledged, int count)
    {
        for (var number = 0; number < count; number++)
        {
            var name = $"kept-{acknowledged.Count}";
            acknowledged.Add(((await admin.PostAsync("/inventory/managedObjects", $$"""{"name":"{{name}}"}""")).Is(HttpStatusCode.Created).Id, name));
        }
    }

    /// <summary>Writes until they are refused (the store looks at the disk a few times a second), and sees that every kind is refused then.</summary>
    private static async Task RefusedAsync(RestClient admin, List<(string, string)> acknowledged)
    {
        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        while (true)
        {
            Assert.False(giveUp.IsCancellationRequested, "A full disk went on taking objects.");
            var name = $"last-{acknowledged.Count}";
            var answer = await admin.PostAsync("/inventory/managedObjects", $$"""{"name":"{{name}}"}""");
            if (!answer.IsSuccess) break;
            acknowledged.Add((answer.Id, name));
        }
        Unavailable(await admin.PostAsync("/inventory/managedObjects", """{"name":"refused"}"""));
        Unavailable(await admin.PostAsync("/measurement/measurements",
            $$"""{"source":{"id":"{{acknowledged[0].Item1}}"},"type":"refused","time":"2026-01-01T00:00:00Z","f":{"s":{"value":1} } }"""));
        Unavailable(await admin.PostAsync("/audit/auditRecords", """{"type":"t","activity":"refused","time":"2026-01-01T00:00:00Z","text":"t"}"""));
        Unavailable(await admin.PostAsync("/user/t1/users", """{"userName":"refused","email":"r@example.com","password":"Password-of-nobody-1"}"""));
    }

    private static void Unavailable(RestAnswer answer)
    {
        answer.Is(HttpStatusCode.ServiceUnavailable);
        Assert.EndsWith("Service Unavailable", answer.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(answer.Json.GetProperty("message").GetString()!);
    }

    private static async Task AcceptedAgainAsync(RestClient admin, List<(string, string)> acknowledged)
    {
        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        while (true)
        {
            Assert.False(giveUp.IsCancellationRequested, "A disk with room again takes nothing.");
            var answer = await admin.PostAsync("/inventory/managedObjects", """{"name":"first again"}""");
            if (!answer.IsSuccess)
            {
                Unavailable(answer);
                continue;
            }
            acknowledged.Add((answer.Id, "first again"));
            return;
        }
    }

    private static async Task FoundAsync(RestClient admin, List<(string Id, string Name)> acknowledged)
    {
        var listed = (await admin.ListAsync("/inventory/managedObjects", "managedObjects")).Where(row => row.TryGetProperty("name", out _)).ToDictionary(row => row.GetProperty("id").GetString()!, row => row.GetProperty("name").GetString()!);
        Assert.All(acknowledged, made => Assert.Equal(made.Name, listed.GetValueOrDefault(made.Id)));
        Assert.DoesNotContain("refused", listed.Values);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync("/user/t1/users/refused")).Status);
    }
}
