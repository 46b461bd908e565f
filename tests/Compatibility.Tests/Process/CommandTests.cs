namespace Bailiwick.Compatibility.Tests;

/// <summary>The commands beside serving: what they print and how they end.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Help_lists_the_commands_and_every_setting()
    {
        var ended = await BailiwickProcess.RunAsync(["--help"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(ended.Errors);
        var text = string.Join('\n', ended.Output);
        string[] promised = ["check", "reset-password", "Listen:Http ", "Listen:AllowPlaintext", "Tls:Certificate", "Storage:Path", "Cluster:Kind", "Tenancy:BaseDomain", "Bootstrap:AdminPassword", "Limits:"];
        Assert.All(promised, word => Assert.Contains(word, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Version_is_one_line()
    {
        var ended = await BailiwickProcess.RunAsync(["--version"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Matches(@"\Abailiwick \d+\.\d+\.\d+\z", Assert.Single(ended.Output));
    }

    [Theory]
    [InlineData("chek")]
    [InlineData("reset-password")]
    [InlineData("reset-password", "t1/admin", "t2/admin")]
    [InlineData("reset-password", "admin")]
    [InlineData("reset-password", "t1/")]
    [InlineData("reset-password", "T1/admin")]
    [InlineData("reset-password", "t1/admin/more")]
    public async Task Words_that_are_no_command_are_one_line_on_stderr_and_exit_code_1(params string[] words)
    {
        var ended = await BailiwickProcess.RunAsync(words);

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("bailiwick: ", Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task Resetting_a_password_creates_no_store_and_says_why_it_cannot()
    {
        using var folder = new TemporaryFolder();

        var ended = await BailiwickProcess.RunAsync(["reset-password", "--Storage:Path", folder["none"], "t1/admin"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("bailiwick: reset-password: ", Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["none"]));
    }

    [Fact]
    public async Task Check_says_what_serving_would_do_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();

        var ended = await BailiwickProcess.RunAsync(["check", .. ServerProcess.SettingsFor(folder["data"])]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(ended.Errors);
        Assert.Contains($"storage: would create {folder["data"]} (mode 0700)", ended.Output);
        Assert.Contains(ended.Output, line => line.StartsWith("certificate: would make a local authority", StringComparison.Ordinal));
        Assert.Contains("mqtts: would listen on 127.0.0.1, on any free port", ended.Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Check_changes_nothing_in_a_folder_that_was_served_from()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await ServerProcess.StartOnAsync(folder["data"])) await server.TerminateAsync();
        var before = Snapshot(folder.Path);

        var ended = await BailiwickProcess.RunAsync(["check", .. ServerProcess.SettingsFor(folder["data"])]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains($"storage: would use {folder["data"]}", ended.Output);
        Assert.Equal(before, Snapshot(folder.Path));
    }

    [Fact]
    public async Task Check_tells_every_obstacle_at_once()
    {
        await using var server = await ServerProcess.StartAsync();

        var ended = await BailiwickProcess.RunAsync(["check", .. ServerProcess.SettingsFor(server.DataPath), $"--Listen:Mqtt=127.0.0.1:{server.MqttPort}"]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Collection(
            ended.Errors,
            line => Assert.StartsWith("bailiwick: bad setting Storage:Path: ", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"bailiwick: bad setting Listen:Mqtt: '127.0.0.1:{server.MqttPort}' is in use", line, StringComparison.Ordinal));
    }

    private static List<string> Snapshot(string folder) =>
    [
        .. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{path} {File.GetUnixFileMode(path)} {File.GetLastWriteTimeUtc(path):O} {(File.Exists(path) ? Convert.ToHexString(File.ReadAllBytes(path)) : "")}"),
    ];
}
