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
        this ILinkStore links, ManagedObject document, ReadPermit permit, ListPermit visible, ViewOptions options) =>
        new(document,
            options.WithChildren ? await links.OfEachKindAsync(permit, visible, parents: false) : null,
            options.WithParents ? await links.OfEachKindAsync(permit, visible, parents: true) : null);

    /// <summary>In the order of <see cref="ChildKind"/>.</summary>
    private static async ValueTask<IReadOnlyList<ObjectReference>[]> OfEachKindAsync(this ILinkStore links, ReadPermit permit, ListPermit visible, bool parents)
    {
        var references = new IReadOnlyList<ObjectReference>[Kinds.Length];
        for (var kind = 0; kind < Kinds.Length; kind++)
            references[kind] = await links.ReferencesAsync(permit, visible, Kinds[kind], parents, Limits.EmbeddedReferencesMax);
        return references;
    }
}
