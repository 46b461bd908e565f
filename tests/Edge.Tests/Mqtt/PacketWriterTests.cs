using System.Buffers;
using Bailiwick.Edge.Mqtt;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Bailiwick.Edge.Tests.Mqtt;

public sealed class PacketWriterTests
{
    [Fact]
    public void A_client_reads_every_answer_to_its_connect()
    {
        foreach (var answer in Enum.GetValues<ConnectAnswer>())
        {
            var ack = Foreign.Decode<MqttConnAckPacket>(Foreign.Written(o => PacketWriter.ConnAck(o, answer)));
            Assert.Equal((int)answer, (int)ack.ReturnCode);
            Assert.False(ack.IsSessionPresent);
        }
    }

    [Fact]
    public void A_client_reads_the_ids_of_acknowledgements()
    {
        Assert.Equal(1, Foreign.Decode<MqttPubAckPacket>(Foreign.Written(o => PacketWriter.PubAck(o, 1))).PacketIdentifier);
        Assert.Equal(256, Foreign.Decode<MqttPubRecPacket>(Foreign.Written(o => PacketWriter.PubRec(o, 256))).PacketIdentifier);
        Assert.Equal(3, Foreign.Decode<MqttPubRelPacket>(Foreign.Written(o => PacketWriter.PubRel(o, 3))).PacketIdentifier);
        Assert.Equal(65535, Foreign.Decode<MqttPubCompPacket>(Foreign.Written(o => PacketWriter.PubComp(o, 65535))).PacketIdentifier);
        Assert.Equal(5, Foreign.Decode<MqttUnsubAckPacket>(Foreign.Written(o => PacketWriter.UnsubAck(o, 5))).PacketIdentifier);
        Foreign.Decode<MqttPingRespPacket>(Foreign.Written(o => PacketWriter.PingResp(o)));
    }

    [Fact]
    public void A_client_reads_one_return_code_for_each_filter()
    {
        var ack = Foreign.Decode<MqttSubAckPacket>(Foreign.Written(o => PacketWriter.SubAck(o, 7, [0, 1, 2, PacketWriter.NotGranted])));
        Assert.Equal(7, ack.PacketIdentifier);
        Assert.Equal([0, 1, 2, 0x80], ack.ReasonCodes.Select(c => (int)c));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 100)]
    [InlineData(1, 117)]
    [InlineData(1, 118)]
    [InlineData(2, 16_375)]
    [InlineData(2, 16_376)]
    [InlineData(0, 3_000_000)]
    public void A_client_reads_a_message_of_any_length(byte qos, int payloadBytes)
    {
        var payload = new byte[payloadBytes];
        payload.AsSpan().Fill(0x41);
        var bytes = Foreign.Written(o => PacketWriter.Publish(o, "s/ds"u8, payload, (Qos)qos, qos == 0 ? (ushort)0 : (ushort)513, isDuplicate: qos > 0));
        var publish = Foreign.Decode<MqttPublishPacket>(bytes);
        Assert.Equal("s/ds", publish.Topic);
        Assert.Equal((MqttQualityOfServiceLevel)qos, publish.QualityOfServiceLevel);
        Assert.Equal(qos == 0 ? 0 : 513, publish.PacketIdentifier);
        Assert.Equal(qos > 0, publish.Dup);
        Assert.False(publish.Retain);
        Assert.True(payload.AsSpan().SequenceEqual(publish.Payload.ToArray()));
    }

    [Fact]
    public void A_message_that_wants_an_acknowledgement_is_not_written_without_an_id() =>
        Assert.Throws<InvalidOperationException>(() => PacketWriter.Publish(new ArrayBufferWriter<byte>(), "s/ds"u8, default, Qos.AtLeastOnce, 0));
}
