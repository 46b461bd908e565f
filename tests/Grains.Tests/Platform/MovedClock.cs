namespace Bailiwick.Grains.Tests.Platform;

/// <summary>A clock that tests move forward, and beside it what they let work take; timers run by the real one.</summary>
internal sealed class MovedClock : TimeProvider
{
    private long _ahead;
    private long _elapsed;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _elapsed);

    /// <summary>What is under way has taken so much longer; it does not get later by it.</summary>
    public void LetElapse(TimeSpan more) => Interlocked.Add(ref _elapsed, (long)(more.TotalSeconds * TimestampFrequency));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
