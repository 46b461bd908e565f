using System.Text;
using System.Text.Json.Nodes;

namespace Bailiwick.Compatibility.Tests.Fuzz;

/// <summary>Everything random of a campaign, from one seed: half of what it makes could be meant, the other half is damaged.</summary>
internal sealed class Dice(int seed)
{
    private const int LongText = 3_000;
    private const int Deep = 60;

    private static readonly string[] Odd =
    [
        "", " ", "0", "-1", "9223372036854775807", "99999999999999999999999", "1e309", "NaN", "null", "true", "*", "%", "%2F", "..", "../..", "a/b", "a b", "a,b", "a:b", "\u0000", "\n", "\r\nX: y", "\"", "'", "\\",
        "ä€😀", "\uFEFF", "c8y_IsDevice", "2026-11-20T08:00:00.000Z", "2026-13-40", "0001-01-01", "9999-12-31T23:59:59.999+14:00", "'; drop table x; --", "<script>", "${jndi:ldap://x}", "{{7*7}}", "__proto__",
    ];

    private readonly Random _random = new(seed);

    public int Below(int limit) => _random.Next(limit);

    /// <summary>True once in so many.</summary>
    public bool OneIn(int count) => _random.Next(count) == 0;

    public T Of<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    public string Text() => Below(4) switch
    {
        0 => new string((char)('a' + Below(26)), Below(20)),
        1 => Encoding.Latin1.GetString(Bytes(Below(12))),
        2 when OneIn(10) => new string('x', LongText),
        _ => Of(Odd),
    };

    public string Number() => OneIn(2) ? Below(1_000).ToString(System.Globalization.CultureInfo.InvariantCulture) : Of(Odd);

    /// <summary>A JSON document changed in a few places, and now and then its text, too.</summary>
    public byte[] Damaged(string json)
    {
        if (OneIn(3)) return Encoding.UTF8.GetBytes(json);
        var node = JsonNode.Parse(json);
        for (var changes = Below(3); changes >= 0; changes--) node = Changed(node);
        var text = Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null");
        if (!OneIn(4) || text.Length == 0) return text;
        // No JSON any more: cut off, or with a byte that is none of its own.
        if (OneIn(2)) return text[..Below(text.Length)];
        text[Below(text.Length)] = (byte)Below(256);
        return text;
    }

    private JsonNode? Changed(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members when !OneIn(8):
                var (name, _) = members.ElementAt(Below(members.Count));
                switch (Below(5))
                {
                    case 0:
                        members.Remove(name);
                        break;
                    case 1:
                        members[Of(Odd)] = Value();
                        break;
                    default:
                        members[name] = OneIn(2) ? Value() : Changed(members[name]?.DeepClone());
                        break;
                }
                return members;
            case JsonArray { Count: > 0 } items when !OneIn(4):
                items[Below(items.Count)] = Changed(items[Below(items.Count)]?.DeepClone());
                return items;
            default:
                return Value();
        }
    }

    private JsonNode? Value() => Below(9) switch
    {
        0 => null,
        1 => JsonValue.Create(OneIn(2)),
        2 => JsonValue.Create(Below(int.MaxValue) - int.MaxValue / 2),
        3 => JsonNode.Parse(Of(["1e400", "-0", "123456789012345678901234567890", "0.1", "1E-400"])),
        4 => new JsonObject { ["id"] = Text() },
        5 => new JsonArray(Text(), 1, null),
        6 when OneIn(5) => Nested(),
        _ => JsonValue.Create(Text()),
    };

    private static JsonNode Nested()
    {
        JsonNode node = new JsonObject();
        for (var depth = 0; depth < Deep; depth++) node = depth % 2 == 0 ? new JsonArray(node) : new JsonObject { ["a"] = node };
        return node;
    }
}
