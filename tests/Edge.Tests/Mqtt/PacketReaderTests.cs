using System.Buffers;
using System.Text;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Grains.Abstractions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Bailiwick.Edge.Tests.Mqtt;

public sealed class PacketReaderTests
{
    [Theory]
    [InlineData(MqttProtocolVersion.V310, 3)]
    [InlineData(MqttProtocolVersion.V311, 4)]
    public void A_connect_with_everything_is_read_as_the_client_meant_it(MqttProtocolVersion version, byte level)
    {
        var bytes = Foreign.Encode(new MqttConnectPacket
        {
            ClientId = "d:pump-0007", Username = "t1/device_pump-0007", Password = [1, 0, 255], KeepAlivePeriod = 60, CleanSession = true,
            WillFlag = true, WillTopic = "s/us", WillMessage = "301,acme_Gone"u8.ToArray(), WillQoS = MqttQualityOfServiceLevel.ExactlyOnce, WillRetain = true,
        }, version);

        using var reader = new PacketReader(new ReadOnlySequence<byte>(bytes));
        Assert.True(reader.Read(out var packet));
        Assert.Equal(PacketError.None, ConnectPacket.Read(packet, out var connect));
        Assert.Equal(level, (byte)connect.Level);
        Assert.Equal("d:pump-0007", Text(connect.ClientId));
        Assert.True(connect.HasUser && connect.HasPassword && connect.HasWill && connect.WillRetain && connect.CleanSession);
        Assert.Equal("t1/device_pump-0007", Text(connect.User));
        Assert.Equal([1, 0, 255], connect.Password.ToArray());
        Assert.Equal("s/us", Text(connect.WillTopic));
        Assert.Equal("301,acme_Gone", Text(connect.WillPayload));
        Assert.Equal(Qos.ExactlyOnce, connect.WillQos);
        Assert.Equal(60, connect.KeepAliveSeconds);
    }

    [Fact]
    public void A_connect_with_nothing_but_a_client_id_has_no_user_password_or_will()
    {
        var bytes = Foreign.Encode(new MqttConnectPacket { ClientId = "pump-0007", CleanSession = false });
        using var reader = new PacketReader(new ReadOnlySequence<byte>(bytes));
        Assert.True(reader.Read(out var packet));
        Assert.Equal(PacketError.None, ConnectPacket.Read(packet, out var connect));
        Assert.False(connect.HasUser || connect.HasPassword || connect.HasWill || connect.CleanSession);
        Assert.Equal("pump-0007", Text(connect.ClientId));
    }

