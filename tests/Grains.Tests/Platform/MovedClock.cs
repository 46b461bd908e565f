using System.Collections.Concurrent;

namespace Bailiwick.Grains.Tests.Platform;

/// <summary>A clock that tests move forward, and beside it what they let work take; timers run by the real one unless a test ends them.</summary>
internal sealed class MovedClock : TimeProvider
{
    private readonly ConcurrentDictionary<LongTimer, bool> _long = new();
    private long _ahead;
    private long _elapsed;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _elapsed);

    /// <summary>What is under way has taken so much longer; it does not get later by it.</summary>
    public void LetElapse(TimeSpan more) => Interlocked.Add(ref _elapsed, (long)(more.TotalSeconds * TimestampFrequency));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    /// <summary>Whatever was to happen after exactly this time, of a minute or more, happens now.</summary>
    public void EndWaits(TimeSpan of)
    {
        foreach (var timer in _long.Keys) timer.EndIf(of);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LongTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>A timer that the clock knows of while it is set to a minute or more.</summary>
    private sealed class LongTimer(MovedClock clock, TimerCallback callback, object? state) : ITimer
    {
        private readonly ITimer _inner = System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        private TimeSpan _due;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _due = dueTime;
            if (dueTime >= TimeSpan.FromMinutes(1)) clock._long[this] = true;
            else clock._long.TryRemove(this, out _);
            return _inner.Change(dueTime, period);
        }

        public void EndIf(TimeSpan of)
        {
            if (_due == of && clock._long.TryRemove(this, out _)) callback(state);
        }

        public void Dispose()
        {
            clock._long.TryRemove(this, out _);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            clock._long.TryRemove(this, out _);
            return _inner.DisposeAsync();
        }
    }
}
