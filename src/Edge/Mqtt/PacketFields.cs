using System.Buffers.Binary;
using System.Text.Unicode;

namespace Bailiwick.Edge.Mqtt;

/// <summary>Walks the fields of a packet's body. The first thing wrong is kept, and every read after it gives nothing.</summary>
internal ref struct PacketFields(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public PacketError Error { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte()
    {
        var taken = Take(1);
        return taken.IsEmpty ? (byte)0 : taken[0];
    }

    public ushort UInt16()
    {
        var taken = Take(2);
        return taken.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(taken);
    }

    /// <summary>A packet id, which is never zero.</summary>
    public ushort PacketId()
    {
        var id = UInt16();
        if (id == 0) Fail(PacketError.PacketIdZero);
        return id;
    }

    /// <summary>Bytes led by their length.</summary>
    public ReadOnlySpan<byte> Binary() => Take(UInt16());

    /// <summary>UTF-8 led by its length. U+0000 is refused, as are encoded surrogates, which are no UTF-8.</summary>
    public ReadOnlySpan<byte> Text()
    {
        var text = Binary();
        if (text.Contains((byte)0) || !Utf8.IsValid(text)) Fail(PacketError.InvalidText);
        return text;
    }

    /// <summary>The topic of a message: a text, not empty, without wildcards.</summary>
    public ReadOnlySpan<byte> Topic()
    {
        var topic = Filter();
        if (topic.ContainsAny((byte)'+', (byte)'#')) Fail(PacketError.WildcardInTopic);
        return topic;
    }

    /// <summary>A topic filter: a text, not empty. Where its wildcards stand is for <see cref="Topics"/> to judge.</summary>
    public ReadOnlySpan<byte> Filter()
    {
        var filter = Text();
        if (filter.IsEmpty) Fail(PacketError.EmptyTopic);
        return filter;
    }

    public ReadOnlySpan<byte> Rest() => Take(_rest.Length);

    /// <summary>Nothing may follow the last field.</summary>
    public void End()
    {
        if (!_rest.IsEmpty) Fail(PacketError.TrailingBytes);
    }

    public void Fail(PacketError error)
    {
        if (Error == PacketError.None) Error = error;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Error != PacketError.None) return default;
        if (count > _rest.Length)
        {
            Fail(PacketError.Truncated);
            return default;
        }
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
