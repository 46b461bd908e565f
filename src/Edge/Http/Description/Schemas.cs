using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Bailiwick.Edge.Wire;
using Microsoft.OpenApi;

namespace Bailiwick.Edge.Http.Description;

/// <summary>
/// The schemas of the documents: as the serialiser itself says, and in our words for documents with free fragments, which write themselves.
/// </summary>
internal static class Schemas
{
    // Members that the platform gives and a client's body need not have, those that the interface wants, and those that may be there. Everything else is a fragment.
    private static readonly Dictionary<Type, (string[] Given, string[] Wanted, string[] Others)> Documents = new()
    {
        [typeof(ManagedObjectWire)] = (["id", "self", "owner", "creationTime", "lastUpdated", "childDevices", "childAssets", "childAdditions", "deviceParents", "assetParents", "additionParents"], [], ["name", "type"]),
        [typeof(MeasurementWire)] = (["id", "self"], ["source", "time", "type"], []),
        [typeof(EventWire)] = (["id", "self", "creationTime", "lastUpdated"], ["source", "time", "type", "text"], []),
        [typeof(AlarmWire)] = (["id", "self", "creationTime", "lastUpdated", "firstOccurrenceTime", "count"], ["source", "time", "type", "text", "severity"], ["status"]),
        [typeof(OperationWire)] = (["id", "self", "creationTime"], ["deviceId"], ["status", "failureReason"]),
        [typeof(AuditRecordWire)] = (["id", "self", "creationTime", "user"], ["time", "type", "text", "activity"], ["source", "severity", "application", "changes"]),
    };

    public static string NameOf(Type wire)
    {
        var name = wire.Name.EndsWith("Wire", StringComparison.Ordinal) ? wire.Name[..^4] : wire.Name;
        return JsonNamingPolicy.CamelCase.ConvertName(name);
    }

    public static OpenApiSchema Of(Type wire) =>
        Documents.TryGetValue(wire, out var members) ? OfDocument(members.Given, members.Wanted, members.Others)
        : OfNode(WireJson.Of(wire).GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }));

    public static OpenApiSchema Of(ParameterKind kind) => kind switch
    {
        ParameterKind.Flag => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        ParameterKind.Number => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "0" },
        ParameterKind.Texts => new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() },
        _ => Text(),
    };

    private static OpenApiSchema OfDocument(string[] given, string[] wanted, string[] others)
    {
        var schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema>(), AdditionalPropertiesAllowed = true, Required = new HashSet<string>(wanted) };
        foreach (var name in (string[])[.. given, .. wanted, .. others])
        {
            var member = name switch
            {
                "source" => new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema> { ["id"] = Text(), ["self"] = Text() } },
                "count" => new OpenApiSchema { Type = JsonSchemaType.Integer },
                "changes" => new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Object } },
                _ when name.StartsWith("child", StringComparison.Ordinal) || name.EndsWith("Parents", StringComparison.Ordinal) => new OpenApiSchema { Type = JsonSchemaType.Object },
                _ => Text(),
            };
            member.ReadOnly = given.Contains(name);
            schema.Properties.Add(name, member);
        }
        return schema;
    }

    /// <summary>A schema as the serialiser exports it. Where a type writes itself, it can say nothing.</summary>
    private static OpenApiSchema OfNode(JsonNode node)
    {
        if (node is not JsonObject given) return new OpenApiSchema();
        var schema = new OpenApiSchema { Type = TypeOf(given["type"]) };
        if (given["properties"] is JsonObject properties)
            schema.Properties = properties.ToDictionary(property => property.Key, property => (IOpenApiSchema)OfNode(property.Value!));
        if (given["items"] is { } items) schema.Items = OfNode(items);
        return schema;
    }

    private static JsonSchemaType? TypeOf(JsonNode? type) => type switch
    {
        JsonArray several => several.Aggregate(default(JsonSchemaType), (all, one) => all | Named(one!.GetValue<string>())),
        JsonValue one => Named(one.GetValue<string>()),
        _ => null,
    };

    private static JsonSchemaType Named(string name) => Enum.Parse<JsonSchemaType>(name, ignoreCase: true);

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
