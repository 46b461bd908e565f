using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bailiwick.Edge.Wire;

/// <summary>How many there are: the answer is the number alone.</summary>
[JsonConverter(typeof(AsNumber))]
internal sealed record CountWire(long Count)
{
    internal sealed class AsNumber : WriteOnlyConverter<CountWire>
    {
        public override void Write(Utf8JsonWriter writer, CountWire value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Count);
    }
}

/// <summary>Writes a document by hand: one with free members, or with rows so many that their making counts.</summary>
internal abstract class WriteOnlyConverter<T> : JsonConverter<T>
{
    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Documents of requests are read by JsonBody.");
}
