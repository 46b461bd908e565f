using System.Globalization;
using System.Text;

namespace Bailiwick.Silo.Logs;

/// <summary>
/// Keeps a text that may come from outside on one line of a terminal or log: what would break the line or steer the
/// terminal is written as an escape, so that nobody can forge a second event.
/// </summary>
internal static class OneLine
{
    public static string Of(string text, int charsMax = int.MaxValue)
    {
        if (text.Length <= charsMax && !text.Any(Breaks)) return text;
        var line = new StringBuilder(Math.Min(text.Length, charsMax) + 16);
        foreach (var c in text.Length <= charsMax ? text : text[..charsMax])
        {
            _ = c switch
            {
                '\n' => line.Append("\\n"),
                '\r' => line.Append("\\r"),
                '\t' => line.Append("\\t"),
                _ when Breaks(c) => line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => line.Append(c),
            };
        }

        return text.Length <= charsMax ? line.ToString() : line.Append("...").ToString();
    }

    private static bool Breaks(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' || char.GetUnicodeCategory(c) == UnicodeCategory.Format;
}
