namespace Bailiwick.Silo.Rounds;

/// <summary>Work that the clock asks for, again and again, until the host stops. A round that takes longer than its interval is followed by the next one at once.</summary>
internal abstract class ClockedRounds(TimeSpan first, TimeSpan every, TimeProvider clock) : BackgroundService
{
    /// <summary>One round. It throws nothing: what failed is logged, and the next round tries again.</summary>
    protected abstract Task RoundAsync(CancellationToken stopping);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(first, clock);
        // The token stops the timer instead of the wait: to be stopped is no failure of this service.
        await using var stop = stoppingToken.Register(timer.Dispose);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            timer.Period = every;
            await RoundAsync(stoppingToken);
        }
    }
}
