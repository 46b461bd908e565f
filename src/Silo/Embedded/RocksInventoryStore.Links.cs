using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Links: a row below the parent and one below the child. A link made while its child is being deleted can leave a row behind; no list
/// shows it, for lists meet the rows of objects that exist.
/// </summary>
internal sealed partial class RocksInventoryStore
{
    private static readonly ChildKind[] Kinds = [ChildKind.Device, ChildKind.Asset, ChildKind.Addition];

    public async Task LinkAsync(WritePermit parent, ChildKind kind, IReadOnlyList<ObjectId> children)
    {
        Check.That(parent.Source != default);
        using var turn = await TurnAtAsync(parent.Source, children);
        await store.Writer.CommitAsync(Linking(parent.Tenant, parent.Source, kind, children));
    }

    // No await may stand within the session.
    private StoreChange Linking(TenantId tenant, ObjectId parent, ChildKind kind, IReadOnlyList<ObjectId> children)
    {
        using var session = store.Read();
        var change = new StoreChange();
        foreach (var child in children)
        {
            change.Put(Family.Links, KeySpace.Link(tenant, parent, LinkDirection.Child, kind, child), NoValue);
            change.Put(Family.Links, KeySpace.Link(tenant, child, LinkDirection.Parent, kind, parent), NoValue);
        }
        BranchRows.Add(session, tenant, parent, kind, children, change);
        return change;
    }

    public async Task UnlinkAsync(WritePermit parent, ChildKind kind, IReadOnlyList<ObjectId> children)
    {
        Check.That(parent.Source != default);
        using var turn = await TurnAtAsync(parent.Source, children);
        var change = new StoreChange();
        foreach (var child in children) Unlink(parent.Tenant, parent.Source, kind, child, change);
        await store.Writer.CommitAsync(change);
    }

    /// <summary>
    /// The turn at both ends of links, until their change is durable: a link asks what hangs at its ends, and must not be told of what a change
    /// that is still on its way takes away.
    /// </summary>
    private ValueTask<Turns.Turn> TurnAtAsync(ObjectId parent, IReadOnlyList<ObjectId> children) =>
        store.LinkTurns.AtAsync([parent.Value, .. children.Select(child => child.Value)]);

    public ValueTask<bool> IsChildAsync(ReadPermit parent, ChildKind kind, ObjectId child)
    {
        using var session = store.Read();
        return new(session.Has(Family.Links, KeySpace.Link(parent.Tenant, parent.Source, LinkDirection.Child, kind, child))
            && session.Has(Family.Objects, KeySpace.Object(parent.Tenant, child)));
    }

