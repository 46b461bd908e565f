namespace Bailiwick.Benchmarks;

/// <summary>
/// Messages a second from devices that each have a user, a password and a managed object of their own: SmartREST measurements of 100 bytes with
/// QoS 1. Ours has each on disk, synced, before it acknowledges; mosquitto acknowledges what it has checked and hands it to nobody.
/// </summary>
internal sealed class IngestBenchmark(Bench bench)
{
    private const double OneInFlightTarget = 0.4;
    private const double OneInFlightAim = 0.6;
    private const double TenInFlightTarget = 3;
    private const double BesideHogTarget = 0.3;
    private const int LowMessagesPerSecond = 200;
    private const int PayloadBytes = 100;
    private const int CheckedDevices = 25;

    public async Task RunAsync()
    {
        var options = bench.Options;
        await BailiwickServer.PublishAsync(bench);
        await Machine.DescribeAsync(bench, withMosquitto: true);

        await using var ours = await BailiwickServer.StartAsync(bench, bench["data"]);
        var fleet = await Fleet.RegisterAsync(bench, ours, options.Connections);
        await using var theirs = await MosquittoServer.StartAsync(bench, fleet);
        var contest = new Contest(bench, ours.Target, theirs.Target);

        var seconds = options.RoundSeconds;
        var plan = fleet.Plan() with { Payload = Payload(), Seconds = seconds, WarmSeconds = Math.Min(1, seconds / 4.0) };
        var load = $"{options.Connections} connections, QoS 1, {PayloadBytes} B, {options.Rounds} rounds of {seconds} s each";
        bench.Report.Progress($"warming both servers up");
        await contest.WarmAsync(plan with { Window = 10 });

        var one = await contest.RunAsync($"ONE IN FLIGHT: {load}", plan with { Window = 1 }, options.Rounds);
        var ten = await contest.RunAsync($"TEN IN FLIGHT: {load}", plan with { Window = 10 }, options.Rounds);
        var beside = await contest.RunAsync($"ONE IN FLIGHT BESIDE A BUSY CORE: {load}", plan with { Window = 1 }, options.Rounds, () => CpuHog.Start(seconds + 60));
        await contest.RunAsync($"LOW LOAD: {LowMessagesPerSecond} msg/s by a schedule over {options.Connections} connections", plan with { Rate = LowMessagesPerSecond, Window = 10 }, Math.Min(options.Rounds, 3));

        bench.Report.Line();
        bench.Report.AtLeast("ours/mosquitto, one in flight", one, OneInFlightTarget, OneInFlightAim);
        bench.Report.AtLeast("ours/mosquitto, ten in flight", ten, TenInFlightTarget);
        bench.Report.AtLeast("ours/mosquitto, one in flight beside a busy core", beside, BesideHogTarget);
        await CheckStoredAsync(ours, fleet, contest.Acked);
    }

    /// <summary>A row of exactly so many bytes: a fragment with a long name, and a value that differs from message to message.</summary>
    private static string Payload()
    {
        const string row = "200,c8y_Load,T,1000000,C";
        return $"200,c8y_Load{new string('x', PayloadBytes - row.Length)},T,1%06n,C";
    }

    // Acknowledged means stored: otherwise the figures above are about something else.
    private async Task CheckStoredAsync(BailiwickServer ours, Fleet fleet, long[] acked)
    {
        var admin = ours.Admin();
        var step = Math.Max(1, acked.Length / CheckedDevices);
        var (devices, messages, surplus) = (0, 0L, 0L);
        for (var index = 0; index < acked.Length; index += step, devices++)
        {
            var stored = await Fleet.MeasurementsAsync(admin, fleet.Devices[index].Id, bench.Stop);
            if (stored < acked[index]) throw new BenchmarkException($"{fleet.Devices[index].Id} has {stored} measurements stored of {acked[index]} acknowledged.");
            messages += acked[index];
            surplus += stored - acked[index];
        }
        bench.Report.Line($"  CHECK {devices} devices: all {messages} acknowledged messages are stored ({surplus} stored beside them); {acked.Sum()} acknowledged in all");
    }
}
