using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Silo.Embedded;

/// <summary>External ids: a row that finds the object and one that lists its names. The grain of a name calls one at a time.</summary>
internal sealed partial class RocksInventoryStore
{
    public ValueTask<ObjectId?> FindAsync(ReadPermit tenantWide, ExternalId id) => new(TargetOf(tenantWide.Tenant, id));

    public Task BindAsync(WritePermit target, ExternalId id)
    {
        Check.That(target.Source != default);
        return store.Writer.CommitAsync(Bind(target.Tenant, target.Source, id, new StoreChange()));
    }

    private StoreChange Bind(TenantId tenant, ObjectId target, ExternalId id, StoreChange change)
    {
        if (TargetOf(tenant, id) is { } bound && bound != target)
            throw Refusal.Conflict("identity", "External id already bound to another object");
        return change
            .Put(Family.Identity, KeySpace.ExternalId(tenant, id), KeySpace.Number(target.Value))
            .Put(Family.Identity, KeySpace.NameOf(tenant, target, id), NoValue);
    }

    public Task UnbindAsync(WritePermit target, ExternalId id)
    {
        Check.That(target.Source != default);
        if (TargetOf(target.Tenant, id) != target.Source) return Task.CompletedTask;
        return store.Writer.CommitAsync(new StoreChange()
            .Delete(Family.Identity, KeySpace.ExternalId(target.Tenant, id))
            .Delete(Family.Identity, KeySpace.NameOf(target.Tenant, target.Source, id)));
    }

    public ValueTask<IReadOnlyList<ExternalId>> NamesAsync(ReadPermit target)
    {
        using var session = store.Read();
        return new(Names(session, target.Tenant, target.Source));
    }

    private ObjectId? TargetOf(TenantId tenant, ExternalId id)
    {
        using var session = store.Read();
        return session.ReadNumber(Family.Identity, KeySpace.ExternalId(tenant, id)) is { } target ? new ObjectId(target) : null;
    }

    private static List<ExternalId> Names(RocksSession session, TenantId tenant, ObjectId target)
    {
        var prefix = KeySpace.NamesOf(tenant, target);
        var names = new List<ExternalId>();
        using var rows = Cursor.Over(session, Family.Identity, prefix);
        for (var isThere = rows.First(); isThere; isThere = rows.Next()) names.Add(KeySpace.ExternalIdOf(rows.Key[prefix.Length..]));
        return names;
    }

    private static void RemoveNames(RocksSession session, TenantId tenant, ObjectId target, StoreChange change)
    {
        foreach (var name in Names(session, tenant, target))
        {
            change.Delete(Family.Identity, KeySpace.ExternalId(tenant, name));
            change.Delete(Family.Identity, KeySpace.NameOf(tenant, target, name));
        }
    }
}
