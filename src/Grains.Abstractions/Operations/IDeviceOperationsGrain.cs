using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Operations;

/// <summary>The operations of one device. Key: tenant/id, the id of its managed object; it is the same grain as the device.</summary>
[Alias("IDeviceOperationsGrain")]
public interface IDeviceOperationsGrain : IGrainWithStringKey
{
    /// <summary>
    /// Makes a pending operation; answered when it is durable, and then told to the connection of the agent. Refused as invalid when the device
    /// is neither an agent nor below one.
    /// </summary>
    [Alias("Create"), Requires(Permission.OperationAdmin)]
    Task<Operation> Create(Caller caller, NewOperation wish);

    [Alias("Read"), Requires(Permission.OperationRead)]
    Task<Operation> Read(Caller caller, OperationId id);

    /// <summary>Changes status, failure reason, description or fragments. An operation that has ended, and a step back, are refused as invalid.</summary>
    [Alias("Update"), Requires(Permission.OperationAdmin)]
    Task<Operation> Update(Caller caller, OperationId id, OperationChange change);

    /// <summary>
    /// The operation, if it still waits for a connection; null when it was taken up meanwhile, and when the caller may not see it: a connection asks for
    /// what it was told of, which its user never did.
    /// </summary>
    [Alias("ReadPending"), Requires(Permission.OperationRead)]
    Task<OperationDelivery?> ReadPending(Caller caller, OperationId id);

    /// <summary>
    /// A connection of this agent wants to hear of operations. It says so again every <see cref="Limits.SessionRenewalSeconds"/>, for
    /// the grain remembers connections in memory only.
    /// </summary>
    /// <returns>Whether the connection was unknown: what was made meanwhile has then not been told to it.</returns>
    [Alias("Listen"), Requires(Permission.OperationRead)]
    Task<bool> Listen(Caller caller, IDeviceSession session);

    /// <summary>The connection is gone, or has unsubscribed. Its user may have lost every right by then, which may be why.</summary>
    [Alias("Unlisten"), Platform("a connection that has ended has no user any more whom to ask", PlatformTask.Departure)]
    Task Unlisten(Caller caller, IDeviceSession session);
}

/// <summary>
/// A device's connection, on whatever silo it is. It is told that something waits, and never what: it asks for that itself, as its user, and so
/// gets nothing that its user may not see at that moment.
/// </summary>
[Alias("IDeviceSession")]
public interface IDeviceSession : IGrainObserver
{
    /// <summary>Answered when it is noted, and not when it is fetched. Telling may fail or come twice; what is pending is asked for again on reconnecting.</summary>
    [Alias("OperationWaits"), ResponseTimeout(Limits.SessionAnswers)]
    Task OperationWaits(OperationId id);
}
