using System.Buffers;
using Bailiwick.Edge.Mqtt;
using MQTTnet.Adapter;
using MQTTnet.Formatter;
using MQTTnet.Packets;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>The independent implementation that ours is held against, and ways to hand bytes to a reader.</summary>
internal static class Foreign
{
    public static byte[] Encode(MqttPacket packet, MqttProtocolVersion version = MqttProtocolVersion.V311)
    {
        var encoded = new MqttPacketFormatterAdapter(version, new MqttBufferWriter(4096, 65535)).Encode(packet);
        return [.. encoded.Packet, .. encoded.Payload.ToArray()];
    }

    public static T Decode<T>(byte[] bytes) where T : MqttPacket
    {
        var bodyAt = 1;
        while ((bytes[bodyAt] & 0x80) != 0) bodyAt++;
        bodyAt++;
        var received = new ReceivedMqttPacket(bytes[0], new ArraySegment<byte>(bytes, bodyAt, bytes.Length - bodyAt), bytes.Length);
        return Assert.IsType<T>(new MqttPacketFormatterAdapter(MqttProtocolVersion.V311, new MqttBufferWriter(4096, 65535)).Decode(received));
    }

    public static byte[] Written(Action<ArrayBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The bytes as a pipe would hold them when they came in pieces.</summary>
    public static ReadOnlySequence<byte> InPieces(byte[] bytes, int pieceBytes)
    {
        if (bytes.Length <= pieceBytes) return new ReadOnlySequence<byte>(bytes);
        var first = new Piece(bytes.AsMemory(0, pieceBytes), 0);
        var last = first;
        for (var at = pieceBytes; at < bytes.Length; at += pieceBytes)
            last = last.Append(bytes.AsMemory(at, Math.Min(pieceBytes, bytes.Length - at)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    /// <summary>Why reading one packet fails, body included.</summary>
    public static PacketError ErrorOf(byte[] bytes, ProtocolLevel level = ProtocolLevel.V311)
    {
        using var reader = new PacketReader(new ReadOnlySequence<byte>(bytes), level);
        return reader.Read(out var packet) ? BodyError(packet) : reader.Error;
    }

    public static PacketError BodyError(Packet packet)
    {
        switch (packet.Type)
        {
            case PacketType.Connect: return ConnectPacket.Read(packet, out _);
            case PacketType.Publish: return PublishPacket.Read(packet, out _);
            case PacketType.Subscribe or PacketType.Unsubscribe:
                var error = FilterPacket.Read(packet, out var filters);
                var walked = 0;
                if (error != PacketError.None) return error;
                foreach (var asked in filters) walked += asked.Filter.IsEmpty ? 0 : 1;
                Assert.Equal(filters.Count, walked);
                return PacketError.None;
            case PacketType.PingReq or PacketType.Disconnect: return SimplePacket.ReadNothing(packet);
            default: return SimplePacket.ReadId(packet, out _);
        }
    }
}
