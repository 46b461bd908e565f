using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Wire;

/// <summary>
/// The members of one JSON object, found in its bytes and left there: a free fragment is stored as it was received. Everything that
/// could trip a later reader is refused here: broken JSON or UTF-8, lone surrogates in escapes, too much depth, too many members, and a
/// name given twice (of which readers disagree which one counts). Dispose of it: it rents its room.
/// </summary>
internal ref struct JsonMembers
{
    private const int EntriesAtFirst = 32;

    private readonly ReadOnlySpan<byte> _body;
    private Entry[] _entries;

    private struct Entry
    {
        internal int NameStart, NameLength, ValueStart, ValueEnd;
        internal JsonTokenType Kind;
        internal byte[]? Unescaped;
    }

    private JsonMembers(ReadOnlySpan<byte> body)
    {
        _body = body;
        _entries = ArrayPool<Entry>.Shared.Rent(EntriesAtFirst);
    }

    public int Count { get; private set; }

    /// <summary>The name as UTF-8, without escapes.</summary>
    public readonly ReadOnlySpan<byte> Name(int index) =>
        _entries[index].Unescaped is { } unescaped ? unescaped : _body.Slice(_entries[index].NameStart, _entries[index].NameLength);

    public readonly JsonTokenType Kind(int index) => _entries[index].Kind;

    /// <summary>The value's JSON as received.</summary>
    public readonly ReadOnlySpan<byte> Value(int index) => _body[_entries[index].ValueStart.._entries[index].ValueEnd];

    /// <summary>Name, colon and value as received.</summary>
    public readonly ReadOnlySpan<byte> Raw(int index) => _body[(_entries[index].NameStart - 1).._entries[index].ValueEnd];

    /// <summary>The value of a string without its escapes; null for the value null.</summary>
    public readonly string? Text(int index)
    {
        var reader = new Utf8JsonReader(Value(index));
        reader.Read();
        return reader.GetString();
    }

    /// <summary>Reads a whole body; answers why it is refused, or null.</summary>
    /// <param name="what">What the body is, for messages: "measurement".</param>
    public static Refusal? Read(ReadOnlySpan<byte> body, string what, out JsonMembers members)
    {
        members = new JsonMembers(body);
        var refusal = Utf8.IsValid(body) ? null : Malformed(what, "it is not UTF-8");
        try
        {
            refusal ??= members.ReadAll(what);
        }
        catch (JsonException e)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"it is not JSON of at most {Limits.JsonDepthMax} levels (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})");
            refusal = Malformed(what, text);
        }
        if (refusal is not null) members.Dispose();
        return refusal;
    }

    public void Dispose()
    {
        if (_entries.Length > 0) ArrayPool<Entry>.Shared.Return(_entries, clearArray: true);
        _entries = [];
        Count = 0;
    }

    public static Refusal Malformed(string what, string why) => new(RefusalKind.Malformed, "undefined", $"Cannot read the {what}: {why}");

    private Refusal? ReadAll(string what)
    {
        var reader = new Utf8JsonReader(_body, new JsonReaderOptions { MaxDepth = Limits.JsonDepthMax });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Malformed(what, "it is not a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Count == Limits.FragmentsPerDocumentMax)
                return Refusal.Invalid("undefined", $"The {what} has more than {Limits.FragmentsPerDocumentMax} fragments");
            if (HasLoneSurrogate(ref reader)) return Malformed(what, "it has an escaped surrogate that stands alone");
            var entry = NameOf(ref reader);
            if (!SkipValue(ref reader, ref entry)) return Malformed(what, "it has an escaped surrogate that stands alone");
            Add(entry);
            if (IsGivenBefore(Count - 1)) return Refusal.Invalid("undefined", $"The {what} gives '{Encoding.UTF8.GetString(Name(Count - 1))}' twice");
        }

        // Reads on to the end, where anything but white space is an error.
        while (reader.Read())
        {
        }
        return null;
    }

    private static Entry NameOf(ref Utf8JsonReader reader)
    {
        var entry = new Entry { NameStart = (int)reader.TokenStartIndex + 1, NameLength = reader.ValueSpan.Length };
        if (reader.ValueIsEscaped) entry.Unescaped = Encoding.UTF8.GetBytes(reader.GetString()!);
        return entry;
    }

    /// <summary>Walks a value to its end; false when a text in it cannot be read back.</summary>
    private static bool SkipValue(ref Utf8JsonReader reader, ref Entry entry)
    {
        reader.Read();
        entry.Kind = reader.TokenType;
        entry.ValueStart = (int)reader.TokenStartIndex;
        var depth = reader.CurrentDepth;
        while (!HasLoneSurrogate(ref reader))
        {
            var isOpen = reader.CurrentDepth > depth || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            if (!isOpen)
            {
                entry.ValueEnd = (int)reader.BytesConsumed;
                return true;
            }
            reader.Read();
        }
        return false;
    }

    private void Add(Entry entry)
    {
        if (Count == _entries.Length)
        {
            var larger = ArrayPool<Entry>.Shared.Rent(Count * 2);
            _entries.AsSpan(0, Count).CopyTo(larger);
            ArrayPool<Entry>.Shared.Return(_entries, clearArray: true);
            _entries = larger;
        }
        _entries[Count++] = entry;
    }

    private readonly bool IsGivenBefore(int index)
    {
        var name = Name(index);
        for (var i = 0; i < index; i++)
            if (Name(i).SequenceEqual(name)) return true;
        return false;
    }

    /// <summary>JSON can spell half a character, which no text can hold: whoever unescapes it fails.</summary>
    private static bool HasLoneSurrogate(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped || reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) return false;
        var rest = reader.ValueSpan;
        for (var at = rest.IndexOf((byte)'\\'); at >= 0; at = rest.IndexOf((byte)'\\'))
        {
            var isUnicode = rest[at + 1] == (byte)'u';
            var unit = isUnicode ? (char)Hex(rest.Slice(at + 2, 4)) : ' ';
            rest = rest[(at + (isUnicode ? 6 : 2))..];
            if (char.IsLowSurrogate(unit)) return true;
            if (!char.IsHighSurrogate(unit)) continue;
            if (rest.Length < 6 || rest[0] != (byte)'\\' || rest[1] != (byte)'u' || !char.IsLowSurrogate((char)Hex(rest.Slice(2, 4)))) return true;
            rest = rest[6..];
        }
        return false;
    }

    private static int Hex(ReadOnlySpan<byte> digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
