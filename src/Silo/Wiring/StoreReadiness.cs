using Bailiwick.Silo.Embedded;
using Bailiwick.Silo.Health;

namespace Bailiwick.Silo.Wiring;

/// <summary>Tells the ready probe whether the store can write: a full disk sends traffic elsewhere, and room brings it back.</summary>
internal sealed class StoreReadiness(RocksStore store, Readiness readiness, TimeProvider time) : BackgroundService
{
    private const string Part = "store";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        await using var stop = stoppingToken.Register(timer.Dispose);
        do
        {
            if (store.Writer.IsHealthy) readiness.Recovered(Part);
            else readiness.Failed(Part, "it cannot write at the moment; the disk may be full");
        }
        while (await timer.WaitForNextTickAsync(CancellationToken.None));
    }
}
