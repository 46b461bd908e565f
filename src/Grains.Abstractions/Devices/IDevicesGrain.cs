using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>A tenant's devices, for the connections that speak for them. Key: the tenant. Any silo answers, and no grain is woken for it.</summary>
[Alias("IDevicesGrain")]
public interface IDevicesGrain : IGrainWithStringKey
{
    /// <summary>
    /// The managed object of a device or of one of its children by its external id (type <c>c8y_Serial</c>); null while there is none. Refused when the caller
    /// may not speak as a device at all, and when the name is another's whose object it may not know.
    /// </summary>
    [Alias("Find"), Requires(Permission.DeviceConnect)]
    Task<ObjectId?> Find(Caller caller, string serial);
}
