namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>
/// Names a batch of one connection or request of one silo run, so that the store's writer can tell it when the batch is
/// durable. On any other silo the numbers mean nothing and the call waits instead.
/// </summary>
/// <param name="SiloRun">The random number of the process run that holds the connection; 0 for none.</param>
/// <param name="Sink">Its number in <see cref="CommitSinks"/>.</param>
/// <param name="Sequence">The batch's number on its connection; of no meaning for a request, which has one.</param>
[GenerateSerializer, Immutable, Alias("CommitTicket")]
public readonly record struct CommitTicket(
    [property: Id(0)] long SiloRun, [property: Id(1)] long Sink, [property: Id(2)] long Sequence)
{
    public static readonly CommitTicket None;
}

/// <summary>A connection or request that waits for the store. Calls come from the store's writer thread and must not block.</summary>
public interface ICommitSink
{
    /// <summary>The batch is durable, or could not be made so (<paramref name="failure"/>): it must then not be acknowledged.</summary>
    void Settle(long sequence, Exception? failure);

    /// <summary>The writer has settled all it had for this sink: send what is ready, once.</summary>
    void Flush();
}
