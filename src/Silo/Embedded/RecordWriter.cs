using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Writes the bytes of stored records: numbers big-endian, lengths as base-128 numbers, texts as length and UTF-8. The same
/// values always give the same bytes, so that a record can be hashed.
/// </summary>
internal ref struct RecordWriter(int capacity)
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void Byte(byte value) => Room(1)[0] = value;

    public void Number(long value) => BinaryPrimitives.WriteInt64BigEndian(Room(8), value);

    public void Short(short value) => BinaryPrimitives.WriteInt16BigEndian(Room(2), value);

    public void Count(int value)
    {
        var rest = (uint)value;
        for (; rest >= 0x80; rest >>= 7) Byte((byte)(rest | 0x80));
        Byte((byte)rest);
    }

    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Room(bytes.Length));

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Count(bytes.Length);
        Raw(bytes);
    }

    public void Text(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        Count(count);
        Encoding.UTF8.GetBytes(text, Room(count));
    }

    public void OptionalText(string? text)
    {
        Byte(text is null ? (byte)0 : (byte)1);
        if (text is not null) Text(text);
    }

    /// <summary>An instant to 100 ns, and the offset in which it was given.</summary>
    public void Instant(DateTimeOffset instant)
    {
        Number(instant.UtcTicks);
        Short((short)instant.TotalOffsetMinutes);
    }

    public readonly byte[] ToArray() => Written.ToArray();

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Hands the buffer over; the receiver returns it to the shared pool.</summary>
    public byte[] Detach()
    {
        var buffer = _buffer;
        _buffer = [];
        return buffer;
    }

    /// <summary>Space for a value that is known later, such as a length: fill it through <see cref="Patch"/>.</summary>
    public int Reserve(int count)
    {
        var at = Length;
        Room(count);
        return at;
    }

    public readonly Span<byte> Patch(int at, int count) => _buffer.AsSpan(at, count);

    private Span<byte> Room(int count)
    {
        var at = Length;
        if (_buffer.Length - at < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(at + count), _buffer.Length * 2));
            _buffer.AsSpan(0, at).CopyTo(larger);
            Dispose();
            _buffer = larger;
        }
        Length = at + count;
        return _buffer.AsSpan(at, count);
    }
}

/// <summary>Reads what <see cref="RecordWriter"/> wrote. Bytes that cannot be such a record are an <see cref="InvalidDataException"/>.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> record)
{
    private ReadOnlySpan<byte> _rest = record;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Take(1)[0];

    public long Number() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public short Short() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Count()
    {
        var value = 0u;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Byte();
            value |= (uint)(part & 0x7f) << shift;
            if (part < 0x80) return value <= int.MaxValue ? (int)value : throw Damaged();
        }
        throw Damaged();
    }

    public ReadOnlySpan<byte> Bytes() => Take(Count());

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public string? OptionalText() => Byte() == 0 ? null : Text();

    public DateTimeOffset Instant()
    {
        var utcTicks = Number();
        var offset = TimeSpan.FromMinutes(Short());
        return new DateTimeOffset(utcTicks, TimeSpan.Zero).ToOffset(offset);
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw Damaged();
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public static InvalidDataException Damaged() => new("A stored record ends too early or holds a value that nothing writes");
}
