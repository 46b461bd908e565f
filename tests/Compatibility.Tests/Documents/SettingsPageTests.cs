using System.Text.RegularExpressions;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>docs/settings.md has every setting of the server, in its order and with its default, and none besides.</summary>
public sealed partial class SettingsPageTests
{
    [Fact]
    public async Task The_page_has_every_setting_with_its_default_and_no_other()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "settings.md"));

        Assert.Equal(
            SettingsTable.All.Select(setting => $"{setting.Key} = {setting.Default ?? "-"}"),
            Row().Matches(page).Select(row => $"{row.Groups["key"].Value} = {row.Groups["value"].Value.Trim('`')}"));
    }

    [GeneratedRegex(@"^\| `(?<key>\w+:\w+)` \| (?<value>[^|]+) \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
