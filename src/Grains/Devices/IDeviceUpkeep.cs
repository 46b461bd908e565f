using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Devices;

/// <summary>What a managed object tells the device of the same id.</summary>
[Alias("IDeviceUpkeep")]
internal interface IDeviceUpkeep : IGrainWithStringKey
{
    /// <summary>
    /// Owner or mark of the object changed, or its deletion failed: look again. It answers while the device waits for that very object, which
    /// waits for this.
    /// </summary>
    [Alias("Refresh"), AlwaysInterleave, Platform("the managed object changed what the device decides by", PlatformTask.Upkeep)]
    Task Refresh(Caller caller);

    /// <summary>The object is about to be deleted: take nothing more and drop all data on it.</summary>
    [Alias("Retire"), Platform("the managed object is deleted, and its telemetry with it", PlatformTask.Removal)]
    Task Retire(Caller caller);

    /// <summary>The object is deleted: drop whatever came in between, and go.</summary>
    [Alias("Bury"), Platform("the managed object is deleted, and its telemetry with it", PlatformTask.Removal)]
    Task Bury(Caller caller);

    /// <summary>Gives those of these alarms a status that a query still names; answers how many were changed.</summary>
    [Alias("UpdateAlarms"), Requires(Permission.AlarmAdminAll)]
    Task<long> UpdateAlarms(Caller caller, IReadOnlyList<AlarmId> ids, AlarmQuery query, AlarmStatus status);

    /// <summary>Deletes those of these alarms that a query still names; answers how many went.</summary>
    [Alias("DeleteAlarms"), Requires(Permission.AlarmAdminAll)]
    Task<long> DeleteAlarms(Caller caller, IReadOnlyList<AlarmId> ids, AlarmQuery query);

    /// <summary>An operation waits for this agent's connections, or for one below them; answers whether there is any to hear it.</summary>
    [Alias("Announce"), AlwaysInterleave, Platform("an operation was made that goes to this agent's connection", PlatformTask.Upkeep)]
    Task<bool> Announce(Caller caller, OperationId id);

    /// <summary>Whether this agent has a connection that hears of operations.</summary>
    [Alias("IsListening"), AlwaysInterleave, Platform("an agent above asks which operations are its to forward", PlatformTask.Upkeep)]
    Task<bool> IsListening(Caller caller);

    /// <summary>Deletes operations that a query has found; answers how many there still were.</summary>
    [Alias("RemoveOperations"), Requires(Permission.OperationAdminAll)]
    Task<int> RemoveOperations(Caller caller, IReadOnlyList<OperationId> ids);

    /// <summary>
    /// Something was heard of the device by a way that does not lead through its grain: an empty change of its object, or measurements of
    /// several objects at once. It answers while the device waits for that very object.
    /// </summary>
    [Alias("Heard"), AlwaysInterleave, Platform("the object and the tenant's measurements tell the device what they were sent for it", PlatformTask.Upkeep)]
    Task Heard(Caller caller);

    /// <summary>
    /// The device seems silent, or back: it looks at what it knows itself, raises the alarm of its silence or clears it.
    /// </summary>
    /// <param name="sinceMs">From when on silence counts: nobody could be heard while the server was not there. Milliseconds since 1970.</param>
    [Alias("Watch"), Platform("silence is noticed by the clock", PlatformTask.Availability)]
    Task Watch(Caller caller, long sinceMs);

    /// <summary>Takes up or ends an operation of this device that was named on the connection of a device above it.</summary>
    [Alias("Advance"), Requires(Permission.OperationAdmin)]
    Task Advance(Caller caller, AdvanceOperation advance);
}
