using System.Diagnostics;
using System.Globalization;

namespace Bailiwick.Compatibility.Tests.Fuzz;

/// <summary>
/// How long a campaign goes on and how it is replayed. BAILIWICK_FUZZ_SEED, BAILIWICK_FUZZ_REQUESTS and BAILIWICK_FUZZ_PACKETS set what is otherwise
/// random or short; <c>./dev fuzz</c> runs the long form.
/// </summary>
internal static class Campaign
{
    public static async Task RunAsync(string test, string variable, int countDefault, Func<int, int, Task> campaign)
    {
        var seed = Setting("BAILIWICK_FUZZ_SEED") ?? (int)(Stopwatch.GetTimestamp() & int.MaxValue);
        var count = Setting(variable) ?? countDefault;
        var replay = $"BAILIWICK_FUZZ_SEED={seed} {variable}={count} ./dev test {test}";
        TestContext.Current.TestOutputHelper?.WriteLine($"Replay: {replay}");
        try
        {
            await campaign(seed, count);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"Replay with: {replay}\n{failure.Message}", failure);
        }
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

/// <summary>What a server must not show, whatever it is sent: errors in its log, an end, memory that grows and grows.</summary>
internal sealed class ServerWatch(ServerProcess server)
{
    // The heap fills up to its usual size at first; growth beyond that is a leak.
    private const long GrowthBytesMax = 160L << 20;

    private long _residentBefore;

    public void Begin() => _residentBefore = Resident();

    /// <summary>Fails when the server has ended, complained or grown.</summary>
    public void Check()
    {
        Assert.DoesNotContain(server.Output.Lines, line => line.Contains(" fail ", StringComparison.Ordinal) || line.Contains(" crit ", StringComparison.Ordinal));
        var grown = Resident() - _residentBefore;
        Assert.True(grown < GrowthBytesMax, $"The server grew by {grown >> 20} MiB");
        TestContext.Current.TestOutputHelper?.WriteLine($"The server's resident memory changed by {grown >> 20} MiB");
    }

    private long Resident()
    {
        using var process = Process.GetProcessById(server.ProcessId);
        return process.WorkingSet64;
    }
}
