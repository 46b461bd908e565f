using Bailiwick.Compatibility.Tests.Devices;

namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>
/// docs/running.md carried out: its commands as printed, in folders of the test instead of the machine's, and with the test for systemd, which
/// does what the unit says.
/// </summary>
public sealed class InstallationTests
{
    private const string Account = "bailiwick";

    // They would change the machine; what they are told is looked at instead.
    private static readonly string[] OfTheMachine = ["useradd", "systemctl", "journalctl"];

    [Fact]
    public async Task The_commands_of_the_page_install_a_server_that_runs_as_the_unit_says()
    {
        using var folder = new TemporaryFolder();
        var blocks = await PageBlock.AllOfAsync("docs/running.md");
        await InstallAsync(folder, Assert.Single(blocks, block => block.Kind == "sh"));
        using var root = new TestAuthority("root");
        WriteEnvironment(folder, Assert.Single(blocks, block => block.Kind == "ini"), root);
        var environment = await EnvironmentAsync(folder);

        var tried = await RunAsync(folder, environment, "check");
        Assert.True(tried.ExitCode == 0, string.Join('\n', tried.Errors));
        await using (var server = await ServerProcess.ReadyAsync(Start(folder, environment), environment["Storage__Path"]))
        {
            Assert.EndsWith("200", await CurlAsync($"https://localhost:{server.HttpsPort}/health/ready"), StringComparison.Ordinal);
            Assert.EndsWith("200", await CurlAsync("-u", $"t1/admin:{FirstPasswords.Admin}", $"https://localhost:{server.HttpsPort}/tenant/currentTenant"), StringComparison.Ordinal);
            Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
        }

        var reset = await RunAsync(folder, environment, "reset-password", "t1/admin");
        Assert.True(reset.ExitCode == 0, string.Join('\n', reset.Errors));
        Assert.StartsWith("The new password of t1/admin is ", Assert.Single(reset.Output), StringComparison.Ordinal);
    }

    private static async Task InstallAsync(TemporaryFolder folder, PageBlock block)
    {
        Directory.CreateDirectory(folder["units"]);
        using var shell = new DocumentShell(Repository.Root);
        // A build's helpers that stay would keep the output open.
        await shell.RunAsync("set -e\nexport MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false\n"
            + string.Concat(OfTheMachine.Select(program => $"{program}() {{ echo \"{program} $*\"; }}\n")));
        var printed = await shell.RunAsync(Here(folder, block.Text));

        string[] asked = [.. block.Text.Split('\n').Where(IsOfTheMachine)];
        Assert.Equal(asked.Select(line => Here(folder, line)), printed.Split('\n').Where(IsOfTheMachine));
        Assert.Contains($"useradd --system --home-dir /var/lib/bailiwick --shell /usr/sbin/nologin {Account}", asked);
        Assert.True(File.Exists(folder["opt/docs/running.md"]), "The unit names docs/running.md as its documentation");
        var runtime = await File.ReadAllTextAsync(folder["opt/bailiwick.runtimeconfig.json"]);
        Assert.Contains("\"System.Runtime.TieredCompilation.QuickJit\": false", runtime, StringComparison.Ordinal);
        Assert.Contains("\"System.Runtime.TieredCompilation.CallCountingDelayMs\": 1000", runtime, StringComparison.Ordinal);

        static bool IsOfTheMachine(string line) => OfTheMachine.Any(program => line.StartsWith(program + " ", StringComparison.Ordinal));
    }

    private static void WriteEnvironment(TemporaryFolder folder, PageBlock block, TestAuthority root)
    {
        Directory.CreateDirectory(folder["etc"]);
        root.WriteServer(folder, "etc/server", System.Security.Cryptography.RSA.Create(2048));
        File.Move(folder["etc/server.pem"], folder["etc/chain.pem"]);
        File.Move(folder["etc/server.key"], folder["etc/key.pem"]);
        var text = Here(folder, block.Text)
            .Replace("AdminPassword=...", $"AdminPassword={FirstPasswords.Admin}", StringComparison.Ordinal)
            .Replace("ManagementPassword=...", $"ManagementPassword={FirstPasswords.Management}", StringComparison.Ordinal)
            .Replace("DevicePassword=...", $"DevicePassword={FirstPasswords.Device}", StringComparison.Ordinal);
        Assert.DoesNotContain("...", text, StringComparison.Ordinal);
        File.WriteAllText(folder["etc/environment"], text);
    }

    /// <summary>The environment that systemd makes by the unit that was installed, and its folder.</summary>
    private static async Task<Dictionary<string, string>> EnvironmentAsync(TemporaryFolder folder)
    {
        var unit = SystemdUnit.Read(folder["units/bailiwick.service"]);
        string Of(string name) => Here(folder, Assert.Single(unit[name]));
        Assert.Equal(Account, Of("User"));
        Assert.Equal(folder["opt/bailiwick"], Of("ExecStart"));
        Assert.Equal(folder["data"], Of("WorkingDirectory"));
        Assert.Equal("bailiwick", Of("StateDirectory"));
        Directory.CreateDirectory(folder["data"], (UnixFileMode)Convert.ToInt32(Of("StateDirectoryMode"), 8));
        var environment = unit["Environment"].Select(line => Here(folder, line)).Concat(await File.ReadAllLinesAsync(Of("EnvironmentFile").TrimStart('-')))
            .Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        // The machine's own ports may be taken.
        foreach (var listener in (string[])["Http", "Https", "Mqtt", "Mqtts"]) environment[$"Listen__{listener}"] = "127.0.0.1:0";
        return environment;
    }

    private static async Task<string> CurlAsync(params string[] arguments) =>
        string.Concat((await ForeignProgram.RunAsync("curl", ["-sk", "-w", "%{http_code}", .. arguments])).Output);

    private static BailiwickProcess Start(TemporaryFolder folder, Dictionary<string, string> environment) => BailiwickProcess.Start([], environment, folder["data"], folder["opt"]);

    private static Task<Ended> RunAsync(TemporaryFolder folder, Dictionary<string, string> environment, params string[] command) =>
        BailiwickProcess.RunAsync(command, environment, folder["data"], folder["opt"]);

    private static string Here(TemporaryFolder folder, string text) => text
        .Replace("/opt/bailiwick", folder["opt"], StringComparison.Ordinal)
        .Replace("/etc/systemd/system/", folder["units/"], StringComparison.Ordinal)
        .Replace("/etc/bailiwick", folder["etc"], StringComparison.Ordinal)
        .Replace("/var/lib/bailiwick", folder["data"], StringComparison.Ordinal);
}
