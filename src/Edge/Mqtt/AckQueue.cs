using System.Buffers;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// What one connection is owed. Acknowledgements leave in the order in which their messages came, each once its step is durable, and all of a
/// commit in one flush. The session's loop and the store's writer both end up here, so there is one lock.
/// </summary>
internal sealed class AckQueue(PacketOutput output)
{
    private readonly Lock _lock = new();
    private readonly Queue<PublishStep> _open = new();
    private long _first = 1;
    private long _givenUp = long.MaxValue;
    private bool _isClosed;
    private TaskCompletionSource? _drained;

    /// <summary>Takes a step in at the end of the queue and answers its number.</summary>
    public long Open(PublishStep step)
    {
        lock (_lock)
        {
            _open.Enqueue(step);
            return _first + _open.Count - 1;
        }
    }

    /// <summary>The step is durable: it is acknowledged as soon as all before it are. Nothing is sent before the output is flushed.</summary>
    public void Settle(long number)
    {
        lock (_lock)
        {
            if (number >= _givenUp) return;
            StepAt(number).IsSettled = true;
            while (_open.TryPeek(out var step) && step.IsSettled)
            {
                _open.Dequeue();
                _first++;
                if (step.Acks.Count > 0) output.Write(Acknowledge, step.Acks);
            }
            if (IsDrained) _drained?.TrySetResult();
        }
    }

    /// <summary>The step failed, and whatever it did is not known: it is never acknowledged, nor is what comes behind it. What is before it still is.</summary>
    public void GiveUp(long number)
    {
        lock (_lock)
        {
            _givenUp = Math.Min(_givenUp, number);
            if (IsDrained) _drained?.TrySetResult();
        }
    }

    /// <summary>Completes when every step taken in is settled or given up, and at once when nothing more will be.</summary>
    public Task DrainedAsync()
    {
        lock (_lock)
        {
            if (IsDrained || _isClosed) return Task.CompletedTask;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>Nothing is acknowledged any more: a step could not be made durable, or the connection is gone.</summary>
    public void Close()
    {
        output.Close();
        lock (_lock)
        {
            _isClosed = true;
            _drained?.TrySetResult();
        }
    }

    private bool IsDrained => _open.Count == 0 || _first >= _givenUp;

    private PublishStep StepAt(long number)
    {
        if (number == _first) return _open.Peek();
        var ahead = number - _first;
        foreach (var step in _open)
            if (ahead-- == 0)
                return step;
        throw new InvalidOperationException($"Step {number} is not open; {_open.Count} are, from {_first}");
    }

    private static void Acknowledge(IBufferWriter<byte> output, List<OwedAck> acks)
    {
        foreach (var ack in acks)
        {
            if (ack.Qos == Qos.AtLeastOnce) PacketWriter.PubAck(output, ack.PacketId);
            else PacketWriter.PubRec(output, ack.PacketId);
        }
    }
}
