using System.Text.Json;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Devices;

/// <summary>What one MQTT session may count on, packet by packet, against the real process.</summary>
public sealed class SessionTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const int PacketBytesMax = 16_184;

    private ServerProcess Server => shared.Server;

    private RestClient Admin => field ??= Joining.AdminOf(shared.Server);

    [Fact]
    public async Task A_second_connection_with_the_same_client_id_closes_the_first()
    {
        var (device, _) = await DeviceAsync("taken-over");
        using var first = await MqttSocket.ConnectAsync(Server, device.Connect);
        using var second = await MqttSocket.ConnectAsync(Server, device.Connect with { ClientId = $"d:{device.DeviceId}:collection" });
        Assert.Empty(await first.ClosedAsync("the end of the session that was taken over"));
        Assert.Empty(await second.PublishedAsync("s/us", "200,f,v,1"));
    }

    [Fact]
    public async Task A_client_that_is_silent_for_longer_than_its_keep_alive_is_closed_and_one_without_a_keep_alive_is_not()
    {
        var (silent, _) = await DeviceAsync("silent");
        var (patient, _) = await DeviceAsync("patient");
        using var withNone = await MqttSocket.ConnectAsync(Server, patient.Connect);
        using var withOne = await MqttSocket.ConnectAsync(Server, silent.Connect with { KeepAliveSeconds = 1 });
        Assert.Empty(await withOne.ClosedAsync("the end of a silent session"));
        await withNone.SendAsync(MqttSocket.PingReq);
        await withNone.ExpectAsync(MqttPacket.PingResp, "PINGRESP");
    }

    [Fact]
    public async Task The_will_is_carried_out_when_the_client_is_lost_and_not_when_it_says_goodbye()
    {
        var (device, source) = await DeviceAsync("will");
        using (var polite = await MqttSocket.ConnectAsync(Server, device.Connect with { WillTopic = "s/us", WillPayload = "200,polite,v,1" }))
        {
            await polite.SendAsync(MqttSocket.Disconnect);
            await polite.ClosedAsync("the end after DISCONNECT");
        }
        using (await MqttSocket.ConnectAsync(Server, device.Connect with { WillTopic = "s/us", WillPayload = "200,lost,v,1" }))
        {
        }

        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        List<JsonElement> stored;
        do
        {
            Assert.False(giveUp.IsCancellationRequested, "The will of a lost client was not carried out.");
            stored = await MeasuredAsync(source);
        }
        while (stored.Count == 0);
        Assert.Equal("lost", Assert.Single(stored).GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_QoS_2_message_that_is_sent_again_is_acknowledged_again_and_stored_once()
    {
        var (device, source) = await DeviceAsync("exactly-once");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SendAsync(MqttSocket.Publish("s/us", "200,f,v,1", qos: 2, id: 5));
        Assert.Equal(5, (await mqtt.ExpectAsync(MqttPacket.PubRec, "PUBREC")).Id);
        await mqtt.SendAsync(MqttSocket.Publish("s/us", "200,f,v,1", qos: 2, id: 5, isDuplicate: true));
        Assert.Equal(5, (await mqtt.ExpectAsync(MqttPacket.PubRec, "the second PUBREC")).Id);
        await mqtt.SendAsync(MqttSocket.PubRel(5));
        Assert.Equal(5, (await mqtt.ExpectAsync(MqttPacket.PubComp, "PUBCOMP")).Id);
        Assert.Single(await MeasuredAsync(source));

        await mqtt.SendAsync(MqttSocket.Publish("s/us", "200,f,v,2", qos: 2, id: 5));
        await mqtt.ExpectAsync(MqttPacket.PubRec, "PUBREC of a new message with a released id");
        Assert.Equal(2, (await MeasuredAsync(source)).Count);
    }

    [Fact]
    public async Task The_largest_packet_is_taken_and_one_byte_more_closes_after_what_came_before_was_acknowledged()
    {
        var (device, source) = await DeviceAsync("large");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        var largest = PacketOf(PacketBytesMax, id: 2);
        await mqtt.SendAsync(largest);
        Assert.Equal(2, (await mqtt.ExpectAsync(MqttPacket.PubAck, "the PUBACK of the largest packet")).Id);

        await mqtt.SendAsync(MqttSocket.Publish("s/us", "200,before,v,1", qos: 1, id: 3), PacketOf(PacketBytesMax + 1, id: 4), MqttSocket.Publish("s/us", "200,after,v,1", qos: 1, id: 5));
        Assert.Equal([3], (await mqtt.ClosedAsync("the end after too large a packet")).Select(packet => packet.Id));
        Assert.Equal(["large", "before"], (await MeasuredAsync(source)).Select(row => row.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task A_second_CONNECT_closes_after_what_came_before_was_acknowledged()
    {
        var (device, source) = await DeviceAsync("twice");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SendAsync(MqttSocket.Publish("s/us", "200,before,v,1", qos: 1, id: 3), device.Connect.Packet(), MqttSocket.Publish("s/us", "200,after,v,1", qos: 1, id: 5));
        Assert.Equal([3], (await mqtt.ClosedAsync("the end after a second CONNECT")).Select(packet => packet.Id));
        Assert.Equal("before", Assert.Single(await MeasuredAsync(source)).GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_bad_row_between_good_ones_costs_itself_and_a_line_on_the_error_topic()
    {
        var (device, source) = await DeviceAsync("bad-row");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SubscribedAsync("s/e");
        var line = Assert.Single(await mqtt.PublishedAsync("s/us", "200,f,v,1\n200,f,v,abc\n200,f,v,3"));
        Assert.Equal(("s/e", "45,200,Value is not a NUMBER: abc"), (line.Topic, line.Payload));
        Assert.Equal([1, 3], (await MeasuredAsync(source)).Select(row => row.GetProperty("f").GetProperty("v").GetProperty("value").GetInt32()));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_client_that_is_slow_to_read_gets_every_line_and_acknowledgement_in_the_end(bool overTls)
    {
        const int messages = 200, rowsEach = 1_000;
        var (device, source) = await DeviceAsync(overTls ? "slow-reader-tls" : "slow-reader");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect, overTls);
        await mqtt.SubscribedAsync("s/e");
        // Some five megabytes of error lines, and nobody reads them before all is sent: far more than a socket and a pipe hold.
        var bad = string.Join('\n', Enumerable.Repeat("9", rowsEach));
        var sending = Task.Run(async () =>
        {
            for (var id = 1; id <= messages; id++) await mqtt.SendAsync(MqttSocket.Publish("s/us", $"{bad}\n200,f,v,{id}", qos: 1, id));
        });
        var (lines, acks) = (0, new List<int>());
        while (acks.Count < messages)
        {
            var packet = await mqtt.ReadAsync($"PUBACK {acks.Count + 1} of {messages}") ?? throw new InvalidOperationException($"Closed after {lines} lines and {acks.Count} acknowledgements.");
            if (!packet.IsPublish) acks.Add(packet.Id);
            else if (packet.Payload == "40,9,No static template for this message id") lines++;
            else Assert.Fail($"Not what was sent: {packet}");
        }
        await sending;
        Assert.Equal(Enumerable.Range(1, messages), acks);
        Assert.Equal(messages * rowsEach, lines);
        Assert.Equal(messages, (await MeasuredAsync(source)).Count);
    }

    [Fact]
    public async Task Operations_cannot_be_subscribed_to_before_the_device_exists()
    {
        var device = await Joining.JoinAsync(Server, "session-not-there-yet");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.SendAsync(MqttSocket.Subscribe(1, "s/ds", 1));
        Assert.Equal(0x80, (await mqtt.ExpectAsync(MqttPacket.SubAck, "SUBACK")).Body[2]);
        await mqtt.PublishedAsync("s/us", "100");
        await mqtt.SendAsync(MqttSocket.Subscribe(2, "s/ds", 1));
        Assert.Equal(1, (await mqtt.ExpectAsync(MqttPacket.SubAck, "SUBACK")).Body[2]);
    }

    [Fact]
    public async Task A_ping_is_answered_while_a_commit_is_pending()
    {
        var (device, _) = await DeviceAsync("pinging");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        // Every sync takes two seconds more from now on, so that the message is surely not durable when the ping comes.
        await using var slow = ForeignProgram.Start("strace", "-f", "-p", $"{Server.ProcessId}", "-e", "trace=fdatasync", "-e", "signal=none", "-e", "inject=fdatasync:delay_exit=2000000", "-o", "/dev/null");
        Assert.NotNull(await slow.Errors.FindAsync(line => line.Contains("attached", StringComparison.Ordinal), "strace to attach", BailiwickProcess.Patience));
        await mqtt.SendAsync(MqttSocket.Publish("s/us", "200,f,v,1", qos: 1, id: 1));
        await mqtt.SendAsync(MqttSocket.PingReq);
        await mqtt.ExpectAsync(MqttPacket.PingResp, "PINGRESP before the PUBACK of a message that is not durable yet");
        await mqtt.ExpectAsync(MqttPacket.PubAck, "PUBACK");
        await slow.InterruptAsync();
    }

    /// <summary>One measurement row and empty lines, so that the whole packet has this size in bytes.</summary>
    private static byte[] PacketOf(int bytes, int id)
    {
        const int HeadBytes = 1 + 2 + 2 + 4 + 2;
        var packet = MqttSocket.Publish("s/us", "200,large,v,1".PadRight(bytes - HeadBytes, '\n'), qos: 1, id);
        Assert.Equal(bytes, packet.Length);
        return packet;
    }

    private Task<List<JsonElement>> MeasuredAsync(string source) => Admin.ListAsync($"/measurement/measurements?source={source}", "measurements");

    private async Task<(Credentials, string)> DeviceAsync(string name)
    {
        var device = await Joining.JoinAsync(Server, $"session-{name}");
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.PublishedAsync("s/us", "100");
        return (device, await Joining.ObjectIdAsync(Admin, device.DeviceId));
    }
}
