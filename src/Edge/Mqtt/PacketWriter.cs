using System.Buffers;
using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Mqtt;

/// <summary>Writes what a server sends, straight into the connection's output.</summary>
internal static class PacketWriter
{
    /// <summary>The return code of SUBACK for a filter that is not granted.</summary>
    public const byte NotGranted = 0x80;

    /// <summary>What four bytes of remaining length can say.</summary>
    private const int BodyBytesMax = 268_435_455;

    public static void ConnAck(IBufferWriter<byte> output, ConnectAnswer answer, bool sessionPresent = false)
    {
        Check.That(!sessionPresent || answer == ConnectAnswer.Accepted);
        var packet = output.GetSpan(4);
        packet[0] = (byte)PacketType.ConnAck << 4;
        packet[1] = 2;
        packet[2] = sessionPresent ? (byte)1 : (byte)0;
        packet[3] = (byte)answer;
        output.Advance(4);
    }

    public static void PubAck(IBufferWriter<byte> output, ushort packetId) => WithId(output, PacketType.PubAck, 0, packetId);

    public static void PubRec(IBufferWriter<byte> output, ushort packetId) => WithId(output, PacketType.PubRec, 0, packetId);

    public static void PubRel(IBufferWriter<byte> output, ushort packetId) => WithId(output, PacketType.PubRel, 0x02, packetId);

    public static void PubComp(IBufferWriter<byte> output, ushort packetId) => WithId(output, PacketType.PubComp, 0, packetId);

    public static void UnsubAck(IBufferWriter<byte> output, ushort packetId) => WithId(output, PacketType.UnsubAck, 0, packetId);

    /// <param name="returnCodes">One for each filter, in order: the granted QoS, or <see cref="NotGranted"/>.</param>
    public static void SubAck(IBufferWriter<byte> output, ushort packetId, ReadOnlySpan<byte> returnCodes)
    {
        var body = Begin(output, (byte)PacketType.SubAck << 4, sizeof(ushort) + returnCodes.Length);
        BinaryPrimitives.WriteUInt16BigEndian(body, packetId);
        returnCodes.CopyTo(body[sizeof(ushort)..]);
        output.Advance(sizeof(ushort) + returnCodes.Length);
    }

    public static void PingResp(IBufferWriter<byte> output)
    {
        var packet = output.GetSpan(2);
        packet[0] = (byte)PacketType.PingResp << 4;
        packet[1] = 0;
        output.Advance(2);
    }

    /// <param name="packetId">Not 0 for QoS 1 and 2; not written for QoS 0.</param>
    public static void Publish(
        IBufferWriter<byte> output, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, Qos qos, ushort packetId, bool isDuplicate = false)
    {
        Check.That(qos == Qos.AtMostOnce || packetId != 0);
        Check.That(!topic.IsEmpty && topic.Length <= ushort.MaxValue);
        var headBytes = sizeof(ushort) + topic.Length + (qos == Qos.AtMostOnce ? 0 : sizeof(ushort));
        var first = ((byte)PacketType.Publish << 4) | (isDuplicate ? 0x08 : 0) | ((byte)qos << 1);
        var body = Begin(output, (byte)first, headBytes + payload.Length);
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)topic.Length);
        topic.CopyTo(body[sizeof(ushort)..]);
        if (qos != Qos.AtMostOnce) BinaryPrimitives.WriteUInt16BigEndian(body[(sizeof(ushort) + topic.Length)..], packetId);
        payload.CopyTo(body[headBytes..]);
        output.Advance(headBytes + payload.Length);
    }

    private static void WithId(IBufferWriter<byte> output, PacketType type, byte flags, ushort packetId)
    {
        var packet = output.GetSpan(4);
        packet[0] = (byte)(((byte)type << 4) | flags);
        packet[1] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], packetId);
        output.Advance(4);
    }

    /// <summary>Writes the fixed header and answers the room for the body.</summary>
    private static Span<byte> Begin(IBufferWriter<byte> output, byte first, int bodyBytes)
    {
        Check.That(bodyBytes <= BodyBytesMax);
        var header = output.GetSpan(5);
        header[0] = first;
        var at = 1;
        var rest = bodyBytes;
        do
        {
            var more = rest > 0x7F ? 0x80 : 0;
            header[at++] = (byte)((rest & 0x7F) | more);
            rest >>= 7;
        }
        while (rest > 0);
        output.Advance(at);
        return output.GetSpan(bodyBytes);
    }
}
