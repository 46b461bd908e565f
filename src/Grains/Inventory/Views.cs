using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Inventory;

/// <summary>Puts the references that a reader asked for, and may see, beside an object.</summary>
internal static class Views
{
    private static readonly ChildKind[] Kinds = [ChildKind.Device, ChildKind.Asset, ChildKind.Addition];

    public static async ValueTask<ManagedObjectView> ViewAsync(
        this ILinkStore links, ManagedObject document, ReadPermit permit, ListPermit visible, ViewOptions options)
    {
        var children = options.WithChildren ? await links.OfEachKindAsync(permit, visible, parents: false, Kinds) : null;
        if (options.WithoutChildNames && children is not null)
            for (var kind = 0; kind < Kinds.Length; kind++)
                children[kind] = [.. children[kind].Select(reference => reference with { Name = null })];
        var parents = options.WithParents ? await links.OfEachKindAsync(permit, visible, parents: true, Kinds)
            : options.WithGroups ? await links.OfEachKindAsync(permit, visible, parents: true, [ChildKind.Asset])
            : null;
        return new(document, children, parents, options.WithChildCounts ? await links.CountsAsync(permit, visible) : null);
    }

    /// <summary>In the order of <see cref="ChildKind"/>; kinds that are not wanted stay empty.</summary>
    private static async ValueTask<IReadOnlyList<ObjectReference>[]> OfEachKindAsync(
        this ILinkStore links, ReadPermit permit, ListPermit visible, bool parents, ChildKind[] wanted)
    {
        var references = new IReadOnlyList<ObjectReference>[Kinds.Length];
        for (var kind = 0; kind < Kinds.Length; kind++)
            references[kind] = wanted.Contains(Kinds[kind]) ? await links.ReferencesAsync(permit, visible, Kinds[kind], parents, Limits.EmbeddedReferencesMax) : [];
        return references;
    }

    private static async ValueTask<long[]> CountsAsync(this ILinkStore links, ReadPermit permit, ListPermit visible)
    {
        var counts = new long[Kinds.Length];
        for (var kind = 0; kind < Kinds.Length; kind++) counts[kind] = await links.CountChildrenAsync(permit, visible, Kinds[kind]);
        return counts;
    }
}
