using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Storage;

/// <summary>The objects whose data a list may show, and what of it.</summary>
public sealed class VisibleSources
{
    public static readonly VisibleSources None = new([]);

    /// <summary>
    /// More objects than anybody tells one by one: all of which the scope of the list's permit shows data. The store asks it of each source that it
    /// meets.
    /// </summary>
    public static readonly VisibleSources OfScope = new(null, null, true);

    private readonly IReadOnlyDictionary<ObjectId, Coverage>? _partly;

    /// <param name="ids">Ascending and distinct.</param>
    /// <param name="partly">Of objects not all of whose data shows, the fragments that are covered; null where there is none such.</param>
    public VisibleSources(IReadOnlyList<ObjectId> ids, IReadOnlyDictionary<ObjectId, Coverage>? partly = null) : this(ids, partly, false)
    {
    }

    private VisibleSources(IReadOnlyList<ObjectId>? ids, IReadOnlyDictionary<ObjectId, Coverage>? partly, bool areOfScope) =>
        (Ids, _partly, AreOfScope) = (ids, partly, areOfScope);

    /// <summary>The objects meant, ascending and distinct; null where they are not told one by one.</summary>
    public IReadOnlyList<ObjectId>? Ids { get; }

    /// <summary>Whether the permit's scope has to be asked, of each of these or of any object, what of its data shows.</summary>
    public bool AreOfScope { get; }

    /// <summary>Whether rows have to be read before they may show: the keys do not say what they hold.</summary>
    public bool HasPartly => _partly is { Count: > 0 };

    /// <summary>How much of the data of one of these objects shows, where the scope need not be asked.</summary>
    public Coverage Of(ObjectId source) => _partly is not null && _partly.TryGetValue(source, out var coverage) ? coverage : Coverage.Whole;

    /// <summary>Whether one piece of data of one of these objects shows.</summary>
    public bool Shows(ObjectId source, IFragmentNames document) => Of(source).Covers(document);

    /// <summary>These without what is not in the other.</summary>
    public VisibleSources Among(IReadOnlyCollection<ObjectId> others)
    {
        if (Ids is null) return new([.. others.Distinct().Order()], _partly, AreOfScope);
        var kept = others as IReadOnlySet<ObjectId> ?? others.ToHashSet();
        return new([.. Ids.Where(kept.Contains)], _partly, AreOfScope);
    }
}
