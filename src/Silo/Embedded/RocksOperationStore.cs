using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Operations in RocksDB, by tenant, device, creation time and sequence. One that is pending or executing has a row in an index of those,
/// written and removed in the batch of its document.
/// </summary>
internal sealed class RocksOperationStore(RocksStore store, int mergeRowsMax = Limits.StoreMergeRowsMax) : IOperationStore
{
    private static readonly byte[] NoValue = [];

    public ValueTask<OperationId> NextIdAsync(WritePermit permit, DateTimeOffset creationTime)
    {
        Check.That(permit.Source != default);
        return new(new OperationId(permit.Source, creationTime.ToUnixTimeMilliseconds(), store.Writer.NextSequence(1)));
    }

    public Task WriteAsync(WritePermit permit, Operation operation, Operation? previous)
    {
        Check.That(permit.Source != default && operation.Device == permit.Source);
        Check.That(previous is null || previous.Id == operation.Id);
        var (tenant, id) = (permit.Tenant, operation.Id);
        var change = new StoreChange().Put(Family.Operations, KeySpace.Operation(tenant, id), OperationRecord.Write(operation));
        if (previous is not null && previous.Status.IsOpen() && previous.Status != operation.Status)
            change.Delete(Family.OperationIndex, KeySpace.OpenOperation(tenant, previous.Status, id));
        if (operation.Status.IsOpen() && previous?.Status != operation.Status)
            change.Put(Family.OperationIndex, KeySpace.OpenOperation(tenant, operation.Status, id), NoValue);
        return store.Writer.CommitAsync(change);
    }

    public ValueTask<Operation?> ReadAsync(ReadPermit permit, OperationId id)
    {
        if (id.Device != permit.Source) return new((Operation?)null);
        using var session = store.Read();
        var value = session.Get(Family.Operations, KeySpace.Operation(permit.Tenant, id));
        return new(value is null ? null : OperationRecord.Read(id, value));
    }

    public ValueTask<Operation?> OldestAsync(ReadPermit permit, OperationStatus status, string? fragmentType)
    {
        Check.That(permit.Source != default && status.IsOpen());
        var query = new OperationQuery(permit.Source, Status: status, FragmentType: fragmentType);
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        using var scan = new OperationScan(session, snapshot, permit.Tenant, ShownSources.Told(new([permit.Source])), query);
        return new(scan.Page(new PageRequest(1, 1, false), mergeRowsMax).Items is [var oldest] ? oldest : null);
    }

    public ValueTask<Page<Operation>> FindAsync(ListPermit permit, VisibleSources? devices, OperationQuery query, PageRequest page)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        using var shown = ShownSources.Of(session, snapshot, permit, devices, query.Device);
        using var scan = new OperationScan(session, snapshot, permit.Tenant, shown, query);
        return new(scan.Page(page, mergeRowsMax));
    }

    public async Task<int> DeleteAsync(WritePermit permit, IReadOnlyList<OperationId> ids)
    {
        Check.That(permit.Source != default);
        var change = Removal(permit.Tenant, permit.Source, ids, out var count);
        if (count > 0) await store.Writer.CommitAsync(change);
        return count;
    }

    public Task DropDeviceAsync(WritePermit permit)
    {
        Check.That(permit.Source != default);
        var change = new StoreChange();
        Drop(Family.Operations, KeySpace.Object(permit.Tenant, permit.Source));
        foreach (var status in (ReadOnlySpan<OperationStatus>)[OperationStatus.Pending, OperationStatus.Executing])
            Drop(Family.OperationIndex, [.. KeySpace.OpenOperations(permit.Tenant, status), .. KeySpace.Number(permit.Source.Value)]);
        return store.Writer.CommitAsync(change);

        void Drop(Family family, byte[] prefix) => change.DeleteRange(family, prefix, KeySpace.EndOf(prefix));
    }

    // The session is left before the commit is awaited: the writer may be waiting to close it.
    private StoreChange Removal(TenantId tenant, ObjectId device, IReadOnlyList<OperationId> ids, out int count)
    {
        using var session = store.Read();
        var change = new StoreChange();
        count = 0;
        foreach (var id in ids)
        {
            var key = KeySpace.Operation(tenant, id);
            if (id.Device != device || session.Get(Family.Operations, key) is not { } value) continue;
            OperationRecord.Begin(value, out var status);
            change.Delete(Family.Operations, key);
            if (status.IsOpen()) change.Delete(Family.OperationIndex, KeySpace.OpenOperation(tenant, status, id));
            count++;
        }
        return change;
    }
}
