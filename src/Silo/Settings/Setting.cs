namespace Bailiwick.Silo.Settings;

/// <summary>One row of the settings table.</summary>
/// <param name="Key">Section and name, as <c>Listen:Http</c>. Letter case does not count where it is read.</param>
/// <param name="Default">What holds when nobody sets it; null when nothing does.</param>
/// <param name="Meaning">One line for <c>--help</c>.</param>
/// <param name="Allowed">What its values may be, to follow "allowed:".</param>
/// <param name="Secret">Its value is never shown, not even a wrong one.</param>
internal sealed record Setting(string Key, string? Default, string Meaning, string Allowed, bool Secret = false);

/// <summary>A bound that an operator may move, within bounds of its own.</summary>
/// <param name="Setting">The row of the settings table.</param>
/// <param name="Min">The smallest value allowed.</param>
/// <param name="Max">The largest value allowed.</param>
internal sealed record LimitSetting(Setting Setting, int Min, int Max)
{
    public static LimitSetting Of(string name, int defaultValue, int min, int max, string meaning) =>
        new(new($"Limits:{name}", $"{defaultValue}", meaning, $"a whole number from {min} to {max}"), min, max);
}
