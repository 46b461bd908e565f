using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>Measurements in RocksDB, by tenant, source, time and sequence. All rows of a call are in one synced batch.</summary>
internal sealed class RocksTelemetryStore(
    RocksStore store, int mergeRowsMax = Limits.StoreMergeRowsMax, int deleteRowsPerCommit = Limits.StoreDeleteRowsPerCommit) : ITelemetryStore
{
    private const int RowBytesGuess = 128;

    public async Task<IReadOnlyList<MeasurementId>> AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows)
    {
        if (rows.Count == 0) return [];
        var packed = Pack(permit, rows, out var firstSequence);
        await store.Writer.CommitAsync(packed);
        var ids = new MeasurementId[rows.Count];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = new MeasurementId(permit.Source, rows[i].Time.ToUnixTimeMilliseconds(), firstSequence + i);
        return ids;
    }

    public ValueTask AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows, ICommitSink sink, long sequence) =>
        store.Writer.EnqueueAsync(Pack(permit, rows, out _), sink, sequence);

    public ValueTask<Measurement?> ReadAsync(ReadPermit permit, MeasurementId id)
    {
        if (id.Source != permit.Source) return new((Measurement?)null);
        using var session = store.Read();
        var value = session.Get(Family.Measurements, KeySpace.Measurement(permit.Tenant, id));
        return new(value is null ? null : MeasurementRecord.Read(id, value));
    }

    public async Task<bool> DeleteAsync(WritePermit permit, MeasurementId id)
    {
        if (id.Source != permit.Source) return false;
        var key = KeySpace.Measurement(permit.Tenant, id);
        if (!Has(key)) return false;
        await store.Writer.CommitAsync(new StoreChange().Delete(Family.Measurements, key));
        return true;
    }

    public ValueTask<Page<Measurement>> FindAsync(
        ListPermit permit, IReadOnlyList<ObjectId>? sources, MeasurementQuery query, PageRequest page)
    {
        Check.That(sources is not null || permit.Scope.Kind == ScopeKind.All);
        using var session = store.Read();
        using var scan = new MeasurementScan(session, permit.Tenant, Wanted(sources, query.Source), query);
        return new(scan.Page(page, mergeRowsMax));
    }

    public async IAsyncEnumerable<Measurement> ScanAsync(ReadPermit permit, MeasurementQuery query)
    {
        Check.That(permit.Source != default);
        MeasurementId? last = null;
        while (true)
        {
            var some = ReadSome(permit, query, last);
            if (some.Count == 0) yield break;
            foreach (var row in some) yield return row;
            last = some[^1].Id;
            // Nothing here waits for the disk elsewhere: let others of the same scheduler in between two reads.
            await Task.Yield();
        }
    }

    public async Task<long> DeleteAllAsync(WritePermit tenantWide, MeasurementQuery query)
    {
        Check.That(tenantWide.Source == default);
        var deleted = 0L;
        MeasurementId? last = null;
        while (true)
        {
            var found = FindToDelete(tenantWide.Tenant, query, last);
            if (found.Count == 0) return deleted;
            var change = new StoreChange();
            foreach (var id in found) change.Delete(Family.Measurements, KeySpace.Measurement(tenantWide.Tenant, id));
            await store.Writer.CommitAsync(change);
            deleted += found.Count;
            last = found[^1];
        }
    }

    public Task DropSourceAsync(WritePermit permit)
    {
        Check.That(permit.Source != default);
        var prefix = KeySpace.Source(permit.Tenant, permit.Source);
        return store.Writer.CommitAsync(new StoreChange()
            .DeleteRange(Family.Measurements, prefix, KeySpace.EndOf(prefix)).DeleteRange(Family.Series, prefix, KeySpace.EndOf(prefix)));
    }

    private List<Measurement> ReadSome(ReadPermit permit, MeasurementQuery query, MeasurementId? after)
    {
        using var session = store.Read();
        using var scan = new MeasurementScan(session, permit.Tenant, [permit.Source.Value], query);
        return scan.Some(permit.Source.Value, after, Limits.StoreScanRowsPerRead, Limits.StoreScanBytesPerRead);
    }

    private bool Has(byte[] key)
    {
        using var session = store.Read();
        return session.Has(Family.Measurements, key);
    }

    // The session is left before the commit is awaited: the writer may be waiting to close it.
    private List<MeasurementId> FindToDelete(TenantId tenant, MeasurementQuery query, MeasurementId? after)
    {
        using var session = store.Read();
        using var scan = new MeasurementScan(session, tenant, Wanted(null, query.Source), query);
        return scan.InKeyOrder(deleteRowsPerCommit, after);
    }

    private static long[]? Wanted(IReadOnlyList<ObjectId>? sources, ObjectId? only)
    {
        if (sources is null) return only is { } one ? [one.Value] : null;
        if (only is { } wanted) return sources.Contains(wanted) ? [wanted.Value] : [];
        var distinct = sources.Select(s => s.Value).Distinct().ToArray();
        Array.Sort(distinct);
        return distinct;
    }

    private PackedRows Pack(WritePermit permit, IReadOnlyList<NewMeasurement> rows, out long firstSequence)
    {
        Check.That(permit.Source != default);
        firstSequence = store.Writer.NextSequence(rows.Count);
        var keyBytes = KeySpace.MeasurementKeyBytes(permit.Tenant);
        var writer = new RecordWriter(rows.Count * RowBytesGuess);
        for (var i = 0; i < rows.Count; i++)
        {
            var timeMs = rows[i].Time.ToUnixTimeMilliseconds();
            Check.That(timeMs >= 0);
            var at = RowPacking.Begin(ref writer, keyBytes, out var key);
            KeySpace.Measurement(key, permit.Tenant, new MeasurementId(permit.Source, timeMs, firstSequence + i));
            MeasurementRecord.Write(ref writer, rows[i]);
            RowPacking.End(ref writer, at);
        }
        var length = writer.Length;
        return new PackedRows(Family.Measurements, writer.Detach(), length, rows.Count);
    }
}
