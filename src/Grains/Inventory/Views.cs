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
        (await links.ViewsAsync([document], [permit], visible, options))[0];

    /// <param name="permits">One for each document, in their order.</param>
    public static async ValueTask<List<ManagedObjectView>> ViewsAsync(
        this ILinkStore links, IReadOnlyList<ManagedObject> documents, IReadOnlyList<ReadPermit> permits, ListPermit visible, ViewOptions options)
    {
        var children = options.WithChildren ? await links.ReferencesAsync(permits, visible, Kinds, parents: false, Limits.EmbeddedReferencesMax) : null;
        foreach (var ofOne in options.WithoutChildNames ? children ?? [] : [])
            for (var kind = 0; kind < Kinds.Length; kind++)
                ofOne[kind] = [.. ofOne[kind].Select(reference => reference with { Name = null })];
        var groups = options is { WithGroups: true, WithParents: false } ? await links.ReferencesAsync(permits, visible, [ChildKind.Asset], parents: true, Limits.EmbeddedReferencesMax) : null;
        var views = new List<ManagedObjectView>(documents.Count);
        for (var index = 0; index < documents.Count; index++)
        {
            var parents = options.WithParents ? await links.AncestorsAsync(permits[index], visible, Limits.EmbeddedReferencesMax) : groups?[index];
            views.Add(new(documents[index], children?[index], parents, options.WithChildCounts ? await links.CountsAsync(permits[index], visible) : null));
        }
        return views;
    }

    private static async ValueTask<long[]> CountsAsync(this ILinkStore links, ReadPermit permit, ListPermit visible)
    {
        var counts = new long[Kinds.Length];
        for (var kind = 0; kind < Kinds.Length; kind++) counts[kind] = await links.CountChildrenAsync(permit, visible, Kinds[kind]);
        return counts;
    }
}
