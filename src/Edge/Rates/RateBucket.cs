namespace Bailiwick.Edge.Rates;

/// <summary>How many messages a second, and what that is by a clock of some ticks a second.</summary>
/// <remarks>A bucket holds one second's worth: whoever was quiet may send as much at once.</remarks>
internal readonly record struct Rate(int MessagesPerSecond, long TicksPerSecond)
{
    public bool IsLimited => MessagesPerSecond > 0;

    public long Cost(int messages) => messages * (TicksPerSecond / MessagesPerSecond);
}

/// <summary>
/// A token bucket as one moment: until when its owner has had its messages already. Behind now, there is room; ahead of it, the owner is in debt by
/// so much time. A charge is one compare-and-swap, so that the connections of a tenant do not wait for each other.
/// </summary>
internal sealed class RateBucket
{
    private long _hadUntil = long.MinValue;
    private long _toldAt = long.MinValue;

    /// <summary>Ticks until the debt is paid; 0 or less when there is none.</summary>
    public long Debt(long now) => Volatile.Read(ref _hadUntil) is var until && until <= now ? 0 : until - now;

    /// <summary>Whether it is as full as one that nobody has used.</summary>
    public bool IsFull(in Rate rate, long now) => Volatile.Read(ref _hadUntil) <= now - rate.TicksPerSecond;

    /// <summary>Takes messages that have come and answers the debt after them, in ticks. More than the largest debt is not remembered.</summary>
    public long Charge(in Rate rate, int messages, long now, long debtMax)
    {
        var before = Volatile.Read(ref _hadUntil);
        while (true)
        {
            var after = Math.Max(before, now - rate.TicksPerSecond) + rate.Cost(messages);
            var seen = Interlocked.CompareExchange(ref _hadUntil, Math.Min(after, now + debtMax), before);
            if (seen == before) return Math.Max(0, after - now);
            before = seen;
        }
    }

    /// <summary>True once in an interval: whoever gets it may write a line.</summary>
    public bool MayTell(long now, long interval)
    {
        var before = Volatile.Read(ref _toldAt);
        return (before == long.MinValue || now - before >= interval) && Interlocked.CompareExchange(ref _toldAt, now, before) == before;
    }
}
