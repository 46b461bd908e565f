using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;

namespace Bailiwick.Edge.Http;

/// <summary>
/// A request whose answer waits for the store: the writer tells it when what it brought is durable, and its grain is not kept waiting. Dispose of it.
/// </summary>
internal sealed class PendingCommit : ICommitSink, IDisposable
{
    private readonly CommitSinks _sinks;
    private readonly TimeProvider _time;
    private readonly long _number;
    // The writer's thread has others to tell.
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PendingCommit(CommitSinks sinks, TimeProvider time) => (_sinks, _time, _number) = (sinks, time, sinks.Add(this));

    public CommitTicket Ticket => new(_sinks.SiloRun, _number, 0);

    /// <summary>Completes when it is durable.</summary>
    /// <exception cref="Refusal">Unavailable: nothing of it is stored; or the store did not answer for so long that it may be stored or not.</exception>
    public async Task DurableAsync()
    {
        try
        {
            await _durable.Task.WaitAsync(TimeSpan.FromSeconds(Limits.CommitWaitSecondsMax), _time);
        }
        catch (TimeoutException)
        {
            throw Refusal.StorageUnavailable($"The store has not answered for {Limits.CommitWaitSecondsMax} s");
        }
    }

    public void Settle(long sequence, Exception? failure)
    {
        if (failure is null)
        {
            _durable.TrySetResult();
            return;
        }
        _durable.TrySetException(failure);
        // Whoever waited may have been told to come back by now.
        _ = _durable.Task.Exception;
    }

    public void Flush()
    {
    }

    public void Dispose() => _sinks.Remove(_number);
}
