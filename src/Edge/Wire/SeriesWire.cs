using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Wire;

/// <summary>
/// Values in columns: by time, one element for each entry of <c>series</c> and in its order, null where there is no value. Times are UTC.
/// </summary>
[JsonConverter(typeof(AsDocument))]
internal sealed record SeriesWire(SeriesReport Report)
{
    internal sealed class AsDocument : WriteOnlyConverter<SeriesWire>
    {
        public override void Write(Utf8JsonWriter writer, SeriesWire value, JsonSerializerOptions options)
        {
            var report = value.Report;
            writer.WriteStartObject();
            writer.WriteStartObject("values"u8);
            foreach (var row in report.Rows) WriteRow(writer, row, report.Columns.Count);
            writer.WriteEndObject();
            writer.WriteStartArray("series"u8);
            foreach (var column in report.Columns)
            {
                writer.WriteStartObject();
                writer.WriteString("type"u8, column.Name.Fragment);
                writer.WriteString("name"u8, column.Name.Series);
                if (column.Unit is not null) writer.WriteString("unit"u8, column.Unit);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteBoolean("truncated"u8, report.IsTruncated);
            writer.WriteEndObject();
        }

        private static void WriteRow(Utf8JsonWriter writer, SeriesRow row, int columns)
        {
            writer.WriteStartArray(WireTime.Text(DateTimeOffset.FromUnixTimeMilliseconds(row.TimeMs)));
            var at = 0;
            for (var column = 0; column < columns; column++)
            {
                if (at == row.Cells.Count || row.Cells[at].Column != column)
                {
                    writer.WriteNullValue();
                    continue;
                }
                writer.WriteStartObject();
                writer.WriteNumber("min"u8, row.Cells[at].Min);
                writer.WriteNumber("max"u8, row.Cells[at].Max);
                writer.WriteEndObject();
                at++;
            }
            writer.WriteEndArray();
        }
    }
}

/// <summary>The fragments that were ever measured on an object.</summary>
internal sealed record SupportedMeasurementsWire([property: JsonPropertyName("c8y_SupportedMeasurements")] IReadOnlyList<string> Fragments)
{
    public static SupportedMeasurementsWire From(IReadOnlyList<SeriesName> names) => new([.. names.Select(name => name.Fragment).Distinct()]);
}

/// <summary>The series that were ever measured on an object, each with its fragment before a dot.</summary>
internal sealed record SupportedSeriesWire([property: JsonPropertyName("c8y_SupportedSeries")] IReadOnlyList<string> Series)
{
    public static SupportedSeriesWire From(IReadOnlyList<SeriesName> names) => new([.. names.Select(name => $"{name.Fragment}.{name.Series}")]);
}
