using Bailiwick.Grains.Abstractions.Devices;

namespace Bailiwick.Edge.Http;

/// <summary>
/// A request whose answer waits for the store: the writer tells it when what it brought is durable, and its grain is not kept waiting. Dispose of it.
/// </summary>
internal sealed class PendingCommit : ICommitSink, IDisposable
{
    private readonly CommitSinks _sinks;
    private readonly long _number;
    // The writer's thread has others to tell.
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PendingCommit(CommitSinks sinks) => (_sinks, _number) = (sinks, sinks.Add(this));

    public CommitTicket Ticket => new(_sinks.SiloRun, _number, 0);

    /// <summary>Completes when it is durable.</summary>
    /// <exception cref="Bailiwick.Grains.Abstractions.Refusal">Unavailable: it is not, and nothing of it is stored.</exception>
    public Task DurableAsync() => _durable.Task;

    public void Settle(long sequence, Exception? failure)
    {
        if (failure is null) _durable.TrySetResult();
        else _durable.TrySetException(failure);
    }

    public void Flush()
    {
    }

    public void Dispose() => _sinks.Remove(_number);
}
