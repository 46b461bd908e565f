using System.Text.Json;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Telemetry;

/// <summary>Which fragments a measurement has, told from its members as received.</summary>
internal static class MeasurementMembers
{
    /// <summary>Whether there are members and each is one of these.</summary>
    public static bool AreAllIn(byte[] members, Coverage covered)
    {
        if (members.Length == 0) return false;
        var reader = new Utf8JsonReader([(byte)'{', .. members, (byte)'}']);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!covered.Has(reader.GetString()!)) return false;
            reader.Skip();
        }
        return true;
    }

    /// <summary>Those of the members that are of these, byte by byte as received.</summary>
    public static byte[] CutTo(byte[] members, IReadOnlySet<string> covered)
    {
        byte[] whole = [(byte)'{', .. members, (byte)'}'];
        var kept = new List<byte>(members.Length);
        var reader = new Utf8JsonReader(whole);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (start, isCovered) = ((int)reader.TokenStartIndex, covered.Contains(reader.GetString()!));
            reader.Skip();
            if (!isCovered) continue;
            if (kept.Count > 0) kept.Add((byte)',');
            kept.AddRange(whole.AsSpan(start, (int)reader.BytesConsumed - start));
        }
        return [.. kept];
    }
}

/// <summary>A measurement as a device sent it, before it has an id.</summary>
/// <param name="Type">The client's own word for what was measured.</param>
/// <param name="Time">The device's time; its offset is kept and shown again.</param>
/// <param name="Members">
/// The fragments as one run of JSON members without braces, for example <c>"c8y_T":{"T":{"value":25}}</c>, as received.
/// At most <see cref="Limits.MeasurementBytesMax"/> bytes.
/// </param>
[GenerateSerializer, Immutable, Alias("NewMeasurement")]
public sealed record NewMeasurement(string Type, DateTimeOffset Time, byte[] Members) : IFragmentNames
{
    /// <inheritdoc/>
    public bool AreAllIn(Coverage covered) => MeasurementMembers.AreAllIn(Members, covered);
}

/// <summary>A measurement and the object that it is of.</summary>
[GenerateSerializer, Immutable, Alias("SourcedMeasurement")]
public readonly record struct SourcedMeasurement([property: Id(0)] ObjectId Source, [property: Id(1)] NewMeasurement Measurement);

/// <summary>A stored measurement. Its source is part of its id.</summary>
[GenerateSerializer, Immutable, Alias("Measurement")]
public sealed record Measurement(MeasurementId Id, string Type, DateTimeOffset Time, byte[] Members) : IFragmentNames
{
    /// <inheritdoc/>
    public bool AreAllIn(Coverage covered) => MeasurementMembers.AreAllIn(Members, covered);

    /// <summary>The measurement with those fragments only that are covered; null where there are none.</summary>
    public Measurement? CutTo(Coverage coverage)
    {
        if (coverage.Covers(this)) return this;
        return coverage.Types is { } types && MeasurementMembers.CutTo(Members, types) is { Length: > 0 } members ? this with { Members = members } : null;
    }
}

/// <summary>Which measurements are wanted; every filter given must hold.</summary>
/// <param name="Source">One managed object, or all that the reader may see.</param>
/// <param name="FromMs">Earliest time, inclusive, in milliseconds since 1970 UTC.</param>
/// <param name="ToMs">Latest time, inclusive.</param>
/// <param name="FragmentType">A fragment that must be there.</param>
/// <param name="FragmentSeries">A series of that fragment (of any fragment when none is named).</param>
/// <param name="NewestFirst">The interface's <c>revert</c>: oldest first is the default.</param>
[GenerateSerializer, Immutable, Alias("MeasurementQuery")]
public sealed record MeasurementQuery(
    ObjectId? Source, long? FromMs, long? ToMs, string? Type, string? FragmentType, string? FragmentSeries, bool NewestFirst);
