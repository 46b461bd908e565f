namespace Bailiwick.Benchmarks;

/// <summary>A whole fleet that comes back after a restart: every device connects, and has a measurement acknowledged.</summary>
internal sealed class ReconnectBenchmark(Bench bench)
{
    private const double SecondsTarget = 3;
    private const string Payload = "200,c8y_Load,T,%04n,C";

    public async Task RunAsync()
    {
        var devices = bench.Options.IdleDevices;
        await BailiwickServer.PublishAsync(bench);
        await Machine.DescribeAsync(bench, withMosquitto: false);
        Fleet fleet;
        await using (var first = await BailiwickServer.StartAsync(bench, bench["data"]))
            fleet = await Fleet.RegisterAsync(bench, first, devices);

        var (connecting, work, elapsed) = (new List<double>(), new List<double>(), new List<double>());
        for (var restart = 0; restart < bench.Options.Kills; restart++)
        {
            await using var server = await BailiwickServer.StartAsync(bench, bench["data"]);
            var result = await new LoadRunner(bench).RunAsync(server.Target, fleet.Plan() with { Messages = devices, Payload = Payload });
            if (result.Acked != devices) throw new BenchmarkException($"Of {devices} devices {result.Acked} had their measurement acknowledged.");
            // Up to the last acknowledgement: what it costs that the fleet leaves again is no part of serving it.
            connecting.Add(result["connect.server_cpu"] / Environment.ProcessorCount);
            work.Add(connecting[^1] + result["publish.server_cpu"] / Environment.ProcessorCount);
            elapsed.Add(result["connect.seconds"] + result.Seconds);
            bench.Report.Progress($"restart {restart + 1} of {bench.Options.Kills}: {work[^1]:0.00} s of work, of which {connecting[^1]:0.00} s to connect; {elapsed[^1]:0.00} s on the clock");
        }
        var (workSpread, elapsedSpread) = (Spread.Of(work), Spread.Of(elapsed));
        bench.Report.Line();
        bench.Report.Line($"RECONNECT: {devices} devices after a restart, each connected and with one measurement acknowledged, {bench.Options.Kills} restarts");
        bench.Report.Line($"  the server's processor time over the machine's {Environment.ProcessorCount} cores: {workSpread.Median:0.00} s ({workSpread.Min:0.00} - {workSpread.Max:0.00})");
        bench.Report.Line($"  on the clock, with the load generator on the same cores: {elapsedSpread.Median:0.00} s ({elapsedSpread.Min:0.00} - {elapsedSpread.Max:0.00})");
        bench.Report.AtMost($"s of CPU-bound work until {devices} devices are served", workSpread.Median, SecondsTarget);
    }
}
