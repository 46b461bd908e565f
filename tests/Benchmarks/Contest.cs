using System.Globalization;

namespace Bailiwick.Benchmarks;

/// <summary>One round of one server: what the load generator saw, and how often the disk had to flush meanwhile.</summary>
internal sealed record Round(LoadResult Load, double? FlushesPerSecond);

/// <summary>
/// Two servers under the same load, turn about, each round beginning with the other one: what changes on the machine in the course of a run
/// changes for both. A round begins when both servers rest.
/// </summary>
internal sealed class Contest(Bench bench, Target ours, Target theirs)
{
    private readonly LoadRunner _loads = new(bench);

    /// <summary>Messages that our server has acknowledged, by connection, over all rounds.</summary>
    public long[] Acked { get; private set; } = [];

    /// <summary>Measures some pairs of rounds, prints both servers' figures, and returns the median of the pairs' ratios of messages a second, ours to theirs.</summary>
    /// <param name="beside">Started before each round and ended after it.</param>
    public async Task<double> RunAsync(string title, LoadPlan plan, int pairs, Func<IAsyncDisposable>? beside = null)
    {
        bench.Report.Line();
        bench.Report.Line(title);
        var (ourRounds, theirRounds) = (new List<Round>(), new List<Round>());
        for (var pair = 0; pair < pairs; pair++)
        {
            var weBegin = pair % 2 == 0;
            if (weBegin) ourRounds.Add(await RoundAsync(ours, plan, beside));
            theirRounds.Add(await RoundAsync(theirs, plan, beside));
            if (!weBegin) ourRounds.Add(await RoundAsync(ours, plan, beside));
            bench.Report.Progress($"pair {pair + 1} of {pairs}: {ourRounds[^1].Load.Rate:0} and {theirRounds[^1].Load.Rate:0} msg/s");
        }
        return Print(ourRounds, theirRounds);
    }

    /// <summary>A round that is not measured: a process is slow while its code is new.</summary>
    public async Task WarmAsync(LoadPlan plan)
    {
        foreach (var target in new[] { ours, theirs }) await RoundAsync(target, plan, null);
    }

    private async Task<Round> RoundAsync(Target target, LoadPlan plan, Func<IAsyncDisposable>? beside)
    {
        foreach (var server in new[] { ours, theirs })
            if (!await ProcessFigures.BecomeQuietAsync(server.ProcessId, bench.Stop))
                bench.Report.Line($"  NOTE: {server.Name} was still busy with itself when a round began");
        await using var other = beside?.Invoke();
        var before = Disk.Flushes(bench.Folder);
        var result = await _loads.RunAsync(target, plan);
        var flushes = Disk.Flushes(bench.Folder) - before;
        if (target == ours) Acked = [.. result.AckedByConnection.Select((acked, index) => acked + (index < Acked.Length ? Acked[index] : 0))];
        return new(result, flushes / plan.Seconds);
    }

    private double Print(List<Round> ourRounds, List<Round> theirRounds)
    {
        bench.Report.Line($"  {"",-10} {"msg/s, median (min - max)",-32}{"server us/msg",14}{"cores",7}{"p50 ms",9}{"p99 ms",9}{"flushes/s",11}{"msg/flush",11}");
        Print(ours.Name, ourRounds);
        Print(theirs.Name, theirRounds);
        double[] ratios = [.. ourRounds.Zip(theirRounds, (our, their) => our.Load.Rate / their.Load.Rate)];
        var median = Spread.Of(ratios).Median;
        bench.Report.Line($"  ratio of each pair: {string.Join(' ', ratios.Select(ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)))}; median {median:0.00}; load average {Machine.LoadAverage()}");
        return median;
    }

    private void Print(string name, List<Round> rounds)
    {
        double Median(Func<Round, double> figure) => Spread.Of(rounds.Select(figure)).Median;
        var rate = Spread.Of(rounds.Select(round => round.Load.Rate));
        var rates = string.Create(CultureInfo.InvariantCulture, $"{rate.Median:#,0} ({rate.Min:#,0} - {rate.Max:#,0})");
        double? flushes = rounds.TrueForAll(round => round.FlushesPerSecond is not null) ? Median(round => round.FlushesPerSecond!.Value) : null;
        // A server that does not sync leaves a handful of flushes to everybody else on the machine.
        var messages = flushes > 10 ? (rate.Median / flushes)?.ToString("0.0", CultureInfo.InvariantCulture) : "-";
        bench.Report.Line($"  {name,-10} {rates,-32}{Median(round => round.Load.ServerMicroseconds),14:0.0}{Median(round => round.Load.ServerCores),7:0.00}{Median(round => round.Load.P50),9:0.00}{Median(round => round.Load.P99),9:0.00}{flushes,11:0}{messages,11}");
    }
}
