namespace Bailiwick.Benchmarks;

/// <summary>A page of one source's measurements out of a store of millions, asked for over HTTP.</summary>
internal sealed class PageBenchmark(Bench bench)
{
    private const double P99MillisecondsTarget = 5;
    private const int Devices = 100;
    private const int RowsPerMessage = 100;
    private const double Seconds = 10;

    private static readonly (string Title, string Query)[] Pages =
    [
        ("the first page of 100", "pageSize=100"),
        ("the newest 100", "pageSize=100&revert=true&dateFrom=2020-01-01"),
        ("100 from a moment on", "pageSize=100&dateFrom=2024-06-01T00:00:00Z"),
    ];

    public async Task RunAsync()
    {
        await BailiwickServer.PublishAsync(bench);
        await Machine.DescribeAsync(bench, withMosquitto: false);
        await using var server = await BailiwickServer.StartAsync(bench, bench["data"]);
        var fleet = await Fleet.RegisterAsync(bench, server, Devices);
        await FillAsync(server, fleet);
        var sources = new string[Devices];
        for (var index = 0; index < Devices; index++) sources[index] = await Fleet.ObjectIdAsync(server.Admin(), fleet.Devices[index].Id, bench.Stop);
        var stored = await Fleet.MeasurementsAsync(server.Admin(), fleet.Devices[0].Id, bench.Stop);

        bench.Report.Line();
        bench.Report.Line($"PAGE: {bench.Options.StoredMillions} million measurements, {stored:#,0} of them of each source, {Disk.Bytes(bench["data"]) / 1e6:#,0} MB on disk; one request at a time for {Seconds:0} s, sources in turn");
        var (worst, target, load) = (0d, new HttpTarget(server.HttpPort, server.Target.ProcessId), new HttpLoad(bench));
        foreach (var (title, query) in Pages)
        {
            byte[][] requests = [.. Enumerable.Range(0, Devices).Select(turn => BailiwickServer.AdminRequest("GET", $"/measurement/measurements?source={sources[turn * 37 % Devices]}&{query}"))];
            await load.RunAsync(target, 1, 2, requests, 200);
            var result = await load.RunAsync(target, 1, Seconds, requests, 200);
            bench.Report.Line($"  {title,-24} p50 {result.P50:0.00} ms, p99 {result.P99:0.00} ms, {result.Answers:#,0} requests");
            worst = Math.Max(worst, result.P99);
        }
        bench.Report.AtMost("ms p99 of a page of 100", worst, P99MillisecondsTarget);
    }

    private async Task FillAsync(BailiwickServer server, Fleet fleet)
    {
        // Rows of one message differ in their time, by minutes; messages of a device come after each other.
        var rows = string.Join('\n', Enumerable.Range(0, RowsPerMessage).Select(row => $"200,c8y_Load,T,%04n,C,2024-0{1 + row % 9}-{1 + row % 28:00}T{row % 24:00}:{row % 60:00}:00.%03nZ"));
        var messages = bench.Options.StoredMillions * 1_000_000L / RowsPerMessage;
        const long slice = 10_000;
        for (var sent = 0L; sent < messages; sent += slice)
        {
            bench.Report.Progress($"filling the store: {sent * RowsPerMessage / 1e6:0.0} of {bench.Options.StoredMillions} million");
            await new LoadRunner(bench).RunAsync(server.Target, fleet.Plan() with { Messages = Math.Min(slice, messages - sent), Window = 4, Payload = rows });
        }
    }
}
