using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Telemetry;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>Events in RocksDB: the event by source, time and sequence, and a row by time beside it in the same synced batch.</summary>
internal sealed class RocksEventStore(
    RocksStore store, int mergeRowsMax = Limits.StoreMergeRowsMax, int deleteRowsPerCommit = Limits.StoreDeleteRowsPerCommit) : IEventStore, IDisposable
{
    private const int RowBytesGuess = 256;

    private readonly Turns _turns = new();

    public async Task<IReadOnlyList<Event>> AppendAsync(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now)
    {
        if (rows.Count == 0) return [];
        var events = Made(permit, rows, now);
        await store.Writer.CommitAsync(Pack(permit.Tenant, events));
        return events;
    }

    public ValueTask AppendAsync(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now, ICommitSink sink, long sequence) =>
        store.Writer.EnqueueAsync(Pack(permit.Tenant, Made(permit, rows, now)), sink, sequence);

    public ValueTask<Event?> ReadAsync(ReadPermit permit, EventId id) =>
        new(id.Source == permit.Source ? Read(permit.Tenant, id) : null);

    public async Task<Event?> UpdateAsync(WritePermit permit, EventId id, Func<Event, Event> change)
    {
        if (id.Source != permit.Source) return null;
        using var turn = await _turns.AtAsync(id.Source.Value);
        if (Read(permit.Tenant, id) is not { } old) return null;
        var changed = change(old);
        Check.That(changed.Id == id && changed.Time == old.Time && changed.Type == old.Type);
        await store.Writer.CommitAsync(new StoreChange().Put(Family.Events, KeySpace.Event(permit.Tenant, id), ValueOf(changed)));
        return changed;
    }

    public async Task<bool> DeleteAsync(WritePermit permit, EventId id)
    {
        if (id.Source != permit.Source) return false;
        using var turn = await _turns.AtAsync(id.Source.Value);
        if (Read(permit.Tenant, id) is null) return false;
        await store.Writer.CommitAsync(Removing(permit.Tenant, [id]));
        return true;
    }

    public async ValueTask<EventId?> LatestAsync(ReadPermit permit, string type, int rowsMax)
    {
        // What was handed over before counts, and may be on its way still: an empty change comes after it.
        await store.Writer.CommitAsync(new StoreChange());
        return Latest(permit, type, rowsMax);
    }

    private EventId? Latest(ReadPermit permit, string type, int rowsMax)
    {
        var wanted = Encoding.UTF8.GetBytes(type);
        using var session = store.Read();
        using var rows = Cursor.Over(session, Family.Events, KeySpace.EventsOf(permit.Tenant, permit.Source));
        var isThere = rows.Last();
        for (var row = 0; isThere && row < rowsMax; row++, isThere = rows.Back())
            if (EventRecord.TypeOf(rows.Value).SequenceEqual(wanted))
                return IdOf(rows.Key);
        return null;
    }

    public ValueTask<Page<Event>> FindAsync(ListPermit permit, VisibleSources? sources, EventQuery query, PageRequest page)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        using var shown = ShownSources.Of(session, snapshot, permit, sources);
        var view = new View(session, snapshot, permit.Tenant);
        using var scan = view.Scan(shown, query);
        return new(scan.Page(page, mergeRowsMax).Select(view.Load));
    }

    public async Task<long> DeleteAllAsync(WritePermit tenantWide, VisibleSources? sources, EventQuery query)
    {
        Check.That(tenantWide.Source == default);
        var deleted = 0L;
        for (Place? last = null; ;)
        {
            using var turn = await _turns.AtAllAsync();
            var found = Next(tenantWide.Tenant, sources, query, last);
            if (found.Count == 0) return deleted;
            await store.Writer.CommitAsync(Removing(tenantWide.Tenant, found.Select(IdOf)));
            deleted += found.Count;
            last = found[^1];
        }
    }

    public async Task DropSourceAsync(WritePermit permit)
    {
        Check.That(permit.Source != default);
        // Rows that were handed over before and are on their way must be seen: what is queued behind them is committed behind them.
        await store.Writer.CommitAsync(new StoreChange());
        var ofSource = new EventQuery();
        for (Place? last = null; ;)
        {
            using var turn = await _turns.AtAsync(permit.Source.Value);
            var found = Next(permit.Tenant, new VisibleSources([permit.Source]), ofSource, last);
            if (found.Count == 0) return;
            await store.Writer.CommitAsync(Removing(permit.Tenant, found.Select(IdOf)));
            last = found[^1];
        }
    }

    public void Dispose() => _turns.Dispose();

    /// <summary>What one query sees of one tenant.</summary>
    private sealed class View(RocksSession session, Snapshot snapshot, TenantId tenant)
    {
        private readonly ReadOptions _options = new ReadOptions().SetSnapshot(snapshot);

        public PlaceScan Scan(ShownSources shown, EventQuery query)
        {
            var index = new PlaceIndex(Family.Events, KeySpace.Events(tenant, EventRow.Event), KeySpace.Events(tenant, EventRow.ByTime), HasFirst: false);
            return new PlaceScan(session, snapshot, index, shown.Ids, query.Time, !query.OldestFirst,
                shown.IsWhole && query.IsByKeyAlone() ? null : place => Admits(place, shown, query));
        }

        private bool Admits(Place place, ShownSources shown, EventQuery query)
        {
            var coverage = shown.Of(place.Source);
            if (coverage.IsNone) return false;
            if (coverage.IsWhole && query.IsByKeyAlone()) return true;
            var row = Load(place);
            return query.Names(row) && coverage.Covers(row.Fragments);
        }

        /// <summary>The event of a row; one without the other is damage.</summary>
        public Event Load(Place place)
        {
            var id = IdOf(place);
            var value = session.Get(Family.Events, KeySpace.Event(tenant, id), _options) ?? throw new InvalidDataException($"Event {tenant}/{id} has a row by time and is not there");
            GC.KeepAlive(_options);
            return EventRecord.Read(id, value);
        }
    }

    // The session is left before a commit is awaited: the writer may be waiting to close it.
    private List<Place> Next(TenantId tenant, VisibleSources? sources, EventQuery query, Place? after)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        using var scan = new View(session, snapshot, tenant).Scan(ShownSources.Told(sources), query);
        return scan.Next(after, deleteRowsPerCommit);
    }

    private Event? Read(TenantId tenant, EventId id)
    {
        using var session = store.Read();
        return session.Get(Family.Events, KeySpace.Event(tenant, id)) is { } value ? EventRecord.Read(id, value) : null;
    }

    private Event[] Made(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now)
    {
        Check.That(permit.Source != default);
        var first = store.Writer.NextSequence(rows.Count);
        var events = new Event[rows.Count];
        for (var i = 0; i < events.Length; i++)
        {
            var (sent, timeMs) = (rows[i], rows[i].Time.ToUnixTimeMilliseconds());
            Check.That(timeMs >= 0);
            events[i] = new Event(new EventId(permit.Source, timeMs, first + i), sent.Type, sent.Text, StoredTime.Of(sent.Time), now, now, Fragments.None.Merge(sent.Fragments));
        }
        return events;
    }

    private static PackedRows Pack(TenantId tenant, Event[] events)
    {
        var keyBytes = KeySpace.EventKeyBytes(tenant);
        var writer = new RecordWriter(Math.Max(events.Length, 1) * RowBytesGuess);
        foreach (var row in events)
        {
            var at = RowPacking.Begin(ref writer, keyBytes, out var key);
            KeySpace.Event(key, tenant, row.Id);
            EventRecord.Write(ref writer, row);
            RowPacking.End(ref writer, at);
            at = RowPacking.Begin(ref writer, keyBytes, out key);
            KeySpace.EventByTime(key, tenant, row.Id);
            RowPacking.End(ref writer, at);
        }
        var length = writer.Length;
        return new PackedRows(Family.Events, writer.Detach(), length, 2 * events.Length);
    }

    private static byte[] ValueOf(Event row)
    {
        var writer = new RecordWriter(RowBytesGuess);
        try
        {
            EventRecord.Write(ref writer, row);
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static StoreChange Removing(TenantId tenant, IEnumerable<EventId> ids)
    {
        var change = new StoreChange();
        foreach (var id in ids)
            change.Delete(Family.Events, KeySpace.Event(tenant, id)).Delete(Family.Events, KeySpace.EventByTime(tenant, id));
        return change;
    }

    private static EventId IdOf(Place place) => new(new ObjectId(place.Source), place.TimeMs, place.Sequence);

    private static EventId IdOf(ReadOnlySpan<byte> key)
    {
        var id = KeySpace.MeasurementOf(key);
        return new EventId(id.Source, id.TimeMs, id.Sequence);
    }
}
