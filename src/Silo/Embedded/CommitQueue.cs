using System.Buffers;
using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Rows of one family as a run of (key length u16, value length u32, key, value) in a pooled buffer: what telemetry hands over
/// instead of an object for each row. The queue returns the buffer.
/// </summary>
internal readonly record struct PackedRows(Family Family, byte[] Buffer, int Length, int Count);

/// <summary>One caller's part of a commit. Either a change or packed rows; either someone who awaits it or a sink.</summary>
internal readonly record struct CommitItem(
    StoreChange? Change, PackedRows Rows, TaskCompletionSource? Waiter, ICommitSink? Sink, long SinkSequence, long Bytes);

/// <summary>
/// The way into the store: a bounded queue in front of its one writer (<see cref="RocksWriter"/>). Items are committed in the order in
/// which they were handed over. When the queue is full, hand-overs wait in that order, too.
/// </summary>
internal sealed class CommitQueue : IDisposable
{
    private readonly record struct Late(CommitItem Item, TaskCompletionSource? Admitted);

    private readonly object _gate = new();
    private readonly Queue<CommitItem> _items = new();
    private readonly Queue<Late> _late = new();
    private readonly RocksStoreOptions _options;
    private readonly RocksWriter _writer;
    private long _queuedBytes;
    private long _sequence;
    private bool _isWriterAsleep;
    private bool _isClosed;

    public CommitQueue(RocksStore store, RocksStoreOptions options, DiskGuard guard, TimeProvider clock, long sequenceHighWater)
    {
        _options = options;
        _sequence = sequenceHighWater;
        _writer = new RocksWriter(this, store, guard, clock, options.GatherMs, sequenceHighWater);
    }

    /// <summary>Whether the store can write: nothing failed, and there is room for what was last refused. For the readiness probe.</summary>
    public bool IsHealthy => _writer.IsHealthy;

    /// <summary>The highest number given out so far.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>Sets aside numbers that the store has never given out; answers the first. They are unique once a commit with them is durable.</summary>
    public long NextSequence(int count) => Interlocked.Add(ref _sequence, count) - count + 1;

    /// <summary>Completes when the change is durable.</summary>
    /// <exception cref="Refusal">Unavailable; nothing was changed.</exception>
    public Task CommitAsync(StoreChange change)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        HandOver(new CommitItem(change, default, waiter, null, 0, change.Bytes), null);
        return waiter.Task;
    }

    /// <summary>Completes when the rows are durable.</summary>
    public Task CommitAsync(in PackedRows rows)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        HandOver(new CommitItem(null, rows, waiter, null, 0, rows.Length), null);
        return waiter.Task;
    }

    /// <summary>Hands rows over; the sink is settled from the writer's thread. Completes when there is room for more.</summary>
    /// <exception cref="Refusal">The store is closed; the sink is not settled.</exception>
    public ValueTask EnqueueAsync(in PackedRows rows, ICommitSink sink, long sequence)
    {
        var item = new CommitItem(null, rows, null, sink, sequence, rows.Length);
        lock (_gate)
        {
            if (!_isClosed && HasRoom(item.Bytes))
            {
                Add(item);
                return default;
            }
        }
        var admitted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        HandOver(item, admitted);
        return new ValueTask(admitted.Task);
    }

    /// <summary>Lets the writer finish all that was handed over, then stops it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
        _writer.Dispose();
    }

    /// <summary>For the writer: waits for items and moves a batch of them out; false when the queue is closed and empty.</summary>
    internal bool Take(List<CommitItem> batch, int gatherMs)
    {
        lock (_gate)
        {
            while (_items.Count == 0)
            {
                if (_isClosed) return false;
                _isWriterAsleep = true;
                Monitor.Wait(_gate);
                _isWriterAsleep = false;
            }
            if (gatherMs > 0 && !_isClosed && _items.Count < GatherRule.ItemsMax) Monitor.Wait(_gate, gatherMs);
            var bytes = 0L;
            while (batch.Count < Limits.StoreBatchItemsMax && bytes < Limits.StoreBatchBytesMax && _items.TryDequeue(out var item))
            {
                batch.Add(item);
                bytes += item.Bytes;
            }
            _queuedBytes -= bytes;
            AdmitLate();
            return true;
        }
    }

    private void HandOver(in CommitItem item, TaskCompletionSource? admitted)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                if (item.Rows.Buffer is { } buffer) ArrayPool<byte>.Shared.Return(buffer);
                throw Refusal.StorageUnavailable("The store is closed");
            }
            if (!HasRoom(item.Bytes))
            {
                _late.Enqueue(new Late(item, admitted));
                return;
            }
            Add(item);
        }
        admitted?.SetResult();
    }

    // An item larger than the whole queue passes when the queue is empty: it would wait for ever otherwise.
    private bool HasRoom(long bytes) =>
        _late.Count == 0 && (_items.Count == 0 || (_items.Count < _options.QueueItemsMax && _queuedBytes + bytes <= _options.QueueBytesMax));

    private void Add(in CommitItem item)
    {
        _items.Enqueue(item);
        _queuedBytes += item.Bytes;
        if (_isWriterAsleep) Monitor.Pulse(_gate);
    }

    private void AdmitLate()
    {
        while (_late.TryPeek(out var late)
            && (_items.Count == 0 || (_items.Count < _options.QueueItemsMax && _queuedBytes + late.Item.Bytes <= _options.QueueBytesMax)))
        {
            _late.Dequeue();
            _items.Enqueue(late.Item);
            _queuedBytes += late.Item.Bytes;
            late.Admitted?.SetResult();
        }
    }
}

/// <summary>The packing of <see cref="PackedRows"/>.</summary>
internal static class RowPacking
{
    private const int HeaderBytes = 6;

    /// <summary>Begins a row: its key is written into the answer, its value is what the writer gets until <see cref="End"/>.</summary>
    public static int Begin(ref RecordWriter writer, int keyBytes, out Span<byte> key)
    {
        var at = writer.Reserve(HeaderBytes + keyBytes);
        BinaryPrimitives.WriteUInt16BigEndian(writer.Patch(at, 2), (ushort)keyBytes);
        key = writer.Patch(at + HeaderBytes, keyBytes);
        return at;
    }

    public static void End(ref RecordWriter writer, int at)
    {
        var header = writer.Patch(at, HeaderBytes);
        var keyBytes = BinaryPrimitives.ReadUInt16BigEndian(header);
        BinaryPrimitives.WriteInt32BigEndian(header[2..], writer.Length - at - HeaderBytes - keyBytes);
    }

    public static bool Take(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = default;
        if (rest.IsEmpty) return false;
        int keyBytes = BinaryPrimitives.ReadUInt16BigEndian(rest), valueBytes = BinaryPrimitives.ReadInt32BigEndian(rest[2..]);
        key = rest.Slice(HeaderBytes, keyBytes);
        value = rest.Slice(HeaderBytes + keyBytes, valueBytes);
        rest = rest[(HeaderBytes + keyBytes + valueBytes)..];
        return true;
    }
}
