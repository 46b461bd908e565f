namespace Bailiwick.Silo.Memory;

/// <summary>
/// When memory is worth giving back: once after each rush that was large enough, and where the heap is small enough that going through all of it holds
/// nobody up for long. In a heap beyond that, what one rush leaves is a small part.
/// </summary>
internal sealed class RestRule
{
    /// <summary>A process that allocates more than this from one look to the next is at work.</summary>
    public const long QuietBytes = 4L << 20;

    /// <summary>What a process has to have allocated at work.</summary>
    public const long RushBytes = 16L << 20;

    /// <summary>The largest heap that is gone through: everyone waits for that, some 0.25 s on a small machine.</summary>
    public const long HeapBytesMax = 256L << 20;

    private long _seen;
    private long _atWork;

    /// <summary>Asked at every look.</summary>
    /// <param name="allocated">Bytes that the process ever allocated.</param>
    /// <param name="inUse">Bytes of its heap that are not free.</param>
    public bool IsDue(long allocated, long inUse)
    {
        var since = allocated - _seen;
        _seen = allocated;
        if (since > QuietBytes) _atWork += since;
        return since <= QuietBytes && _atWork >= RushBytes && inUse <= HeapBytesMax;
    }

    /// <summary>Told when memory was given back.</summary>
    public void Rested() => _atWork = 0;
}
