using System.Globalization;

namespace Bailiwick.Benchmarks;

/// <summary>Two tenants on one server: one sends steadily, and what its messages wait for must not be the other, which sends ten times what it may.</summary>
internal sealed class NoisyBenchmark(Bench bench)
{
    private const double RatioTarget = 2;
    private const int TenantLimit = 2_000;
    private const int FloodFactor = 10;
    private const int Devices = 50;
    private const double SteadyRate = 500;
    private const string Payload = "200,c8y_Load,T,%04n,C";

    public async Task RunAsync()
    {
        await BailiwickServer.PublishAsync(bench);
        await Machine.DescribeAsync(bench, withMosquitto: false);
        await using var server = await BailiwickServer.StartAsync(bench, bench["data"], settings: $"--Limits:TenantMessagesPerSecond={TenantLimit}");
        var flood = await Fleet.RegisterAsync(bench, server, Devices);
        var steady = await Fleet.RegisterAsync(bench, server, Devices, await server.NewTenantAsync("steady", bench.Stop), "y");

        bench.Report.Line();
        bench.Report.Line($"NOISY: a tenant sends {SteadyRate:0} msg/s over {Devices} connections, alone and beside one that sends {TenantLimit * FloodFactor} msg/s and may send {TenantLimit}; {bench.Options.Rounds} pairs of {bench.Options.RoundSeconds} s");
        await RoundAsync(server, steady, null);
        var (alone, beside) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < bench.Options.Rounds; pair++)
        {
            if (pair % 2 == 0) alone.Add(await RoundAsync(server, steady, null));
            beside.Add(await RoundAsync(server, steady, flood));
            if (pair % 2 == 1) alone.Add(await RoundAsync(server, steady, null));
            bench.Report.Progress($"pair {pair + 1} of {bench.Options.Rounds}: p99 {alone[^1]:0.00} ms alone, {beside[^1]:0.00} ms beside the flood");
        }
        double[] ratios = [.. beside.Zip(alone, (loud, quiet) => loud / quiet)];
        bench.Report.Line($"  p99 alone {Spread.Of(alone).Median:0.00} ms, beside the flood {Spread.Of(beside).Median:0.00} ms; ratio of each pair: {string.Join(' ', ratios.Select(ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)))}; load average {Machine.LoadAverage()}");
        bench.Report.AtMost("p99 beside a tenant at ten times its limit, to p99 alone", Spread.Of(ratios).Median, RatioTarget);
    }

    /// <summary>The steady tenant's p99 in milliseconds.</summary>
    private async Task<double> RoundAsync(BailiwickServer server, Fleet steady, Fleet? flood)
    {
        var plan = new LoadPlan(steady.CredentialsFile, Devices) { Payload = Payload, Seconds = bench.Options.RoundSeconds, WarmSeconds = 1, Rate = SteadyRate, Window = 10 };
        // It is slowed, and in the end closed: both are as they should be.
        var flooding = flood is null ? Task.CompletedTask
            : new LoadRunner(bench, "acked-flood").RunAsync(server.Target, plan with { CredentialsFile = flood.CredentialsFile, Rate = TenantLimit * FloodFactor }, mayLose: true);
        var result = await new LoadRunner(bench).RunAsync(server.Target, plan);
        await flooding;
        return result.P99;
    }
}
