using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Grains.Tenancy;

/// <summary>
/// Where dear hashes are computed: on a few threads of their own, so that neither a grain's turn nor the thread pool waits for
/// them, and sign-ins leave one core to everything else. What does not fit the queue is refused as Busy.
/// </summary>
internal sealed class HashingLane : IDisposable
{
    private readonly BlockingCollection<Action> _queue = new(Limits.HashingQueueMax);
    private readonly Thread[] _threads;

    public HashingLane() : this(Math.Max(1, Environment.ProcessorCount - 1))
    {
    }

    internal HashingLane(int threadCount)
    {
        _threads = new Thread[threadCount];
        for (var i = 0; i < threadCount; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"hashing-{i}" };
            _threads[i].Start();
        }
    }

    /// <exception cref="Refusal">Busy: the queue is full. Unavailable: the process is stopping.</exception>
    public Task<T> RunAsync<T>(Func<T> compute)
    {
        // Continuations go to whoever awaits: a grain's scheduler, never this lane's threads.
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryAdd(() => Complete(done, compute)))
            throw new Refusal(RefusalKind.Busy, "security", "Too many sign-ins at the moment. Try again shortly.", "The hashing lane's queue is full");
        return done.Task;
    }

    private bool TryAdd(Action job)
    {
        try
        {
            return _queue.TryAdd(job);
        }
        catch (InvalidOperationException closing)
        {
            throw new Refusal(RefusalKind.Unavailable, "security", "The platform is stopping. Try again shortly.", $"The hashing lane is closed: {closing.Message}");
        }
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        foreach (var thread in _threads) thread.Join();
        _queue.Dispose();
    }

    private static void Complete<T>(TaskCompletionSource<T> done, Func<T> compute)
    {
        try
        {
            done.SetResult(compute());
        }
        catch (Exception failure)
        {
            done.SetException(failure);
        }
    }

    private void Work()
    {
        foreach (var job in _queue.GetConsumingEnumerable()) job();
    }
}
