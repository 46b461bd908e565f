using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Bailiwick.Benchmarks;

/// <summary>How long nobody is served: until the ready line on an empty store, and from kill -9 under load to the first CONNACK on a full one.</summary>
internal sealed class StartBenchmark(Bench bench)
{
    private const double EmptySecondsTarget = 5;
    private const double KilledSecondsTarget = 3;
    private const int Writers = 20;
    private const int LoadSecondsBeforeKill = 3;
    // Random text does not shrink on disk, and the document fits the interface's largest packet.
    private const int DocumentRandomBytes = 11_000;
    private const int DocumentsPerSlice = 5_000;
    private const string Topic = "measurement/measurements/create";

    public async Task RunAsync()
    {
        await BailiwickServer.PublishAsync(bench);
        await Machine.DescribeAsync(bench, withMosquitto: false);

        var empty = await StartOnEmptyAsync();
        bench.Report.Line();
        bench.Report.Line($"EMPTY STORE: from the start of the process to its ready line, {bench.Options.EmptyStarts} starts: median {empty.Median:0.00} s ({empty.Min:0.00} - {empty.Max:0.00})");
        bench.Report.AtMost("seconds to the ready line on an empty store", empty.Median, EmptySecondsTarget);

        var killed = await KillOnFullAsync();
        bench.Report.AtMost("seconds from kill -9 to the first CONNACK", killed.Median, KilledSecondsTarget);
    }

    private async Task<Spread> StartOnEmptyAsync()
    {
        var seconds = new List<double>();
        for (var i = 0; i < bench.Options.EmptyStarts; i++)
        {
            var data = bench[$"empty-{i}"];
            await using var server = await BailiwickServer.StartAsync(bench, data);
            seconds.Add(server.ReadyAfter.TotalSeconds);
        }
        return Spread.Of(seconds);
    }

    private async Task<Spread> KillOnFullAsync()
    {
        var data = bench["full"];
        // The same port before and after, so that the client need not be told.
        var port = MosquittoServer.FreePort();
        var server = await BailiwickServer.StartAsync(bench, data, port);
        try
        {
            var fleet = await Fleet.RegisterAsync(bench, server, Writers);
            await FillAsync(server, fleet, data);
            var seconds = new List<double>();
            for (var i = 0; i < bench.Options.Kills; i++)
            {
                var device = fleet.Devices[0];
                await KillUnderLoadAsync(server, fleet);
                var killed = Stopwatch.GetTimestamp();
                var starting = BailiwickServer.StartAsync(bench, data, port);
                await MqttProbe.ConnAckAsync(port, device, bench.Stop);
                seconds.Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
                await server.DisposeAsync();
                server = await starting;
            }
            var spread = Spread.Of(seconds);
            bench.Report.Line();
            bench.Report.Line($"FULL STORE: {Disk.Bytes(data) / 1e6:#,0} MB on disk; from kill -9 under load to the first CONNACK, {bench.Options.Kills} kills: median {spread.Median:0.00} s ({spread.Min:0.00} - {spread.Max:0.00})");
            return spread;
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private async Task FillAsync(BailiwickServer server, Fleet fleet, string data)
    {
        var loads = new LoadRunner(bench);
        var wanted = bench.Options.StoredMegabytes * 1_000_000L;
        for (var stored = Disk.Bytes(data); stored < wanted; stored = Disk.Bytes(data))
        {
            bench.Report.Progress($"filling the store: {stored / 1e6:#,0} of {wanted / 1e6:#,0} MB on disk");
            await loads.RunAsync(server.Target, Documents(fleet) with { Messages = DocumentsPerSlice });
        }
    }

    // In the middle of writing, so that there is something to recover.
    private async Task KillUnderLoadAsync(BailiwickServer server, Fleet fleet)
    {
        var load = new LoadRunner(bench).RunAsync(server.Target, Documents(fleet) with { Seconds = 60 }, mayLose: true);
        await Task.Delay(TimeSpan.FromSeconds(LoadSecondsBeforeKill), bench.Stop);
        await server.KillAsync();
        await load;
    }

    private static LoadPlan Documents(Fleet fleet)
    {
        var noise = Convert.ToBase64String(RandomNumberGenerator.GetBytes(DocumentRandomBytes));
        var time = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        return fleet.Plan() with
        {
            Topic = Topic,
            Window = 10,
            Payload = $$$"""{"type":"c8y_Load","time":"{{{time}}}","c8y_Load":{"T":{"value":1%06n,"unit":"C"}},"noise":"{{{noise}}}"}""",
        };
    }
}
