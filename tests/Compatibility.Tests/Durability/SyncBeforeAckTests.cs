using Bailiwick.Compatibility.Tests.Devices;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>
/// The sync that makes data survive a power cut has returned before the acknowledgement is written. A kill cannot show this, for what is
/// in the kernel's cache survives it; the order of the system calls does.
/// </summary>
public sealed class SyncBeforeAckTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private ServerProcess Server => shared.Server;

    [Theory]
    [InlineData(1, 0x40)]
    [InlineData(2, 0x50)]
    public async Task A_publish_is_acknowledged_after_the_store_has_synced_it(int qos, byte acknowledgement)
    {
        var device = await Joining.JoinAsync(Server, $"synced-{qos}");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.PublishedAsync("s/us", "100");

        await using var trace = await CallTrace.OfAsync(Server);
        for (var number = 1; number <= 3; number++)
        {
            await mqtt.SendAsync(MqttSocket.Publish("s/us", $"200,marker_{qos}_{number},v,1", qos, 0x5A00 + number));
            Assert.Equal(0x5A00 + number, (await mqtt.ExpectAsync(acknowledgement, "the acknowledgement under trace")).Id);
        }
        var calls = await trace.EndAsync();

        for (var number = 1; number <= 3; number++)
            StoredAndSyncedBefore(calls, $"marker_{qos}_{number}", Sent(calls, acknowledgement, 2, 0x5A, (byte)number));
    }

    [Fact]
    public async Task A_created_object_is_answered_after_the_store_has_synced_it()
    {
        var admin = Joining.AdminOf(Server);
        (await admin.GetAsync("/inventory/managedObjects?pageSize=1")).Expect(200);

        await using var trace = await CallTrace.OfAsync(Server);
        var made = (await admin.PostAsync("/inventory/managedObjects", """{"name":"marker_object"}""")).Expect(201);
        var calls = await trace.EndAsync();

        StoredAndSyncedBefore(calls, "marker_object", Sent(calls, [.. "HTTP/1.1 201"u8], made.MadeId));
    }

    [Fact]
    public async Task A_measurement_over_REST_is_answered_after_the_store_has_synced_it()
    {
        var admin = Joining.AdminOf(Server);
        var source = (await admin.PostAsync("/inventory/managedObjects", """{"c8y_IsDevice":{}}""")).Expect(201).MadeId;

        await using var trace = await CallTrace.OfAsync(Server);
        var made = (await admin.PostAsync("/measurement/measurements", $$"""{"source":{"id":"{{source}}"},"type":"marker_rest","time":"2026-01-01T00:00:00Z","f":{"s":{"value":1} } }""")).Expect(201);
        var calls = await trace.EndAsync();

        StoredAndSyncedBefore(calls, "marker_rest", Sent(calls, [.. "HTTP/1.1 201"u8], made.MadeId));
    }

    [Fact]
    public async Task A_security_change_is_on_the_synced_audit_trail_before_it_is_made_and_is_synced_itself_before_it_is_answered()
    {
        var admin = Joining.AdminOf(Server);
        (await admin.GetAsync("/inventory/managedObjects?pageSize=1")).Expect(200);

        await using var trace = await CallTrace.OfAsync(Server);
        (await admin.PostAsync("/user/t1/users", """{"userName":"marker_user","email":"m@example.com","password":"Password-of-marker-1"}""")).Expect(201);
        var calls = await trace.EndAsync();

        var answer = Sent(calls, [.. "HTTP/1.1 201"u8], "marker_user");
        var recorded = Synced(calls, Written(calls, "User created: marker_user", "/audit/"));
        var changed = Written(calls, "m@example.com", "/store/");
        Assert.True(recorded.ReturnedAt < changed.BeganAt, $"The change was written before its record was durable: {recorded}, {changed}");
        Assert.True(Synced(calls, changed).ReturnedAt < answer.BeganAt, $"Answered before the change was durable: {answer}");
    }

    /// <summary>The store's log was given these bytes, and a sync of it that began after that had returned when the answer was sent.</summary>
    private static void StoredAndSyncedBefore(IReadOnlyList<SystemCall> calls, string marker, SystemCall answer)
    {
        var sync = Synced(calls, Written(calls, marker, "/store/"));
        Assert.True(sync.ReturnedAt < answer.BeganAt, $"Answered before the sync had returned: {sync}, {answer}");
    }

    private static SystemCall Written(IReadOnlyList<SystemCall> calls, string marker, string where) =>
        calls.FirstOrDefault(call => call.Name is "write" or "writev" or "pwrite64" or "pwritev" && call.Target.Contains(where, StringComparison.Ordinal) && call.Carries(marker))
        ?? throw new InvalidOperationException($"'{marker}' was never written to a file '{where}'. Traced:\n{string.Join('\n', calls)}");

    private static SystemCall Synced(IReadOnlyList<SystemCall> calls, SystemCall write) =>
        calls.FirstOrDefault(call => CallTrace.IsSync(call) && call.Target == write.Target && call.BeganAt > write.ReturnedAt)
        ?? throw new InvalidOperationException($"{write.Target} was never synced after the write. Traced:\n{string.Join('\n', calls)}");

    private static SystemCall Sent(IReadOnlyList<SystemCall> calls, params byte[] bytes) => Sent(calls, bytes, "");

    private static SystemCall Sent(IReadOnlyList<SystemCall> calls, byte[] bytes, string text) =>
        calls.FirstOrDefault(call => CallTrace.IsSend(call) && call.Carries(bytes) && call.Carries(text))
        ?? throw new InvalidOperationException($"The acknowledgement was never sent. Traced:\n{string.Join('\n', calls)}");
}
