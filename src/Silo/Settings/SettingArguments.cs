namespace Bailiwick.Silo.Settings;

/// <summary>
/// Parts a command line into settings (<c>--Listen:Http=off</c> or <c>--Listen:Http off</c>) and the words of the command.
/// Settings may stand before and after a command's name; of two values for one key the later one holds.
/// </summary>
internal sealed record SettingArguments(IReadOnlyDictionary<string, string?> Settings, IReadOnlyList<string> Words)
{
    private const string Prefix = "--";

    // Understood by the command line itself, for every command.
    private static readonly string[] _options = ["--help", "--version"];

    // The framework's section is passed through: its keys name categories that we do not know.
    private const string FrameworkSection = "Logging:";

    /// <exception cref="BadSettingException">An option that is no setting, or a setting without a value.</exception>
    public static SettingArguments Split(IReadOnlyList<string> arguments)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var words = new List<string>();
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (!argument.StartsWith(Prefix, StringComparison.Ordinal) || _options.Contains(argument))
            {
                words.Add(argument);
                continue;
            }

            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var key = argument[Prefix.Length..(equals < 0 ? argument.Length : equals)];
            var setting = Find(key);
            if (equals >= 0) settings[key] = argument[(equals + 1)..];
            else if (index + 1 < arguments.Count && !arguments[index + 1].StartsWith(Prefix, StringComparison.Ordinal)) settings[key] = arguments[++index];
            else throw setting is null ? BadSettingException.Unknown(key) : BadSettingException.Of(setting, null, "has no value on the command line");
        }

        return new(settings, words);
    }

    /// <summary>The row of the key; null when it is one of the framework's.</summary>
    private static Setting? Find(string key)
    {
        var known = SettingsTable.All.FirstOrDefault(setting => string.Equals(setting.Key, key, StringComparison.OrdinalIgnoreCase));
        if (known is null && !key.StartsWith(FrameworkSection, StringComparison.OrdinalIgnoreCase)) throw BadSettingException.Unknown(key);
        return known;
    }
}
