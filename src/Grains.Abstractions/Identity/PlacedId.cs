using System.Globalization;

namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>
/// The decimal string of ids that say where their row lies: <c>source, time (15 digits), sequence (15 digits)</c>. So a read by id needs
/// no index row. Clients must take such an id for the string that it is: it has up to 49 digits.
/// </summary>
internal static class PlacedId
{
    private const int PartDigits = 15;

    public static bool TryParse(string? text, out ObjectId source, out long timeMs, out long sequence)
    {
        (source, timeMs, sequence) = (default, 0, 0);
        if (text is null || text.Length <= 2 * PartDigits || text.Length > 2 * PartDigits + 19) return false;
        var front = text[..^(2 * PartDigits)];
        return ObjectId.TryParse(front, out source) && front[0] != '0'
            && long.TryParse(text.AsSpan(front.Length, PartDigits), NumberStyles.None, CultureInfo.InvariantCulture, out timeMs)
            && long.TryParse(text.AsSpan(front.Length + PartDigits), NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }

    public static string Text(ObjectId source, long timeMs, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{source.Value}{timeMs:D15}{sequence:D15}");
}
