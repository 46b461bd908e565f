using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.Wire;

/// <summary>Writes addresses piece by piece: lists hold thousands of them, and no text is made of one.</summary>
internal static class LinkWriting
{
    private const int IdBytesMax = 19;

    /// <summary>An id, which the interface writes as a text.</summary>
    public static void WriteId(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, ObjectId id)
    {
        Span<byte> digits = stackalloc byte[IdBytesMax];
        writer.WriteString(name, digits[..Format(id, digits)]);
    }

    /// <summary><c>self</c>: what comes before an id, and the id.</summary>
    public static void WriteSelf(this Utf8JsonWriter writer, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> id)
    {
        var rented = ArrayPool<byte>.Shared.Rent(prefix.Length + id.Length);
        prefix.CopyTo(rented);
        id.CopyTo(rented.AsSpan(prefix.Length));
        writer.WriteString("self"u8, rented.AsSpan(0, prefix.Length + id.Length));
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary><c>self</c> of an object.</summary>
    public static void WriteSelf(this Utf8JsonWriter writer, ReadOnlySpan<byte> prefix, ObjectId id)
    {
        Span<byte> digits = stackalloc byte[IdBytesMax];
        writer.WriteSelf(prefix, digits[..Format(id, digits)]);
    }

    /// <summary><c>self</c> of a list of an object's references, or of one of these.</summary>
    /// <param name="prefix">What comes before the object's id.</param>
    public static void WriteSelf(this Utf8JsonWriter writer, ReadOnlySpan<byte> prefix, ObjectId id, ReadOnlySpan<byte> list, ObjectId? reference = null)
    {
        var rented = ArrayPool<byte>.Shared.Rent(prefix.Length + list.Length + 2 * (IdBytesMax + 1));
        prefix.CopyTo(rented);
        var length = prefix.Length;
        length += Format(id, rented.AsSpan(length));
        rented[length++] = (byte)'/';
        list.CopyTo(rented.AsSpan(length));
        length += list.Length;
        if (reference is { } one)
        {
            rented[length++] = (byte)'/';
            length += Format(one, rented.AsSpan(length));
        }
        writer.WriteString("self"u8, rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static int Format(ObjectId id, Span<byte> to)
    {
        Utf8Formatter.TryFormat(id.Value, to, out var bytes);
        return bytes;
    }
}
