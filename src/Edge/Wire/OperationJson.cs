using System.Buffers;
using System.Text.Json;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.Wire;

/// <summary>The document that a device gets on <c>devicecontrol/notifications</c>.</summary>
internal static class OperationJson
{
    /// <param name="agent">The device whose connection it goes to.</param>
    /// <param name="now">When it is handed over.</param>
    public static void Write(IBufferWriter<byte> output, OperationDelivery delivery, ObjectId agent, DateTimeOffset now)
    {
        var operation = delivery.Operation;
        using var json = new Utf8JsonWriter(output, WireJson.WriterOptions);
        json.WriteStartObject();
        json.WriteString("id"u8, operation.Id.ToString());
        json.WriteString("deviceId"u8, operation.Device.ToString());
        json.WriteString("agentId"u8, agent.ToString());
        json.WriteString("status"u8, operation.Status.Name());
        json.WriteTime("creationTime"u8, operation.CreationTime);
        if (operation.Description is { } description) json.WriteString("description"u8, description);
        json.WriteStartObject("delivery"u8);
        json.WriteTime("time"u8, now);
        json.WriteString("status"u8, "PENDING"u8);
        json.WriteStartArray("log"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        if (delivery.Name is { } name)
        {
            json.WriteStartObject("externalSource"u8);
            json.WriteString("externalId"u8, name.Value);
            json.WriteString("type"u8, name.Type);
            json.WriteEndObject();
        }
        json.WriteFragments(operation.Fragments);
        json.WriteEndObject();
    }
}
