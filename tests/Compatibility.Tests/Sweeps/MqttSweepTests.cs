using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Refusals;
using Bailiwick.Edge.SmartRest;
using MqttPacket = Bailiwick.Compatibility.Tests.Devices.MqttPacket;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>
/// What holds for every topic there is. The topics are those of the table of refusals, which has every one that the edge knows (<see cref="CoverageTests"/>
/// sees to it), so a new topic is swept of itself.
/// </summary>
public sealed partial class MqttSweepTests(SweptServer shared) : IClassFixture<SweptServer>
{
    private static readonly MqttDoorRow[] Rows = [.. RefusalTable.Whole.Rows.Select(row => row.Mqtt).OfType<MqttDoorRow>()];
    private static readonly string[] Published = [.. Rows.SelectMany(row => row.Send ?? []).Select(send => send.Topic).OfType<string>().Select(Spelt).Distinct()];
    private const string More = ",\"type\":\"x\",\"text\":\"x\",\"severity\":\"MAJOR\",\"time\":\"2026-11-20T08:00:00.000Z\",\"f\":{\"s\":{\"value\":1}}}";
    private static readonly string[] Listened = [.. Rows.SelectMany(row => (row.Listens ?? []).Concat(row.Denied ?? [])).Select(Spelt).Concat(["s/dcr", "error"]).Distinct()];

    public static TheoryData<MqttWay> Ways => [MqttWay.Plain, MqttWay.Tls, MqttWay.WebSocket];

    private ServerProcess Server => shared.Server;

    private SweptTenant Tenant => shared.Tenant;

