using System.Buffers;
using System.IO.Pipelines;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// The bytes that go out on one connection. The session's loop, the store's writer and whoever has news for the device write here, so there is
/// one lock. While a flush is under way nobody may touch the pipe (over TLS what is written then would be lost): what comes meanwhile waits
/// beside it and leaves with the next flush, which begins by itself.
/// </summary>
/// <param name="abort">Ends the connection: its peer takes nothing, and more than <see cref="Limits.MqttWaitingBytesMax"/> wait for it.</param>
internal sealed class PacketOutput(PipeWriter pipe, Action<string> abort)
{
    private readonly Lock _lock = new();
    private ArrayBufferWriter<byte>? _waiting;
    private TaskCompletionSource? _room;
    private bool _hasUnflushed;
    private bool _isFlushing;
    private bool _isClosed;

    /// <summary>Writes a packet, or several, that leave with the next <see cref="Flush"/>.</summary>
    public void Write<TArgument>(Action<IBufferWriter<byte>, TArgument> write, TArgument argument)
    {
        lock (_lock)
        {
            if (_isClosed) return;
            write(_isFlushing ? _waiting ??= new ArrayBufferWriter<byte>() : pipe, argument);
            _hasUnflushed = true;
            if (_waiting is null || _waiting.WrittenCount <= Limits.MqttWaitingBytesMax) return;
            CloseLocked(null);
        }
        abort("the client does not take what is sent to it");
    }

    /// <summary>Writes and sends, together with whatever is ready.</summary>
    public void Send<TArgument>(Action<IBufferWriter<byte>, TArgument> write, TArgument argument)
    {
        Write(write, argument);
        Flush();
    }

    public void Flush()
    {
        lock (_lock) FlushLocked();
    }

    /// <summary>Completes when the peer has taken enough of what was sent: a client that does not read is not read from.</summary>
    public Task RoomAsync()
    {
        lock (_lock)
        {
            FlushLocked();
            if (!_isFlushing || _isClosed) return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Nothing is written any more.</summary>
    public void Close()
    {
        lock (_lock) CloseLocked(null);
    }

    private void FlushLocked()
    {
        if (!_hasUnflushed || _isClosed || _isFlushing) return;
        _hasUnflushed = false;
        var flush = pipe.FlushAsync();
        if (flush.IsCompletedSuccessfully) return;
        _isFlushing = true;
        _ = AwaitAsync(flush);
    }

    private async Task AwaitAsync(ValueTask<FlushResult> flush)
    {
        Exception? failure = null;
        try
        {
            await flush;
        }
        catch (Exception gone) when (gone is not OutOfMemoryException)
        {
            failure = gone;
        }
        lock (_lock)
        {
            _isFlushing = false;
            if (failure is not null) CloseLocked(failure);
            else FlushWaitingLocked();
        }
    }

    private void FlushWaitingLocked()
    {
        if (_waiting is { WrittenCount: > 0 } && !_isClosed)
        {
            pipe.Write(_waiting.WrittenSpan);
            _waiting = null;
        }
        FlushLocked();
        if (_isFlushing) return;
        _room?.TrySetResult();
        _room = null;
    }

    private void CloseLocked(Exception? failure)
    {
        _isClosed = true;
        _waiting = null;
        if (failure is null) _room?.TrySetResult();
        else _room?.TrySetException(failure);
        _room = null;
    }
}
