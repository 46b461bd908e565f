using System.Diagnostics.CodeAnalysis;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Operations;

/// <summary>
/// Where an operation stands. It begins as pending; the device takes it up and ends it, and what has ended stays as it is. Numbers are
/// stored: they only grow.
/// </summary>
public enum OperationStatus : byte
{
    None = 0,
    Pending = 1,
    Executing = 2,
    Successful = 3,
    Failed = 4,
}

/// <summary>The words of the interface for a status, both ways.</summary>
public static class OperationStatuses
{
    private static readonly string[] Names = ["", "PENDING", "EXECUTING", "SUCCESSFUL", "FAILED"];

    /// <summary>The words, for messages.</summary>
    public static string All { get; } = string.Join(", ", Names[1..]);

    public static string Name(this OperationStatus status) => Names[(int)status];

    /// <summary>Whether it still waits for its device.</summary>
    public static bool IsOpen(this OperationStatus status) => status is OperationStatus.Pending or OperationStatus.Executing;

    public static bool TryParse([NotNullWhen(true)] string? name, out OperationStatus status)
    {
        var at = name is { Length: > 0 } ? Array.IndexOf(Names, name) : -1;
        status = at < 0 ? default : (OperationStatus)at;
        return at >= 0;
    }
}

/// <summary>Something that a device is to do. Device and creation time are part of its id.</summary>
/// <param name="Fragments">What is to be done, and what came of it, as received.</param>
[GenerateSerializer, Immutable, Alias("Operation")]
public sealed record Operation(OperationId Id, OperationStatus Status, string? FailureReason, string? Description, Fragments Fragments)
{
    /// <summary>The fragment of a managed object that speaks for itself and for the child devices below it.</summary>
    public const string AgentFragment = "com_cumulocity_model_Agent";

    public ObjectId Device => Id.Device;

    public DateTimeOffset CreationTime => Id.CreationTime;
}

/// <summary>The body of a create.</summary>
[GenerateSerializer, Immutable, Alias("NewOperation")]
public sealed record NewOperation(string? Description, Fragments Fragments);

/// <summary>
/// The body of a change: what is not there stays, a null fragment goes. <paramref name="ClearFailureReason"/> and
/// <paramref name="ClearDescription"/> stand for an explicit null.
/// </summary>
[GenerateSerializer, Immutable, Alias("OperationChange")]
public sealed record OperationChange(
    OperationStatus? Status, string? FailureReason, string? Description, Fragments Fragments, bool ClearFailureReason = false, bool ClearDescription = false);

/// <summary>Which operations are wanted; every filter given must hold.</summary>
/// <param name="Device">Those of one device.</param>
/// <param name="Agent">Those of an agent and of every device below it, as far as the way there goes through devices whose operations the reader may see.</param>
/// <param name="FragmentType">A fragment that must be there.</param>
/// <param name="FromMs">Earliest creation time, inclusive, in milliseconds since 1970 UTC.</param>
/// <param name="ToMs">Latest creation time, inclusive.</param>
/// <param name="NewestFirst">The interface's <c>revert</c>: oldest first is the default.</param>
/// <param name="After">Only those that come behind this one in the order asked for.</param>
[GenerateSerializer, Immutable, Alias("OperationQuery")]
public sealed record OperationQuery(
    ObjectId? Device = null, ObjectId? Agent = null, OperationStatus? Status = null, string? FragmentType = null, long? FromMs = null, long? ToMs = null,
    bool NewestFirst = false, OperationId? After = null);

/// <summary>An operation in a list, with what its reader may see of its device.</summary>
/// <param name="DeviceName">The device's name; null when it has none, or the reader may not see it.</param>
/// <param name="Names">The device's external ids, in lists by agent; null otherwise, or when the reader may not see them.</param>
[GenerateSerializer, Immutable, Alias("OperationView")]
public sealed record OperationView(Operation Operation, string? DeviceName, IReadOnlyList<ExternalId>? Names);

/// <summary>An operation on its way to a connection, and the name by which the connection knows its device.</summary>
/// <param name="Name">The serial number where there is one, else another external id; null when the device has none.</param>
[GenerateSerializer, Immutable, Alias("OperationDelivery")]
public sealed record OperationDelivery(Operation Operation, ExternalId? Name);
