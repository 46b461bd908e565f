using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Wire;

/// <summary>
/// Grows the members of a JSON document from single values and their paths, in any order, and writes them in the order in which each
/// was first named. Starts in room that the caller lends (its stack) and rents more when that is used up: dispose of it.
/// </summary>
internal ref struct JsonMembersTree
{
    /// <summary>The node that stands for the document itself.</summary>
    public const int Root = 0;

    internal enum NodeKind : byte
    {
        Undecided,
        Object,
        Array,
        Value,
    }

    /// <summary>One value, object or array. Texts are stored in JSON form, quotes and escapes included.</summary>
    internal struct Node
    {
        internal int NameStart, NameLength, ValueStart, ValueLength;
        internal int FirstChild, LastChild, Next;
        internal int Ordinal;
        internal NodeKind Kind;
    }

    private Span<Node> _nodes;
    private Span<byte> _text;
    private Node[]? _rentedNodes;
    private byte[]? _rentedText;
    private int _count;
    private int _used;

    public JsonMembersTree(Span<Node> nodes, Span<byte> text)
    {
        _nodes = nodes;
        _text = text;
        _nodes[0] = new Node { Kind = NodeKind.Object };
        _count = 1;
    }

    /// <summary>The member of an object that has this name, made when it is not there.</summary>
    public int Member(int parent, scoped ReadOnlySpan<byte> name)
    {
        Become(parent, NodeKind.Object);
        var start = _used;
        AppendString(name);
        var written = _text[start.._used];
        for (var child = _nodes[parent].FirstChild; child != 0; child = _nodes[child].Next)
        {
            if (!written.SequenceEqual(_text.Slice(_nodes[child].NameStart, _nodes[child].NameLength))) continue;
            _used = start;
            return child;
        }
        return Append(parent, new Node { NameStart = start, NameLength = _used - start });
    }

    /// <summary>The element of an array that belongs to one group of a row, made when it is not the last.</summary>
    public int Element(int parent, int ordinal)
    {
        Become(parent, NodeKind.Array);
        var last = _nodes[parent].LastChild;
        return last != 0 && _nodes[last].Ordinal == ordinal ? last : Append(parent, new Node { Ordinal = ordinal });
    }

    /// <summary>Gives a node its value as a JSON string; false when it has one already.</summary>
    public bool SetString(int node, scoped ReadOnlySpan<byte> value)
    {
        if (_nodes[node].Kind != NodeKind.Undecided) return false;
        var start = _used;
        AppendString(value);
        return SetWritten(node, start);
    }

    /// <summary>Gives a node its value in JSON form; false when it has one already.</summary>
    public bool SetJson(int node, scoped ReadOnlySpan<byte> json)
    {
        if (_nodes[node].Kind != NodeKind.Undecided) return false;
        var start = _used;
        json.CopyTo(Room(json.Length));
        _used += json.Length;
        return SetWritten(node, start);
    }

    /// <summary>The members of the document as one run without braces.</summary>
    public readonly byte[] ToMembers()
    {
        var bytes = new byte[ChildrenLength(Root)];
        WriteChildren(bytes, Root);
        return bytes;
    }

    /// <summary>The members of the document one by one.</summary>
    public readonly Fragments ToFragments()
    {
        var items = new List<Fragment>();
        for (var child = _nodes[Root].FirstChild; child != 0; child = _nodes[child].Next)
        {
            var name = _text.Slice(_nodes[child].NameStart, _nodes[child].NameLength);
            var json = new byte[ValueLength(child)];
            WriteValue(json, child);
            items.Add(new Fragment(Unquoted(name), json));
        }
        return new Fragments(items);
    }

    public void Dispose()
    {
        if (_rentedNodes is not null) ArrayPool<Node>.Shared.Return(_rentedNodes);
        if (_rentedText is not null) ArrayPool<byte>.Shared.Return(_rentedText);
        this = default;
    }

    /// <summary>A fixed value, for example <c>[]</c> or <c>null</c>, gives way to the first element or member that is put in its place.</summary>
    private readonly void Become(int node, NodeKind kind)
    {
        if (_nodes[node].Kind is NodeKind.Undecided or NodeKind.Value) _nodes[node].Kind = kind;
        Check.That(_nodes[node].Kind == kind);
    }

    private readonly bool SetWritten(int node, int start)
    {
        _nodes[node].Kind = NodeKind.Value;
        _nodes[node].ValueStart = start;
        _nodes[node].ValueLength = _used - start;
        return true;
    }

    private int Append(int parent, Node node)
    {
        if (_count == _nodes.Length) GrowNodes();
        var index = _count++;
        _nodes[index] = node;
        if (_nodes[parent].FirstChild == 0) _nodes[parent].FirstChild = index;
        else _nodes[_nodes[parent].LastChild].Next = index;
        _nodes[parent].LastChild = index;
        return index;
    }

    private void AppendString(scoped ReadOnlySpan<byte> value)
    {
        var room = Room(value.Length + 2);
        room[0] = (byte)'"';
        if (JavaScriptEncoder.UnsafeRelaxedJsonEscaping.FindFirstCharacterToEncodeUtf8(value) < 0)
        {
            value.CopyTo(room[1..]);
            room[value.Length + 1] = (byte)'"';
            _used += value.Length + 2;
            return;
        }

        // An escaped character takes at most six times its bytes. Relaxed, because these are documents and not web pages.
        room = Room((value.Length * 6) + 2);
        room[0] = (byte)'"';
        JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(value, room[1..], out _, out var written);
        room[written + 1] = (byte)'"';
        _used += written + 2;
    }

    private readonly int ValueLength(int node) => _nodes[node].Kind switch
    {
        NodeKind.Value => _nodes[node].ValueLength,
        NodeKind.Undecided => 4,
        _ => ChildrenLength(node) + 2,
    };

    private readonly int ChildrenLength(int node)
    {
        var length = 0;
        for (var child = _nodes[node].FirstChild; child != 0; child = _nodes[child].Next)
        {
            var name = _nodes[child].NameLength;
            length += (length == 0 ? 0 : 1) + (name == 0 ? 0 : name + 1) + ValueLength(child);
        }
        return length;
    }

    private readonly Span<byte> WriteValue(Span<byte> to, int node)
    {
        switch (_nodes[node].Kind)
        {
            case NodeKind.Value:
                return Put(to, _text.Slice(_nodes[node].ValueStart, _nodes[node].ValueLength));
            case NodeKind.Undecided:
                return Put(to, "null"u8);
            default:
                var isArray = _nodes[node].Kind == NodeKind.Array;
                to = WriteChildren(Put(to, isArray ? "["u8 : "{"u8), node);
                return Put(to, isArray ? "]"u8 : "}"u8);
        }
    }

    private readonly Span<byte> WriteChildren(Span<byte> to, int node)
    {
        for (var child = _nodes[node].FirstChild; child != 0; child = _nodes[child].Next)
        {
            if (child != _nodes[node].FirstChild) to = Put(to, ","u8);
            if (_nodes[child].NameLength > 0)
            {
                to = Put(to, _text.Slice(_nodes[child].NameStart, _nodes[child].NameLength));
                to = Put(to, ":"u8);
            }
            to = WriteValue(to, child);
        }
        return to;
    }

    private static Span<byte> Put(Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to);
        return to[bytes.Length..];
    }

    private static string Unquoted(ReadOnlySpan<byte> name)
    {
        if (!name.Contains((byte)'\\')) return Encoding.UTF8.GetString(name[1..^1]);
        var reader = new System.Text.Json.Utf8JsonReader(name);
        reader.Read();
        return reader.GetString()!;
    }

    private Span<byte> Room(int bytes)
    {
        if (_used + bytes > _text.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_text.Length * 2, _used + bytes));
            _text[.._used].CopyTo(larger);
            if (_rentedText is not null) ArrayPool<byte>.Shared.Return(_rentedText);
            _text = _rentedText = larger;
        }
        return _text[_used..];
    }

    private void GrowNodes()
    {
        var larger = ArrayPool<Node>.Shared.Rent(_nodes.Length * 2);
        _nodes.CopyTo(larger);
        if (_rentedNodes is not null) ArrayPool<Node>.Shared.Return(_rentedNodes);
        _nodes = _rentedNodes = larger;
    }
}
