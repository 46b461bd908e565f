using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Telemetry;

namespace Bailiwick.Silo.Embedded;

/// <summary>Measurements in RocksDB, by tenant, source, time and sequence. All rows of a call are in one synced batch.</summary>
internal sealed class RocksTelemetryStore(
    RocksStore store, int mergeRowsMax = Limits.StoreMergeRowsMax, int deleteRowsPerCommit = Limits.StoreDeleteRowsPerCommit) : ITelemetryStore
{
    private const int RowBytesGuess = 128;

    public Task<IReadOnlyList<MeasurementId>> AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows) => AppendAsync([(permit, rows)]);

    public async Task<IReadOnlyList<MeasurementId>> AppendAsync(IReadOnlyList<(WritePermit Permit, IReadOnlyList<NewMeasurement> Rows)> batch)
    {
        var ids = new MeasurementId[batch.Sum(part => part.Rows.Count)];
        if (ids.Length == 0) return [];
        var packed = Pack(batch, ids);
        await store.Writer.CommitAsync(packed);
        return ids;
    }

    public ValueTask AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows, ICommitSink sink, long sequence, MeasurementId[]? ids = null) =>
        store.Writer.EnqueueAsync(Pack(permit, rows, ids), sink, sequence);

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
        ListPermit permit, VisibleSources? sources, MeasurementQuery query, PageRequest page)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        using var shown = ShownSources.Of(session, snapshot, permit, sources, query.Source);
        using var scan = new MeasurementScan(session, permit.Tenant, shown, query);
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
            await store.Writer.CommitAsync(Removing(tenantWide.Tenant, found, query.IsByKeyAlone()));
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
        using var scan = new MeasurementScan(session, permit.Tenant, ShownSources.Told(new([permit.Source])), query);
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
        using var scan = new MeasurementScan(session, tenant, ShownSources.Told(null, query.Source), query);
        return scan.InKeyOrder(deleteRowsPerCommit, after);
    }

    /// <summary>
    /// Rows one by one, or, where everything between two rows of a source is meant as well, long runs by their two ends: what a year of one source
    /// leaves behind is then a handful of marks and not one for each row.
    /// </summary>
    private static StoreChange Removing(TenantId tenant, List<MeasurementId> found, bool isWhole)
    {
        var change = new StoreChange();
        for (int from = 0, to; from < found.Count; from = to)
        {
            to = from + 1;
            while (to < found.Count && found[to].Source == found[from].Source) to++;
            if (isWhole && to - from >= Limits.StoreRangeRowsMin)
            {
                var (first, last) = (found[from], found[to - 1]);
                change.DeleteRange(Family.Measurements, KeySpace.Measurement(tenant, first), KeySpace.Measurement(tenant, last with { Sequence = last.Sequence + 1 }));
                continue;
            }
            for (var row = from; row < to; row++) change.Delete(Family.Measurements, KeySpace.Measurement(tenant, found[row]));
        }
        return change;
    }

    private PackedRows Pack(IReadOnlyList<(WritePermit Permit, IReadOnlyList<NewMeasurement> Rows)> batch, Span<MeasurementId> ids)
    {
        var writer = new RecordWriter(ids.Length * RowBytesGuess);
        var packed = 0;
        foreach (var (permit, rows) in batch)
        {
            Pack(ref writer, permit, rows, ids.Slice(packed, rows.Count));
            packed += rows.Count;
        }
        var length = writer.Length;
        return new PackedRows(Family.Measurements, writer.Detach(), length, packed);
    }

    private PackedRows Pack(WritePermit permit, IReadOnlyList<NewMeasurement> rows, MeasurementId[]? ids)
    {
        var writer = new RecordWriter(rows.Count * RowBytesGuess);
        Pack(ref writer, permit, rows, ids);
        var length = writer.Length;
        return new PackedRows(Family.Measurements, writer.Detach(), length, rows.Count);
    }

    /// <summary>Appends rows to the writer, and their ids to the span where one is given.</summary>
    private void Pack(ref RecordWriter writer, WritePermit permit, IReadOnlyList<NewMeasurement> rows, Span<MeasurementId> ids)
    {
        Check.That(permit.Source != default);
        var firstSequence = store.Writer.NextSequence(rows.Count);
        var keyBytes = KeySpace.MeasurementKeyBytes(permit.Tenant);
        for (var i = 0; i < rows.Count; i++)
        {
            var timeMs = rows[i].Time.ToUnixTimeMilliseconds();
            Check.That(timeMs >= 0);
            var id = new MeasurementId(permit.Source, timeMs, firstSequence + i);
            var at = RowPacking.Begin(ref writer, keyBytes, out var key);
            KeySpace.Measurement(key, permit.Tenant, id);
            MeasurementRecord.Write(ref writer, rows[i]);
            RowPacking.End(ref writer, at);
            if (!ids.IsEmpty) ids[i] = id;
        }
    }
}
