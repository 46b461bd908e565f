using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Storage;

/// <summary>The objects whose data a list may show, and what of it.</summary>
/// <param name="ids">Ascending and distinct.</param>
/// <param name="partly">Of objects not all of whose data shows, the fragments that are covered; null where there is none such.</param>
public sealed class VisibleSources(IReadOnlyList<ObjectId> ids, IReadOnlyDictionary<ObjectId, Coverage>? partly = null)
{
    public static readonly VisibleSources None = new([]);

    public IReadOnlyList<ObjectId> Ids => ids;

    /// <summary>Whether rows have to be read before they may show: the keys do not say what they hold.</summary>
    public bool HasPartly => partly is { Count: > 0 };

    /// <summary>Whether one piece of data of one of these objects shows.</summary>
    public bool Shows(ObjectId source, IFragmentNames document) =>
        partly is null || !partly.TryGetValue(source, out var coverage) || coverage.Covers(document);

    /// <summary>These without what is not in the other.</summary>
    public VisibleSources Among(IReadOnlyCollection<ObjectId> others)
    {
        var kept = others as IReadOnlySet<ObjectId> ?? others.ToHashSet();
        return new([.. ids.Where(kept.Contains)], partly);
    }
}
