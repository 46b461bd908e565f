using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>Queries. Each filter is a run of ascending ids; the answer is where all of them meet. One snapshot serves one query.</summary>
internal sealed partial class RocksInventoryStore
{
    public ValueTask<Page<ManagedObject>> FindAsync(ListPermit permit, InventoryQuery query, PageRequest page)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        if (Candidates(session, snapshot, permit, query) is not { } candidates) return new(EmptyPage(page));
        using (candidates)
            return new(PageOf(new View(this, session, snapshot, permit.Tenant, permit.Scope), candidates, query, page));
    }

    public ValueTask<long> CountAsync(ListPermit permit, InventoryQuery query)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        if (Candidates(session, snapshot, permit, query) is not { } candidates) return new(0L);
        using (candidates)
            return new(PageOf(new View(this, session, snapshot, permit.Tenant, permit.Scope), candidates, query, new PageRequest(1, 0, true)).Total!.Value);
    }

    public ValueTask<VisibleSources> SourcesAsync(ListPermit permit, ObjectId? only)
    {
        Check.That(permit.Scope.Kind != ScopeKind.All);
        if (permit.Scope is not { Kind: ScopeKind.Some, Owner: { } owner }) return new(VisibleSources.None);
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        var owned = ObjectIds.Rows(session, Family.ObjectIndex, KeySpace.Index(permit.Tenant, IndexKind.Owner, owner), snapshot);
        using var wanted = only is { } one ? ObjectIds.Both([ObjectIds.Of([one.Value]), owned]) : owned;
        var ids = new List<ObjectId>();
        for (var id = wanted.Seek(1); id != ObjectIds.End; id = wanted.Seek(id + 1)) ids.Add(new ObjectId(id));
        return new(new VisibleSources(ids));
    }

    private readonly record struct View(RocksInventoryStore Store, RocksSession Session, Snapshot Snapshot, TenantId Tenant, Scope Scope)
    {
        private readonly ReadOptions _options = new ReadOptions().SetSnapshot(Snapshot);

        /// <summary>Whether there is such an object and the reader may see it.</summary>
        public bool Shows(long id)
        {
            var value = Session.Get(Family.Objects, KeySpace.Object(Tenant, new ObjectId(id)), _options);
            GC.KeepAlive(_options);
            if (value is null) return false;
            if (Scope.Kind == ScopeKind.All) return true;
            var document = ManagedObjectRecord.Read(new ObjectId(id), value);
            return Scope.Admits(document.Owner, document.IsGlobal);
        }

        /// <summary>The document of an index row; one without the other is damage.</summary>
        public ManagedObject Load(long id)
        {
            var value = Session.Get(Family.Objects, KeySpace.Object(Tenant, new ObjectId(id)), _options)
                ?? throw new InvalidDataException($"Object {Tenant}/{id} has an index row and no document");
            var document = Store.Shown(Session, Tenant, ManagedObjectRecord.Read(new ObjectId(id), value), _options);
            GC.KeepAlive(_options);
            if (!Scope.Admits(document.Owner, document.IsGlobal))
                throw new InvalidDataException($"An index row of object {Tenant}/{id} does not agree with its document");
            return document;
        }
    }

    /// <summary>The ids where all filters and the scope meet; null when the scope is empty.</summary>
    private ObjectIds? Candidates(RocksSession session, Snapshot snapshot, ListPermit permit, InventoryQuery query)
    {
        var filters = new List<ObjectIds>();
        if (query.Ids is { } ids) filters.Add(ObjectIds.Of(ids.Select(id => id.Value).Where(id => id > 0)));
        foreach (var of in query.ParentsOf ?? [])
            filters.Add(ObjectIds.Rows(session, Family.Links, KeySpace.Links(permit.Tenant, of.Child, LinkDirection.Parent, of.Kind), snapshot));
        if (query.Type is not null) filters.Add(Index(session, snapshot, permit, IndexKind.Type, query.Type));
        if (query.FragmentType is not null) filters.Add(Index(session, snapshot, permit, IndexKind.Fragment, query.FragmentType));
        if (query.Owner is not null) filters.Add(Index(session, snapshot, permit, IndexKind.Owner, query.Owner));
        var found = Within(session, snapshot, permit, filters);
        return query.OnlyRoots && found is not null ? new RootIds(new View(this, session, snapshot, permit.Tenant, permit.Scope), found) : found;
    }

    /// <summary>Those of some ids that stand below nothing that the reader may see. One walk over the links serves all.</summary>
    private sealed class RootIds(View view, ObjectIds among) : ObjectIds
    {
        private readonly Cursor _links = Cursor.Over(view.Session, Family.Links, KeySpace.Tenant(view.Tenant), view.Snapshot);

        public override long Seek(long atLeast)
        {
            var id = among.Seek(atLeast);
            while (id != End && HasVisibleParent(id)) id = among.Seek(id + 1);
            return id;
        }

        public override void Dispose()
        {
            _links.Dispose();
            among.Dispose();
        }

        private bool HasVisibleParent(long id)
        {
            ReadOnlySpan<byte> parents = [.. KeySpace.Links(view.Tenant, new ObjectId(id)), (byte)LinkDirection.Parent];
            for (var isThere = _links.Seek(parents); isThere && _links.Key.StartsWith(parents); isThere = _links.Next())
                if (view.Shows(BinaryPrimitives.ReadInt64BigEndian(_links.Key[^8..])))
                    return true;
            return false;
        }
    }

    /// <summary>What of these ids the permit's scope admits. Taking every object's row in also leaves out links to what is gone.</summary>
    private static ObjectIds? Within(RocksSession session, Snapshot snapshot, ListPermit permit, List<ObjectIds> filters)
    {
        var scope = permit.Scope;
        var mine = scope.Kind switch
        {
            ScopeKind.All => Index(session, snapshot, permit, IndexKind.All, null),
            ScopeKind.Some when scope.Owner is { } owner => Index(session, snapshot, permit, IndexKind.Owner, owner),
            _ => null,
        };
        var global = scope.WithGlobal && scope.Kind != ScopeKind.All
            ? Index(session, snapshot, permit, IndexKind.Fragment, ManagedObject.GlobalFragment)
            : null;
        var visible = mine is not null && global is not null ? ObjectIds.Either(mine, global) : mine ?? global;
        if (visible is null)
        {
            foreach (var filter in filters) filter.Dispose();
            return null;
        }
        filters.Add(visible);
        return ObjectIds.Both(filters);
    }

    private static ObjectIds Index(RocksSession session, Snapshot snapshot, ListPermit permit, IndexKind kind, string? text) =>
        ObjectIds.Rows(session, Family.ObjectIndex, KeySpace.Index(permit.Tenant, kind, text), snapshot);

    /// <summary>Cuts the page out. Only a text filter has to read documents that the page does not show.</summary>
    private static Page<ManagedObject> PageOf(View view, ObjectIds candidates, InventoryQuery query, PageRequest page)
    {
        var items = new List<ManagedObject>(Math.Min(page.Size, Limits.PageSizeMax));
        var (skip, found) = (page.Skip, 0L);
        for (var id = candidates.Seek((query.After?.Value ?? 0) + 1); id != ObjectIds.End; id = candidates.Seek(id + 1))
        {
            var document = query.Text is null ? null : view.Load(id);
            if (document is not null && !TextMatch.Holds(document, query.Text!)) continue;
            if (found >= skip && items.Count < page.Size) items.Add(document ?? view.Load(id));
            found++;
            if (!page.WithTotal && found > skip + page.Size) break;
        }
        return new Page<ManagedObject>(items, found > skip + page.Size, page.WithTotal ? found : null);
    }

    private static Page<ManagedObject> EmptyPage(PageRequest page) => new([], false, page.WithTotal ? 0 : null);
}
