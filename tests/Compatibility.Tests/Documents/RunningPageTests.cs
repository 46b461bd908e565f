using System.Globalization;
using System.Text.RegularExpressions;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Commands;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>The systemd unit and docs/running.md say what the server does.</summary>
public sealed partial class RunningPageTests
{
    private static readonly ILookup<string, string> Unit = SystemdUnit.Read(SystemdUnit.Path);

    [Fact]
    public void A_bad_setting_is_not_tried_again_and_a_stop_has_time_to_finish()
    {
        Assert.Equal(ExitCode.BadSetting.ToString(CultureInfo.InvariantCulture), Assert.Single(Unit["RestartPreventExitStatus"]));
        Assert.True(int.Parse(Assert.Single(Unit["TimeoutStopSec"]), CultureInfo.InvariantCulture) > Limits.DrainSecondsMax);
    }

    [Fact]
    public async Task Every_setting_that_the_unit_and_the_page_name_is_one()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "running.md"));
        var named = Variable().Matches(page + string.Join('\n', Unit["Environment"])).Select(match => match.Groups["key"].Value.Replace("__", ":", StringComparison.Ordinal)).ToList();
        Assert.True(named.Count > 5);
        Assert.All(named, key => Assert.Contains(SettingsTable.All, setting => setting.Key == key));
    }

    [Fact]
    public async Task Systemd_understands_the_unit()
    {
        using var folder = new TemporaryFolder();
        var here = folder["bailiwick.service"];
        await File.WriteAllTextAsync(here, (await File.ReadAllTextAsync(SystemdUnit.Path)).Replace("ExecStart=/opt/bailiwick/bailiwick", $"ExecStart={Path.Combine(BailiwickProcess.ProgramFolder, "bailiwick")}", StringComparison.Ordinal));
        var ended = await ForeignProgram.RunAsync("systemd-analyze", "verify", here);
        Assert.True(ended.ExitCode == 0, string.Join('\n', (string[])[.. ended.Output, .. ended.Errors]));
    }

    [GeneratedRegex(@"\b(?<key>[A-Z][A-Za-z]+__[A-Z][A-Za-z]+)=")]
    private static partial Regex Variable();
}
