using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Wire;

/// <summary>A measurement, written without a string for any of its parts: lists hold thousands.</summary>
[JsonConverter(typeof(AsDocument))]
internal sealed record MeasurementWire(Measurement Measurement, Links Links)
{
    public static MeasurementWire From(Measurement measurement, Links links) => new(measurement, links);

    /// <summary>A measurement as it was sent, with the id that it was given.</summary>
    public static MeasurementWire From(MeasurementId id, NewMeasurement sent, Links links) =>
        new(new Measurement(id, sent.Type, sent.Time, sent.Members), links);

    internal sealed class AsDocument : WriteOnlyConverter<MeasurementWire>
    {
        private const int IdBytesMax = 19 + 15 + 15;

        public override void Write(Utf8JsonWriter writer, MeasurementWire value, JsonSerializerOptions options)
        {
            var measurement = value.Measurement;
            Span<byte> text = stackalloc byte[IdBytesMax];
            var id = text[..IdOf(measurement.Id, text)];
            Utf8Formatter.TryFormat(measurement.Id.Source.Value, text, out var sourceBytes);
            var source = id[..sourceBytes];

            writer.WriteStartObject();
            writer.WriteString("id"u8, id);
            writer.WriteSelf(value.Links.MeasurementPrefix, id);
            writer.WriteStartObject("source"u8);
            writer.WriteString("id"u8, source);
            writer.WriteSelf(value.Links.ManagedObjectPrefix, source);
            writer.WriteEndObject();
            writer.WriteTime("time"u8, measurement.Time);
            writer.WriteString("type"u8, measurement.Type);
            WriteMembers(writer, measurement.Members);
            writer.WriteEndObject();
        }

        private static int IdOf(MeasurementId id, Span<byte> to)
        {
            Utf8Formatter.TryFormat(id.Source.Value, to, out var bytes);
            Utf8Formatter.TryFormat(id.TimeMs, to[bytes..], out _, new StandardFormat('D', 15));
            Utf8Formatter.TryFormat(id.Sequence, to[(bytes + 15)..], out _, new StandardFormat('D', 15));
            return bytes + 30;
        }

        /// <summary>The members were stored as one run of <c>"name":value</c>; the writer wants names and values one by one.</summary>
        private static void WriteMembers(Utf8JsonWriter writer, byte[] members)
        {
            if (members.Length == 0) return;
            var rented = ArrayPool<byte>.Shared.Rent(members.Length + 2);
            var json = rented.AsSpan(0, members.Length + 2);
            json[0] = (byte)'{';
            members.CopyTo(json[1..]);
            json[^1] = (byte)'}';
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Limits.JsonDepthMax + 1 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueIsEscaped) writer.WritePropertyName(reader.GetString()!);
                else writer.WritePropertyName(reader.ValueSpan);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                writer.WriteRawValue(json[start..(int)reader.BytesConsumed], skipInputValidation: true);
            }
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

/// <summary>The answer to sending several at once: the same shape back, in the same order.</summary>
internal sealed record MeasurementsWire(IReadOnlyList<MeasurementWire> Measurements);

internal sealed record MeasurementCollectionWire : PageWire
{
    private MeasurementCollectionWire(PageWire frame, IReadOnlyList<MeasurementWire> rows) : base(frame) => Measurements = rows;

    public IReadOnlyList<MeasurementWire> Measurements { get; }

    public static MeasurementCollectionWire From(PageWire frame, Page<Measurement> page, Links links) =>
        new(frame, [.. page.Items.Select(row => MeasurementWire.From(row, links))]);
}
