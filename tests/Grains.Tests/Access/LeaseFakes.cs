using System.Collections.Concurrent;
using System.Globalization;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>
/// Leases in memory, shared by the silos of a test, with the faults that a table far away has. It keeps the terms as the contract says: a
/// revoked term is never renewed, and a new one is a new number.
/// </summary>
internal sealed class MemoryLeaseTable : ISiloLeaseTable
{
    private readonly ConcurrentDictionary<string, long> _terms = new();
    private readonly ConcurrentDictionary<string, Exception> _outOfReach = new();
    private volatile TaskCompletionSource? _answers;
    private long _lastTerm;
    private int _asked;

    /// <summary>How many times a silo has acquired or renewed, or tried to.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public Exception? FailWith { get; set; }

    /// <summary>From now on the table does as it is told at once, and its answer stays on the way until the test completes the source returned.</summary>
    public TaskCompletionSource HoldAnswers() => _answers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void AnswerAtOnce() => _answers = null;

    /// <summary>Cuts one silo off from the table, and from nothing else.</summary>
    public void CutOff(string silo) => _outOfReach[silo] = new IOException("The lease table cannot be reached");

    public void Reconnect(string silo) => _outOfReach.TryRemove(silo, out _);

    public async Task<long> AcquireAsync(string silo)
    {
        RequireReachable(silo);
        var term = Interlocked.Increment(ref _lastTerm);
        _terms[silo] = term;
        await AnswerAsync();
        return term;
    }

    public async Task<bool> RenewAsync(string silo, long term)
    {
        RequireReachable(silo);
        var isCurrent = _terms.TryGetValue(silo, out var current) && current == term;
        await AnswerAsync();
        return isCurrent;
    }

    public Task RevokeAsync(string silo)
    {
        _terms.TryRemove(silo, out _);
        return Task.CompletedTask;
    }

    public override string ToString() => string.Join(' ', _terms.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Key}:{t.Value}")));

    private void RequireReachable(string silo)
    {
        Interlocked.Increment(ref _asked);
        if (FailWith is { } failure) throw failure;
        if (_outOfReach.TryGetValue(silo, out var cut)) throw cut;
    }

    private async Task AnswerAsync()
    {
        if (_answers is { } answers) await answers.Task;
    }
}
