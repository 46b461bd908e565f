using System.Buffers.Binary;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// One opening of the database. Readers enter and leave it; closing waits until the last one has left, for native memory is
/// gone afterwards. No one stays in it across an <c>await</c>: the writer may be waiting to close it.
/// </summary>
internal sealed class RocksSession : IDisposable
{
    private readonly ColumnFamilyHandle[] _families;
    private readonly ManualResetEventSlim _everyoneLeft = new();
    private volatile bool _isClosing;
    private int _inside = 1;

    public RocksSession(RocksDb database)
    {
        Database = database;
        _families = [.. KeySpace.FamilyNames.Select(database.GetColumnFamily)];
    }

    public RocksDb Database { get; }

    /// <summary>What was found by its links. It goes with the session: another may find more in the log than this one knew to be there.</summary>
    public KnownReach Reach { get; } = new();

    public ColumnFamilyHandle this[Family family] => _families[(int)family];

    public bool TryEnter()
    {
        if (_isClosing) return false;
        for (var inside = Volatile.Read(ref _inside); inside > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _inside, inside + 1, inside);
            if (seen == inside) return true;
            inside = seen;
        }
        return false;
    }

    /// <summary>Leaves the session.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _inside) == 0) _everyoneLeft.Set();
    }

    public void Close()
    {
        _isClosing = true;
        Dispose();
        _everyoneLeft.Wait();
        Database.Dispose();
        _everyoneLeft.Dispose();
    }

    public byte[]? Get(Family family, ReadOnlySpan<byte> key, ReadOptions? options = null) => Database.Get(key, this[family], options);

    /// <summary>What <paramref name="reader"/> makes of the value, which is not copied for it; its default where there is none.</summary>
    public T? Read<T>(Family family, ReadOnlySpan<byte> key, ISpanDeserializer<T> reader, ReadOptions? options = null) => Database.Get(key, reader, this[family], options);

    public bool Has(Family family, ReadOnlySpan<byte> key, ReadOptions? options = null) => Database.HasKey(key, this[family], options);

    public long? ReadNumber(Family family, ReadOnlySpan<byte> key) =>
        Get(family, key) is { } row ? BinaryPrimitives.ReadInt64BigEndian(row) : null;
}
