namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>The id of an event: source, time and sequence number (<see cref="PlacedId"/>). An event's time never changes, so its id does not.</summary>
/// <param name="Source">The managed object that it happened to.</param>
/// <param name="TimeMs">The event's time in milliseconds since 1970 UTC, never negative.</param>
/// <param name="Sequence">The store's running number, unique in the store.</param>
[GenerateSerializer, Immutable, Alias("EventId")]
public readonly record struct EventId([property: Id(0)] ObjectId Source, [property: Id(1)] long TimeMs, [property: Id(2)] long Sequence)
{
    public static bool TryParse(string? text, out EventId id)
    {
        var isId = PlacedId.TryParse(text, out var source, out var timeMs, out var sequence);
        id = isId ? new EventId(source, timeMs, sequence) : default;
        return isId;
    }

    public override string ToString() => PlacedId.Text(Source, TimeMs, Sequence);
}
