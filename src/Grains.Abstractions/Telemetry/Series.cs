using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Telemetry;

/// <summary>A series of a fragment, for example <c>T</c> of <c>c8y_Temperature</c>.</summary>
[GenerateSerializer, Immutable, Alias("SeriesName")]
public readonly record struct SeriesName([property: Id(0)] string Fragment, [property: Id(1)] string Series);

/// <summary>Over how long values are drawn together, by UTC. <see cref="None"/> keeps each moment apart.</summary>
public enum Aggregation : byte
{
    None = 0,
    Minutely = 1,
    Hourly = 2,
    Daily = 3,
}

/// <summary>Which values of one object are wanted.</summary>
/// <param name="FromMs">Earliest time, inclusive, in milliseconds since 1970 UTC.</param>
/// <param name="ToMs">Latest time, inclusive.</param>
/// <param name="Series">The columns wanted, in their order; empty for all that occur, at most <see cref="Limits.SeriesColumnsMax"/>.</param>
[GenerateSerializer, Immutable, Alias("SeriesQuery")]
public sealed record SeriesQuery(
    ObjectId Source, long FromMs, long ToMs, IReadOnlyList<SeriesName> Series, Aggregation Aggregation, bool NewestFirst);

/// <summary>A column of an answer, and the unit that its values came with last, if any.</summary>
[GenerateSerializer, Immutable, Alias("SeriesColumn")]
public sealed record SeriesColumn(SeriesName Name, string? Unit);

/// <summary>The least and the greatest value of one column in one row.</summary>
[GenerateSerializer, Immutable, Alias("SeriesCell")]
public readonly record struct SeriesCell([property: Id(0)] int Column, [property: Id(1)] double Min, [property: Id(2)] double Max);

/// <summary>The values of one moment, or of the span of time that begins then.</summary>
/// <param name="Cells">In the order of their columns; a column without a value is not there.</param>
[GenerateSerializer, Immutable, Alias("SeriesRow")]
public readonly record struct SeriesRow([property: Id(0)] long TimeMs, [property: Id(1)] IReadOnlyList<SeriesCell> Cells);

/// <summary>Values of one object in columns.</summary>
/// <param name="IsTruncated">Whether there is more than an answer holds (<see cref="Limits.SeriesRowsMax"/> and its neighbours).</param>
[GenerateSerializer, Immutable, Alias("SeriesReport")]
public sealed record SeriesReport(IReadOnlyList<SeriesColumn> Columns, IReadOnlyList<SeriesRow> Rows, bool IsTruncated);
