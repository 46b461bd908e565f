using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Finds operations of many devices in order of creation. Rows lie by device, so a page takes the first rows of each device and keeps
/// the best in a bounded heap; a device is left once its rows come after the worst kept. A query for open operations walks the index of
/// those, which has the same order, and any other the operations themselves. A page so deep that its end does not fit is
/// reached in several rounds.
/// </summary>
internal sealed class OperationScan : IDisposable
{
    private readonly RocksSession _session;
    private readonly TenantId _tenant;
    private readonly ShownSources _shown;
    private readonly OperationFilter _filter;
    private readonly bool _needsValue;
    private readonly bool _isOfIndex;
    private readonly long _fromMs;
    private readonly long _toMs;
    private readonly bool _isNewestFirst;
    private readonly OperationId? _after;
    private readonly byte[] _prefix;
    private readonly ReadOptions _asOfSnapshot;
    private readonly Cursor _cursor;
    private readonly Comparer<OperationId> _order;

    /// <param name="shown">The devices that may show, and what of them.</param>
    public OperationScan(RocksSession session, Snapshot snapshot, TenantId tenant, ShownSources shown, OperationQuery query)
    {
        (_session, _tenant, _shown) = (session, tenant, shown);
        _isOfIndex = query.Status is { } status && status.IsOpen();
        _filter = new OperationFilter(_isOfIndex ? null : query.Status, query.FragmentType);
        _needsValue = query.FragmentType is not null || (query.Status is not null && !_isOfIndex);
        _fromMs = Math.Max(query.FromMs ?? 0, 0);
        _toMs = query.ToMs ?? long.MaxValue;
        _isNewestFirst = query.NewestFirst;
        _after = query.After;
        _prefix = _isOfIndex ? KeySpace.OpenOperations(tenant, query.Status!.Value) : KeySpace.Tenant(tenant);
        _asOfSnapshot = new ReadOptions().SetSnapshot(snapshot);
        _cursor = Cursor.Over(session, _isOfIndex ? Family.OperationIndex : Family.Operations, _prefix, snapshot);
        _order = Comparer<OperationId>.Create(_isNewestFirst ? static (a, b) => Compare(b, a) : Compare);
    }

    public void Dispose() => _cursor.Dispose();

    /// <param name="rowsMax">How many keys one round keeps.</param>
    public Page<Operation> Page(PageRequest page, int rowsMax)
    {
        var skip = page.Skip;
        var wanted = new List<OperationId>(Math.Min(page.Size, Limits.PageSizeMax) + 1);
        var after = _after;
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
        return new Page<Operation>([.. wanted.Select(id => OperationRecord.Read(id, Value(id)))], hasMore, page.WithTotal ? total : null);
    }

    /// <summary>The first <paramref name="count"/> rows of the query behind <paramref name="after"/>, in the query's order.</summary>
    private List<OperationId> Best(OperationId? after, int count, bool isCounting, ref long total)
    {
        // The heap's head is the worst of those kept.
        var heap = new PriorityQueue<OperationId, OperationId>(Comparer<OperationId>.Create((a, b) => _order.Compare(b, a)));
        for (var device = NextDevice(1); device is { } at; device = NextDevice(at + 1))
        {
            var coverage = _shown.Of(at);
            for (var isThere = Begin(at, after); isThere; isThere = _isNewestFirst ? _cursor.Back() : _cursor.Next())
            {
                var id = KeySpace.OperationOf(_cursor.Key);
                if (id.Device.Value != at || (_isNewestFirst ? id.CreationMs < _fromMs : id.CreationMs > _toMs)) break;
                var isKept = heap.Count < count || _order.Compare(id, heap.Peek()) < 0;
                if (!isKept && !isCounting) break;
                if ((_needsValue || !coverage.IsWhole) && !Admits(id, _isOfIndex ? Value(id) : _cursor.Value, coverage)) continue;
                total += isCounting ? 1 : 0;
                if (!isKept) continue;
                if (heap.Count < count) heap.Enqueue(id, id);
                else heap.EnqueueDequeue(id, id);
            }
        }
        var best = new List<OperationId>(heap.Count);
        while (heap.TryDequeue(out var id, out _)) best.Add(id);
        best.Reverse();
        return best;
    }

    /// <summary>Goes to a device's first row in the query's order that comes behind <paramref name="after"/>.</summary>
    private bool Begin(long device, OperationId? after)
    {
        if (!_isNewestFirst)
        {
            var first = At(device, _fromMs, 0);
            if (after is { } last && Compare(first, last) <= 0) first = At(device, last.CreationMs, last.Sequence + 1);
            return _cursor.Seek(Key(first));
        }
        var latest = At(device, _toMs, long.MaxValue);
        if (after is { } end && Compare(latest, end) >= 0) latest = At(device, end.CreationMs, end.Sequence - 1);
        return latest.CreationMs >= 0 && _cursor.SeekBack(Key(latest));
    }

    private bool Admits(in OperationId id, ReadOnlySpan<byte> value, in Coverage coverage) =>
        (!_needsValue || _filter.Admits(value)) && (coverage.IsWhole || coverage.Covers(OperationRecord.Read(id, value).Fragments));

    /// <summary>The first device from this number on of which anything may show and, where they are not told one by one, that has rows.</summary>
    private long? NextDevice(long from)
    {
        for (var device = FirstDevice(from); device is { } at; device = FirstDevice(at + 1))
            if (!_shown.Of(at).IsNone)
                return at;
        return null;
    }

    private long? FirstDevice(long from)
    {
        // Behind the highest number there is none: the next has come round to below zero.
        if (from < 0) return null;
        if (_shown.Ids is { } devices)
        {
            var at = Array.BinarySearch(devices, from);
            if (at < 0) at = ~at;
            return at < devices.Length ? devices[at] : null;
        }
        return _cursor.Seek(Key(At(from, 0, 0))) ? KeySpace.OperationOf(_cursor.Key).Device.Value : null;
    }

    /// <summary>The stored value of a row; an index row without one is damage.</summary>
    private byte[] Value(in OperationId id)
    {
        var value = _session.Get(Family.Operations, KeySpace.Operation(_tenant, id), _asOfSnapshot)
            ?? throw new InvalidDataException($"Operation {_tenant}/{id} has an index row and no document");
        GC.KeepAlive(_asOfSnapshot);
        return value;
    }

    private byte[] Key(in OperationId id) => KeySpace.OperationBelow(_prefix, id);

    private static OperationId At(long device, long creationMs, long sequence) => new(new ObjectId(device), creationMs, sequence);

    private static int Compare(OperationId a, OperationId b)
    {
        var byTime = a.CreationMs.CompareTo(b.CreationMs);
        return byTime != 0 ? byTime : a.Sequence.CompareTo(b.Sequence);
    }
}