    public ValueTask<IReadOnlyList<ObjectId>> ChildIdsAsync(WritePermit parent, ChildKind kind)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        using var children = ObjectIds.Both(
        [
            ObjectIds.Rows(session, Family.Links, KeySpace.Links(parent.Tenant, parent.Source, LinkDirection.Child, kind), snapshot),
            ObjectIds.Rows(session, Family.ObjectIndex, KeySpace.Index(parent.Tenant, IndexKind.All, null), snapshot),
        ]);
        var ids = new List<ObjectId>();
        for (var id = children.Seek(1); id != ObjectIds.End; id = children.Seek(id + 1)) ids.Add(new ObjectId(id));
        return new(ids);
    }

    public ValueTask<VisibleSources?> BelowAsync(ListPermit visible, ObjectId top, IReadOnlyList<ChildKind> kinds, int countMax)
    {
        using var view = View.Open(this, visible);
        var found = new SortedDictionary<ObjectId, Coverage>();
        var some = new long[64];
        var next = new Queue<ObjectId>();
        Take(top);
        while (found.Count <= countMax && next.TryDequeue(out var id))
            foreach (var kind in kinds)
                TakeAll(id.Value, kind);
        return new(found.Count > countMax ? null : new VisibleSources([.. found.Keys], found.Where(one => !one.Value.IsWhole).ToDictionary()));

        void Take(ObjectId id)
        {
            if (found.ContainsKey(id) || view.Visibility.OfData(id.Value) is not { IsNone: false } coverage) return;
            found.Add(id, coverage);
            next.Enqueue(id);
        }

        void TakeAll(long of, ChildKind kind)
        {
            for (var from = 1L; found.Count <= countMax;)
            {
                var met = kind;
                var count = view.Visibility.Links.Children(of, ref met, from, some);
                if (met != kind) return;
                foreach (var child in some.AsSpan(0, count)) Take(new ObjectId(child));
                if (count < some.Length) return;
                from = some[^1] + 1;
            }
        }
    }

    public ValueTask<Page<ManagedObject>> ChildrenAsync(ReadPermit parent, ListPermit visible, ChildKind kind, PageRequest page)
    {
        Check.That(parent.Tenant == visible.Tenant);
        using var view = View.Open(this, visible);
        if (view.Visibility.Among([view.Links(parent.Source, LinkDirection.Child, kind)], below: parent.Source.Value) is not { } candidates) return new(EmptyPage(page));
        using (candidates)
            return new(PageOf(view, candidates, new InventoryQuery(), page));
    }

    public ValueTask<long> CountChildrenAsync(ReadPermit parent, ListPermit visible, ChildKind kind)
    {
        Check.That(parent.Tenant == visible.Tenant);
        using var view = View.Open(this, visible);
        if (view.Visibility.Among([view.Links(parent.Source, LinkDirection.Child, kind)], below: parent.Source.Value) is not { } candidates) return new(0L);
        using (candidates)
        {
            var count = 0L;
            for (var id = candidates.Seek(1); id != ObjectIds.End; id = candidates.Seek(id + 1)) count++;
            return new(count);
        }
    }

    public ValueTask<IReadOnlyList<ObjectReference>[][]> ReferencesAsync(
        IReadOnlyList<ReadPermit> of, ListPermit visible, IReadOnlyList<ChildKind> kinds, bool parents, int countMax)
    {
        using var view = View.Open(this, visible);
        var references = new IReadOnlyList<ObjectReference>[of.Count][];
        for (var index = 0; index < of.Count; index++)
        {
            Check.That(of[index].Tenant == visible.Tenant);
            references[index] = References(view, of[index].Source, kinds, parents ? LinkDirection.Parent : LinkDirection.Child, countMax);
        }
        return new(references);
    }

    public ValueTask<IReadOnlyList<Relative>> RelativesAsync(ReadPermit of, ChildKind kind, bool parents, string fragment)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        using var linked = ObjectIds.Both(
        [
            ObjectIds.Rows(session, Family.Links, KeySpace.Links(of.Tenant, of.Source, parents ? LinkDirection.Parent : LinkDirection.Child, kind), snapshot),
            ObjectIds.Rows(session, Family.ObjectIndex, KeySpace.Index(of.Tenant, IndexKind.All, null), snapshot),
        ]);
        using var marked = ObjectIds.Rows(session, Family.ObjectIndex, KeySpace.Index(of.Tenant, IndexKind.Fragment, fragment), snapshot);
        var relatives = new List<Relative>();
        for (var id = linked.Seek(1); id != ObjectIds.End; id = linked.Seek(id + 1)) relatives.Add(new Relative(new ObjectId(id), marked.Seek(id) == id));
        return new(relatives);
    }

    public ValueTask<IReadOnlyList<ObjectId>?> AboveAsync(ReadPermit of, int countMax)
    {
        using var session = store.Read();
        using var links = new LinkRows(session, of.Tenant);
        var above = new List<ObjectId> { of.Source };
        var seen = new HashSet<ObjectId> { of.Source };
        var parents = new List<long>();
        for (var next = 0; next < above.Count; next++)
        {
            links.Read(above[next].Value, LinkDirection.Parent, parents);
            foreach (var id in parents)
                // A row can outlive the object that it leads to.
                if (new ObjectId(id) is var parent && seen.Add(parent) && session.Has(Family.Objects, KeySpace.Object(of.Tenant, parent)))
                    above.Add(parent);
            if (above.Count > countMax + 1) return new((IReadOnlyList<ObjectId>?)null);
        }
        return new(above[1..]);
    }

    public ValueTask<IReadOnlyList<ObjectReference>[]> AncestorsAsync(ReadPermit of, ListPermit visible, int countMax)
    {
        Check.That(of.Tenant == visible.Tenant);
        using var view = View.Open(this, visible);
        var above = Kinds.Select(_ => new SortedSet<long>()).ToArray();
        var seen = new HashSet<long> { of.Source.Value };
        var next = new Queue<long>(seen);
        while (next.TryDequeue(out var below))
            for (var kind = 0; kind < Kinds.Length; kind++)
            {
                using var parents = view.Links(new ObjectId(below), LinkDirection.Parent, Kinds[kind]);
                for (var id = parents.Seek(1); id != ObjectIds.End; id = parents.Seek(id + 1))
                {
                    if (!view.Visibility.Exists(id) || (!seen.Contains(id) && seen.Count > countMax)) continue;
                    if (seen.Add(id)) next.Enqueue(id);
                    if (id != of.Source.Value) above[kind].Add(id);
                }
            }
        return new([.. above.Select(ids => References(view, view.Visibility.Among([ObjectIds.Of(ids)], areFew: true), int.MaxValue))]);
    }

    private static IReadOnlyList<ObjectReference>[] References(View view, ObjectId of, IReadOnlyList<ChildKind> kinds, LinkDirection direction, int countMax)
    {
        var references = new IReadOnlyList<ObjectReference>[Kinds.Length];
        Array.Fill(references, []);
        // Most objects of a page are at an end of the tree: one look tells that.
        if (!view.Visibility.Links.Any(of.Value, direction)) return references;
        foreach (var kind in kinds)
            if (view.Visibility.Links.Any(of.Value, direction, kind))
                references[kind - ChildKind.Device] = References(view, view.Visibility.Among([view.Links(of, direction, kind)],
                    areFew: direction == LinkDirection.Parent, below: direction == LinkDirection.Parent ? null : of.Value), countMax);
        return references;
    }

    private static List<ObjectReference> References(View view, ObjectIds? admitted, int countMax)
    {
        var references = new List<ObjectReference>();
        if (admitted is null) return references;
        using (admitted)
            for (var id = admitted.Seek(1); id != ObjectIds.End && references.Count < countMax; id = admitted.Seek(id + 1))
                references.Add(new ObjectReference(new ObjectId(id), view.LoadStored(id).Name));
        return references;
    }

    private static void Unlink(TenantId tenant, ObjectId parent, ChildKind kind, ObjectId child, StoreChange change)
    {
        change.Delete(Family.Links, KeySpace.Link(tenant, parent, LinkDirection.Child, kind, child));
        change.Delete(Family.Links, KeySpace.Link(tenant, child, LinkDirection.Parent, kind, parent));
        change.Delete(Family.Links, KeySpace.Link(tenant, parent, LinkDirection.Branch, kind, child));
    }

    private static void RemoveLinks(RocksSession session, TenantId tenant, ObjectId id, StoreChange change)
    {
        using var rows = Cursor.Over(session, Family.Links, KeySpace.Links(tenant, id));
        for (var isThere = rows.First(); isThere; isThere = rows.Next())
        {
            var other = new ObjectId(BinaryPrimitives.ReadInt64BigEndian(rows.Key[^8..]));
            var (direction, kind) = ((LinkDirection)rows.Key[^10], (ChildKind)rows.Key[^9]);
            if (direction == LinkDirection.Parent) Unlink(tenant, other, kind, id, change);
            // A row of a branch goes with its link, and by itself where an older version left it behind.
            else if (direction == LinkDirection.Child) Unlink(tenant, id, kind, other, change);
            else change.Delete(Family.Links, rows.Key.ToArray());
        }
    }
}
