using System.Globalization;

namespace Bailiwick.Benchmarks;

/// <summary>Measurements posted over HTTP, each answered 201 after its commit, beside the bare web server that only reads and answers.</summary>
internal sealed class PostBenchmark(Bench bench)
{
    private const double RatioTarget = 0.5;
    private const int Connections = 64;
    private const int Sources = 64;
    private const int WarmRounds = 2;

    public async Task RunAsync()
    {
        await BailiwickServer.PublishAsync(bench);
        await Machine.DescribeAsync(bench, withMosquitto: false);
        await using var server = await BailiwickServer.StartAsync(bench, bench["data"]);
        var fleet = await Fleet.RegisterAsync(bench, server, Sources);
        var requests = new byte[Sources][];
        for (var index = 0; index < Sources; index++) requests[index] = await RequestAsync(server, fleet.Devices[index]);
        await using var bare = ChildProcess.Start(Environment.ProcessPath!, [.. Self(), BareKestrel.Argument]);
        var barePort = int.Parse((await bare.LineAsync(BareKestrel.ReadyPrefix, TimeSpan.FromSeconds(30), bench.Stop))[BareKestrel.ReadyPrefix.Length..], CultureInfo.InvariantCulture);

        bench.Report.Progress($"warming both servers up");
        var (our, their, load) = (new HttpTarget(server.HttpPort, server.Target.ProcessId), new HttpTarget(barePort, bare.Id), new HttpLoad(bench));
        Task<HttpResult> RoundAsync(HttpTarget target) => load.RunAsync(target, Connections, bench.Options.RoundSeconds, requests, 201);
        for (var round = 0; round < WarmRounds; round++)
        {
            await RoundAsync(our);
            await RoundAsync(their);
        }

        bench.Report.Line();
        bench.Report.Line($"POST /measurement/measurements: {Connections} connections, one request at a time each, {requests[0].Length} B, {bench.Options.Rounds} rounds of {bench.Options.RoundSeconds} s each");
        var (ours, theirs) = (new List<HttpResult>(), new List<HttpResult>());
        for (var pair = 0; pair < bench.Options.Rounds; pair++)
        {
            if (pair % 2 == 0) ours.Add(await RoundAsync(our));
            theirs.Add(await RoundAsync(their));
            if (pair % 2 == 1) ours.Add(await RoundAsync(our));
            bench.Report.Progress($"pair {pair + 1} of {bench.Options.Rounds}: {ours[^1].PerSecond:0} and {theirs[^1].PerSecond:0} answers/s");
        }
        Print("bailiwick", ours);
        Print("kestrel", theirs);
        double[] ratios = [.. ours.Zip(theirs, (one, other) => one.PerSecond / other.PerSecond)];
        bench.Report.Line($"  ratio of each pair: {string.Join(' ', ratios.Select(ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)))}; load average {Machine.LoadAverage()}");
        bench.Report.AtLeast("ours/bare Kestrel, POST at 64 connections", Spread.Of(ratios).Median, RatioTarget);
    }

    private async Task<byte[]> RequestAsync(BailiwickServer server, FleetDevice device)
    {
        var source = await Fleet.ObjectIdAsync(server.Admin(), device.Id, bench.Stop);
        var time = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        return HttpLoad.Request(
            "POST", "/measurement/measurements", device.User, device.Password, $$$$"""{"source":{"id":"{{{{source}}}}"},"time":"{{{{time}}}}","type":"c8y_Load","c8y_Load":{"T":{"value":21.5,"unit":"C"}}}""");
    }

    private void Print(string name, List<HttpResult> rounds)
    {
        var rate = Spread.Of(rounds.Select(round => round.PerSecond));
        bench.Report.Line($"  {name,-10} {rate.Median,9:#,0} answers/s ({rate.Min:#,0} - {rate.Max:#,0}), p50 {Spread.Of(rounds.Select(round => round.P50)).Median:0.00} ms, p99 {Spread.Of(rounds.Select(round => round.P99)).Median:0.00} ms, {Spread.Of(rounds.Select(round => round.ServerMicroseconds)).Median:0.0} us of the server's processor each");
    }

    // Under dotnet this program is its first argument; by its own executable it is none.
    private static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
}
