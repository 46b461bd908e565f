namespace Bailiwick.Edge.Wire;

/// <summary>
/// The interface's times: ISO 8601, <c>2026-11-20T08:00:00.000+01:00</c>. Seconds and their fraction may be left out, the zone may not:
/// a time without one names 24 different moments.
/// </summary>
internal static class IsoTime
{
    /// <summary>Reads a time from its first byte to its last. Digits past 100 ns are dropped.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        var at = 0;
        if (!Number(text, ref at, 4, out var year) || !Skip(text, ref at, '-')
            || !Number(text, ref at, 2, out var month) || !Skip(text, ref at, '-')
            || !Number(text, ref at, 2, out var day) || !Skip(text, ref at, 'T')
            || !Number(text, ref at, 2, out var hour) || !Skip(text, ref at, ':')
            || !Number(text, ref at, 2, out var minute)) return false;

        var second = 0;
        var ticks = 0L;
        if (Skip(text, ref at, ':'))
        {
            if (!Number(text, ref at, 2, out second)) return false;
            if (Skip(text, ref at, '.') && !Fraction(text, ref at, out ticks)) return false;
        }
        if (!Zone(text, ref at, out var offsetMinutes) || at != text.Length) return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        if (hour > 23 || minute > 59 || second > 59) return false;

        var local = new DateTime(year, month, day, hour, minute, second).AddTicks(ticks);
        var utcTicks = local.Ticks - (offsetMinutes * TimeSpan.TicksPerMinute);
        if (utcTicks < 0 || utcTicks > DateTime.MaxValue.Ticks) return false;
        time = new DateTimeOffset(local, TimeSpan.FromMinutes(offsetMinutes));
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> text, ref int at, int digits, out int value)
    {
        value = 0;
        if (at + digits > text.Length) return false;
        foreach (var b in text.Slice(at, digits))
        {
            if (!char.IsAsciiDigit((char)b)) return false;
            value = (value * 10) + (b - '0');
        }
        at += digits;
        return true;
    }

    private static bool Skip(ReadOnlySpan<byte> text, ref int at, char expected)
    {
        if (at >= text.Length || text[at] != expected) return false;
        at++;
        return true;
    }

    private static bool Fraction(ReadOnlySpan<byte> text, ref int at, out long ticks)
    {
        ticks = 0;
        var unit = TimeSpan.TicksPerSecond;
        var from = at;
        for (; at < text.Length && char.IsAsciiDigit((char)text[at]); at++)
        {
            unit /= 10;
            ticks += unit * (text[at] - '0');
        }
        return at > from;
    }

    /// <summary>Z, +hh:mm, +hhmm or +hh, up to 14 hours either way.</summary>
    private static bool Zone(ReadOnlySpan<byte> text, ref int at, out int minutes)
    {
        minutes = 0;
        if (Skip(text, ref at, 'Z')) return true;
        var isNegative = Skip(text, ref at, '-');
        if (!isNegative && !Skip(text, ref at, '+')) return false;
        if (!Number(text, ref at, 2, out var hours)) return false;
        var rest = 0;
        if (Skip(text, ref at, ':') || at < text.Length)
            if (!Number(text, ref at, 2, out rest)) return false;
        minutes = (hours * 60) + rest;
        if (rest > 59 || minutes > 14 * 60) return false;
        if (isNegative) minutes = -minutes;
        return true;
    }
}
