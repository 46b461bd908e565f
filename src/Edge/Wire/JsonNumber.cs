using System.Buffers.Text;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Wire;

/// <summary>
/// The numbers that devices send as text. A JSON number is taken as it is written, so that no digit is lost or added. The four spellings
/// that the interface's parser has always understood and JSON does not (<c>+5</c>, <c>007</c>, <c>.5</c>, <c>5.</c>) are
/// re-spelt with the same value. Everything else is no number, as is one too large for a 64-bit floating point.
/// </summary>
internal static class JsonNumber
{
    /// <summary>Room for the longest number and the two characters that re-spelling can add.</summary>
    public const int RoomBytes = Limits.NumberCharsMax + 2;

    /// <param name="text">What the device sent.</param>
    /// <param name="room">At least <see cref="RoomBytes"/>; used only when the number must be re-spelt.</param>
    /// <param name="number">A JSON number, in <paramref name="text"/> or in <paramref name="room"/>.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, Span<byte> room, out ReadOnlySpan<byte> number)
    {
        number = text;
        if (text.IsEmpty || text.Length > Limits.NumberCharsMax) return false;

        var at = 0;
        var isNegative = text[0] == (byte)'-';
        var hasPlus = text[0] == (byte)'+';
        if (isNegative || hasPlus) at++;
        var whole = Digits(text, ref at);
        var hasPoint = at < text.Length && text[at] == (byte)'.';
        if (hasPoint) at++;
        var fraction = hasPoint ? Digits(text, ref at) : default;
        if (whole.IsEmpty && fraction.IsEmpty) return false;

        var exponent = text[at..];
        if (!exponent.IsEmpty && (!IsExponent(exponent) || !IsFinite(text[(hasPlus ? 1 : 0)..]))) return false;
        var isJson = !hasPlus && !whole.IsEmpty && (whole.Length == 1 || whole[0] != (byte)'0') && hasPoint != fraction.IsEmpty;
        if (!isJson) number = Respell(room, isNegative, whole, fraction, exponent);
        return true;
    }

    /// <summary>Whether a JSON number has neither fraction nor exponent.</summary>
    public static bool IsInteger(ReadOnlySpan<byte> number) => !number.ContainsAny((byte)'.', (byte)'e', (byte)'E');

    private static ReadOnlySpan<byte> Digits(ReadOnlySpan<byte> text, ref int at)
    {
        var from = at;
        while (at < text.Length && char.IsAsciiDigit((char)text[at])) at++;
        return text[from..at];
    }

    private static bool IsExponent(ReadOnlySpan<byte> text)
    {
        if (text[0] is not ((byte)'e' or (byte)'E')) return false;
        var at = text.Length > 1 && text[1] is (byte)'+' or (byte)'-' ? 2 : 1;
        return !Digits(text, ref at).IsEmpty && at == text.Length;
    }

    /// <summary>Only an exponent can make a number this short overflow.</summary>
    private static bool IsFinite(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out double value, out _) && double.IsFinite(value);

    private static ReadOnlySpan<byte> Respell(
        Span<byte> room, bool isNegative, scoped ReadOnlySpan<byte> whole, scoped ReadOnlySpan<byte> fraction, scoped ReadOnlySpan<byte> exponent)
    {
        var at = 0;
        if (isNegative) room[at++] = (byte)'-';
        whole = whole.TrimStart((byte)'0');
        if (whole.IsEmpty) room[at++] = (byte)'0';
        whole.CopyTo(room[at..]);
        at += whole.Length;
        if (!fraction.IsEmpty)
        {
            room[at++] = (byte)'.';
            fraction.CopyTo(room[at..]);
            at += fraction.Length;
        }
        exponent.CopyTo(room[at..]);
        return room[..(at + exponent.Length)];
    }
}
