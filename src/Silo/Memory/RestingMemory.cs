using System.Diagnostics;

namespace Bailiwick.Silo.Memory;

/// <summary>
/// Gives memory back after a rush. The runtime collects when room is short and never because there is time: a fleet that has connected and fell silent
/// would leave its garbage, and the room it lies in, with the process until the next rush (decision 35).
/// </summary>
internal sealed class RestingMemory(TimeProvider clock, ILogger<RestingMemory> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private readonly RestRule _rule = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, clock);
        await using var stop = stoppingToken.Register(timer.Dispose);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
            if (_rule.IsDue(GC.GetTotalAllocatedBytes(), GC.GetTotalMemory(forceFullCollection: false))) Rest();
    }

    private void Rest()
    {
        var (before, start) = (GC.GetTotalMemory(forceFullCollection: false), Stopwatch.GetTimestamp());
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var after = GC.GetTotalMemory(forceFullCollection: false);
        _rule.Rested();
        log.LogDebug("Memory was given back at rest: {Before} MiB in use before, {After} after, {Took:0} ms", before >> 20, after >> 20, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
