using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bailiwick.Grains;

/// <summary>
/// Small changes to JSON values that were checked when they were received. What is not changed keeps its bytes.
/// </summary>
internal static class RawJson
{
    /// <summary>A text as JSON.</summary>
    public static byte[] Text(string value) => [.. "\""u8, .. JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, .. "\""u8];

    /// <summary>Texts as a JSON list.</summary>
    public static byte[] Texts(IEnumerable<string> values) => List(values.Select(Text));

    public static byte[] List(IEnumerable<byte[]> values) => [(byte)'[', .. Joined(values), (byte)']'];

    /// <summary>An object of these members, without those that are null.</summary>
    public static byte[] Object(params IEnumerable<(string Name, byte[]? Value)> members) =>
        [(byte)'{', .. Joined(members.Where(member => member.Value is not null).Select(member => (byte[])[.. Text(member.Name), (byte)':', .. member.Value!])), (byte)'}'];

    /// <summary>The value of an object's member; null when there is none, or the value is no object.</summary>
    public static byte[]? Member(byte[]? json, string name) =>
        Members(json) is { } members && members.FindIndex(member => member.Name == name) is >= 0 and var at ? members[at].Value : null;

    /// <summary>The object with one member set. A value that is no object gives way to one.</summary>
    public static byte[] WithMember(byte[] json, string name, byte[] value)
    {
        var members = Members(json) ?? [];
        var at = members.FindIndex(member => member.Name == name);
        if (at >= 0) members[at] = (name, value);
        else members.Add((name, value));
        return Object(members.Select(member => (member.Name, (byte[]?)member.Value)));
    }

    /// <summary>The elements of a list; empty for anything else.</summary>
    public static List<byte[]> Elements(byte[]? json)
    {
        var elements = new List<byte[]>();
        var reader = new Utf8JsonReader(json);
        if (json is null || !reader.Read() || reader.TokenType != JsonTokenType.StartArray) return elements;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) elements.Add(Value(json, ref reader));
        return elements;
    }

    /// <summary>The members of an object, or null.</summary>
    public static List<(string Name, byte[] Value)>? Members(byte[]? json)
    {
        var reader = new Utf8JsonReader(json);
        if (json is null || !reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
        var members = new List<(string, byte[])>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            members.Add((name, Value(json, ref reader)));
        }
        return members;
    }

    /// <summary>A text out of its JSON; null for anything else.</summary>
    public static string? AsText(byte[]? json)
    {
        if (json is null) return null;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
    }

    private static byte[] Value(byte[] json, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    private static IEnumerable<byte> Joined(IEnumerable<byte[]> values)
    {
        var isFirst = true;
        foreach (var value in values)
        {
            if (!isFirst) yield return (byte)',';
            isFirst = false;
            foreach (var b in value) yield return b;
        }
    }
}
