using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bailiwick.Compatibility.Tests;

/// <summary>The life of a serving process: start, signs of life, stop.</summary>
public sealed class ServingTests
{
    [Fact]
    public async Task The_ready_line_lists_the_real_address_of_every_listener_in_order()
    {
        await using var server = await ServerProcess.StartAsync("--Listen:Health", "[::1]:0");

        Assert.Matches(@"\ABailiwick is ready: http 127\.0\.0\.1:\d+, https 127\.0\.0\.1:\d+, mqtt 127\.0\.0\.1:\d+, mqtts 127\.0\.0\.1:\d+, health \[::1\]:\d+\z", server.ReadyLine);
        Assert.DoesNotContain(":0", server.ReadyLine.Split(", ").Select(listener => listener[listener.LastIndexOf(':')..]));
    }

    [Fact]
    public async Task A_listener_that_is_off_is_not_opened_and_without_tls_no_certificate_is_made()
    {
        await using var server = await ServerProcess.StartAsync("--Listen:Https=off", "--Listen:Mqtt=off", "--Listen:Mqtts=off");

        Assert.Equal(["http"], server.Listeners);
        Assert.False(Directory.Exists(Path.Combine(server.DataPath, "tls")));
    }

    [Fact]
    public async Task Plaintext_on_an_open_address_is_served_when_it_is_allowed_by_name()
    {
        await using var server = await ServerProcess.StartAsync("--Listen:Http=0.0.0.0:0", "--Listen:AllowPlaintext=true");

        using var answer = await server.NewClient(new Uri($"http://localhost:{server.HttpPort}")).GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task SIGTERM_ends_with_0()
    {
        await using var server = await ServerProcess.StartAsync();

        var ended = await server.TerminateAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(ended.Errors);
    }

    [Fact]
    public async Task SIGINT_ends_with_0()
    {
        await using var server = await ServerProcess.StartAsync();

        Assert.Equal(0, (await server.InterruptAsync()).ExitCode);
    }

    [Fact]
    public async Task A_request_that_never_ends_holds_a_stop_no_longer_than_the_drain_limit()
    {
        await using var server = await ServerProcess.StartAsync("--Limits:DrainSecondsMax=1");
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, server.HttpPort);
        await silent.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /health/live HTTP/1.1\r\nHost: t1"));

        var before = TimeProvider.System.GetTimestamp();
        var ended = await server.TerminateAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(before), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_that_names_the_setting()
    {
        using var folder = new TemporaryFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = taken.LocalEndpoint.ToString()!;

        var ended = await BailiwickProcess.RunAsync([.. ServerProcess.SettingsFor(folder["data"]), $"--Listen:Mqtt={address}"]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Equal($"bailiwick: bad setting Listen:Mqtt: '{address}' is in use by another process; allowed: a free port", Assert.Single(ended.Errors));
        Assert.DoesNotContain(ended.Output, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_is_refused_and_the_first_serves_on()
    {
        await using var server = await ServerProcess.StartAsync();

        var second = await BailiwickProcess.RunAsync(ServerProcess.SettingsFor(server.DataPath));

        Assert.Equal(2, second.ExitCode);
        Assert.Contains("Storage:Path", Assert.Single(second.Errors), StringComparison.Ordinal);
        Assert.Contains("is in use by another process", second.Errors[0], StringComparison.Ordinal);
        using var answer = await server.NewClient().GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_killed_server_starts_again_on_its_folder_with_the_same_authority()
    {
        using var folder = new TemporaryFolder();
        byte[] trusted;
        await using (var first = await ServerProcess.StartOnAsync(folder["data"]))
        {
            trusted = await File.ReadAllBytesAsync(first.AuthorityFile);
            await first.KillAsync();
        }

        await using var second = await ServerProcess.StartOnAsync(folder["data"]);
        Assert.Equal(trusted, await File.ReadAllBytesAsync(second.AuthorityFile));
        using var answer = await second.NewClient().GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_data_folder_is_relative_to_the_working_directory_and_closed_to_others()
    {
        using var folder = new TemporaryFolder();
        await using var process = BailiwickProcess.Start([.. ServerProcess.SettingsFor("some/where")], workingDirectory: folder.Path);
        Assert.NotNull(await process.Output.FindAsync(line => line.StartsWith(ServerProcess.ReadyPrefix, StringComparison.Ordinal), "the ready line", BailiwickProcess.Patience));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder["some/where"]));
    }

    [Fact]
    public async Task Every_log_line_is_one_event_with_a_utc_time()
    {
        await using var server = await ServerProcess.StartAsync("--Logging:LogLevel:Default=Debug");
        await server.TerminateAsync();

        var events = server.Output.Lines.Where(line => line != server.ReadyLine).ToList();
        Assert.NotEmpty(events);
        Assert.All(events, line => Assert.Matches(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (trace|debug|info|warn|error|fatal) [A-Za-z0-9<>`+_]+: ", line));
    }
}
