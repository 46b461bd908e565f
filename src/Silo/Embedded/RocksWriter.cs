using System.Buffers;
using System.Diagnostics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// The store's one writer, on a thread of its own: takes what is queued, commits it as one synced batch, then answers everyone in it.
/// Sinks are settled one by one and flushed once each.
/// </summary>
internal sealed class RocksWriter : IDisposable
{
    private readonly CommitQueue _queue;
    private readonly RocksStore _store;
    private readonly DiskGuard _guard;
    private readonly TimeProvider _clock;
    private readonly GatherRule _gather;
    private readonly Thread _thread;
    private readonly List<CommitItem> _batch = [];
    private readonly List<ICommitSink> _flushes = [];
    private readonly HashSet<ICommitSink> _flushed = new(ReferenceEqualityComparer.Instance);
    private readonly WriteBatch _writes = new();
    private long _sequencePersisted;
    private long _failedAt;
    private long _refusedBytes;
    private volatile string? _failure;

    public RocksWriter(CommitQueue queue, RocksStore store, DiskGuard guard, TimeProvider clock, int gatherMs, long sequenceHighWater)
    {
        _queue = queue;
        _store = store;
        _guard = guard;
        _clock = clock;
        _gather = new GatherRule(gatherMs);
        _sequencePersisted = sequenceHighWater;
        _thread = new Thread(Run) { Name = "store writer", IsBackground = true };
        _thread.Start();
    }

    public bool IsHealthy => _failure is null && _guard.HasRoom(Interlocked.Read(ref _refusedBytes));

    /// <summary>Waits for the thread, which ends when the queue is closed and empty.</summary>
    public void Dispose()
    {
        _thread.Join();
        _writes.Dispose();
    }

    private void Run()
    {
        var last = Stopwatch.GetTimestamp();
        for (var waitMs = 0; _queue.Take(_batch, waitMs); waitMs = _gather.WaitMs)
        {
            var count = _batch.Count;
            RefuseWithoutRoom();
            if (_batch.Count > 0) Settle(Commit());
            var now = Stopwatch.GetTimestamp();
            _gather.Note(count, Stopwatch.GetElapsedTime(last, now).TotalSeconds - waitMs / 1000.0);
            last = now;
            _batch.Clear();
        }
    }

    /// <summary>
    /// Refuses the batch when the disk has no room for it, all but what only removes: that is how room is made. What a sink handed over
    /// is rows, so no sink is settled out of turn.
    /// </summary>
    private void RefuseWithoutRoom()
    {
        var bytes = BytesOf(_batch);
        var hasRoom = _guard.Admits(bytes);
        Interlocked.Exchange(ref _refusedBytes, hasRoom ? 0 : bytes);
        if (hasRoom) return;
        var (kept, refused) = (new List<CommitItem>(), new List<CommitItem>());
        foreach (var item in _batch) (item.Change is { IsRemoval: true } removal && _guard.AdmitsRemoval(removal.Bytes) ? kept : refused).Add(item);
        Refill(refused);
        if (_batch.Count > 0) Settle(_failure ?? _guard.Refused().LogText);
        Refill(kept);
    }

    private void Refill(List<CommitItem> items)
    {
        _batch.Clear();
        _batch.AddRange(items);
    }

    private static long BytesOf(List<CommitItem> items)
    {
        var bytes = 0L;
        foreach (var item in items) bytes += item.Bytes;
        return bytes;
    }

    /// <summary>Commits the batch; answers why it did not, or null.</summary>
    private string? Commit()
    {
        if ((_failure is null ? _store.WriterSession : Heal()) is not { } session) return _failure;

        var sequence = Fill(session);
        if (_writes.Count() == 0) return null;
        var before = session.Database.GetLatestSequenceNumber();
        var began = Stopwatch.GetTimestamp();
        using var span = StoreMetrics.Spans.StartActivity("store commit");
        span?.SetTag("bailiwick.items", _batch.Count);
        try
        {
            Write(session);
        }
        catch (RocksDbException e)
        {
            if (AfterFailure(e, before) is { } failure) return failure;
        }
        _sequencePersisted = sequence;
        StoreMetrics.CommitSeconds.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
        StoreMetrics.CommitItems.Record(_batch.Count);
        if (StoreMetrics.CommitBytes.Enabled) StoreMetrics.CommitBytes.Record(BytesOf(_batch));
        return null;
    }

