using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Abstractions;

/// <summary>One free-form member of a document: its name and its value as the UTF-8 JSON that was received.</summary>
[GenerateSerializer, Immutable, Alias("Fragment")]
public readonly record struct Fragment([property: Id(0)] string Name, [property: Id(1)] byte[] Json)
{
    /// <summary>True for the value <c>null</c>, which in a change takes the fragment away.</summary>
    public bool IsNull => Json.AsSpan().SequenceEqual("null"u8);
}

/// <summary>
/// The free-form members of a document in the order they came. Values are never re-serialised: what a client sent is
/// what the next reader gets.
/// </summary>
[GenerateSerializer, Immutable, Alias("Fragments")]
public sealed class Fragments : IFragmentNames
{
    public static readonly Fragments None = new([]);

    public Fragments(IReadOnlyList<Fragment> items) => Items = items;

    [Id(0)] public IReadOnlyList<Fragment> Items { get; }

    public int Count => Items.Count;

    public bool Has(string name)
    {
        // By index, for a list of objects asks thousands of times: an enumerator of an interface is an object of its own.
        for (var i = 0; i < Items.Count; i++)
            if (Items[i].Name == name)
                return true;
        return false;
    }

    /// <inheritdoc/>
    public bool AreAllIn(Coverage covered)
    {
        foreach (var item in Items)
            if (!covered.Has(item.Name))
                return false;
        return Items.Count > 0;
    }

    /// <summary>These without the one of this name.</summary>
    public Fragments Without(string name)
    {
        if (!Has(name)) return this;
        var others = new List<Fragment>(Items.Count);
        foreach (var item in Items)
            if (item.Name != name)
                others.Add(item);
        return new Fragments(others);
    }

    /// <summary>Whether both hold the same names with the same bytes in the same order.</summary>
    public bool IsSame(Fragments other)
    {
        if (Count != other.Count) return false;
        for (var i = 0; i < Count; i++)
            if (Items[i].Name != other.Items[i].Name || !Items[i].Json.AsSpan().SequenceEqual(other.Items[i].Json))
                return false;
        return true;
    }

    /// <summary>Each changed fragment replaces the one of its name as a whole, null removes it, new ones go last.</summary>
    public Fragments Merge(Fragments change)
    {
        var merged = new List<Fragment>(Items);
        foreach (var item in change.Items)
        {
            var at = merged.FindIndex(f => f.Name == item.Name);
            if (item.IsNull)
            {
                if (at >= 0) merged.RemoveAt(at);
            }
            else if (at >= 0) merged[at] = item;
            else merged.Add(item);
        }
        return new Fragments(merged);
    }
}
