using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Edge.Wire;

namespace Bailiwick.Edge.Mqtt;

/// <summary>The documents on topic <c>error</c>: what was wrong with a JSON message, which packet it was, and where the trail tells of a denial.</summary>
internal static class JsonErrors
{
    public static void Write(IBufferWriter<byte> output, RowError error, ushort packetId)
    {
        using var json = new Utf8JsonWriter(output, WireJson.WriterOptions);
        json.WriteStartObject();
        json.WriteString("error"u8, "undefined/validationError"u8);
        json.WriteString("message"u8, error.Text);
        if (packetId != 0) json.WriteNumber("messageId"u8, packetId);
        if (error.DenialId is { } denial) json.WriteString("denialId"u8, denial.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }
}
