using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Devices;

/// <summary>What a managed object tells the device of the same id.</summary>
[Alias("IDeviceUpkeep")]
internal interface IDeviceUpkeep : IGrainWithStringKey
{
    /// <summary>
    /// Owner or mark of the object changed: look again. It answers while the device waits for that very object, which waits for this.
    /// </summary>
    [Alias("Refresh"), AlwaysInterleave, Platform("the managed object changed what the device decides by", PlatformTask.Upkeep)]
    Task Refresh(Caller caller);

    /// <summary>The object is about to be deleted: take nothing more and drop all data on it.</summary>
    [Alias("Retire"), Platform("the managed object is deleted, and its telemetry with it", PlatformTask.Removal)]
    Task Retire(Caller caller);

    /// <summary>Gives those of these alarms a status that a query still names; answers how many were changed.</summary>
    [Alias("UpdateAlarms"), Requires(Permission.AlarmAdminAll)]
    Task<long> UpdateAlarms(Caller caller, IReadOnlyList<AlarmId> ids, AlarmQuery query, AlarmStatus status);

    /// <summary>Deletes those of these alarms that a query still names; answers how many went.</summary>
    [Alias("DeleteAlarms"), Requires(Permission.AlarmAdminAll)]
    Task<long> DeleteAlarms(Caller caller, IReadOnlyList<AlarmId> ids, AlarmQuery query);
}
