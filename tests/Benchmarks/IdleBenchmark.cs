namespace Bailiwick.Benchmarks;

/// <summary>
/// What a connected device that has published one measurement and then says nothing costs in resident memory: its TCP connection, its session and
/// its grain. The server is started anew for it on a store that knows the devices.
/// </summary>
internal sealed class IdleBenchmark(Bench bench)
{
    private const double KibPerDeviceTarget = 14;
    private const int WarmDevices = 100;
    private const double IdleSeconds = 20;
    private const string Payload = "200,c8y_Load,T,%04n,C";

    public async Task RunAsync()
    {
        var devices = bench.Options.IdleDevices;
        await BailiwickServer.PublishAsync(bench);
        await Machine.DescribeAsync(bench, withMosquitto: false);
        Fleet fleet;
        await using (var first = await BailiwickServer.StartAsync(bench, bench["data"]))
            fleet = await Fleet.RegisterAsync(bench, first, devices);

        await using var server = await BailiwickServer.StartAsync(bench, bench["data"]);
        var fresh = await RestingKibAsync(server);
        var loads = new LoadRunner(bench);
        // Compiled code and caches that do not grow with the devices are the process's, not theirs.
        await loads.RunAsync(server.Target, fleet.Plan(WarmDevices) with { Messages = WarmDevices, Payload = Payload });
        var warm = await RestingKibAsync(server);

        bench.Report.Progress($"connecting {devices} devices");
        var result = await loads.RunAsync(server.Target, fleet.Plan() with { Messages = devices, Payload = Payload, IdleSeconds = IdleSeconds });
        var idle = result["idle.server_rss"];

        bench.Report.Line();
        bench.Report.Line($"IDLE: {devices} devices over plain TCP, one measurement each, then {IdleSeconds:0} s of silence");
        bench.Report.Line($"  resident memory: {fresh / 1024:0.0} MiB started, {warm / 1024:0.0} MiB after {WarmDevices} devices came and went, {idle / 1024:0.0} MiB with all connected and idle");
        bench.Report.Line($"  a device: {(idle - warm) / devices:0.00} KiB over the warmed process, {(idle - fresh) / devices:0.00} KiB over the fresh one");
        bench.Report.Line($"  connecting: {devices / result["connect.seconds"]:#,0} sign-ins/s; server while idle: {result["idle.server_cpu"] / result["idle.seconds"] * 100:0.0} % of a core");
        bench.Report.AtMost("KiB of an idle device", (idle - warm) / devices, KibPerDeviceTarget);
    }

    /// <summary>After a silence as long as that of the devices: what the process gives back by then counts on neither side.</summary>
    private async Task<double> RestingKibAsync(BailiwickServer server)
    {
        await Task.Delay(TimeSpan.FromSeconds(IdleSeconds), bench.Stop);
        await ProcessFigures.BecomeQuietAsync(server.Target.ProcessId, bench.Stop);
        return ProcessFigures.RssKib(server.Target.ProcessId);
    }
}
