using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// When the writer waits for company. A commit costs the same for one item as for a thousand, so under load what arrives
/// during one commit makes the next batch and there is nothing to wait for. Only beside a busy core or a slow disk do many senders
/// and tiny batches feed each other: each commit wakes a few senders, whose answers arrive one by one. The rule: wait
/// <c>gatherMs</c> when the last batches were small, of more than one sender's making, and a round of the writer takes at least as
/// long as that wait anyway. A lone sender, and a machine whose commits are quicker than the wait, are never held up. It is off
/// unless it is set: on a quick disk it did not pay.
/// </summary>
internal sealed class GatherRule(int gatherMs)
{
    /// <summary>Batches below this mean are worth holding back, above <see cref="ItemsMin"/> only.</summary>
    public const double ItemsMax = 24;

    /// <summary>A mean near one is a lone sender.</summary>
    public const double ItemsMin = 1.5;

    /// <summary>Rounds that take longer are waits for work, not for the machine.</summary>
    public const double RoundSecondsMax = 0.02;

    private const double Weight = 1.0 / 16;

    private readonly int _gatherMs = Math.Min(gatherMs, Limits.StoreGatherMsMax);
    private double _items;
    private double _seconds = 1;

    /// <summary>How long to wait before the next batch is taken, in milliseconds.</summary>
    public int WaitMs =>
        _items is > ItemsMin and < ItemsMax && _seconds * 1000 >= _gatherMs && _seconds < RoundSecondsMax ? _gatherMs : 0;

    /// <summary>Notes a batch and the seconds since the one before it, this rule's own wait not counted.</summary>
    public void Note(int items, double seconds)
    {
        _items += Weight * (items - _items);
        _seconds += Weight * (Math.Clamp(seconds, 0.000_001, 1) - _seconds);
    }
}
