using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Logs;

namespace Bailiwick.Silo.Settings;

/// <summary>
/// A setting that the process cannot start with. Its message is one line that names the key, the value (never a
/// secret's) and what is allowed; the process prints it on standard error and exits with <see cref="Commands.ExitCode.BadSetting"/>.
/// </summary>
internal sealed class BadSettingException : Exception
{
    private BadSettingException(string message, Exception? cause) : base(message, cause) { }

    /// <summary>A setting of the table with a value it may not have.</summary>
    /// <param name="setting">The setting; a secret's value is not shown.</param>
    /// <param name="value">The value as it was given; null when none was.</param>
    /// <param name="fault">What is wrong with the value, to follow it in a sentence.</param>
    /// <param name="allowed">What would be right; null takes the table's own words.</param>
    /// <param name="cause">The failure that told, for the log of a debugger; its text is not printed.</param>
    public static BadSettingException Of(Setting setting, string? value, string fault, string? allowed = null, Exception? cause = null) =>
        new(Line(setting.Key, value, setting.Secret, fault, allowed ?? setting.Allowed), cause);

    /// <summary>Something in our sections, or on the command line, that is no setting at all.</summary>
    public static BadSettingException Unknown(string key)
    {
        var nearest = Nearest.To(key, SettingsTable.All.Select(setting => setting.Key));
        // The value is not shown: it may be a secret under a mistyped key.
        var fault = nearest is null ? "is for no setting of this server" : $"is for no setting of this server, did you mean {nearest}?";
        return new(Line(key, "", secret: true, fault, "a key that 'bailiwick --help' lists"), null);
    }

    /// <summary>The settings file cannot be read.</summary>
    public static BadSettingException File(string path, string fault, Exception cause) =>
        new(Line("appsettings.json", path, secret: false, fault, "a JSON object of sections and keys, readable by this user"), cause);

    private static string Line(string key, string? value, bool secret, string fault, string allowed)
    {
        var shown = value is null ? "(not set)" : secret ? "(value not shown)" : $"'{OneLine.Of(value, Limits.QuotedValueCharsMax)}'";
        return $"bad setting {OneLine.Of(key, Limits.QuotedValueCharsMax)}: {shown} {OneLine.Of(fault)}; allowed: {OneLine.Of(allowed)}";
    }
}
