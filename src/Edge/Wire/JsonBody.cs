using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.Wire;

/// <summary>
/// One JSON object of a request, cut into its members. Values are looked at when they are asked for: what is no JSON is malformed
/// (400), a value of the wrong type is invalid (422), and free members are copied out byte by byte, never re-serialised.
/// </summary>
internal sealed class JsonBody
{
    private readonly string _subject;
    private readonly string _path;
    private readonly List<Member> _members;

    private JsonBody(string subject, string path, List<Member> members) => (_subject, _path, _members) = (subject, path, members);

    private readonly record struct Member(string Name, JsonTokenType Kind, ReadOnlyMemory<byte> Raw);

    /// <summary>Reads a whole body.</summary>
    /// <param name="json">What was sent; it must stay as it is while this object is in use.</param>
    /// <param name="subject">The resource family that refusals name.</param>
    public static JsonBody Parse(ReadOnlyMemory<byte> json, string subject)
    {
        if (json.IsEmpty) throw new Refusal(RefusalKind.Malformed, subject, "The request has no body; a JSON object is needed.");
        return Cut(json, subject, "");
    }

    public bool Has(string name) => Find(name) is not null;

    public bool IsNull(string name) => Find(name) is { Kind: JsonTokenType.Null };

    public int Count => _members.Count;

    public IEnumerable<string> Names => _members.Select(member => member.Name);

    /// <summary>A text, or null when it is absent or null.</summary>
    public string? Text(string name) => Value(name) is not { } member ? null
        : member.Kind == JsonTokenType.String ? Decode(member) : throw WrongType(name, "a string");

    /// <summary>An id, which clients write as text or as a number.</summary>
    public string? TextOrNumber(string name) => Value(name) is not { } member ? null
        : member.Kind switch
        {
            JsonTokenType.String => Decode(member),
            JsonTokenType.Number => Encoding.UTF8.GetString(member.Raw.Span),
            _ => throw WrongType(name, "a string"),
        };

    /// <summary>A value that clients write as text or as true or false.</summary>
    public string? TextOrFlag(string name) => Find(name) is { Kind: JsonTokenType.True or JsonTokenType.False } member ? Encoding.UTF8.GetString(member.Raw.Span) : Text(name);

