using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// What walks down from grants have met, kept until a link changes or an object goes, of any tenant: who turns the pages of a list walks once. Nothing else can
/// change it: an object that is made has an id that nobody was granted anything on, and no link.
/// </summary>
/// <remarks>
/// What is kept under a moment was read from a snapshot that was taken at that moment, and is told only to whoever's snapshot is of the same. The writer
/// counts before a commit that moves links and after it: so a snapshot with the same even count before and behind it has none of it half.
/// </remarks>
internal sealed class KnownReach
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Start, Entry> _known = [];
    // Odd while a commit is under way.
    private long _count;
    private long _countOfKnown;
    private int _branches;

    private sealed record Entry(Branches? Branches);

    /// <summary>For the writer alone, before a commit that makes or removes rows of links, or removes objects.</summary>
    public void BeginChange() => Interlocked.Increment(ref _count);

    /// <summary>For the writer alone, when the commit is durable, or is known to have failed.</summary>
    public void EndChange() => Interlocked.Increment(ref _count);

    /// <summary>To be asked before and after a snapshot is taken. When both are the same and <see cref="IsMoment"/>, it is of that moment.</summary>
    public long Count => Interlocked.Read(ref _count);

    public static bool IsMoment(long count) => (count & 1) == 0;

    /// <param name="branches">What the walk met; null when that was too much.</param>
    public bool TryGet(Start from, long moment, out Branches? branches)
    {
        branches = null;
        lock (_lock)
        {
            if (_countOfKnown != moment || !_known.TryGetValue(from, out var entry)) return false;
            branches = entry.Branches;
            return true;
        }
    }

    public void Keep(Start from, long moment, Branches? branches)
    {
        var weight = from.Count + (branches?.Count ?? 0);
        if (weight > Limits.BranchesKept) return;
        lock (_lock)
        {
            // An older moment does not come again.
            if (moment < _countOfKnown) return;
            if (moment > _countOfKnown || _branches + weight > Limits.BranchesKept)
            {
                _known.Clear();
                (_countOfKnown, _branches) = (moment, 0);
            }
            if (_known.TryAdd(from, new Entry(branches))) _branches += weight;
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

        /// <summary>From how many objects, and one more.</summary>
        public int Count => _ids.Length;

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

    /// <summary>The beginnings of what hangs below the objects that a walk has met: of each and kind of link a run, as far as there is any.</summary>
    public sealed record Branches(IReadOnlyList<RunStart> Whole, IReadOnlyList<RunStart> Partly)
    {
        public int Count => Whole.Count + Partly.Count;
    }
}

/// <summary>The first children of one object and kind, ascending.</summary>
/// <param name="Ids">A full array is one of which there may be more; it is shared, and never written to again.</param>
internal readonly record struct RunStart(long Parent, ChildKind Kind, long[] Ids, int Count);
