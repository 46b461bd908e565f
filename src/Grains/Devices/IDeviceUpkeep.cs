using Bailiwick.Grains.Abstractions.Access;
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

    /// <summary>The object is about to be deleted: take nothing more and drop what was measured.</summary>
    [Alias("Retire"), Platform("the managed object is deleted, and its telemetry with it", PlatformTask.Removal)]
    Task Retire(Caller caller);

    /// <summary>The object is deleted: drop whatever came in between, and go.</summary>
    [Alias("Bury"), Platform("the managed object is deleted, and its telemetry with it", PlatformTask.Removal)]
    Task Bury(Caller caller);
}
