using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Telemetry;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>The two runs of rows in which places stand.</summary>
/// <param name="BySource">What keys of source, time, sequence begin with.</param>
/// <param name="ByTime">What keys of time, source, sequence begin with.</param>
/// <param name="HasFirst">Whether an alarm's first occurrence ends the keys.</param>
internal sealed record PlaceIndex(Family Family, byte[] BySource, byte[] ByTime, bool HasFirst);

/// <summary>
/// Finds rows in order of time, source and sequence. Of a whole tenant it walks the rows by time and reads what it answers. Of some
/// sources it takes the first rows of each and keeps the best in a bounded heap; a source is left once its rows come after the worst kept. A
/// page so deep that its end does not fit is reached in several rounds, each beginning where the last one ended.
/// </summary>
internal sealed class PlaceScan : IDisposable
{
    private readonly long[]? _sources;
    private readonly long _fromMs;
    private readonly long _toMs;
    private readonly bool _isNewestFirst;
    private readonly bool _hasFirst;
    private readonly Predicate<Place>? _admits;
    private readonly Cursor _cursor;
    private readonly int _prefixBytes;
    private readonly byte[] _key;

    /// <param name="sources">The sources that may show, distinct; null for all of the tenant's.</param>
    /// <param name="admits">Looks at the row itself; null where keys decide.</param>
    public PlaceScan(
        RocksSession session, Snapshot snapshot, PlaceIndex index, long[]? sources, Within time, bool isNewestFirst, Predicate<Place>? admits)
    {
        (_sources, _isNewestFirst, _hasFirst, _admits) = (sources, isNewestFirst, index.HasFirst, admits);
        (_fromMs, _toMs) = (Math.Max(time.FromMs ?? 0, 0), time.ToMs ?? long.MaxValue);
        var prefix = sources is null ? index.ByTime : index.BySource;
        _prefixBytes = prefix.Length;
        _key = [.. prefix, .. new byte[index.HasFirst ? 32 : 24]];
        _cursor = Cursor.Over(session, index.Family, prefix, snapshot);
    }

    public void Dispose() => _cursor.Dispose();

    /// <param name="rowsMax">How many places one round keeps.</param>
    public Page<Place> Page(PageRequest page, int rowsMax)
    {
        var skip = page.Skip;
        var wanted = new List<Place>();
        Place? after = null;
        var total = 0L;
        // The first round counts all when a total is asked for; the others begin behind what was passed over.
        for (var isCounting = page.WithTotal; ; isCounting = false)
        {
            var round = (int)Math.Min(skip + page.Size + 1 - wanted.Count, rowsMax);
            var found = Round(after, round, isCounting, ref total);
            foreach (var place in found)
                if (skip > 0) skip--;
                else wanted.Add(place);
            if (found.Count < round || wanted.Count > page.Size) break;
            after = found[^1];
        }
        var hasMore = wanted.Count > page.Size;
        if (hasMore) wanted.RemoveAt(page.Size);
        return new Page<Place>(wanted, hasMore, page.WithTotal ? total : null);
    }

    /// <summary>The first <paramref name="count"/> places behind <paramref name="after"/>.</summary>
    public List<Place> Next(Place? after, int count)
    {
        var total = 0L;
        return Round(after, count, isCounting: false, ref total);
    }

    // No row is from before 1970, and keys hold no number below 0.
    private List<Place> Round(Place? after, int count, bool isCounting, ref long total) =>
        _toMs < _fromMs ? []
        : _sources is null ? ByTime(after, count, isCounting, ref total)
        : BySource(_sources, after, count, isCounting, ref total);

    private List<Place> ByTime(Place? after, int count, bool isCounting, ref long total)
    {
        var found = new List<Place>();
        var isThere = _isNewestFirst
            ? SeekBack(Before(after) ?? new Place(_toMs, long.MaxValue, long.MaxValue))
            : Seek(Behind(after) ?? new Place(_fromMs, 0, 0));
        for (; isThere && (isCounting || found.Count < count); isThere = Step())
        {
            var place = Current();
            if (IsOut(place)) break;
            if (_admits is not null && !_admits(place)) continue;
            total += isCounting ? 1 : 0;
            if (found.Count < count) found.Add(place);
        }
        return found;
    }

