using System.Text;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Edge.SmartRest;

namespace Bailiwick.Compatibility.Tests.Fuzz;

/// <summary>Random MQTT packets: well-formed ones with random rows and documents, damaged ones, and noise, cut into random pieces.</summary>
public sealed class MqttFuzzTests
{
    private const int PacketsInCi = 10_000;
    private const int PacketsPerConnection = 25;
    private const int AtOnce = 8;
    private const int ProbeEvery = 2_000;

    private static readonly string[] Topics =
    [
        "s/us", "s/us", "s/us", "s/us/child-1", "q/us", "t/us", "s/ud", "s/uc/x", "s/ut/x", "s/ucr", "s/uat", "measurement/measurements/create", "measurement/measurements/createBulk", "measurement/measurements/delete/1", "event/events/create",
        "event/events/createBulk", "event/events/update/1", "event/events/delete/1", "alarm/alarms/create", "alarm/alarms/update/1", "inventory/managedObjects/update/child-1", "inventory/managedObjects/create",
    ];
    private static readonly string[] NoTopics = ["nothing", "s/ds", "s/us/", "", "#", "$SYS/x", "a/b/c/d"];
    private static readonly string[] Filters = ["s/ds", "s/e", "s/dt", "s/dc/#", "s/dat", "devicecontrol/notifications", "error", "s/dc/x"];
    private static readonly string[] NoFilters = ["#", "+/ds", "s/us", ""];
    private static readonly string[] GoodRows = ["200,c8y_T,T,21.5,C", "201,t,,a,b,1,c,d,e,2,", "400,t,x", "302,t,x", "306,t", "114,c8y_Restart", "101,child-1,x,y", "100,x,y", "500", "105", "112,1,2,3,4", "116,a,1,"];
    private static readonly string[] Documents =
    [
        """{"type":"c8y_T","time":"2026-11-20T08:00:00.000Z","c8y_T":{"T":{"value":1,"unit":"C"}}}""", """{"measurements":[{"type":"t","time":"2026-11-20T08:00:00Z","a":{"b":{"value":2}}}]}""",
        """{"type":"t","text":"x","time":"2026-11-20T08:00:00.000Z","externalSource":{"externalId":"child-1","type":"c8y_Serial"}}""", """{"type":"t","text":"x","severity":"MAJOR","status":"ACTIVE","time":"2026-11-20T08:00:00.000Z"}""",
        """{"name":"x","c8y_Position":{"lat":1,"lng":2}}""", "[]", "{}",
    ];
    private static readonly string[] Arguments = ["", "x", "c8y_T", "T", "21.5", "C", "\"a,\"\"b\"", "\"", "1", "-1", "2026-11-20T08:00:00.000Z", "c8y_Restart", "MAJOR", "child-1", "lat", "1e400", "😀"];
    private static readonly string[] Templates = [.. TemplateSet.Static().Ids, "999", "15", "", "abc"];

    [Fact]
    public Task No_packet_makes_the_server_fail_hang_or_grow() => Campaign.RunAsync(nameof(MqttFuzzTests), "BAILIWICK_FUZZ_PACKETS", PacketsInCi, RunAsync);

    private static async Task RunAsync(int seed, int count)
    {
        await using var server = await ServerProcess.StartAsync();
        var watch = new ServerWatch(server);
        var devices = new Credentials[AtOnce];
        for (var index = 0; index < AtOnce; index++) devices[index] = await Joining.JoinAsync(server, $"fuzz-{index}");
        // One of its own: a connection of the campaign that is read late takes over its client id.
        var wellBehaved = await Joining.JoinAsync(server, "well-behaved");
        for (var from = 0; from < count; from += ProbeEvery)
        {
            var last = Math.Min(count, from + ProbeEvery) / PacketsPerConnection;
            var dealt = from / PacketsPerConnection;
            await Task.WhenAll(devices.Select((device, lane) => Task.Run(async () =>
            {
                for (var connection = dealt + lane; connection < last; connection += AtOnce)
                    await ConverseAsync(server, device, new Dice(unchecked(seed + connection * 7919)));
            })));
            await ProbeAsync(server, wellBehaved);
            if (from == 0) watch.Begin();
        }
        watch.Check();
        var stored = (await Joining.AdminOf(server).GetAsync("/measurement/measurements?pageSize=1&withTotalElements=true")).Expect(200).Json.GetProperty("statistics").GetProperty("totalElements").GetInt64();
        TestContext.Current.TestOutputHelper?.WriteLine($"{stored} measurements stored");
        Assert.True(stored > count / 200, $"Of {count} packets {stored} measurements were stored: the campaign meets nothing but refusals");
    }

