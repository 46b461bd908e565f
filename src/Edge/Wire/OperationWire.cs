using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.Wire;

/// <summary>An operation; in lists with what its reader may see of its device.</summary>
[JsonConverter(typeof(AsDocument))]
internal sealed record OperationWire(OperationView View, Links Links)
{
    // What the platform sets is passed over in bodies, as the interface does with a document that a client read and sends back.
    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "id", "self", "deviceId", "agentId", "status", "creationTime", "failureReason", "bulkOperationId", "deviceName", "deviceExternalIDs", "description",
        "delivery", "externalSource",
    };

    public static OperationWire From(Operation operation, Links links) => new(new OperationView(operation, null, null), links);

    public static OperationWire From(OperationView view, Links links) => new(view, links);

    /// <summary>The device that a new operation is for. What can name no device is kept as one that no device is.</summary>
    public static ObjectId DeviceOf(JsonBody body)
    {
        body.Require("deviceId");
        return ObjectId.TryParse(body.TextOrNumber("deviceId"), out var device) ? device
            : throw body.Invalid($"deviceId does not name a managed object: '{Said.Short(body.TextOrNumber("deviceId")!)}'.");
    }

    public static NewOperation ToNew(JsonBody body) =>
        new(body.Text("description"), new Fragments([.. body.FragmentsBut(Own).Items.Where(fragment => !fragment.IsNull)]));

    public static OperationChange ToChange(JsonBody body)
    {
        OperationStatus? status = body.Text("status") is not { } text ? null
            : OperationStatuses.TryParse(text, out var known) ? known
            : throw body.Invalid($"status must be one of {OperationStatuses.All}, and not '{Said.Short(text)}'.");
        return new OperationChange(
            status, body.Text("failureReason"), body.Text("description"), body.FragmentsBut(Own), body.IsNull("failureReason"), body.IsNull("description"));
    }

    internal sealed class AsDocument : WriteOnlyConverter<OperationWire>
    {
        public override void Write(Utf8JsonWriter writer, OperationWire value, JsonSerializerOptions options)
        {
            var (operation, links) = (value.View.Operation, value.Links);
            writer.WriteStartObject();
            writer.WriteString("id"u8, operation.Id.ToString());
            writer.WriteString("self"u8, links.To($"/devicecontrol/operations/{operation.Id}"));
            writer.WriteString("deviceId"u8, operation.Device.ToString());
            if (value.View.DeviceName is { } name) writer.WriteString("deviceName"u8, name);
            if (value.View.Names is { } names) Names(writer, names, operation.Device, links);
            writer.WriteString("status"u8, operation.Status.Name());
            writer.WriteTime("creationTime"u8, operation.CreationTime);
            if (operation.FailureReason is { } reason) writer.WriteString("failureReason"u8, reason);
            if (operation.Description is { } description) writer.WriteString("description"u8, description);
            writer.WriteFragments(operation.Fragments);
            writer.WriteEndObject();
        }

        private static void Names(Utf8JsonWriter writer, IReadOnlyList<ExternalId> names, ObjectId device, Links links)
        {
            writer.WriteStartObject("deviceExternalIDs"u8);
            writer.WriteString("self"u8, links.To($"/identity/globalIds/{device}/externalIds"));
            writer.WriteStartArray("externalIds"u8);
            foreach (var name in names) JsonSerializer.Serialize(writer, ExternalIdWire.From(name, device, links), WireJson.Of<ExternalIdWire>());
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}

internal sealed record OperationCollectionWire : PageWire
{
    private OperationCollectionWire(PageWire frame, IReadOnlyList<OperationWire> rows) : base(frame) => Operations = rows;

    public IReadOnlyList<OperationWire> Operations { get; }

    public static OperationCollectionWire From(PageWire frame, Page<OperationView> page, Links links) =>
        new(frame, [.. page.Items.Select(view => OperationWire.From(view, links))]);
}