    private List<Place> BySource(long[] sources, Place? after, int count, bool isCounting, ref long total)
    {
        // The heap's head is the worst of those kept.
        var heap = new PriorityQueue<Place, Place>(Comparer<Place>.Create((a, b) => Compare(b, a)));
        foreach (var source in sources)
        {
            for (var isThere = Begin(source, after); isThere; isThere = Step())
            {
                var place = Current();
                if (place.Source != source || IsOut(place)) break;
                var isKept = heap.Count < count || Compare(place, heap.Peek()) < 0;
                if (!isKept && !isCounting) break;
                if (_admits is not null && !_admits(place)) continue;
                total += isCounting ? 1 : 0;
                if (!isKept) continue;
                if (heap.Count < count) heap.Enqueue(place, place);
                else heap.EnqueueDequeue(place, place);
            }
        }
        var best = new List<Place>(heap.Count);
        while (heap.TryDequeue(out var place, out _)) best.Add(place);
        best.Reverse();
        return best;
    }

    /// <summary>Goes to a source's first row in the query's order that is within its time and behind <paramref name="after"/>.</summary>
    private bool Begin(long source, Place? after)
    {
        if (_isNewestFirst)
        {
            var latest = new Place(_toMs, source, long.MaxValue);
            if (after is { } last && latest.CompareTo(last) >= 0)
                latest = source < last.Source ? new Place(last.TimeMs, source, long.MaxValue)
                    : source == last.Source ? last with { Sequence = last.Sequence - 1 }
                    : new Place(last.TimeMs - 1, source, long.MaxValue);
            return latest.TimeMs >= 0 && SeekBack(latest);
        }
        var first = new Place(_fromMs, source, 0);
        if (after is { } before && first.CompareTo(before) <= 0)
            first = source > before.Source ? new Place(before.TimeMs, source, 0)
                : source == before.Source ? before with { Sequence = before.Sequence + 1 }
                : new Place(before.TimeMs + 1, source, 0);
        return Seek(first);
    }

    // Sequence numbers begin at 1, so that there is always one below.
    private static Place? Before(Place? place) => place is { } at ? at with { Sequence = at.Sequence - 1 } : null;

    private static Place? Behind(Place? place) => place is { } at ? at with { Sequence = at.Sequence + 1 } : null;

    private bool IsOut(in Place place) => _isNewestFirst ? place.TimeMs < _fromMs : place.TimeMs > _toMs;

    private int Compare(Place a, Place b) => _isNewestFirst ? b.CompareTo(a) : a.CompareTo(b);

    private bool Step() => _isNewestFirst ? _cursor.Back() : _cursor.Next();

    private bool Seek(in Place place) => _cursor.Seek(KeyOf(place with { FirstMs = 0 }));

    private bool SeekBack(in Place place) => _cursor.SeekBack(KeyOf(place with { FirstMs = long.MaxValue }));

    private byte[] KeyOf(in Place place)
    {
        var tail = _key.AsSpan(_prefixBytes);
        BinaryPrimitives.WriteInt64BigEndian(tail, _sources is null ? place.TimeMs : place.Source);
        BinaryPrimitives.WriteInt64BigEndian(tail[8..], _sources is null ? place.Source : place.TimeMs);
        BinaryPrimitives.WriteInt64BigEndian(tail[16..], place.Sequence);
        if (_hasFirst) BinaryPrimitives.WriteInt64BigEndian(tail[24..], place.FirstMs);
        return _key;
    }

    private Place Current()
    {
        var tail = _cursor.Key[_prefixBytes..];
        var (first, second) = (BinaryPrimitives.ReadInt64BigEndian(tail), BinaryPrimitives.ReadInt64BigEndian(tail[8..]));
        return new Place(
            _sources is null ? first : second, _sources is null ? second : first, BinaryPrimitives.ReadInt64BigEndian(tail[16..]),
            _hasFirst ? BinaryPrimitives.ReadInt64BigEndian(tail[24..]) : 0);
    }
}