    private void Write(RocksSession session)
    {
        var movesLinks = _batch.Exists(item => item.Change is { MovesLinks: true });
        if (movesLinks) session.Reach.BeginChange();
        session.Database.Write(_writes, RocksSettings.Synced);
        if (movesLinks) session.Reach.EndChange();
    }

    /// <summary>Spells the batch out; answers up to where numbers are persisted when it is durable.</summary>
    private long Fill(RocksSession session)
    {
        _writes.Clear();
        foreach (var item in _batch)
        {
            if (item.Change is { } change)
            {
                change.AddTo(session, _writes);
                continue;
            }
            var family = session[item.Rows.Family];
            ReadOnlySpan<byte> rest = item.Rows.Buffer.AsSpan(0, item.Rows.Length);
            while (RowPacking.Take(ref rest, out var key, out var value)) _writes.Put(key, value, family);
        }
        // Every number in this batch was given out before now, so the mark covers it; the store begins after the mark again.
        var given = _queue.Sequence;
        if (given <= _sequencePersisted) return _sequencePersisted;
        var mark = given + Limits.StoreSequenceBlock;
        _writes.Put(KeySpace.Meta(MetaRow.Sequence).AsSpan(), KeySpace.Number(mark).AsSpan(), session[Family.Meta]);
        _writes.Put(KeySpace.Meta(MetaRow.Branches).AsSpan(), KeySpace.Number(mark).AsSpan(), session[Family.Meta]);
        return mark;
    }

    /// <summary>
    /// After a failed write no one knows what of it is on disk, and RocksDB takes no more. Opening anew decides: what the log gives
    /// back is then in the store's files, synced. Answers why the batch failed, or null when it was among it after all.
    /// </summary>
    private string? AfterFailure(RocksDbException e, ulong before)
    {
        var failure = _failure = $"The store failed to commit: {e.Message}";
        _failedAt = _clock.GetTimestamp();
        if (!_guard.Admits(0) || _store.Reopen() is not { } session) return failure;
        _failure = null;
        return session.Database.GetLatestSequenceNumber() > before ? null : failure;
    }

    /// <summary>Opens a failed store anew, not more often than every <see cref="Limits.StoreHealMs"/>; null while that does not help.</summary>
    private RocksSession? Heal()
    {
        if (_clock.GetElapsedTime(_failedAt).TotalMilliseconds < Limits.StoreHealMs) return null;
        _failedAt = _clock.GetTimestamp();
        var session = _store.Reopen();
        if (session is not null) _failure = null;
        return session;
    }

    private void Settle(string? failure)
    {
        if (failure is not null) StoreMetrics.CommitFailures.Add(1);
        foreach (var item in _batch)
        {
            if (item.Rows.Buffer is { } buffer) ArrayPool<byte>.Shared.Return(buffer);
            // One refusal each: it is marked by whoever records it.
            var refusal = failure is null ? null : Refusal.StorageUnavailable(failure);
            if (item.Waiter is { } waiter)
            {
                if (refusal is null) waiter.SetResult();
                else waiter.SetException(refusal);
            }
            else if (item.Sink is { } sink)
            {
                Tell(sink, item.SinkSequence, refusal);
                if (_flushed.Add(sink)) _flushes.Add(sink);
            }
        }
        foreach (var sink in _flushes) Flush(sink);
        _flushes.Clear();
        _flushed.Clear();
    }

    // A connection that throws is that connection's trouble: the store goes on for the others.
    private static void Tell(ICommitSink sink, long sequence, Refusal? refusal)
    {
        try
        {
            sink.Settle(sequence, refusal);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            StoreMetrics.SinkFailures.Add(1);
        }
    }

    private static void Flush(ICommitSink sink)
    {
        try
        {
            sink.Flush();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            StoreMetrics.SinkFailures.Add(1);
        }
    }
}
