namespace Bailiwick.Compatibility.Tests;

/// <summary>Settings as an operator gives them: where they come from, and what a wrong one says.</summary>
public sealed class SettingsTests
{
    private const string Secret = "hunter2";

    public static TheoryData<string, string, string> BadSettings => new()
    {
        // setting, what the line must name, what it must say is allowed
        { "--Listen:Http=0.0.0.0:0", "Listen:Http: '0.0.0.0:0'", "Listen:AllowPlaintext=true" },
        { "--Listen:Mqtt=[::]:0", "Listen:Mqtt: '[::]:0'", "Listen:AllowPlaintext=true" },
        { "--Listen:Health=0.0.0.0:0", "Listen:Health: '0.0.0.0:0'", "Listen:AllowPlaintext=true" },
        { "--Listen:Http=8080", "Listen:Http: '8080'", "ADDRESS:PORT" },
        { "--Listen:Http=127.1:0", "Listen:Http: '127.1:0'", "ADDRESS:PORT" },
        { "--Listen:Http=::1:0", "Listen:Http: '::1:0'", "ADDRESS:PORT" },
        { "--Listen:Https=example.org:443", "Listen:Https: 'example.org:443'", "ADDRESS:PORT" },
        { "--Listen:Https=127.0.0.1:65536", "Listen:Https: '127.0.0.1:65536'", "ADDRESS:PORT" },
        { "--Listen:Https=", "Listen:Https: ''", "ADDRESS:PORT" },
        { "--Listen:Https=192.0.2.1:0", "Listen:Https: '192.0.2.1:0'", "an address of this machine" },
        { "--Listen:AllowPlaintext=yes", "Listen:AllowPlaintext: 'yes'", "true or false" },
        { "--Listen:Htps=off", "Listen:Htps: (value not shown)", "--help" },
        { "--Listen:Htps=off", "did you mean Listen:Https?", "--help" },
        { "--AllowPlaintext=true", "did you mean Listen:AllowPlaintext?", "--help" },
        { "--Listen:Http:Port=1", "Listen:Http:Port: (value not shown)", "--help" },
        { "--Listen:Http", "Listen:Http: (not set)", "ADDRESS:PORT" },
        { "--Tls:Certificate=/nowhere.pem", "Tls:Key: (not set)", "always Tls:Certificate and Tls:Key together" },
        { "--Tls:Key=/nowhere.pem", "Tls:Certificate: (not set)", "always Tls:Certificate and Tls:Key together" },
        { "--Storage:Kind=SQLite", "Storage:Kind: 'SQLite'", "Embedded" },
        { "--Storage:Kind=Azure", "Storage:Kind: 'Azure'", "not yet in this release" },
        { $"--Storage:Azure=AccountKey={Secret}", "Storage:Azure: (value not shown)", "not yet in this release" },
        { "--Storage:Path=/dev/null", "Storage:Path: '/dev/null' is a file", "a folder" },
        { "--Storage:Path=/proc/nothing", "Storage:Path: '/proc/nothing' cannot be created", "a folder" },
        { "--Cluster:Kind=Redis", "Cluster:Kind: 'Redis'", "not yet in this release" },
        { $"--Cluster:Redis=redis,password={Secret}", "Cluster:Redis: (value not shown)", "not yet in this release" },
        { "--Cluster:Roles=Grains", "Cluster:Roles: 'Grains'", "not yet in this release" },
        { "--Cluster:SiloPort=-1", "Cluster:SiloPort: '-1'", "0 to 65535" },
        { "--Cluster:Address=0.0.0.0", "Cluster:Address: '0.0.0.0'", "loopback" },
        { "--Cluster:Id=a b", "Cluster:Id: 'a b'", "letters" },
        { "--Tenancy:DefaultTenant=management", "Tenancy:DefaultTenant: 'management'", "not 'management'" },
        { "--Tenancy:DefaultTenant=T1", "Tenancy:DefaultTenant: 'T1'", "lower-case" },
        { "--Tenancy:BaseDomain=-x", "Tenancy:BaseDomain: '-x'", "DNS name" },
        { $"--Bootstrap:AdminPassword={Secret}", "Bootstrap:AdminPassword: (value not shown)", "8 to 128 characters" },
        { $"--Bootstrap:AdminPasword={Secret}", "did you mean Bootstrap:AdminPassword?", "--help" },
        { "--Limits:DrainSecondsMax=11", "Limits:DrainSecondsMax: '11'", "a whole number from 1 to 10" },
        { "--Limits:DrainSecondsMax=1e1", "Limits:DrainSecondsMax: '1e1'", "a whole number from 1 to 10" },
        { "--Tenancy:BaseDomain=a\nbailiwick: all is well", "Tenancy:BaseDomain: 'a\\nbailiwick: all is well'", "DNS name" },
    };

