using System.IO.Pipelines;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// Everything that goes out on one connection. Acknowledgements leave in the order in which their messages came, each once its step is
/// durable, and all of a commit in one flush. The session's loop and the store's writer both end up here, so there is one lock.
/// </summary>
internal sealed class AckQueue(PipeWriter output)
{
    private readonly Lock _lock = new();
    private readonly Queue<PublishStep> _open = new();
    private long _first = 1;
    private bool _hasUnflushed;
    private bool _isClosed;
    private Task _flushing = Task.CompletedTask;
    private TaskCompletionSource? _drained;

    /// <summary>How many steps wait for the store.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    /// <summary>Takes a step in at the end of the queue and answers its number.</summary>
    public long Open(PublishStep step)
    {
        lock (_lock)
        {
            _open.Enqueue(step);
            return _first + _open.Count - 1;
        }
    }

    /// <summary>The step is durable: it is acknowledged as soon as all before it are. Nothing is sent before <see cref="Flush"/>.</summary>
    public void Settle(long number)
    {
        lock (_lock)
        {
            StepAt(number).IsSettled = true;
            while (_open.TryPeek(out var step) && step.IsSettled)
            {
                _open.Dequeue();
                _first++;
                if (!_isClosed) Acknowledge(step);
            }
            if (_open.Count == 0) _drained?.TrySetResult();
        }
    }

    public void Flush()
    {
        lock (_lock) FlushLocked();
    }

    /// <summary>Writes one packet and sends it with whatever is ready.</summary>
    public void Send<TArgument>(Action<PipeWriter, TArgument> write, TArgument argument)
    {
        lock (_lock)
        {
            if (_isClosed) return;
            write(output, argument);
            _hasUnflushed = true;
            FlushLocked();
        }
    }

    /// <summary>Completes when the peer has taken enough of what was sent: a client that does not read is not read from.</summary>
    public Task RoomAsync()
    {
        lock (_lock)
        {
            FlushLocked();
            return _flushing;
        }
    }

    /// <summary>Completes when every step taken in is settled.</summary>
    public Task DrainedAsync()
    {
        lock (_lock)
        {
            if (_open.Count == 0) return Task.CompletedTask;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>Nothing is written any more: a step could not be made durable, or the connection is gone.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _drained?.TrySetResult();
        }
    }

    private PublishStep StepAt(long number)
    {
        if (number == _first) return _open.Peek();
        var ahead = number - _first;
        foreach (var step in _open)
            if (ahead-- == 0)
                return step;
        throw new InvalidOperationException($"Step {number} is not open; {_open.Count} are, from {_first}");
    }

    private void Acknowledge(PublishStep step)
    {
        foreach (var ack in step.Acks)
        {
            if (ack.Qos == Qos.AtLeastOnce) PacketWriter.PubAck(output, ack.PacketId);
            else PacketWriter.PubRec(output, ack.PacketId);
            _hasUnflushed = true;
        }
    }

    private void FlushLocked()
    {
        // While an earlier flush waits for the peer, what is written since stays in the pipe and goes with the next.
        if (!_hasUnflushed || _isClosed || !_flushing.IsCompleted) return;
        _hasUnflushed = false;
        var flush = output.FlushAsync();
        _flushing = flush.IsCompleted ? Task.CompletedTask : flush.AsTask();
    }
}
