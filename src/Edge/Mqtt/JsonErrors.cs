using System.Buffers;
using System.Text.Json;
using Bailiwick.Edge.Wire;

namespace Bailiwick.Edge.Mqtt;

/// <summary>The documents on topic <c>error</c>: what was wrong with a JSON message, and which packet it was.</summary>
internal static class JsonErrors
{
    public static void Write(IBufferWriter<byte> output, string message, ushort packetId)
    {
        using var json = new Utf8JsonWriter(output, WireJson.WriterOptions);
        json.WriteStartObject();
        json.WriteString("error"u8, "undefined/validationError"u8);
        json.WriteString("message"u8, message);
        if (packetId != 0) json.WriteNumber("messageId"u8, packetId);
        json.WriteEndObject();
    }
}
