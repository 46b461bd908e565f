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
        using var view = View.Open(this, permit);
        if (Candidates(view, query) is not { } candidates) return new(EmptyPage(page));
        using (candidates)
            return new(PageOf(view, candidates, query, page));
    }

    public ValueTask<long> CountAsync(ListPermit permit, InventoryQuery query)
    {
        using var view = View.Open(this, permit);
        if (Candidates(view, query) is not { } candidates) return new(0L);
        using (candidates)
            return new(PageOf(view, candidates, query, new PageRequest(1, 0, true)).Total!.Value);
    }

    public ValueTask<VisibleSources> SourcesAsync(ListPermit permit, ObjectId? only)
    {
        Check.That(permit.Scope.Kind != ScopeKind.All);
        using var view = View.Open(this, permit);
        if (only is { } one)
            return new(view.Visibility.OfData(one.Value) is { IsNone: false } coverage
                ? new VisibleSources([one], coverage.IsWhole ? null : new Dictionary<ObjectId, Coverage> { [one] = coverage })
                : VisibleSources.None);
        return new(view.Visibility.Sources(sourcesListedMax) is { } sources ? new VisibleSources(sources.Ids, sources.Partly) : VisibleSources.OfScope);
    }

    /// <summary>What one query sees: one reader's share of one tenant at one moment.</summary>
    private sealed class View : IDisposable
    {
        private readonly RocksInventoryStore _store;
        private readonly RocksSession _session;
        private readonly Snapshot _snapshot;
        private readonly Scope _scope;
        private readonly ReadOptions _options;

        private View(RocksInventoryStore store, TenantId tenant, Scope scope, RocksSession session)
        {
            (_store, Tenant, _scope, _session) = (store, tenant, scope, session);
            (_snapshot, var moment) = session.Reach.Take(session.Database.CreateSnapshot);
            _options = new ReadOptions().SetSnapshot(_snapshot);
            Visibility = new Visibility(session, _snapshot, tenant, scope, store.BranchesMax, moment);
        }

        public static View Open(RocksInventoryStore store, ListPermit permit) => new(store, permit.Tenant, permit.Scope, store.ReadSession());

        public TenantId Tenant { get; }

        public Visibility Visibility { get; }

        public void Dispose()
        {
            Visibility.Dispose();
            _snapshot.Dispose();
            _session.Dispose();
        }

        /// <summary>Whether the document of the next that is found is needed in any case: then a candidate's is read first, and tells by itself what it is indexed by.</summary>
        public bool NeedsDocument { get; set; }

        public ObjectIds Links(ObjectId of, LinkDirection direction, ChildKind kind) =>
            ObjectIds.Rows(_session, Family.Links, KeySpace.Links(Tenant, of, direction, kind), _snapshot);

        /// <summary>The objects that are indexed by a text.</summary>
        public ObjectIds Index(IndexKind kind, string text) => ObjectIds.Rows(
            _session, Family.ObjectIndex, KeySpace.Index(Tenant, kind, text), _snapshot, id => NeedsDocument && Visibility.Stored(id) is { } document && IsIndexedBy(document, kind, text));

        /// <summary>The document of an index row with what other stores know of its object.</summary>
        public ManagedObject Load(long id)
        {
            var document = _store.Shown(_session, Tenant, LoadStored(id), _options);
            GC.KeepAlive(_options);
            return document;
        }

        /// <summary>The document of an index row as it is stored; one without the other is damage.</summary>
        public ManagedObject LoadStored(long id)
        {
            var document = Visibility.Stored(id) ?? throw new InvalidDataException($"Object {Tenant}/{id} has an index row and no document");
            // What a grant reaches hangs where links say; what shows by itself says so itself.
            if (_scope.Grants.Count == 0 && !_scope.Admits(document.Owner, document.IsGlobal))
                throw new InvalidDataException($"An index row of object {Tenant}/{id} does not agree with its document");
            return document;
        }
    }

    /// <summary>The ids where all filters and the scope meet; null when the scope is empty.</summary>
    private static ObjectIds? Candidates(View view, InventoryQuery query)
    {
        var filters = new List<ObjectIds>();
        if (query.Ids is { } ids) filters.Add(ObjectIds.Of(ids.Select(id => id.Value).Where(id => id > 0)));
        // Who may not see an object is not told what holds it.
        foreach (var of in query.ParentsOf ?? [])
            filters.Add(view.Visibility.Shows(of.Child.Value) ? view.Links(of.Child, LinkDirection.Parent, of.Kind) : ObjectIds.Of([]));
        var areFew = filters.Count > 0;
        if (query.Type is not null) filters.Add(view.Index(IndexKind.Type, query.Type));
        if (query.FragmentType is not null) filters.Add(view.Index(IndexKind.Fragment, query.FragmentType));
        if (query.Owner is not null) filters.Add(view.Index(IndexKind.Owner, query.Owner));
        var areThere = query.Type is not null || query.FragmentType is not null || query.Owner is not null;
        var found = view.Visibility.Among(filters, areThere, areFew, onlyRoots: query.OnlyRoots);
        return query.OnlyRoots && found is not null ? ObjectIds.Where(found, id => !HasVisibleParent(view, id)) : found;
    }

    private static bool HasVisibleParent(View view, long id)
    {
        var parents = new List<long>();
        view.Visibility.Links.Read(id, LinkDirection.Parent, parents);
        return parents.Exists(view.Visibility.Shows);
    }

    /// <summary>Cuts the page out. A text filter has to read documents that the page does not show; others mostly read those that it does.</summary>
    private static Page<ManagedObject> PageOf(View view, ObjectIds candidates, InventoryQuery query, PageRequest page)
    {
        var items = new List<ManagedObject>(Math.Min(page.Size, Limits.PageSizeMax));
        var (skip, found) = (page.Skip, 0L);
        for (var id = Next(query.After?.Value ?? 0); id != ObjectIds.End; id = Next(id))
        {
            var document = query.Text is null ? null : view.Load(id);
            if (document is not null && !TextMatch.Holds(document, query.Text!)) continue;
            if (found >= skip && items.Count < page.Size) items.Add(document ?? view.Load(id));
            found++;
            if (!page.WithTotal && found > skip + page.Size) break;
        }
        return new Page<ManagedObject>(items, found > skip + page.Size, page.WithTotal ? found : null);

        long Next(long after)
        {
            view.NeedsDocument = query.Text is not null || (found >= skip && items.Count < page.Size);
            return candidates.Seek(after + 1);
        }
    }

    private static Page<ManagedObject> EmptyPage(PageRequest page) => new([], false, page.WithTotal ? 0 : null);
}
