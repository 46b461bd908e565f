namespace Bailiwick.Grains.Abstractions;

/// <summary>Which page of a list is wanted. <see cref="Number"/> counts from 1.</summary>
[GenerateSerializer, Immutable, Alias("PageRequest")]
public readonly record struct PageRequest(
    [property: Id(0)] int Number, [property: Id(1)] int Size, [property: Id(2)] bool WithTotal)
{
    public static readonly PageRequest First = new(1, Limits.PageSizeDefault, false);

    public long Skip => (long)(Number - 1) * Size;
}

/// <summary>One page: full unless it is the last, and holding nothing that its reader may not see.</summary>
/// <param name="Items">The page's rows.</param>
/// <param name="HasMore">Whether a later page holds anything.</param>
/// <param name="Total">How many rows the reader may see in all; null unless asked for.</param>
[GenerateSerializer, Immutable, Alias("Page`1")]
public sealed record Page<T>(IReadOnlyList<T> Items, bool HasMore, long? Total)
{
    public static readonly Page<T> Empty = new([], false, 0);

    public Page<TOther> Select<TOther>(Func<T, TOther> map) => new([.. Items.Select(map)], HasMore, Total);

    /// <summary>Cuts a page out of a whole list that is small by nature (groups, tenants).</summary>
    public static Page<T> Of(IReadOnlyCollection<T> all, PageRequest page) => new(
        [.. all.Skip((int)Math.Min(page.Skip, int.MaxValue)).Take(page.Size)], all.Count > page.Skip + page.Size, page.WithTotal ? all.Count : null);
}
