namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>
/// The table's rows over MQTT, against the real process. All that a row sends goes out in one write: what came before a packet that ends
/// the connection must be finished and acknowledged all the same.
/// </summary>
[Collection(RefusalsFromOutside.Name)]
public sealed class MqttRefusalTests(RefusalServer fixture)
{
    private const int Publish = 3;
    private const int PubAck = 4;
    private const int SubAck = 9;
    private const int PingResp = 13;
    private const byte NotGranted = 0x80;

    private World World => fixture.World;

    public static TheoryData<string> Ids => [.. RefusalTable.Whole.Rows.Where(row => row.Mqtt is not null).Select(row => row.Id)];

    [Theory, MemberData(nameof(Ids))]
    public async Task Over_MQTT_the_rule_holds(string id)
    {
        var row = RefusalTable.Whole[id];
        await RestRefusalTests.PrepareAsync(World, row);

        await TalkAsync(fixture.Server.MqttPort, World, row.Actor, row.Mqtt!);

        await RestRefusalTests.LookAsync(World, row);
    }

    [Theory]
    [InlineData("a packet before CONNECT", "C000")]
    [InlineData("a protocol of another name", "100C00044D515458040200000000")]
    [InlineData("a reserved packet type", "0000")]
    [InlineData("a length of five bytes", "10FFFFFFFF7F")]
    [InlineData("CONNECT cut short within its length", "1003000444")]
    public async Task What_is_no_CONNECT_is_closed_without_a_word(string what, string hex)
    {
        await using var client = RawMqtt.Open(fixture.Server.MqttPort);

        await client.SendAsync(Convert.FromHexString(hex));

        var answer = await client.ReadAsync();
        Assert.True(answer is null, $"{what} was answered with a packet of type {answer?.Type}");
    }

    [Fact]
    public async Task A_newer_protocol_is_told_that_it_is_not_spoken_here()
    {
        await using var client = RawMqtt.Open(fixture.Server.MqttPort);

        await client.SendAsync(Convert.FromHexString("100D00044D51545405020000000000")); // level 5, no properties, empty client id

        Assert.Equal([0, 1], (await client.ReadAsync())?.Body ?? []);
        Assert.Null(await client.ReadAsync());
    }

    /// <summary>Connects as an actor, says what the row says, and demands what it expects.</summary>
    internal static async Task TalkAsync(int port, World world, string actor, MqttDoorRow wanted)
    {
        await using var client = RawMqtt.Open(port);
        var (user, password) = world.CredentialsOf(actor);

        Assert.Equal(wanted.Connack, await client.ConnectAsync(world.Spell(wanted.Client), user, password));
        if (wanted.Connack != 0) Assert.Null(await client.ReadAsync());
        else await ExchangeAsync(client, world, wanted);
    }

    private static async Task ExchangeAsync(RawMqtt client, World world, MqttDoorRow wanted)
    {
        Assert.All(await SubscribeAsync(client, wanted.Listens ?? ["s/e", "error"]), code => Assert.True(code <= 2, $"SUBACK {code}"));
        if (wanted.Denied is { } denied) Assert.All(denied.Zip(await SubscribeAsync(client, denied)), each => Assert.Equal((each.First, NotGranted), each));

        await client.SendAsync([.. (wanted.Send ?? []).SelectMany((send, index) => BytesOf(world, send, index)), .. wanted.Closes ? [] : RawMqtt.Ping]);
        var (lines, acks) = (new List<string>(), 0);
        MqttPacket? packet;
        while ((packet = await client.ReadAsync()) is { Type: not PingResp })
        {
            if (packet.Type == Publish) lines.Add(packet.Payload);
            else if (packet.Type == PubAck) acks++;
        }
        // The store acknowledges when it has written, which may be after the answer to PING.
        while (!wanted.Closes && acks < wanted.Acks && await client.ReadAsync() is { } late) acks += late.Type == PubAck ? 1 : 0;

        Assert.Equal((wanted.Lines ?? []).Select(line => Shown(world.Spell(line), lines)), lines);
        Assert.Equal(wanted.Acks, acks);
        Assert.Equal(wanted.Closes, packet is null);
    }

    private static async Task<byte[]> SubscribeAsync(RawMqtt client, IReadOnlyList<string> filters)
    {
        await client.SendAsync(RawMqtt.Subscribe(1, filters));
        var answer = await client.ReadAsync();
        Assert.Equal(SubAck, answer?.Type);
        Assert.Equal(filters.Count, answer!.Body.Length - 2);
        return answer.Body[2..];
    }

    /// <summary>A wanted line that begins with an asterisk stands for the line that holds the rest of it.</summary>
    private static string Shown(string wanted, List<string> lines) =>
        wanted[0] == '*' ? lines.Find(line => line.Contains(wanted[1..], StringComparison.Ordinal)) ?? wanted : wanted;

    private static byte[] BytesOf(World world, MqttSend send, int index) => send.Hex is not null
        ? Convert.FromHexString(send.Hex)
        : RawMqtt.Publish((ushort)(index + 10), world.Spell(send.Topic!), world.Spell(send.Payload), send.PacketBytes);
}
