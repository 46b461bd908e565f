using System.Buffers;
using System.Text;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Wire;

/// <summary>
/// The interface's rule for the names of fragments and series in a measurement: at least one character, no white space, and none of
/// <c>. , * [ ] ( ) @ $ / '</c>, which its query language and its paths use. Control characters are refused with them.
/// </summary>
internal static class JsonNames
{
    public const string Rule = "must be 1 to 256 characters without white space and without any of . , * [ ] ( ) @ $ / '";

    private static readonly SearchValues<byte> Forbidden = SearchValues.Create(
        [.. ".,*[]()@$/'"u8, .. Enumerable.Range(0, 0x21).Select(b => (byte)b), 0x7F]);

    /// <param name="name">UTF-8, unescaped.</param>
    public static bool IsValid(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.ContainsAny(Forbidden)) return false;
        if (name.Length <= Limits.FragmentNameCharsMax && Ascii.IsValid(name)) return true;
        return Encoding.UTF8.GetCharCount(name) <= Limits.FragmentNameCharsMax && !HasForeignWhiteSpace(name);
    }

    /// <summary>White space and control characters outside ASCII, for example the no-break space.</summary>
    private static bool HasForeignWhiteSpace(ReadOnlySpan<byte> name)
    {
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out var rune, out var bytes) != OperationStatus.Done) return true;
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune)) return true;
            name = name[bytes..];
        }
        return false;
    }
}
