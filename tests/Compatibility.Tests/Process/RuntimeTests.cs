using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Bailiwick.Compatibility.Tests;

/// <summary>What the process asks of its runtime.</summary>
public sealed class RuntimeTests
{
    [Fact]
    public async Task The_server_gives_itself_room_for_new_objects_and_stays_the_process_that_was_started()
    {
        await using var server = await ServerProcess.StartAsync("--Tenancy:DefaultTenant=t7");

        Assert.Contains("DOTNET_GCgen0size=2000000", Strings(server, "environ"));
        // Its words came along, and by its id it is watched and stopped.
        Assert.Contains("--Tenancy:DefaultTenant=t7", Strings(server, "cmdline"));
        Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
    }

    [Fact]
    public async Task The_tools_of_the_runtime_still_find_it()
    {
        await using var server = await ServerProcess.StartAsync();
        var port = Assert.Single(Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{server.ProcessId}-*-socket"));

        using var tool = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await tool.ConnectAsync(new UnixDomainSocketEndPoint(port));
    }

    [Fact]
    public async Task Who_sets_another_size_keeps_it()
    {
        await using var server = await ServerProcess.StartInAsync(new Dictionary<string, string> { ["DOTNET_GCgen0size"] = "1000000", ["Words"] = "a b=c" });

        var environment = Strings(server, "environ");
        Assert.Contains("DOTNET_GCgen0size=1000000", environment);
        Assert.DoesNotContain("DOTNET_GCgen0size=2000000", environment);
    }

    [Fact]
    public async Task What_a_start_needed_is_noted_within_seconds_without_waiting_for_its_end()
    {
        await using var server = await ServerProcess.StartAsync();
        var profile = new FileInfo(Path.Combine(server.DataPath, "start.profile"));

        var waited = Stopwatch.StartNew();
        while (!profile.Exists || profile.Length == 0)
        {
            Assert.True(waited.Elapsed < BailiwickProcess.Patience, $"Awaited that {profile} is written");
            await Task.Delay(50);
            profile.Refresh();
        }
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("overwritten")]
    public async Task A_damaged_note_of_what_a_start_needed_does_no_harm_and_is_replaced_by_a_whole_one(string damage)
    {
        using var folder = new TemporaryFolder();
        var profile = folder["data/start.profile"];
        await StartAndStopAsync();
        var whole = await File.ReadAllBytesAsync(profile);
        await File.WriteAllBytesAsync(profile, damage switch
        {
            "empty" => [],
            "half" => whole[..(whole.Length / 2)],
            _ => [.. whole[..64], .. Enumerable.Repeat((byte)0xA5, whole.Length - 64)],
        });

        await StartAndStopAsync();

        var replaced = await File.ReadAllBytesAsync(profile);
        Assert.Equal(whole[..8], replaced[..8]);
        Assert.InRange(replaced.Length, whole.Length * 3 / 4, whole.Length * 4 / 3);

        async Task StartAndStopAsync()
        {
            await using var server = await ServerProcess.StartOnAsync(folder["data"]);
            var ended = await server.TerminateAsync();
            Assert.Equal(0, ended.ExitCode);
            Assert.Empty(ended.Errors);
        }
    }

    [Fact]
    public async Task What_stands_in_the_place_of_that_note_keeps_no_server_from_starting()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data/start.profile"]);
        await using var server = await ServerProcess.StartOnAsync(folder["data"]);

        var ended = await server.TerminateAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(ended.Errors);
    }

    private static string[] Strings(ServerProcess server, string file) => Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{server.ProcessId}/{file}")).Split('\0');
}
