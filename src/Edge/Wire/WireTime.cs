using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Edge.Wire;

/// <summary>Times as the interface writes them: milliseconds and always a zone, <c>Z</c> for UTC and else the offset that the client gave.</summary>
internal static class WireTime
{
    private const string Pattern = "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fff";
    private const int BytesMax = 29;

    public static string Text(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[BytesMax];
        return Encoding.ASCII.GetString(text[..Format(time, text)]);
    }

    public static void WriteTime(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[BytesMax];
        writer.WriteString(name, text[..Format(time, text)]);
    }

    private static int Format(DateTimeOffset time, Span<byte> to)
    {
        time.TryFormat(to, out var written, Pattern, CultureInfo.InvariantCulture);
        if (time.Offset == TimeSpan.Zero)
        {
            to[written] = (byte)'Z';
            return written + 1;
        }
        var minutes = (int)Math.Abs(time.Offset.TotalMinutes);
        to[written++] = time.Offset < TimeSpan.Zero ? (byte)'-' : (byte)'+';
        Utf8Formatter.TryFormat(minutes / 60, to[written..], out _, new('D', 2));
        to[written + 2] = (byte)':';
        Utf8Formatter.TryFormat(minutes % 60, to[(written + 3)..], out _, new('D', 2));
        return written + 5;
    }
}
