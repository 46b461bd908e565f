using System.Runtime.InteropServices;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Walks one family's keys within bounds. RocksDB keeps pointers to the bounds, so they live in native memory for as long as
/// the walk. It sees the store as it was when it was made (or as <see cref="Snapshot"/> saw it).
/// </summary>
internal sealed unsafe class Cursor : IDisposable
{
    private readonly ReadOptions _options;
    private readonly Iterator _iterator;
    private readonly void* _bounds;
    private bool _isDisposed;

    /// <param name="from">First key, inclusive.</param>
    /// <param name="to">Last key, exclusive.</param>
    /// <param name="isLong">A walk that reads much once: it leaves the cache to others.</param>
    public Cursor(RocksSession session, Family family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, Snapshot? snapshot = null, bool isLong = false)
    {
        _bounds = NativeMemory.Alloc((nuint)(from.Length + to.Length));
        var bytes = (byte*)_bounds;
        from.CopyTo(new Span<byte>(bytes, from.Length));
        to.CopyTo(new Span<byte>(bytes + from.Length, to.Length));
        _options = new ReadOptions()
            .SetIterateLowerBound(bytes, (ulong)from.Length)
            .SetIterateUpperBound(bytes + from.Length, (ulong)to.Length)
            .SetFillCache(!isLong);
        if (snapshot is not null) _options.SetSnapshot(snapshot);
        _iterator = session.Database.NewIterator(session[family], _options);
    }

    /// <summary>A walk over all keys with one beginning.</summary>
    public static Cursor Over(RocksSession session, Family family, ReadOnlySpan<byte> prefix, Snapshot? snapshot = null, bool isLong = false) =>
        new(session, family, prefix, KeySpace.EndOf(prefix), snapshot, isLong);

    public ReadOnlySpan<byte> Key => _iterator.GetKeySpan();

    public ReadOnlySpan<byte> Value => _iterator.GetValueSpan();

    public bool First() => At(_iterator.SeekToFirst());

    public bool Last() => At(_iterator.SeekToLast());

    /// <summary>Goes to the first key that is not before this one.</summary>
    public bool Seek(ReadOnlySpan<byte> key) => At(_iterator.Seek(key));

    /// <summary>Goes to the last key that is not after this one.</summary>
    public bool SeekBack(ReadOnlySpan<byte> key) => At(_iterator.SeekForPrev(key));

    public bool Next() => At(_iterator.Next());

    public bool Back() => At(_iterator.Prev());

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _iterator.Dispose();
        GC.KeepAlive(_options);
        NativeMemory.Free(_bounds);
    }

    // An iterator that met a damaged block is at its end like one that has read all: only its status tells them apart.
    private static bool At(Iterator iterator)
    {
        if (iterator.Valid()) return true;
        Native.Instance.rocksdb_iter_get_error(iterator.Handle);
        return false;
    }
}
