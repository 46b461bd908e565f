namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>
/// The id of a measurement says where it lies: source, time and the store's sequence number (<see cref="PlacedId"/>). So a read by id
/// needs no index row, which halves what a measurement costs to store.
/// </summary>
/// <param name="Source">The managed object measured.</param>
/// <param name="TimeMs">The measurement's time in milliseconds since 1970 UTC; negative times are not accepted.</param>
/// <param name="Sequence">The store's running number, unique in the store.</param>
[GenerateSerializer, Immutable, Alias("MeasurementId")]
public readonly record struct MeasurementId([property: Id(0)] ObjectId Source, [property: Id(1)] long TimeMs, [property: Id(2)] long Sequence)
{
    public static bool TryParse(string? text, out MeasurementId id)
    {
        var isId = PlacedId.TryParse(text, out var source, out var timeMs, out var sequence);
        id = isId ? new MeasurementId(source, timeMs, sequence) : default;
        return isId;
    }

    public override string ToString() => PlacedId.Text(Source, TimeMs, Sequence);
}
