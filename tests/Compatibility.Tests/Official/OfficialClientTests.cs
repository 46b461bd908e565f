using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bailiwick.Compatibility.Tests.Devices;

namespace Bailiwick.Compatibility.Tests.Official;

/// <summary>
/// The official JavaScript client against a real process, over TLS: one script for each of its services, whose steps each show as a test. What
/// goes wrong is told in the client's own words.
/// </summary>
public sealed class OfficialClientTests(ScriptedClient client) : IClassFixture<ScriptedClient>
{
    public static TheoryData<string, string> Steps =>
        [.. ScriptedClient.Services.SelectMany(service => ScriptedClient.StepsOf(service).Select(step => (service, step)))];

    [Theory, MemberData(nameof(Steps))]
    public async Task The_official_client_is_served(string service, string step)
    {
        var outcomes = await client.OutcomesAsync(service);

        Assert.True(outcomes.TryGetValue(step, out var problem), $"The script of {service} ended without this step.");
        Assert.True(problem is null, problem);
    }

    [Fact]
    public void Every_service_has_its_steps()
    {
        Assert.Equal(["alarm", "audit", "event", "identity", "inventory", "inventoryRole", "measurement", "operation", "signIn", "tenant", "user", "userGroup", "userRole"], ScriptedClient.Services);
        Assert.All(ScriptedClient.Services, service => Assert.True(ScriptedClient.StepsOf(service).Count >= 3, service));
    }
}

/// <summary>A server, and the official client's scripts, each run once against it when first asked for.</summary>
public sealed partial class ScriptedClient : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(BailiwickProcess.ProgramFolder, "Official");
    private readonly ConcurrentDictionary<string, Lazy<Task<Dictionary<string, string?>>>> _runs = new();
    private ServerProcess? _server;

    /// <summary>The services that have a script, in order of name.</summary>
    internal static IReadOnlyList<string> Services { get; } =
        [.. Directory.GetFiles(Folder, "*.cjs").Select(file => Path.GetFileNameWithoutExtension(file)).Where(name => name != "steps").Order(StringComparer.Ordinal)];

    /// <summary>The names of a script's steps, in their order.</summary>
    internal static IReadOnlyList<string> StepsOf(string service) =>
        [.. Step().Matches(File.ReadAllText(ScriptOf(service))).Select(match => match.Groups["name"].Value.Replace("\\'", "'", StringComparison.Ordinal))];

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>What became of each step: null when all was well.</summary>
    internal Task<Dictionary<string, string?>> OutcomesAsync(string service) => _runs.GetOrAdd(service, _ => new(() => RunAsync(service))).Value;

    private async Task<Dictionary<string, string?>> RunAsync(string service)
    {
        var environment = new Dictionary<string, string> { ["NODE_EXTRA_CA_CERTS"] = _server!.AuthorityFile };
        await using var node = ForeignProgram.Start(
            environment, "node", ScriptOf(service), _server.Https.ToString(), FirstPasswords.Admin, FirstPasswords.Management);
        var ended = await node.EndAsync();
        Assert.True(ended.ExitCode == 0, $"The script of {service} ended with {ended.ExitCode}:\n{string.Join('\n', ended.Output.Concat(ended.Errors))}");
        return ended.Output.Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(
            line => line.GetProperty("step").GetString()!, line => line.GetProperty("problem").GetString());
    }

    private static string ScriptOf(string service) => Path.Combine(Folder, $"{service}.cjs");

    [GeneratedRegex(@"^  '(?<name>(?:[^'\\]|\\.)+)': async", RegexOptions.Multiline)]
    private static partial Regex Step();
}
