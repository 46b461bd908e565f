using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>Send all pending operations again (500). The grain sees to the right; the session fetches and sends them.</summary>
[GenerateSerializer, Immutable, Alias("ForwardOperations")]
public sealed record ForwardOperations : DeviceCommand;

/// <summary>
/// Take an operation up, or end it (501-506). Either <paramref name="OperationId"/> names it, an operation of this device or of one below it; or it is the
/// oldest of this device with <paramref name="Fragment"/>, pending to be taken up and executing to be ended.
/// </summary>
/// <param name="Parameters">What came of it, by the rules of the operation's fragment.</param>
[GenerateSerializer, Immutable, Alias("AdvanceOperation")]
public sealed record AdvanceOperation(
    OperationStatus Status, string? OperationId, string? Fragment, string? FailureReason, IReadOnlyList<string> Parameters) : DeviceCommand;

/// <summary>End all executing operations of this device as failed, of one fragment or of all (507).</summary>
[GenerateSerializer, Immutable, Alias("FailOperations")]
public sealed record FailOperations(string? Fragment, string? FailureReason) : DeviceCommand;

/// <summary>Put fragments into the device's managed object that it does not have yet (117); those that are there stay.</summary>
[GenerateSerializer, Immutable, Alias("AddFragments")]
public sealed record AddFragments(Fragments Added) : DeviceCommand;

/// <summary>Put entries into lists of the device's managed object (141); one of the same name and type is replaced.</summary>
[GenerateSerializer, Immutable, Alias("MergeLists")]
public sealed record MergeLists(Fragments Entries) : DeviceCommand;

/// <summary>Take entries out of lists of the device's managed object (142): those that have every member given.</summary>
[GenerateSerializer, Immutable, Alias("RemoveFromLists")]
public sealed record RemoveFromLists(Fragments Entries) : DeviceCommand;

/// <summary>Say which device profile was put on (121); that of the oldest executing profile operation when it is not named.</summary>
[GenerateSerializer, Immutable, Alias("ReportProfile")]
public sealed record ReportProfile(bool IsExecuted, string? ProfileId) : DeviceCommand;

/// <summary>Answer the platform's version (600). The edge knows it; the grain sees that the device is there.</summary>
[GenerateSerializer, Immutable, Alias("TellPlatformVersion")]
public sealed record TellPlatformVersion : DeviceCommand;

/// <summary>Answer the ids of the templates that are served (602); otherwise as <see cref="TellPlatformVersion"/>.</summary>
[GenerateSerializer, Immutable, Alias("ListTemplates")]
public sealed record ListTemplates : DeviceCommand;

/// <summary>A sign of life (125): nothing is stored.</summary>
[GenerateSerializer, Immutable, Alias("Heartbeat")]
public sealed record Heartbeat : DeviceCommand;

/// <summary>Change the managed object as its own document says (JSON).</summary>
[GenerateSerializer, Immutable, Alias("UpdateObject")]
public sealed record UpdateObject(ManagedObjectChange Change) : DeviceCommand;

/// <summary>Make a managed object of the sender's (JSON).</summary>
[GenerateSerializer, Immutable, Alias("CreateObject")]
public sealed record CreateObject(NewManagedObject Wish) : DeviceCommand;

/// <summary>Make a managed object and link it below this one as a child device (JSON).</summary>
[GenerateSerializer, Immutable, Alias("CreateChildObject")]
public sealed record CreateChildObject(NewManagedObject Wish) : DeviceCommand;
