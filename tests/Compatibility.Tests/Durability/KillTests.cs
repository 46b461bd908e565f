using System.Diagnostics;
using System.Globalization;
using Bailiwick.Compatibility.Tests.Devices;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>
/// The real process, killed in the middle of its work again and again on one data folder. BAILIWICK_KILL_SEED replays the moments of a
/// run, BAILIWICK_KILL_MS sets how long a round may go on after its first acknowledgements, in milliseconds.
/// </summary>
public sealed class KillTests
{
    private const int Rounds = 10;
    private const int DeviceCount = 4;
    private const int RoundMsMaxDefault = 400;

    // Counted besides the time, so that a busy machine has something under way when the kill comes, too.
    private const int AcknowledgementsMax = 60;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_the_process_is_killed_under_load_ten_times()
    {
        var seed = Setting("BAILIWICK_KILL_SEED") ?? (int)(Stopwatch.GetTimestamp() & int.MaxValue);
        var roundMsMax = Setting("BAILIWICK_KILL_MS") ?? RoundMsMaxDefault;
        var replay = $"BAILIWICK_KILL_SEED={seed} BAILIWICK_KILL_MS={roundMsMax} ./dev test KillTests";
        TestContext.Current.TestOutputHelper?.WriteLine($"Replay: {replay}");
        try
        {
            await RunAsync(new Random(seed), roundMsMax);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"Replay with: {replay}\n{failure.Message}", failure);
        }
    }

    private static async Task RunAsync(Random random, int roundMsMax)
    {
        using var folder = new TemporaryFolder();
        var journal = new Journal();
        var devices = new List<(Credentials Credentials, string ObjectId)>();
        var acknowledged = new List<int>();
        for (var round = 1; round <= Rounds; round++)
        {
            await using var server = await ServerProcess.StartOnAsync(folder["data"]);
            if (round == 1) devices = await RegisterAsync(server);
            else
            {
                var between = ReckoningOf(server, journal, devices);
                await between.RecordsAsync();
                await between.DeliveriesAsync(devices[^1]);
            }
            var before = journal.Acknowledged;
            await KillUnderLoadAsync(server, journal, new Load(server, journal, round, devices[..^1], devices[^1]), random.Next(1, AcknowledgementsMax), TimeSpan.FromMilliseconds(random.Next(roundMsMax)));
            acknowledged.Add(journal.Acknowledged - before);
        }

        await using var last = await ServerProcess.StartOnAsync(folder["data"]);
        var reckoning = ReckoningOf(last, journal, devices);
        for (var round = 1; round <= Rounds; round++) await reckoning.MeasurementsAsync(round);
        reckoning.NoValueIsMissing();
        await reckoning.EventsAsync(Rounds);
        await reckoning.AlarmsAsync();
        await reckoning.ObjectsAsync(Rounds);
        await reckoning.UsersAsync();
        await reckoning.RecordsAsync();
        await reckoning.OperationsAsync();
        await reckoning.DeliveriesAsync(devices[^1]);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"Acknowledgements a round: {string.Join(' ', acknowledged)}; {journal.Values.Count} of {journal.Sent.Count} values, {journal.Objects.Count} objects, {journal.Events.Count} events, {journal.Alarms.Count} alarms, {journal.Users.Count} users, {journal.Records.Count} audit records, {journal.Operations.Count} operations, {journal.Waiting.Count} of which wait, {journal.Raised.Values.Sum(times => times.Acknowledged)} of {journal.Raised.Values.Sum(times => times.Sent)} alarms of {journal.Raised.Count} that are counted");
        // A run in which a kind was never acknowledged would prove nothing of that kind.
        Assert.All(new[] { journal.Values.Count, journal.Messages.Count, journal.Events.Count, journal.Alarms.Count, journal.Objects.Count, journal.ExternalIds.Count, journal.Users.Count, journal.Records.Count, journal.Operations.Count, journal.Waiting.Count, journal.TakenUp.Count, journal.Raised.Values.Sum(times => times.Acknowledged) }, count => Assert.NotEqual(0, count));
    }

    private static Reckoning ReckoningOf(ServerProcess server, Journal journal, List<(Credentials Credentials, string ObjectId)> devices) =>
        new(server, journal, [.. devices[..^1].Select(device => device.ObjectId)]);

    /// <summary>Devices that send, and last the one that carries out operations.</summary>
    private static async Task<List<(Credentials, string)>> RegisterAsync(ServerProcess server)
    {
        var devices = new List<(Credentials, string)>();
        for (var index = 0; index <= DeviceCount; index++) devices.Add(await JoinAsync(server, $"kill-{index}"));
        return devices;
    }

    private static async Task<(Credentials, string)> JoinAsync(ServerProcess server, string name)
    {
        var credentials = await Joining.JoinAsync(server, name);
        using var mqtt = await MqttSocket.ConnectAsync(server, credentials.Connect);
        await mqtt.PublishedAsync("s/us", "100");
        return (credentials, await Joining.ObjectIdAsync(Joining.AdminOf(server), credentials.DeviceId));
    }

    /// <summary>
    /// Kills at a moment after so many acknowledgements. The moment is what the test varies, so it is a time and no condition.
    /// </summary>
    private static async Task KillUnderLoadAsync(ServerProcess server, Journal journal, Load load, int acknowledgements, TimeSpan after)
    {
        var reached = journal.ReachedAsync(journal.Acknowledged + acknowledgements);
        var running = load.RunAsync();
        await reached.WaitAsync(BailiwickProcess.Patience);
        await Task.Delay(after);
        load.ServerIsToDie();
        await server.KillAsync();
        await running.WaitAsync(BailiwickProcess.Patience);
        Assert.Empty(journal.Surprises);
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
