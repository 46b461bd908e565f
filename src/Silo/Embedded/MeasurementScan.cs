using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Finds measurements of many sources in order of time, then id. Rows lie by source, so a page takes the first rows of each
/// source and keeps the best in a bounded heap; a source is left once its rows come after the worst kept. Keys are all it
/// keeps. A page so deep that its end does not fit is reached in several rounds, each beginning where the last one ended.
/// </summary>
internal sealed class MeasurementScan : IDisposable
{
    private readonly TenantId _tenant;
    private readonly ShownSources _shown;
    private readonly MeasurementFilter _filter;
    private readonly long _fromMs;
    private readonly long _toMs;
    private readonly Cursor _cursor;
    private readonly Comparer<MeasurementId> _order;
    private readonly bool _isNewestFirst;
    private readonly byte[] _key;

    /// <param name="shown">The sources that may show, and what of them.</param>
    public MeasurementScan(RocksSession session, TenantId tenant, ShownSources shown, MeasurementQuery query)
    {
        _tenant = tenant;
        _shown = shown;
        _filter = new MeasurementFilter(query);
        _fromMs = Math.Max(query.FromMs ?? 0, 0);
        _toMs = query.ToMs ?? long.MaxValue;
        _isNewestFirst = query.NewestFirst;
        _order = Comparer<MeasurementId>.Create(_isNewestFirst ? static (a, b) => Compare(b, a) : Compare);
        _cursor = Cursor.Over(session, Family.Measurements, KeySpace.Tenant(tenant));
        _key = new byte[KeySpace.MeasurementKeyBytes(tenant)];
    }

    public void Dispose() => _cursor.Dispose();

    /// <param name="rowsMax">How many keys one round keeps.</param>
    public Page<Measurement> Page(PageRequest page, int rowsMax)
    {
        var skip = page.Skip;
        var wanted = new List<MeasurementId>(page.Size + 1);
        MeasurementId? after = null;
        var total = 0L;
        // The first round counts all when a total is asked for; the others begin behind what was passed over.
        for (var isCounting = page.WithTotal; ; isCounting = false)
        {
            var round = (int)Math.Min(skip + page.Size + 1 - wanted.Count, rowsMax);
            var found = Best(after, round, isCounting, ref total);
            foreach (var id in found)
                if (skip > 0) skip--;
                else wanted.Add(id);
            if (found.Count < round || wanted.Count > page.Size) break;
            after = found[^1];
        }
        var hasMore = wanted.Count > page.Size;
        if (hasMore) wanted.RemoveAt(page.Size);
        return new Page<Measurement>([.. wanted.Select(Load)], hasMore, page.WithTotal ? total : null);
    }

    /// <summary>The ids that the query names, of at most this many rows and behind <paramref name="after"/>, in order of their keys.</summary>
    public List<MeasurementId> InKeyOrder(int count, MeasurementId? after)
    {
        var found = new List<MeasurementId>();
        for (var source = NextSource(after?.Source.Value ?? 1); source is { } at && found.Count < count; source = NextSource(at + 1))
        {
            var coverage = _shown.Of(at);
            var isFirst = after is { } last && last.Source.Value == at;
            for (var isThere = isFirst ? SeekTo(after!.Value with { Sequence = after.Value.Sequence + 1 }) : SeekTo(At(at, _fromMs, 0));
                isThere && found.Count < count; isThere = _cursor.Next())
            {
                var id = KeySpace.MeasurementOf(_cursor.Key);
                if (id.Source.Value != at || id.TimeMs > _toMs) break;
                if (Shows(id, coverage)) found.Add(id);
            }
        }
        return found;
    }

    /// <summary>The next rows of one source behind <paramref name="after"/>, in the query's order; none at the end.</summary>
    public List<Measurement> Some(long source, MeasurementId? after, int rowsMax, int bytesMax)
    {
        var (rows, bytes) = (new List<Measurement>(), 0L);
        for (var isThere = Begin(source, after); isThere && rows.Count < rowsMax && bytes < bytesMax; isThere = _isNewestFirst ? _cursor.Back() : _cursor.Next())
        {
            var id = KeySpace.MeasurementOf(_cursor.Key);
            if (id.Source.Value != source || (_isNewestFirst ? id.TimeMs < _fromMs : id.TimeMs > _toMs)) break;
            if (!_filter.Admits(_cursor.Value)) continue;
            bytes += _cursor.Value.Length;
            rows.Add(MeasurementRecord.Read(id, _cursor.Value));
        }
        return rows;
    }

