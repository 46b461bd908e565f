using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bailiwick.Edge.Wire;

/// <summary>Where a family of resources is found: its lists, and templates of the addresses by which they are asked.</summary>
/// <param name="Base">Scheme and host.</param>
/// <param name="Path">The family's own address.</param>
/// <param name="Lists">Names and paths of its lists.</param>
/// <param name="Templates">Names and templates, with placeholders in braces.</param>
[JsonConverter(typeof(AsDocument))]
internal sealed record ApiRootWire(
    string Base, string Path, IReadOnlyList<KeyValuePair<string, string>> Lists, IReadOnlyList<KeyValuePair<string, string>> Templates)
{
    internal sealed class AsDocument : WriteOnlyConverter<ApiRootWire>
    {
        public override void Write(Utf8JsonWriter writer, ApiRootWire value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("self"u8, value.Base + value.Path);
            foreach (var (name, path) in value.Lists)
            {
                writer.WriteStartObject(name);
                writer.WriteString("self"u8, value.Base + path);
                writer.WriteEndObject();
            }
            foreach (var (name, template) in value.Templates) writer.WriteString(name, value.Base + template);
            writer.WriteEndObject();
        }
    }
}

/// <summary>All families at once.</summary>
internal sealed record PlatformWire(
    string Self, ApiRootWire Inventory, ApiRootWire Identity, ApiRootWire Event, ApiRootWire Measurement, ApiRootWire Audit, ApiRootWire Alarm, ApiRootWire User, ApiRootWire DeviceControl, ApiRootWire Tenant);