    [Theory, MemberData(nameof(Ways))]
    public async Task Who_is_nobody_is_told_so_and_gets_nothing_on_any_topic(MqttWay way)
    {
        var before = await Snapshot.TakeAsync(Tenant);
        byte[][] connects = [RawMqtt.Connect($"device-{Tenant.Mark}", "", ""), .. shared.Strangers.Connects.Select(one => RawMqtt.Connect($"device-{Tenant.Mark}", one.User, one.Password))];

        await Parallel.ForEachAsync(Packets().SelectMany(each => connects.Select(connect => (each.Topic, each.Bytes, connect))), async (each, _) =>
        {
            var answers = await AnswersAsync(way, [.. each.connect, .. each.Bytes]);
            Assert.True(answers is [{ Header: MqttPacket.ConnAck, Body: [0, 4 or 5] }], $"{each.Topic}: {string.Join(", ", answers)}");
        });

        await before.DemandSameAsync(Tenant);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task What_comes_before_CONNECT_is_served_on_no_topic(MqttWay way)
    {
        var before = await Snapshot.TakeAsync(Tenant);

        await Parallel.ForEachAsync(Packets(), async (each, _) =>
        {
            var answers = await AnswersAsync(way, [.. each.Bytes, .. Tenant.Device.Connect.Packet()]);
            Assert.True(answers is [], $"{each.Topic}: {string.Join(", ", answers)}");
        });

        await before.DemandSameAsync(Tenant);
    }

    [Fact]
    public async Task The_user_that_fetches_credentials_for_devices_speaks_and_hears_of_nothing_else()
    {
        var connect = new MqttConnect($"device-{Tenant.Mark}", "management/devicebootstrap", FirstPasswords.Device);
        foreach (var filter in Listened)
        {
            using var mqtt = await MqttSocket.ConnectAsync(Server, connect);
            await mqtt.SendAsync(MqttSocket.Subscribe(1, filter));
            var isGranted = (await mqtt.ExpectAsync(MqttPacket.SubAck, $"the SUBACK of {filter}")).Body[2] != 0x80;
            Assert.True(isGranted == filter is "s/dcr" or "s/e", $"{filter} was {(isGranted ? "" : "not ")}granted");
        }
        foreach (var topic in Published.Where(topic => topic != "s/ucr"))
        {
            using var mqtt = await MqttSocket.ConnectAsync(Server, connect);
            await mqtt.SendAsync(MqttSocket.Publish(topic, "200,c8y_T,T,1", qos: 1, id: 1));
            Assert.True(await mqtt.ClosedAsync($"the end after {topic}") is [], $"{topic} was answered");
        }
    }

    [Fact]
    public async Task What_is_another_tenant_s_cannot_be_told_from_what_is_not_there_by_any_row_or_document()
    {
        var osprey = await SweptTenant.MakeAsync(Server, "osprey", numbersFrom: 40, objectsFrom: 100);
        await Tenant.PassObjectsAsync(osprey.ObjectIdMax);
        var (clock, pairs) = (Stopwatch.StartNew(), 0);

        foreach (var (own, foreign) in ((SweptTenant, SweptTenant)[])[(Tenant, osprey), (osprey, Tenant)])
        {
            var before = await Snapshot.SettledAsync(foreign);
            await using var talk = new Talk(Server, own.Device);
            foreach (var kind in (string[])["serial", "externalId", "device", "operation", "event", "alarm", "measurement", "user", "deviceUser", "tenant"])
                foreach (var (topic, payload) in Sayings())
                {
                    var (id, nowhere) = (foreign.Ids[kind], CrossTenantSweepTests.Nowhere(foreign, foreign.Ids[kind]));
                    var (theirs, nobodys) = (await talk.SayAsync(topic, payload, id), await talk.SayAsync(topic, payload, nowhere));
                    Assert.True(theirs == nobodys, $"{own.Mark}: {topic} {payload} with {kind} {id}\n  theirs:   {theirs}\n  nobody's: {nobodys}");
                    Assert.DoesNotContain(foreign.Secret, theirs, StringComparison.Ordinal);
                    pairs++;
                }
            await before.DemandSameAsync(foreign, own);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{pairs} pairs of messages in {clock.Elapsed.TotalSeconds:F1} s");
        Assert.True(pairs >= 1_000, $"Only {pairs} pairs were sent.");
    }

    /// <summary>Every row of the static templates with an id in each of its first two columns, and every document and topic that names something.</summary>
    private static IEnumerable<(string Topic, string Payload)> Sayings()
    {
        foreach (var template in TemplateSet.Static().RequestIds)
        {
            yield return ("s/us", $"{template},{Probe.Here},1,1,1");
            yield return ("s/us", $"{template},1,{Probe.Here},1,1");
        }
        yield return ($"s/us/{Probe.Here}", "200,c8y_T,T,1");
        foreach (var topic in Published.Where(topic => topic.EndsWith("/1", StringComparison.Ordinal))) yield return ($"{topic[..^1]}{Probe.Here}", """{"text":"x","status":"CLEARED","name":"x"}""");
        yield return ($"inventory/managedObjects/{Probe.Here}/childDevices/create", """{"name":"x"}""");
        foreach (var topic in (string[])["measurement/measurements/create", "event/events/create", "alarm/alarms/create", "inventory/managedObjects/create"])
            foreach (var naming in (string[])["\"source\":{\"id\":\"\u0001\"}", "\"externalSource\":{\"type\":\"c8y_Serial\",\"externalId\":\"\u0001\"}", "\"owner\":\"\u0001\"", "\"id\":\"\u0001\""])
                yield return (topic, "{" + naming + More);
    }

    private static IEnumerable<(string Topic, byte[] Bytes)> Packets() =>
        Published.Select(topic => (topic, RawMqtt.Publish(2, topic, "200,c8y_T,T,1"))).Concat(Listened.Select(filter => (filter, RawMqtt.Subscribe(1, filter))));

    private async Task<List<MqttPacket>> AnswersAsync(MqttWay way, byte[] bytes)
    {
        using var mqtt = await MqttSocket.OpenAsync(Server, way);
        await mqtt.SendAsync(bytes);
        return await mqtt.ClosedAsync("the end of a stranger's connection");
    }

    private static string Spelt(string topic) => Name().Replace(topic, "1");

    [GeneratedRegex(@"\{[a-zA-Z]+\}")]
    private static partial Regex Name();

    /// <summary>A device's connection, opened anew when the server ends it.</summary>
    private sealed partial class Talk(ServerProcess server, Credentials device) : IAsyncDisposable
    {
        private MqttSocket? _mqtt;

        /// <summary>Publishes, and answers all that comes of it, without the id and without numbers that the platform draws.</summary>
        public async Task<string> SayAsync(string topic, string payload, string id)
        {
            _mqtt ??= await OpenAsync();
            await _mqtt.SendAsync(MqttSocket.Publish(topic.Replace(Probe.Here, id, StringComparison.Ordinal), payload.Replace(Probe.Here, id, StringComparison.Ordinal), qos: 1, id: 1), MqttSocket.PingReq);
            var heard = new StringBuilder();
            for (var (isAcknowledged, isAnswered) = (false, false); !isAcknowledged || !isAnswered;)
            {
                if (await _mqtt.ReadAsync($"what comes of {topic}") is not { } packet)
                {
                    _mqtt.Dispose();
                    _mqtt = null;
                    heard.Append("closed");
                    break;
                }
                isAcknowledged |= packet.Header == MqttPacket.PubAck;
                isAnswered |= packet.Header == MqttPacket.PingResp;
                if (packet.IsPublish) heard.Append(packet).Append('\n');
            }
            return Numbers().Replace(heard.Replace(id, "*").ToString(), "#");
        }

        /// <summary>Ends when the server has seen the last of the device.</summary>
        public async ValueTask DisposeAsync()
        {
            if (_mqtt is null) return;
            await _mqtt.SendAsync(MqttSocket.Disconnect);
            await _mqtt.ClosedAsync("the end after DISCONNECT");
            _mqtt.Dispose();
        }

        private async Task<MqttSocket> OpenAsync()
        {
            var mqtt = await MqttSocket.ConnectAsync(server, device.Connect);
            foreach (var filter in (string[])["s/e", "s/ds", "error"]) await mqtt.SubscribedAsync(filter);
            return mqtt;
        }

        [GeneratedRegex("[0-9]+")]
        private static partial Regex Numbers();
    }
}
