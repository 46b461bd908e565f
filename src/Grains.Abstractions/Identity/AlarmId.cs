namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>
/// The id of an alarm: source, time of its first occurrence and sequence number (<see cref="PlacedId"/>). Its time moves on when it is
/// raised again; the first one does not, so its id does not either.
/// </summary>
/// <param name="Source">The managed object that it is about.</param>
/// <param name="FirstMs">When it was first raised, in milliseconds since 1970 UTC, never negative.</param>
/// <param name="Sequence">The store's running number, unique in the store.</param>
[GenerateSerializer, Immutable, Alias("AlarmId")]
public readonly record struct AlarmId([property: Id(0)] ObjectId Source, [property: Id(1)] long FirstMs, [property: Id(2)] long Sequence)
{
    public static bool TryParse(string? text, out AlarmId id)
    {
        var isId = PlacedId.TryParse(text, out var source, out var firstMs, out var sequence);
        id = isId ? new AlarmId(source, firstMs, sequence) : default;
        return isId;
    }

    public override string ToString() => PlacedId.Text(Source, FirstMs, Sequence);
}
