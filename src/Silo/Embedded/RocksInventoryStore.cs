using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Managed objects in RocksDB. A document and its index rows go in as one batch, so every query is answered from index rows
/// and every hit is in its document. Links and external ids are in the files beside this one.
/// </summary>
/// <param name="store">Where they are.</param>
/// <param name="sourcesListedMax">Up to how many objects whose data shows are told one by one.</param>
/// <param name="branchesMax">Of how many objects that hold others the children are merged.</param>
internal sealed partial class RocksInventoryStore(
    RocksStore store, int sourcesListedMax = Limits.SourcesPerQueryMax, int branchesMax = Limits.BranchesPerListMax) : IInventoryStore, ILinkStore, IIdentityStore
{
    private static readonly byte[] NoValue = [];

    private readonly ConcurrentDictionary<TenantId, IdRun> _runs = new();

    private int BranchesMax => branchesMax;

    private RocksSession ReadSession() => store.Read();

    /// <summary>The next free id of one tenant; ahead of the store's row only by runs whose commit is under way or failed.</summary>
    private sealed class IdRun(long next)
    {
        public long Next { get; set; } = next;
    }

    public async ValueTask<long> ReserveIdsAsync(WritePermit tenantWide, int count)
    {
        Check.That(count > 0);
        var key = KeySpace.NextObjectId(tenantWide.Tenant);
        var run = _runs.GetOrAdd(tenantWide.Tenant, _ => new IdRun(ReadNumber(key) ?? 1));
        long first;
        Task commit;
        // Handed over within the lock: a later run's higher row must not be followed by an earlier one's.
        lock (run)
        {
            first = run.Next;
            commit = store.Writer.CommitAsync(new StoreChange().Put(Family.Meta, key, KeySpace.Number(first + count)));
            run.Next = first + count;
        }
        await commit;
        return first;
    }

    public ValueTask<ManagedObject?> ReadAsync(ReadPermit permit)
    {
        using var session = store.Read();
        return new(Stored(session, permit) is { } document ? Shown(session, permit.Tenant, document, null) : null);
    }

    public ValueTask<ManagedObject?> ReadStoredAsync(ReadPermit permit)
    {
        using var session = store.Read();
        return new(Stored(session, permit));
    }

    public Task WriteAsync(WritePermit permit, ManagedObject document, ManagedObject? previous, ExternalId? firstName = null)
    {
        Check.That(document.Id.Value > 0);
        Check.That(firstName is null || previous is null);
        Check.That(permit.Source == document.Id || (permit.Source == default && previous is null));
        Check.That(previous is null || previous.Id == document.Id);
        var change = new StoreChange().Put(Family.Objects, KeySpace.Object(permit.Tenant, document.Id), ManagedObjectRecord.Write(Bare(document)));
        var rows = IndexRows(permit.Tenant, document);
        var old = previous is null ? [] : IndexRows(permit.Tenant, previous);
        foreach (var row in old)
            if (!rows.Contains(row))
                change.Delete(Family.ObjectIndex, row);
        foreach (var row in rows)
            if (!old.Contains(row))
                change.Put(Family.ObjectIndex, row, NoValue);
        if (firstName is { } name) Bind(permit.Tenant, document.Id, name, change);
        return store.Writer.CommitAsync(change);
    }

    public async Task DeleteAsync(WritePermit permit, ManagedObject previous)
    {
        Check.That(permit.Source == previous.Id);
        // Its own turn is enough: what is linked below a child of it meanwhile can leave a row below an object that is gone, where no walk comes.
        using var turn = await TurnAtAsync(previous.Id, []);
        var change = new StoreChange().Delete(Family.Objects, KeySpace.Object(permit.Tenant, previous.Id));
        foreach (var row in IndexRows(permit.Tenant, previous)) change.Delete(Family.ObjectIndex, row);
        RemoveRelations(permit.Tenant, previous.Id, change);
        await store.Writer.CommitAsync(change);
    }

    // No await may stand within the session.
    private void RemoveRelations(TenantId tenant, ObjectId id, StoreChange change)
    {
        using var session = store.Read();
        RemoveLinks(session, tenant, id, change);
        RemoveNames(session, tenant, id, change);
    }

    private long? ReadNumber(byte[] key)
    {
        using var session = store.Read();
        return session.ReadNumber(Family.Meta, key);
    }

    private static HashSet<byte[]> IndexRows(TenantId tenant, ManagedObject document)
    {
        var id = KeySpace.Number(document.Id.Value);
        var rows = new HashSet<byte[]>(KeyComparer.Instance)
        {
            (byte[])[.. KeySpace.Index(tenant, IndexKind.All, null), .. id],
            (byte[])[.. KeySpace.Index(tenant, IndexKind.Owner, document.Owner), .. id],
        };
        if (document.Type is { } type) rows.Add([.. KeySpace.Index(tenant, IndexKind.Type, type), .. id]);
        // What is found by its open alarms or its presence is their stores' to say.
        foreach (var fragment in Bare(document).Fragments.Items)
            rows.Add([.. KeySpace.Index(tenant, IndexKind.Fragment, fragment.Name), .. id]);
        return rows;
    }

    /// <summary>Whether a stored document says by itself that it has such a row. What it does not say may be so all the same: other stores index objects, too.</summary>
    private static bool IsIndexedBy(ManagedObject stored, IndexKind kind, string text) => kind switch
    {
        IndexKind.Owner => stored.Owner == text,
        IndexKind.Type => stored.Type == text,
        IndexKind.Fragment => stored.Fragments.Has(text),
        _ => false,
    };

    /// <summary>The document with what other stores know of its object.</summary>
    private ManagedObject Shown(RocksSession session, TenantId tenant, ManagedObject document, ReadOptions? options) => document
        .With(ActiveAlarmsRecord.Read(session, tenant, document.Id, options))
        .With(PresenceRecord.Read(session, tenant, document.Id, store.Opening, options), store.Clock.GetUtcNow());

    private static ManagedObject? Stored(RocksSession session, ReadPermit permit) =>
        ManagedObjectRecord.Read(session, permit.Tenant, permit.Source);

    private static ManagedObject Bare(ManagedObject document) => document.With(active: null).With(null, default);

    private sealed class KeyComparer : IEqualityComparer<byte[]>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj);
            return hash.ToHashCode();
        }
    }
}
