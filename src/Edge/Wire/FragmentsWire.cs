using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Wire;

/// <summary>Free members as an object of their own.</summary>
[JsonConverter(typeof(AsObject))]
internal sealed record FragmentsWire(Fragments Fragments)
{
    public static readonly FragmentsWire None = new(Fragments.None);

    internal sealed class AsObject : WriteOnlyConverter<FragmentsWire>
    {
        public override void Write(Utf8JsonWriter writer, FragmentsWire value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteFragments(value.Fragments);
            writer.WriteEndObject();
        }
    }
}

/// <summary>Puts free members into a document, byte by byte as they were received.</summary>
internal static class FragmentWriting
{
    public static void WriteFragments(this Utf8JsonWriter writer, Fragments fragments)
    {
        for (var i = 0; i < fragments.Count; i++)
        {
            var fragment = fragments.Items[i];
            writer.WritePropertyName(fragment.Name);
            writer.WriteRawValue(fragment.Json, skipInputValidation: true); // it was validated when it was received
        }
    }
}
