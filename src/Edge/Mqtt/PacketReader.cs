using System.Buffers;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// Takes the complete packets out of one socket read. A packet that lies in one piece is not copied; one that straddles two
/// pieces of the pipe is put together in a rented array, so dispose of the reader. Broken input is a value
/// (<see cref="Error"/>), never an exception.
/// </summary>
/// <remarks>
/// Use: <c>while (reader.Read(out var packet)) { ... }</c>; then, if <see cref="Error"/> is set, close; otherwise advance the pipe
/// to <see cref="Consumed"/>, having examined all of it.
/// </remarks>
internal ref struct PacketReader
{
    /// <summary>The first byte and at most four bytes of remaining length.</summary>
    private const int HeaderBytesMax = 5;

    private readonly ProtocolLevel _level;
    private readonly int _packetBytesMax;
    private ReadOnlySequence<byte> _rest;
    private byte[]? _joined;

    /// <param name="input">What the pipe holds, beginning at a packet.</param>
    /// <param name="level">
    /// The level that CONNECT agreed on. Under 3.1 a client marks a repeated PUBREL, SUBSCRIBE and UNSUBSCRIBE with the DUP flag,
    /// which 3.1.1 reserves.
    /// </param>
    /// <param name="packetBytesMax">The largest packet, headers included.</param>
    public PacketReader(
        ReadOnlySequence<byte> input, ProtocolLevel level = ProtocolLevel.V311, int packetBytesMax = Limits.MqttPacketBytesMax)
    {
        _rest = input;
        _level = level;
        _packetBytesMax = packetBytesMax;
    }

    /// <summary>Why reading stopped, or <see cref="PacketError.None"/> when only more bytes are needed.</summary>
    public PacketError Error { get; private set; }

    /// <summary>Where the first packet begins that is not complete yet.</summary>
    public readonly SequencePosition Consumed => _rest.Start;

    /// <summary>The next packet; false when the rest is incomplete or broken. Ends the life of the packet before it.</summary>
    public bool Read(out Packet packet)
    {
        packet = default;
        if (Error != PacketError.None || _rest.IsEmpty) return false;

        Span<byte> copy = stackalloc byte[HeaderBytesMax];
        var header = Front(copy);
        if ((Error = CheckFirstByte(header[0], _level)) != PacketError.None) return false;
        if (!ReadLength(header[1..], out var bodyBytes, out var lengthBytes)) return false;

        // Judged from the header alone: a packet that is too large must not first be gathered in memory.
        var headerBytes = 1 + lengthBytes;
        if (headerBytes + bodyBytes > _packetBytesMax)
        {
            Error = PacketError.TooLarge;
            return false;
        }
        if (_rest.Length < headerBytes + bodyBytes) return false;

        var first = header[0];
        packet = new Packet((PacketType)(first >> 4), (byte)(first & 0x0F), Contiguous(_rest.Slice(headerBytes, bodyBytes), bodyBytes));
        _rest = _rest.Slice(headerBytes + bodyBytes);
        return true;
    }

    public void Dispose()
    {
        if (_joined is null) return;
        ArrayPool<byte>.Shared.Return(_joined);
        _joined = null;
    }

    private readonly ReadOnlySpan<byte> Front(Span<byte> copy)
    {
        var span = _rest.FirstSpan;
        if (span.Length >= HeaderBytesMax || _rest.IsSingleSegment) return span;
        var front = _rest.Slice(0, Math.Min(HeaderBytesMax, _rest.Length));
        front.CopyTo(copy);
        return copy[..(int)front.Length];
    }

    private static PacketError CheckFirstByte(byte first, ProtocolLevel level)
    {
        var flags = first & 0x0F;
        switch ((PacketType)(first >> 4))
        {
            case PacketType.Publish:
                return (flags & 0x06) == 0x06 ? PacketError.InvalidQos : PacketError.None;
            case PacketType.PubRel or PacketType.Subscribe or PacketType.Unsubscribe:
                var isFixed = flags == 0x02 || (level == ProtocolLevel.V310 && flags == 0x0A);
                return isFixed ? PacketError.None : PacketError.ReservedFlags;
            case PacketType.Connect or PacketType.PubAck or PacketType.PubRec or PacketType.PubComp
                or PacketType.PingReq or PacketType.Disconnect:
                return flags == 0 ? PacketError.None : PacketError.ReservedFlags;
            case PacketType.ConnAck or PacketType.SubAck or PacketType.UnsubAck or PacketType.PingResp:
                return PacketError.NotFromAClient;
            default:
                return PacketError.ReservedType;
        }
    }

    private bool ReadLength(scoped ReadOnlySpan<byte> bytes, out int value, out int count)
    {
        value = 0;
        for (count = 0; count < bytes.Length && count < HeaderBytesMax - 1; count++)
        {
            value |= (bytes[count] & 0x7F) << (7 * count);
            if ((bytes[count] & 0x80) != 0) continue;
            count++;
            return true;
        }
        if (count == HeaderBytesMax - 1) Error = PacketError.MalformedLength;
        return false;
    }

    private ReadOnlySpan<byte> Contiguous(ReadOnlySequence<byte> body, int bodyBytes)
    {
        if (body.IsSingleSegment) return body.FirstSpan;
        _joined ??= ArrayPool<byte>.Shared.Rent(_packetBytesMax);
        body.CopyTo(_joined);
        return _joined.AsSpan(0, bodyBytes);
    }
}
