using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Abstractions.Audit;

/// <summary>
/// Counts by the minute what the audit trail is to tell of: up to a limit each by itself, and what goes beyond as one sum when the minute is over or its
/// owner stops. Memory is bounded; of a key beyond that many in one minute each is told by itself: slower, and nothing is lost.
/// </summary>
/// <typeparam name="TKey">What has a limit of its own.</typeparam>
/// <typeparam name="TAbout">What the sum is told with: that of the last one counted.</typeparam>
public sealed class MinuteTally<TKey, TAbout> : IAsyncDisposable where TKey : notnull
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly int _listedMax;
    private readonly int _keysMax;
    private readonly Func<TAbout, int, Task> _tellSum;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private Dictionary<TKey, Tally> _tallies = [];
    private long _minute;

    /// <param name="listedMax">How many of one key are told by themselves in a minute.</param>
    /// <param name="keysMax">How many keys are counted in a minute.</param>
    /// <param name="tellSum">Told what goes beyond, and how often that was. What it throws is logged: whom it concerns was answered long ago.</param>
    public MinuteTally(int listedMax, int keysMax, Func<TAbout, int, Task> tellSum, TimeProvider clock, ILogger log)
    {
        (_listedMax, _keysMax, _tellSum, _clock, _log) = (listedMax, keysMax, tellSum, clock, log);
        _minute = MinuteNow();
        _timer = clock.CreateTimer(_ => _ = CloseAsync(), null, Minute, Minute);
    }

    private readonly record struct Tally(TAbout About, int Count);

    /// <summary>Counts one; answers whether it is to be told by itself. The sums of a minute that is over are told before.</summary>
    public async ValueTask<bool> IsListedAsync(TKey key, TAbout about)
    {
        if (MinuteNow() != Volatile.Read(ref _minute)) await CloseAsync();
        lock (_lock)
        {
            var isCounted = _tallies.TryGetValue(key, out var tally);
            if (!isCounted && _tallies.Count >= _keysMax) return true;
            _tallies[key] = new Tally(about, tally.Count + 1);
            return tally.Count < _listedMax;
        }
    }

    /// <summary>Tells the sums so far and begins to count anew.</summary>
    public async Task CloseAsync()
    {
        Dictionary<TKey, Tally> closed;
        lock (_lock)
        {
            (closed, _tallies) = (_tallies, []);
            _minute = MinuteNow();
        }
        foreach (var tally in closed.Values)
            if (tally.Count > _listedMax)
                await TellAsync(tally.About, tally.Count - _listedMax);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private async Task TellAsync(TAbout about, int count)
    {
        try
        {
            await _tellSum(about, count);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            _log.LogError(failure, "The audit trail did not take the sum of {Count} of {About}", count, about);
        }
    }

    private long MinuteNow() => _clock.GetUtcNow().Ticks / Minute.Ticks;
}