    /// <summary>Connects, mostly as a device that may, and sends until it has sent enough or is put out.</summary>
    private static async Task ConverseAsync(ServerProcess server, Credentials device, Dice dice)
    {
        using var mqtt = await MqttSocket.OpenAsync(server);
        var connect = dice.OneIn(20) ? device.Connect with { Password = dice.Text() } : device.Connect with { WillTopic = dice.OneIn(4) ? dice.Of(Topics) : null, WillPayload = Rows(dice) };
        try
        {
            if (!dice.OneIn(20)) await mqtt.SendAsync(dice.OneIn(20) ? Damaged(connect.Packet(), dice) : connect.Packet());
            for (var sent = 0; sent < PacketsPerConnection; sent++)
            {
                var packet = Packet(dice);
                var cut = dice.OneIn(3) ? dice.Below(packet.Length + 1) : packet.Length;
                await mqtt.SendAsync(packet[..cut]);
                if (cut < packet.Length) await mqtt.SendAsync(packet[cut..]);
            }
            if (dice.OneIn(2)) await mqtt.SendAsync(MqttSocket.Disconnect);
            // Some vanish without a word; the next connection then takes over their client id in the middle of their packets.
            if (dice.OneIn(4)) return;
            mqtt.FinishSending();
            while (await mqtt.ReadAsync("the end of a connection that sends nothing more") is not null)
            {
            }
        }
        catch (IOException)
        {
            // Put out, as it deserved: the rest of its packets find no connection.
        }
    }

    private static byte[] Packet(Dice dice)
    {
        var id = dice.Below(50);
        var packet = dice.Below(12) switch
        {
            0 => MqttSocket.Subscribe(id, Filter(dice), dice.OneIn(20) ? 3 : dice.Below(3)),
            1 => MqttSocket.Unsubscribe(id, Filter(dice)),
            2 => MqttSocket.PubRel(id),
            3 => MqttSocket.PingReq,
            4 => MqttSocket.Publish(Topic(dice), Encoding.UTF8.GetString(dice.Damaged(dice.Of(Documents))), dice.Below(3), id),
            5 when dice.OneIn(10) => dice.Bytes(1 + dice.Below(60)),
            _ => MqttSocket.Publish(dice.OneIn(4) ? Topic(dice) : "s/us", Rows(dice), dice.Below(3), id, dice.OneIn(10)),
        };
        return dice.OneIn(60) ? Damaged(packet, dice) : packet;
    }

    // One that is none ends the connection: now and then is enough.
    private static string Topic(Dice dice) => dice.Of(dice.OneIn(40) ? NoTopics : Topics);

    private static string Filter(Dice dice) => dice.Of(dice.OneIn(20) ? NoFilters : Filters);

    private static string Rows(Dice dice)
    {
        var rows = new StringBuilder();
        for (var row = dice.Below(4); row >= 0; row--)
        {
            if (dice.OneIn(2)) rows.Append(dice.Of(GoodRows));
            else
            {
                rows.Append(dice.Of(Templates));
                for (var argument = dice.Below(7); argument > 0; argument--) rows.Append(',').Append(dice.OneIn(8) ? dice.Text() : dice.Of(Arguments));
            }
            rows.Append(dice.OneIn(5) ? "\r\n" : "\n");
        }
        return rows.ToString();
    }

    private static byte[] Damaged(byte[] packet, Dice dice)
    {
        var damaged = (byte[])packet.Clone();
        for (var bytes = dice.Below(3); bytes >= 0; bytes--) damaged[dice.Below(Math.Min(damaged.Length, 12))] = (byte)dice.Below(256);
        return damaged;
    }

    /// <summary>A device that behaves is served all the while.</summary>
    private static async Task ProbeAsync(ServerProcess server, Credentials device)
    {
        using var mqtt = await MqttSocket.ConnectAsync(server, device.Connect);
        await mqtt.PublishedAsync("s/us", "200,c8y_T,T,1,C");
        await mqtt.SendAsync(MqttSocket.PingReq);
        Assert.Equal(MqttPacket.PingResp, (await mqtt.ReadAsync("PINGRESP"))!.Header);
    }
}