    public bool? Flag(string name) => Value(name) is not { } member ? null
        : member.Kind switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw WrongType(name, "true or false"),
        };

    /// <summary>A moment with its zone, or null.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text) return null;
        if (IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out var time)) return time;
        throw Invalid($"{Path(name)} must be a time with its zone, as in 2026-11-20T08:00:00.000Z, and not '{Said.Short(text)}'.");
    }

    public JsonBody? Object(string name) => Value(name) is not { } member ? null
        : member.Kind == JsonTokenType.StartObject ? Cut(member.Raw, _subject, Path(name)) : throw WrongType(name, "an object");

    /// <summary>The objects of a list, or null when it is absent or null.</summary>
    /// <param name="countMax">How many it may hold.</param>
    public List<JsonBody>? Objects(string name, int countMax) => Slices(name, countMax)?
        .Select((slice, index) => slice.Span[0] == (byte)'{' ? Cut(slice, _subject, $"{Path(name)}[{index}]") : throw WrongType($"{name}[{index}]", "an object"))
        .ToList();

    /// <summary>The texts of a list, or null when it is absent or null.</summary>
    /// <param name="countMax">How many it may hold.</param>
    public List<string>? Texts(string name, int countMax) => Slices(name, countMax)?
        .Select((slice, index) => slice.Span[0] == (byte)'"' ? Decode(slice) : throw WrongType($"{name}[{index}]", "a string")).ToList();

    /// <summary>The elements of a list as they were sent, or null when it is absent or null.</summary>
    public List<ReadOnlyMemory<byte>>? Slices(string name, int countMax)
    {
        if (Value(name) is not { } member) return null;
        if (member.Kind != JsonTokenType.StartArray) throw WrongType(name, "a list");
        var slices = new List<ReadOnlyMemory<byte>>();
        var reader = new Utf8JsonReader(member.Raw.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (slices.Count == countMax) throw new Refusal(RefusalKind.TooLarge, _subject, $"{Path(name)} holds at most {countMax} elements.");
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            slices.Add(member.Raw[start..(int)reader.BytesConsumed]);
        }
        return slices;
    }

    /// <summary>All members but those that the document defines itself, in their order.</summary>
    public Fragments FragmentsBut(IReadOnlySet<string> own)
    {
        var items = new List<Fragment>(_members.Count);
        foreach (var member in _members)
        {
            if (own.Contains(member.Name)) continue;
            if (member.Name.Length is 0 or > Limits.FragmentNameCharsMax || member.Name.Any(char.IsControl))
                throw Invalid($"The name of a member must have 1 to {Limits.FragmentNameCharsMax} characters and no control character.");
            items.Add(new Fragment(member.Name, member.Raw.ToArray()));
        }
        return new Fragments(items);
    }

    /// <summary>Refuses when one of these members is there: it cannot be set.</summary>
    public void RefuseMembers(ReadOnlySpan<string> names, string why)
    {
        foreach (var name in names)
            if (Has(name)) throw Invalid($"{why}, and not {Path(name)}.");
    }

    /// <summary>A text that must be there.</summary>
    public string Required(string name) => Text(name) is { Length: > 0 } text ? text : throw Refusal.Missing(Path(name));

    /// <summary>Refuses unless all of these are there, and names all that are not.</summary>
    public void Require(params ReadOnlySpan<string> names)
    {
        var missing = new List<string>();
        foreach (var name in names)
            if (Value(name) is not { } member || member.Raw.Span.SequenceEqual("\"\""u8)) missing.Add(Path(name));
        if (missing.Count > 0) throw Refusal.Missing([.. missing]);
    }

    /// <summary>The id of a managed object, alone (<c>{"id":"1"}</c>) or as the end of its link (<c>{"self":".../1"}</c>).</summary>
    public ObjectId? ReferencedObject()
    {
        if (ReferencedName() is not { } text) return null;
        return ObjectId.TryParse(text, out var id) ? id : throw Invalid($"{_path} does not name a managed object: '{Said.Short(text)}'.");
    }

    /// <summary>What a reference names, by its <c>id</c> or by the last part of its <c>self</c> link, absolute or relative.</summary>
    public string? ReferencedName()
    {
        if (TextOrNumber("id") is { Length: > 0 } id) return id;
        if (Text("self") is not { Length: > 0 } self) return null;
        var path = self.AsSpan();
        var end = path.IndexOfAny('?', '#');
        if (end >= 0) path = path[..end];
        path = path.TrimEnd('/');
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..].ToString());
    }

    public Refusal Invalid(string text) => Refusal.Invalid(_subject, text);

    private static JsonBody Cut(ReadOnlyMemory<byte> json, string subject, string path)
    {
        if (JsonMembers.Read(json.Span, path.Length == 0 ? "body" : path, out var read) is { } refusal) throw refusal;
        using (read)
        {
            var members = new List<Member>(read.Count);
            for (var i = 0; i < read.Count; i++)
            {
                json.Span.Overlaps(read.Value(i), out var start);
                members.Add(new Member(Encoding.UTF8.GetString(read.Name(i)), read.Kind(i), json.Slice(start, read.Value(i).Length)));
            }
            return new JsonBody(subject, path, members);
        }
    }

    private Member? Find(string name)
    {
        foreach (var member in _members)
            if (member.Name == name) return member;
        return null;
    }

    private Member? Value(string name) => Find(name) is { Kind: not JsonTokenType.Null } member ? member : null;

    // The scanner has seen to it that every text can be read.
    private static string Decode(Member member) => Decode(member.Raw);

    private static string Decode(ReadOnlyMemory<byte> text)
    {
        var reader = new Utf8JsonReader(text.Span);
        reader.Read();
        return reader.GetString()!;
    }

    private string Path(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    private Refusal WrongType(string name, string wanted) => Invalid($"{Path(name)} must be {wanted}.");
}
