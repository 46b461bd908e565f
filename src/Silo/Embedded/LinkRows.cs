using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>The link rows of one tenant, read object by object with one cursor: whoever walks over many objects opens no other.</summary>
internal sealed class LinkRows : IDisposable
{
    private readonly RocksSession _session;
    private readonly ReadOptions? _options;
    private readonly Cursor _cursor;
    private readonly byte[] _key;
    private readonly int _tenantBytes;

    public LinkRows(RocksSession session, TenantId tenant, Snapshot? snapshot = null)
    {
        _session = session;
        if (snapshot is not null) _options = new ReadOptions().SetSnapshot(snapshot);
        var prefix = KeySpace.Tenant(tenant);
        _tenantBytes = prefix.Length;
        _key = [.. prefix, .. new byte[18]];
        _cursor = Cursor.Over(session, Family.Links, prefix, snapshot);
    }

    public void Dispose() => _cursor.Dispose();

    /// <summary>Puts the other ends of all rows of one direction into <paramref name="others"/>: as often as there are kinds of link to them.</summary>
    public void Read(long of, LinkDirection direction, List<long> others)
    {
        others.Clear();
        Span<byte> key = _key.AsSpan(0, _tenantBytes + 9);
        BinaryPrimitives.WriteInt64BigEndian(key[_tenantBytes..], of);
        key[^1] = (byte)direction;
        for (var isThere = _cursor.Seek(key); isThere && _cursor.Key.StartsWith(key); isThere = _cursor.Next())
            others.Add(BinaryPrimitives.ReadInt64BigEndian(_cursor.Key[^8..]));
    }

    /// <summary>
    /// Puts those children of an object that may hold others into <paramref name="children"/>. Rows of branches lead to them, and none is believed by itself:
    /// the link decides who hangs where.
    /// </summary>
    public void Branches(long of, List<long> children)
    {
        children.Clear();
        Span<byte> key = _key.AsSpan(0, _tenantBytes + 9), link = stackalloc byte[_key.Length];
        BinaryPrimitives.WriteInt64BigEndian(key[_tenantBytes..], of);
        key[^1] = (byte)LinkDirection.Branch;
        for (var isThere = _cursor.Seek(key); isThere && _cursor.Key.StartsWith(key); isThere = _cursor.Next())
        {
            _cursor.Key.CopyTo(link);
            link[_tenantBytes + 8] = (byte)LinkDirection.Child;
            if (_session.Has(Family.Links, link, _options)) children.Add(BinaryPrimitives.ReadInt64BigEndian(link[^8..]));
        }
        GC.KeepAlive(_options);
    }

    /// <summary>Whether there is any row of this direction, or of this direction and kind.</summary>
    public bool Any(long of, LinkDirection direction, ChildKind? kind = null)
    {
        Span<byte> key = _key.AsSpan(0, _tenantBytes + (kind is null ? 9 : 10));
        BinaryPrimitives.WriteInt64BigEndian(key[_tenantBytes..], of);
        key[_tenantBytes + 8] = (byte)direction;
        if (kind is { } one) key[_tenantBytes + 9] = (byte)one;
        return _cursor.Seek(key) && _cursor.Key.StartsWith(key);
    }

    /// <summary>
    /// The first children of an object that are of this kind or of a later one and, of this kind, have at least this id: all of one kind, ascending, as many
    /// as <paramref name="children"/> holds.
    /// </summary>
    /// <param name="kind">Becomes the kind that they are of.</param>
    /// <returns>How many there are; fewer than there is room for are all that there are.</returns>
    public int Children(long of, ref ChildKind kind, long from, Span<long> children)
    {
        BinaryPrimitives.WriteInt64BigEndian(_key.AsSpan(_tenantBytes), of);
        _key[_tenantBytes + 8] = (byte)LinkDirection.Child;
        _key[_tenantBytes + 9] = (byte)kind;
        BinaryPrimitives.WriteInt64BigEndian(_key.AsSpan(_tenantBytes + 10), from);
        var below = _key.AsSpan(0, _tenantBytes + 9);
        if (!_cursor.Seek(_key) || !_cursor.Key.StartsWith(below)) return 0;
        kind = (ChildKind)_cursor.Key[_tenantBytes + 9];
        _key[_tenantBytes + 9] = (byte)kind;
        var ofKind = _key.AsSpan(0, _tenantBytes + 10);
        var count = 0;
        for (var isThere = true; isThere && count < children.Length && _cursor.Key.StartsWith(ofKind); isThere = _cursor.Next())
            children[count++] = BinaryPrimitives.ReadInt64BigEndian(_cursor.Key[^8..]);
        return count;
    }
}
