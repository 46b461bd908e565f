using System.Globalization;

namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>The id of a managed object, unique in its tenant; a positive number that the interface shows as a string.</summary>
[GenerateSerializer, Immutable, Alias("ObjectId")]
public readonly record struct ObjectId([property: Id(0)] long Value) : IComparable<ObjectId>
{
    /// <summary>Reads an id from a path, a body or a template; false when it cannot name an object.</summary>
    public static bool TryParse(string? text, out ObjectId id)
    {
        id = default;
        if (text is null || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value <= 0) return false;
        id = new ObjectId(value);
        return true;
    }

    /// <summary>The key of the object's grains: its managed object and, under the same id, its device.</summary>
    public string GrainKey(TenantId tenant) => $"{tenant.Value}/{Value.ToString(CultureInfo.InvariantCulture)}";

    public static ObjectId OfGrainKey(string key) =>
        new(long.Parse(key.AsSpan(key.IndexOf('/', StringComparison.Ordinal) + 1), NumberStyles.None, CultureInfo.InvariantCulture));

    /// <summary>The same for a key that may be another grain's; false when it names no object.</summary>
    public static bool TryOfGrainKey(string? key, out ObjectId id)
    {
        id = default;
        return key is not null && key.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 && TryParse(key[(slash + 1)..], out id);
    }

    public int CompareTo(ObjectId other) => Value.CompareTo(other.Value);

    public static bool operator <(ObjectId left, ObjectId right) => left.Value < right.Value;
    public static bool operator >(ObjectId left, ObjectId right) => left.Value > right.Value;
    public static bool operator <=(ObjectId left, ObjectId right) => left.Value <= right.Value;
    public static bool operator >=(ObjectId left, ObjectId right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
