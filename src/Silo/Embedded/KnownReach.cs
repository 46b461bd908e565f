using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// What walks down from grants have met, kept until a link changes, of any tenant: who turns the pages of a list walks once. Nothing else can change it: an
/// object that is made has no link, and one that is deleted takes its links with it in the same commit.
/// </summary>
/// <remarks>
/// What is kept under a moment was read from a snapshot of that moment, and is told only to whoever's snapshot is of the same. The writer counts before a
/// commit that moves links and after it: so a snapshot with the same even number before and behind it has such a commit whole or not at all.
/// </remarks>
internal sealed class KnownReach
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Start, Runs?> _known = [];
    // Odd while a commit is under way.
    private long _changes;
    private long _changesOfKnown;
    private int _weight;

    /// <summary>For the writer alone, before a commit that makes or removes rows of links.</summary>
    public void BeginChange() => Interlocked.Increment(ref _changes);

    /// <summary>For the writer alone, when the commit is durable. Of one that failed nobody knows what it left: then nothing is kept in this session any more.</summary>
    public void EndChange() => Interlocked.Increment(ref _changes);

    /// <summary>A snapshot, and of which moment it is; of none when links moved while it was taken.</summary>
    public (T Snapshot, long? Moment) Take<T>(Func<T> snapshot)
    {
        var before = Interlocked.Read(ref _changes);
        var taken = snapshot();
        return (taken, (before & 1) == 0 && Interlocked.Read(ref _changes) == before ? before : null);
    }

    /// <param name="met">What the walk met; null when that was too much.</param>
    public bool TryGet(Start from, long moment, out Runs? met)
    {
        met = null;
        lock (_lock) return _changesOfKnown == moment && _known.TryGetValue(from, out met);
    }

    public void Keep(Start from, long moment, Runs? met)
    {
        var weight = from.Weight + (met?.Weight ?? 0);
        if (weight > Limits.ReachKept) return;
        lock (_lock)
        {
            // An older moment does not come again.
            if (moment < _changesOfKnown) return;
            if (moment > _changesOfKnown || _weight + weight > Limits.ReachKept)
            {
                _known.Clear();
                (_changesOfKnown, _weight) = (moment, 0);
            }
            if (_known.TryAdd(from, met)) _weight += weight;
        }
    }

    /// <summary>Where a walk starts: the objects below which all shows, and those below which a part does.</summary>
    /// <param name="most">How much it may meet.</param>
    public readonly struct Start(TenantId tenant, IEnumerable<long> whole, IEnumerable<long> partly, int most) : IEquatable<Start>
    {
        private readonly TenantId _tenant = tenant;
        private readonly int _most = most;
        // No object has the number 0.
        private readonly long[] _ids = [.. whole.Order(), 0, .. partly.Order()];

        public int Weight => _ids.Length;

        public bool Equals(Start other) => _most == other._most && _tenant == other._tenant && _ids.AsSpan().SequenceEqual(other._ids);

        public override bool Equals(object? obj) => obj is Start other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(_tenant);
            foreach (var id in _ids) hash.Add(id);
            return hash.ToHashCode();
        }
    }

    /// <summary>The starts of the runs of children below what a walk has met: below what shows whole, and below what shows in part.</summary>
    public sealed record Runs(IReadOnlyList<RunStart> Whole, IReadOnlyList<RunStart> Partly)
    {
        public int Weight => Whole.Count + Partly.Count;
    }
}

/// <summary>The first children of one object and kind, ascending.</summary>
/// <param name="Ids">A full array is one of which there may be more; it is shared, and never written to again.</param>
internal readonly record struct RunStart(long Parent, ChildKind Kind, long[] Ids, int Count);
