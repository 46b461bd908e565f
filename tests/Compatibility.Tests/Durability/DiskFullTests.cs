using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Rest;

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
        var (acknowledged, records) = (new List<(string Id, string Name)>(), new List<string>());
        await using (var server = await ServerProcess.StartOnAsync(data))
        {
            var admin = Joining.AdminOf(server);
            var device = await Joining.JoinAsync(server, "full-1");
            using (var before = await MqttSocket.ConnectAsync(server, device.Connect)) await before.PublishedAsync("s/us", "100\n200,before,v,1");
            await CreateAsync(admin, acknowledged, 20);

            using var connected = await MqttSocket.ConnectAsync(server, device.Connect);
            volume.Fill(left);
            records = await RefusedAsync(admin, acknowledged);
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
        foreach (var record in records) (await rest.GetAsync($"/audit/auditRecords/{record}")).Expect(200);
        var measured = await rest.ListAsync($"/measurement/measurements?source={await Joining.ObjectIdAsync(rest, "full-1")}", "measurements");
        Assert.Equal(["after", "before"], measured.Select(row => row.GetProperty("type").GetString()).Where(type => type != "lost").Order());
    }

    private static async Task CreateAsync(RestClient admin, List<(string, string)> acknowledged, int count)
    {
        for (var number = 0; number < count; number++)
        {
            var name = $"kept-{acknowledged.Count}";
            acknowledged.Add(((await admin.PostAsync("/inventory/managedObjects", $$"""{"name":"{{name}}"}""")).Expect(201).MadeId, name));
        }
    }

    /// <summary>
    /// Writes of every kind until each is refused. The store and the audit log look at the disk a few times a second, each by itself; what
    /// they take until then is acknowledged and must be found. Answers the ids of the audit records among it.
    /// </summary>
    private static async Task<List<string>> RefusedAsync(RestClient admin, List<(string, string)> acknowledged)
    {
        var (source, records) = (acknowledged[0].Item1, new List<string>());
        await UntilRefusedAsync("an object", number => admin.PostAsync("/inventory/managedObjects", $$"""{"name":"last-{{number}}"}"""), (reply, number) => acknowledged.Add((reply.MadeId, $"last-{number}")));
        await UntilRefusedAsync("a measurement", _ => admin.PostAsync("/measurement/measurements",
            $$"""{"source":{"id":"{{source}}"},"type":"last","time":"2026-01-01T00:00:00Z","f":{"s":{"value":1} } }"""));
        await UntilRefusedAsync("an audit record", _ => admin.PostAsync("/audit/auditRecords", """{"type":"t","activity":"last","time":"2026-01-01T00:00:00Z","text":"t"}"""), (reply, _) => records.Add(reply.MadeId));
        var refused = await UntilRefusedAsync("a user", number => admin.PostAsync("/user/t1/users", $$"""{"userName":"last-{{number}}","email":"r@example.com","password":"Password-of-nobody-1"}"""));
        Assert.Equal(404, (await admin.GetAsync($"/user/t1/users/last-{refused}")).Status);
        return records;
    }

    /// <summary>Answers the number of the write that was refused.</summary>
    private static async Task<int> UntilRefusedAsync(string what, Func<int, Task<Reply>> write, Action<Reply, int>? taken = null)
    {
        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        for (var number = 0; ; number++)
        {
            Assert.False(giveUp.IsCancellationRequested, $"A full disk went on taking {what}.");
            var reply = await write(number);
            if (!reply.IsSuccess)
            {
                Unavailable(reply);
                return number;
            }
            taken?.Invoke(reply, number);
        }
    }

    private static void Unavailable(Reply answer)
    {
        answer.Expect(503);
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
            if (answer.IsSuccess)
            {
                acknowledged.Add((answer.MadeId, "first again"));
                return;
            }
            Unavailable(answer);
        }
    }

    private static async Task FoundAsync(RestClient admin, List<(string Id, string Name)> acknowledged)
    {
        var listed = (await admin.ListAsync("/inventory/managedObjects", "managedObjects")).Where(row => row.TryGetProperty("name", out _)).ToDictionary(row => row.GetProperty("id").GetString()!, row => row.GetProperty("name").GetString()!);
        Assert.All(acknowledged, made => Assert.Equal(made.Name, listed.GetValueOrDefault(made.Id)));
    }
}
