namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>
/// The id of an operation: device, creation time and sequence number (<see cref="PlacedId"/>). Ids of one device ascend in the order
/// of creation.
/// </summary>
/// <param name="Device">The managed object that is to carry the operation out.</param>
/// <param name="CreationMs">When it was made, in milliseconds since 1970 UTC.</param>
/// <param name="Sequence">The store's running number, unique in the store.</param>
[GenerateSerializer, Immutable, Alias("OperationId")]
public readonly record struct OperationId([property: Id(0)] ObjectId Device, [property: Id(1)] long CreationMs, [property: Id(2)] long Sequence)
{
    public DateTimeOffset CreationTime => DateTimeOffset.FromUnixTimeMilliseconds(CreationMs);

    public static bool TryParse(string? text, out OperationId id)
    {
        id = default;
        // A time that no calendar has cannot have been given out.
        if (!PlacedId.TryParse(text, out var device, out var creationMs, out var sequence) || creationMs > CreationMsMax) return false;
        id = new OperationId(device, creationMs, sequence);
        return true;
    }

    public override string ToString() => PlacedId.Text(Device, CreationMs, Sequence);

    private static readonly long CreationMsMax = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
}