    [Fact]
    public void An_mqtt_5_client_is_told_apart_from_broken_bytes_so_that_it_gets_its_answer()
    {
        var bytes = Foreign.Encode(new MqttConnectPacket { ClientId = "x", CleanSession = true }, MqttProtocolVersion.V500);
        Assert.Equal(PacketError.UnsupportedProtocolLevel, Foreign.ErrorOf(bytes));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 7)]
    [InlineData(2, 65535)]
    public void A_publish_is_read_at_every_qos(byte qos, ushort id)
    {
        var bytes = Foreign.Encode(new MqttPublishPacket
        {
            Topic = "s/us", PacketIdentifier = id, QualityOfServiceLevel = (MqttQualityOfServiceLevel)qos,
            Dup = qos > 0, Retain = true, PayloadSegment = "200,c8y_T,T,25"u8.ToArray(),
        });
        using var reader = new PacketReader(new ReadOnlySequence<byte>(bytes));
        Assert.True(reader.Read(out var packet));
        Assert.Equal(PacketError.None, PublishPacket.Read(packet, out var publish));
        Assert.Equal("s/us", Text(publish.Topic));
        Assert.Equal("200,c8y_T,T,25", Text(publish.Payload));
        Assert.Equal((qos, id, qos > 0, true), ((byte)publish.Qos, publish.PacketId, publish.IsDuplicate, publish.Retain));
    }

    [Fact]
    public void Every_filter_of_a_subscribe_and_an_unsubscribe_is_walked_in_order()
    {
        var subscribe = new MqttSubscribePacket { PacketIdentifier = 9 };
        subscribe.TopicFilters.Add(new MqttTopicFilter { Topic = "s/ds", QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce });
        subscribe.TopicFilters.Add(new MqttTopicFilter { Topic = "s/dc/#", QualityOfServiceLevel = MqttQualityOfServiceLevel.ExactlyOnce });
        Assert.Equal("9: s/ds=1 s/dc/#=2", Filters(Foreign.Encode(subscribe)));

        var unsubscribe = new MqttUnsubscribePacket { PacketIdentifier = 10 };
        unsubscribe.TopicFilters.AddRange(["s/ds", "s/e"]);
        Assert.Equal("10: s/ds=0 s/e=0", Filters(Foreign.Encode(unsubscribe)));
    }

    [Fact]
    public void Acknowledgements_pings_and_goodbyes_are_read()
    {
        Assert.Equal((PacketType.PubAck, 1), IdOf(Foreign.Encode(new MqttPubAckPacket { PacketIdentifier = 1 })));
        Assert.Equal((PacketType.PubRec, 2), IdOf(Foreign.Encode(new MqttPubRecPacket { PacketIdentifier = 2 })));
        Assert.Equal((PacketType.PubRel, 3), IdOf(Foreign.Encode(new MqttPubRelPacket { PacketIdentifier = 3 })));
        Assert.Equal((PacketType.PubComp, 0xFFFF), IdOf(Foreign.Encode(new MqttPubCompPacket { PacketIdentifier = 0xFFFF })));
        Assert.Equal(PacketError.None, Foreign.ErrorOf(Foreign.Encode(new MqttPingReqPacket())));
        Assert.Equal(PacketError.None, Foreign.ErrorOf(Foreign.Encode(new MqttDisconnectPacket())));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(100_000)]
    public void Packets_are_the_same_in_whatever_pieces_they_arrive(int pieceBytes)
    {
        var payload = Encoding.UTF8.GetBytes(new string('x', 300));
        var bytes = new List<byte>();
        for (ushort id = 1; id <= 20; id++)
            bytes.AddRange(Foreign.Encode(new MqttPublishPacket
            {
                Topic = "s/us", PacketIdentifier = id, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce, PayloadSegment = payload,
            }));

        using var reader = new PacketReader(Foreign.InPieces([.. bytes], pieceBytes));
        var next = 1;
        while (reader.Read(out var packet))
        {
            Assert.Equal(PacketError.None, PublishPacket.Read(packet, out var publish));
            Assert.Equal(next++, publish.PacketId);
            Assert.Equal(payload, publish.Payload.ToArray());
        }
        Assert.Equal(21, next);
        Assert.Equal(PacketError.None, reader.Error);
    }

    [Fact]
    public void A_packet_that_is_not_complete_waits_at_its_first_byte()
    {
        var whole = Foreign.Encode(new MqttPublishPacket { Topic = "s/us", PayloadSegment = new byte[200] });
        for (var have = 0; have < whole.Length; have++)
        {
            byte[] bytes = [0xC0, 0x00, .. whole.AsSpan(0, have)];
            var input = new ReadOnlySequence<byte>(bytes);
            using var reader = new PacketReader(input);
            Assert.True(reader.Read(out var ping));
            Assert.Equal(PacketType.PingReq, ping.Type);
            Assert.False(reader.Read(out _));
            Assert.Equal(PacketError.None, reader.Error);
            Assert.Equal(2, input.Slice(0, reader.Consumed).Length);
        }
    }

    [Fact]
    public void The_largest_packet_is_read_and_one_byte_more_is_refused_by_its_header()
    {
        var largest = new byte[Limits.MqttPacketBytesMax];
        var bodyBytes = largest.Length - 3;
        (largest[0], largest[1], largest[2]) = (0x30, (byte)((bodyBytes & 0x7F) | 0x80), (byte)(bodyBytes >> 7));
        (largest[4], largest[5]) = (1, (byte)'a');
        Assert.Equal(PacketError.None, Foreign.ErrorOf(largest));

        bodyBytes++;
        Assert.Equal(PacketError.TooLarge, Foreign.ErrorOf([0x30, (byte)((bodyBytes & 0x7F) | 0x80), (byte)(bodyBytes >> 7)]));
    }

    [Theory]
    [InlineData("00 00", "ReservedType")]
    [InlineData("F0 00", "ReservedType")]
    [InlineData("20 02 00 00", "NotFromAClient")]
    [InlineData("90 03 00 01 00", "NotFromAClient")]
    [InlineData("D0 00", "NotFromAClient")]
    [InlineData("C1 00", "ReservedFlags")]
    [InlineData("60 02 00 01", "ReservedFlags")]
    [InlineData("80 06 00 01 00 01 61 00", "ReservedFlags")]
    [InlineData("30 FF FF FF FF", "MalformedLength")]
    [InlineData("30 FF FF FF 7F", "TooLarge")]
    [InlineData("36 05 00 01 61 00 01", "InvalidQos")]
    [InlineData("30 04 00 03 61 62", "Truncated")]
    [InlineData("30 02 00 00", "EmptyTopic")]
    [InlineData("30 03 00 01 23", "WildcardInTopic")]
    [InlineData("30 03 00 01 2B", "WildcardInTopic")]
    [InlineData("30 03 00 01 00", "InvalidText")]
    [InlineData("30 05 00 03 ED A0 80", "InvalidText")]
    [InlineData("30 04 00 02 C0 AF", "InvalidText")]
    [InlineData("32 05 00 01 61 00 00", "PacketIdZero")]
    [InlineData("32 03 00 01 61", "Truncated")]
    [InlineData("40 02 00 00", "PacketIdZero")]
    [InlineData("40 03 00 01 00", "TrailingBytes")]
    [InlineData("40 01 00", "Truncated")]
    [InlineData("C0 01 00", "TrailingBytes")]
    [InlineData("82 02 00 01", "NoFilters")]
    [InlineData("82 02 00 00", "PacketIdZero")]
    [InlineData("82 06 00 01 00 01 61 03", "InvalidQos")]
    [InlineData("82 06 00 01 00 01 61 80", "InvalidQos")]
    [InlineData("82 05 00 01 00 00 00", "EmptyTopic")]
    [InlineData("82 05 00 01 00 01 61", "Truncated")]
    [InlineData("A2 02 00 01", "NoFilters")]
    [InlineData("10 0C 00 04 4D 51 54 54 04 01 00 0A 00 00", "ReservedConnectFlags")]
    [InlineData("10 0C 00 04 4D 51 54 54 04 22 00 0A 00 00", "WillFlagsWithoutWill")]
    [InlineData("10 0C 00 04 4D 51 54 54 04 1E 00 0A 00 00", "InvalidQos")]
    [InlineData("10 0E 00 04 4D 51 54 54 04 42 00 0A 00 00 00 00", "PasswordWithoutUser")]
    [InlineData("10 0D 00 04 4D 51 54 54 04 02 00 0A 00 00 00", "TrailingBytes")]
    [InlineData("10 0A 00 04 4D 51 54 54 04 02 00 0A", "Truncated")]
    [InlineData("10 0C 00 04 48 54 54 50 04 02 00 0A 00 00", "UnknownProtocolName")]
    [InlineData("10 0C 00 04 4D 51 54 54 06 02 00 0A 00 00", "UnsupportedProtocolLevel")]
    [InlineData("10 0E 00 06 4D 51 49 73 64 70 04 02 00 0A 00 00", "UnsupportedProtocolLevel")]
    public void Broken_bytes_are_named(string hex, string error)
    {
        var found = Foreign.ErrorOf(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal(error, found.ToString());
        Assert.NotEmpty(found.Sentence());
    }

    [Fact]
    public void Every_kind_of_broken_packet_has_its_own_sentence()
    {
        var sentences = Enum.GetValues<PacketError>().Select(e => e.Sentence()).ToList();
        Assert.Equal(sentences.Count, sentences.Distinct().Count());
    }

    [Fact]
    public void A_repeated_pubrel_of_a_3_1_client_is_accepted_and_of_a_3_1_1_client_is_not()
    {
        byte[] repeated = [0x6A, 0x02, 0x00, 0x01];
        Assert.Equal(PacketError.None, Foreign.ErrorOf(repeated, ProtocolLevel.V310));
        Assert.Equal(PacketError.ReservedFlags, Foreign.ErrorOf(repeated));
    }

    [Fact]
    public void Random_damage_never_throws_and_never_reads_past_a_packet()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var samples = Samples();
        try
        {
            for (var round = 0; round < 50_000; round++) ReadDamaged(random, samples);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Replay with seed {seed}", e);
        }
    }

    private static void ReadDamaged(Random random, byte[][] samples)
    {
        byte[] bytes = [.. samples[random.Next(samples.Length)], .. samples[random.Next(samples.Length)]];
        for (var hits = random.Next(4); hits > 0; hits--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        var have = random.Next(4) == 0 ? random.Next(bytes.Length + 1) : bytes.Length;
        var input = Foreign.InPieces(bytes[..have], random.Next(1, 40));

        using var reader = new PacketReader(input);
        var read = 0L;
        while (reader.Read(out var packet))
        {
            Foreign.BodyError(packet);
            read += packet.Body.Length + 2;
        }
        Assert.InRange(read, 0, have);
        Assert.InRange(input.Slice(0, reader.Consumed).Length, read, have);
    }

    private static byte[][] Samples()
    {
        var subscribe = new MqttSubscribePacket { PacketIdentifier = 9 };
        subscribe.TopicFilters.Add(new MqttTopicFilter { Topic = "s/ds" });
        subscribe.TopicFilters.Add(new MqttTopicFilter { Topic = "s/e" });
        return
        [
            Foreign.Encode(new MqttConnectPacket { ClientId = "d:x", Username = "t/u", Password = [1], WillFlag = true, WillTopic = "s/us", WillMessage = [1, 2] }),
            Foreign.Encode(new MqttPublishPacket { Topic = "s/us", PayloadSegment = "200,a,b,1"u8.ToArray() }),
            Foreign.Encode(new MqttPublishPacket { Topic = "s/us/é", PacketIdentifier = 4, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce, PayloadSegment = new byte[150] }),
            Foreign.Encode(subscribe),
            Foreign.Encode(new MqttPubRelPacket { PacketIdentifier = 5 }),
            Foreign.Encode(new MqttPingReqPacket()),
        ];
    }

    private static string Filters(byte[] bytes)
    {
        using var reader = new PacketReader(new ReadOnlySequence<byte>(bytes));
        Assert.True(reader.Read(out var packet));
        Assert.Equal(PacketError.None, FilterPacket.Read(packet, out var filters));
        var text = new StringBuilder().Append(filters.PacketId).Append(':');
        foreach (var asked in filters) text.Append(' ').Append(Text(asked.Filter)).Append('=').Append((byte)asked.Qos);
        return text.ToString();
    }

    private static (PacketType Type, int Id) IdOf(byte[] bytes)
    {
        using var reader = new PacketReader(new ReadOnlySequence<byte>(bytes));
        Assert.True(reader.Read(out var packet));
        Assert.Equal(PacketError.None, SimplePacket.ReadId(packet, out var id));
        return (packet.Type, id);
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