    [Theory]
    [MemberData(nameof(BadSettings))]
    public async Task A_bad_setting_is_one_line_that_names_key_value_and_what_is_allowed(string setting, string names, string allowed)
    {
        using var folder = new TemporaryFolder();

        var ended = await BailiwickProcess.RunAsync([.. ServerProcess.SettingsFor(folder["data"]), setting]);

        Assert.Equal(2, ended.ExitCode);
        var line = Assert.Single(ended.Errors);
        Assert.StartsWith("bailiwick: bad setting ", line, StringComparison.Ordinal);
        Assert.Contains(names, line, StringComparison.Ordinal);
        Assert.Contains(allowed, line[line.IndexOf("; allowed: ", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, line, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task Two_listeners_on_one_address_are_a_bad_setting()
    {
        var ended = await BailiwickProcess.RunAsync(["check", "--Listen:Mqtt=127.0.0.1:8080"]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("Listen:Mqtt: '127.0.0.1:8080' is also the address of Listen:Http", Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_listeners_off_is_a_bad_setting()
    {
        var ended = await BailiwickProcess.RunAsync(["check", "--Listen:Http=off", "--Listen:Https=off", "--Listen:Mqtt=off", "--Listen:Mqtts=off"]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("at least one listener", Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_key_in_the_environment_is_a_bad_setting_and_a_bare_section_name_is_not()
    {
        string[] check = ["check", .. ServerProcess.SettingsFor("unused")];
        var unknown = await BailiwickProcess.RunAsync(check, new Dictionary<string, string> { ["LISTEN__HTPS"] = "off" });
        var bare = await BailiwickProcess.RunAsync(check, new Dictionary<string, string> { ["CLUSTER"] = "blue", ["LIMITS"] = "none" });

        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("did you mean Listen:Https?", Assert.Single(unknown.Errors), StringComparison.Ordinal);
        Assert.Equal(0, bare.ExitCode);
    }

    [Fact]
    public async Task The_command_line_wins_over_the_environment_and_that_over_the_file_beside_the_executable()
    {
        using var folder = new TemporaryFolder();
        CopyProgram(folder.Path);
        await File.WriteAllTextAsync(folder["appsettings.json"], """
            { "Listen": { "Http": "127.0.0.2:0", "Https": "127.0.0.2:0", "Mqtt": "127.0.0.2:0", "Mqtts": "off" } }
            """);
        var environment = new Dictionary<string, string> { ["LISTEN__HTTPS"] = "127.0.0.3:0", ["Listen__Mqtt"] = "127.0.0.3:0" };

        var ended = await BailiwickProcess.RunAsync(["--listen:mqtt", "127.0.0.4:0", "check"], environment, workingDirectory: "/", programFolder: folder.Path);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("http: would listen on 127.0.0.2, on any free port", ended.Output);
        Assert.Contains("https: would listen on 127.0.0.3, on any free port", ended.Output);
        Assert.Contains("mqtt: would listen on 127.0.0.4, on any free port", ended.Output);
        Assert.DoesNotContain(ended.Output, line => line.StartsWith("mqtts:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "Listen": { "Http": """, "is not JSON")]
    [InlineData("[]", "is not JSON")]
    [InlineData("""{ "Listen": "off" }""", "Listen: (value not shown)")]
    [InlineData("""{ "Limits": { "DrainSecondMax": 3 } }""", "did you mean Limits:DrainSecondsMax?")]
    public async Task A_bad_settings_file_is_one_line(string json, string says)
    {
        using var folder = new TemporaryFolder();
        CopyProgram(folder.Path);
        await File.WriteAllTextAsync(folder["appsettings.json"], json);

        var ended = await BailiwickProcess.RunAsync(["check"], programFolder: folder.Path);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(says, Assert.Single(ended.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_framework_s_own_ways_to_open_ports_are_not_heard()
    {
        using var folder = new TemporaryFolder();
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["ASPNETCORE_HTTP_PORTS"] = "0",
            ["Kestrel__Endpoints__Back__Url"] = "http://127.0.0.1:0",
        };
        await using var process = BailiwickProcess.Start([.. ServerProcess.SettingsFor(folder["data"]), "--Listen:Https=off", "--Listen:Mqtt=off", "--Listen:Mqtts=off"], environment);
        await process.Output.FindAsync(line => line.StartsWith(ServerProcess.ReadyPrefix, StringComparison.Ordinal), "the ready line", BailiwickProcess.Patience);

        var sockets = Directory.EnumerateFiles($"/proc/{process.Id}/fd").Select(path => new FileInfo(path).LinkTarget ?? "").Where(target => target.StartsWith("socket:[", StringComparison.Ordinal)).Select(target => target[8..^1]).ToHashSet();
        var listening = (await File.ReadAllLinesAsync("/proc/net/tcp")).Concat(await File.ReadAllLinesAsync("/proc/net/tcp6"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(columns => columns is [_, _, _, "0A", ..] && sockets.Contains(columns[9]));
        Assert.Single(listening);
    }

    /// <summary>The executable and what it needs to read its settings, in a folder where the test may put a settings file.</summary>
    private static void CopyProgram(string folder)
    {
        var files = Directory.EnumerateFiles(BailiwickProcess.ProgramFolder, "*.dll").Concat(Directory.EnumerateFiles(BailiwickProcess.ProgramFolder, "bailiwick*"));
        foreach (var file in files.Distinct()) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }
}