    /// <summary>The first <paramref name="count"/> rows of the query behind <paramref name="after"/>, in the query's order.</summary>
    private List<MeasurementId> Best(MeasurementId? after, int count, bool isCounting, ref long total)
    {
        // The heap's head is the worst of those kept.
        var heap = new PriorityQueue<MeasurementId, MeasurementId>(Comparer<MeasurementId>.Create((a, b) => _order.Compare(b, a)));
        for (var source = NextSource(1); source is { } at; source = NextSource(at + 1))
        {
            var coverage = _shown.Of(at);
            for (var isThere = Begin(at, after); isThere; isThere = _isNewestFirst ? _cursor.Back() : _cursor.Next())
            {
                var id = KeySpace.MeasurementOf(_cursor.Key);
                if (id.Source.Value != at || (_isNewestFirst ? id.TimeMs < _fromMs : id.TimeMs > _toMs)) break;
                var isKept = heap.Count < count || _order.Compare(id, heap.Peek()) < 0;
                if (!isKept && !isCounting) break;
                if (!Shows(id, coverage)) continue;
                total += isCounting ? 1 : 0;
                if (!isKept) continue;
                if (heap.Count < count) heap.Enqueue(id, id);
                else heap.EnqueueDequeue(id, id);
            }
        }
        var best = new List<MeasurementId>(heap.Count);
        while (heap.TryDequeue(out var id, out _)) best.Add(id);
        best.Reverse();
        return best;
    }

    /// <summary>Goes to a source's first row in the query's order that is not before <paramref name="after"/>'s follower.</summary>
    private bool Begin(long source, MeasurementId? after)
    {
        if (!_isNewestFirst)
        {
            var first = At(source, _fromMs, 0);
            if (after is { } last && Compare(first, last) <= 0) first = Following(source, last);
            return SeekTo(first);
        }
        var latest = At(source, _toMs, long.MaxValue);
        if (after is { } end && Compare(latest, end) >= 0) latest = Preceding(source, end);
        return latest.TimeMs >= 0 && SeekBackTo(latest);
    }

    // The first key of a source that comes after a given row in (time, source, sequence).
    private static MeasurementId Following(long source, in MeasurementId last) =>
        source > last.Source.Value ? At(source, last.TimeMs, 0)
        : source == last.Source.Value ? last with { Sequence = last.Sequence + 1 }
        : At(source, last.TimeMs + 1, 0);

    private static MeasurementId Preceding(long source, in MeasurementId last) =>
        source < last.Source.Value ? At(source, last.TimeMs, long.MaxValue)
        : source == last.Source.Value ? last with { Sequence = last.Sequence - 1 }
        : At(source, last.TimeMs - 1, long.MaxValue);

    /// <summary>The first source from this number on of which anything may show and, where they are not told one by one, that has rows.</summary>
    private long? NextSource(long from)
    {
        for (var source = FirstSource(from); source is { } at; source = FirstSource(at + 1))
            if (!_shown.Of(at).IsNone)
                return at;
        return null;
    }

    private long? FirstSource(long from)
    {
        // Behind the highest number there is none: the next has come round to below zero.
        if (from < 0) return null;
        if (_shown.Ids is { } sources)
        {
            var at = Array.BinarySearch(sources, from);
            if (at < 0) at = ~at;
            return at < sources.Length ? sources[at] : null;
        }
        return SeekTo(At(from, 0, 0)) ? KeySpace.MeasurementOf(_cursor.Key).Source.Value : null;
    }

    // Where parts show, the query asks of what shows: it must not tell of what is left out.
    private bool Shows(in MeasurementId id, in Coverage coverage)
    {
        if (!_filter.Admits(_cursor.Value)) return false;
        if (coverage.IsWhole) return true;
        var measurement = MeasurementRecord.Read(id, _cursor.Value);
        return _shown.ShowsParts ? measurement.CutTo(coverage) is { } part && _filter.AdmitsMembers(part.Members) : coverage.Covers(measurement);
    }

    private Measurement Load(MeasurementId id)
    {
        Check.That(SeekTo(id));
        var measurement = MeasurementRecord.Read(id, _cursor.Value);
        return _shown.ShowsParts ? measurement.CutTo(_shown.Of(id.Source.Value))! : measurement;
    }

    private bool SeekTo(in MeasurementId id)
    {
        KeySpace.Measurement(_key, _tenant, id);
        return _cursor.Seek(_key);
    }

    private bool SeekBackTo(in MeasurementId id)
    {
        KeySpace.Measurement(_key, _tenant, id);
        return _cursor.SeekBack(_key);
    }

    private static MeasurementId At(long source, long timeMs, long sequence) => new(new ObjectId(source), timeMs, sequence);

    private static int Compare(MeasurementId a, MeasurementId b)
    {
        var byTime = a.TimeMs.CompareTo(b.TimeMs);
        if (byTime != 0) return byTime;
        var bySource = a.Source.CompareTo(b.Source);
        return bySource != 0 ? bySource : a.Sequence.CompareTo(b.Sequence);
    }
}
