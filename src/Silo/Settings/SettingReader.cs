using System.Globalization;

namespace Bailiwick.Silo.Settings;

/// <summary>Turns the text of a setting into a value of its type, or says in the table's words what is wrong with it.</summary>
internal sealed class SettingReader(IConfiguration configuration)
{
    /// <summary>The text as somebody set it; null when nobody did and it has no default.</summary>
    public string? Text(Setting setting)
    {
        var text = configuration[setting.Key] ?? setting.Default;
        return text is { Length: 0 } ? throw BadSettingException.Of(setting, text, "is empty", $"{setting.Allowed}; or leave the key out") : text;
    }

    /// <summary>The text, which must please the test when there is one.</summary>
    public string? Text(Setting setting, Func<string, bool> isAllowed, string fault)
    {
        var text = Text(setting);
        return text is null || isAllowed(text) ? text : throw BadSettingException.Of(setting, text, fault);
    }

    public bool Flag(Setting setting) =>
        bool.TryParse(Text(setting), out var flag) ? flag : throw BadSettingException.Of(setting, Text(setting), "is neither");

    public int Port(Setting setting) => Whole(setting, 0, ushort.MaxValue);

    public int Limit(LimitSetting limit) => Whole(limit.Setting, limit.Min, limit.Max);

    /// <summary>A setting of which this release has one value only.</summary>
    public void Only(Setting setting)
    {
        var text = Text(setting);
        if (!string.Equals(text, setting.Default, StringComparison.OrdinalIgnoreCase))
            throw BadSettingException.Of(setting, text, setting.Secret ? "is not in use" : "is not what this release does");
    }

    private int Whole(Setting setting, int min, int max)
    {
        var text = Text(setting);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw BadSettingException.Of(setting, text, "is not a whole number in that range");
        return number >= min && number <= max ? number : throw BadSettingException.Of(setting, text, "is out of range");
    }
}
