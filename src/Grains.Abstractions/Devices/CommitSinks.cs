using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>The connections and requests of this silo run that wait for commits. One for each process.</summary>
public sealed class CommitSinks
{
    private readonly ConcurrentDictionary<long, ICommitSink> _sinks = new();
    private long _last;

    /// <summary>Never 0, and another one after each start.</summary>
    public long SiloRun { get; } = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    public long Add(ICommitSink sink)
    {
        var number = Interlocked.Increment(ref _last);
        _sinks[number] = sink;
        return number;
    }

    public void Remove(long number) => _sinks.TryRemove(number, out _);

    /// <summary>The sink of a ticket of this run, or null when it is gone or of another silo.</summary>
    public ICommitSink? Find(in CommitTicket ticket) =>
        ticket.SiloRun == SiloRun && _sinks.TryGetValue(ticket.Sink, out var sink) ? sink : null;
}
