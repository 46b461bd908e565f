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

    private static string[] Strings(ServerProcess server, string file) => Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{server.ProcessId}/{file}")).Split('\0');
}
