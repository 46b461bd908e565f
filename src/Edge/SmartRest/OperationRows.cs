using System.Buffers;
using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.SmartRest;

/// <summary>
/// Writes operations as rows of their templates. It knows paths and conditions, and not one fragment or message id: those are data. An operation
/// with several fragments that have templates is several rows, and one with none is no row.
/// </summary>
internal static class OperationRows
{
    private const string AnyElement = "[]";

    /// <summary>The rows of one operation, in the order of its fragments; each is a message of its own.</summary>
    /// <param name="device">The external id of the device meant.</param>
    public static IEnumerable<(ResponseTemplate Template, ReadOnlyMemory<byte> Row)> Of(TemplateSet templates, Operation operation, string device)
    {
        foreach (var fragment in operation.Fragments.Items)
        {
            if (!templates.Operations.Any(template => template.Operation!.Fragment == fragment.Name)) continue;
            using var document = JsonDocument.Parse(fragment.Json, new JsonDocumentOptions { MaxDepth = Limits.JsonDepthMax });
            foreach (var template in templates.Operations)
                if (template.Operation!.Fragment == fragment.Name && Meets(template.Operation, document.RootElement))
                    yield return (template, Write(template, device, document.RootElement));
        }
    }

    /// <summary>Checks an entry and cuts its paths; null when it is no row of an operation.</summary>
    /// <exception cref="InvalidOperationException">The entry is wrong; the message says where.</exception>
    public static OperationRow? Compile(ResponseEntry entry, string file)
    {
        if (entry.Operation is null)
            return entry.When is null && entry.Unless is null && entry.Parts is null
                ? null : throw Wrong("conditions and parts are those of an operation");
        if (entry.Answers is not null) throw Wrong("a row of an operation answers no command");
        if (entry.Parts is not null && entry.Columns.Count > 0) throw Wrong("has columns and parts");
        var parts = entry.Parts ?? [new PartEntry(entry.Columns)];
        if (parts.Any(part => part.Columns.Concat([part.At]).Any(path => Path(path).Contains(AnyElement)))) throw Wrong("an element is named in a condition only");
        return new OperationRow(
            entry.Operation, entry.When is null ? null : Path(entry.When), entry.Unless is null ? null : Path(entry.Unless),
            [.. parts.Select(part => new OperationPart(part.Marker is null ? null : Encoding.UTF8.GetBytes(part.Marker), Path(part.At), part.List, [.. part.Columns.Select(Path)]))]);

        InvalidOperationException Wrong(string what) => new($"{file}: response {entry.Id}: {what}");
    }

    private static string[] Path(string path) => path.Split('.', StringSplitOptions.RemoveEmptyEntries);

    private static bool Meets(OperationRow row, JsonElement fragment) =>
        (row.When is null || Holds(fragment, row.When)) && (row.Unless is null || !Holds(fragment, row.Unless));

    /// <summary>Whether a path leads to something that says something.</summary>
    private static bool Holds(JsonElement at, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty) return at.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False) && !IsEmptyText(at);
        if (path[0] != AnyElement) return Step(at, path[0]) is { } next && Holds(next, path[1..]);
        if (at.ValueKind != JsonValueKind.Array) return false;
        foreach (var element in at.EnumerateArray())
            if (Holds(element, path[1..]))
                return true;
        return false;
    }

    private static ReadOnlyMemory<byte> Write(ResponseTemplate template, string device, JsonElement fragment)
    {
        var output = new ArrayBufferWriter<byte>(128);
        var row = new CsvWriter(output);
        row.Field(template.Id);
        row.Field(device);
        foreach (var part in template.Operation!.Parts)
        {
            var at = Follow(fragment, part.At);
            if (part.Marker is not null)
            {
                if (at is null) continue;
                row.Field(part.Marker);
            }
            if (!part.IsList) Columns(ref row, part, at);
            else if (at is { ValueKind: JsonValueKind.Array } list)
                foreach (var element in list.EnumerateArray())
                    Columns(ref row, part, element);
        }
        return output.WrittenMemory;
    }

    private static void Columns(ref CsvWriter row, OperationPart part, JsonElement? at)
    {
        foreach (var column in part.Columns)
            switch (at is { } from ? Follow(from, column) : null)
            {
                case null or { ValueKind: JsonValueKind.Null }:
                    row.Field(ReadOnlySpan<byte>.Empty);
                    break;
                case { ValueKind: JsonValueKind.String } text:
                    row.Field(text.GetString()!);
                    break;
                case { } other:
                    row.Field(other.GetRawText());
                    break;
            }
    }

    private static JsonElement? Follow(JsonElement from, string[] path)
    {
        JsonElement? at = from;
        foreach (var name in path) at = at is { } here ? Step(here, name) : null;
        return at;
    }

    private static JsonElement? Step(JsonElement at, string name) =>
        at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var value) ? value : null;

    private static bool IsEmptyText(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals(ReadOnlySpan<byte>.Empty);
}
