using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Retention;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Http;

/// <summary>The grains that endpoints ask, each by its key.</summary>
internal static class GrainKeys
{
    public static IInventoryGrain Inventory(this Exchange x) => x.Grains.Grain<IInventoryGrain>(x.Tenant.Value);

    public static IManagedObjectGrain ManagedObject(this Exchange x, ObjectId id) => x.Grains.Grain<IManagedObjectGrain>(id.GrainKey(x.Tenant));

    public static IDeviceGrain Device(this Exchange x, ObjectId id) => x.Grains.Grain<IDeviceGrain>(id.GrainKey(x.Tenant));

    public static IExternalIdGrain ExternalId(this Exchange x, ExternalId id) => x.Grains.Grain<IExternalIdGrain>(id.GrainKey(x.Tenant));

    public static IMeasurementsGrain Measurements(this Exchange x) => x.Grains.Grain<IMeasurementsGrain>(x.Tenant.Value);

    public static IEventsGrain Events(this Exchange x) => x.Grains.Grain<IEventsGrain>(x.Tenant.Value);

    public static IAlarmsGrain Alarms(this Exchange x) => x.Grains.Grain<IAlarmsGrain>(x.Tenant.Value);

    public static IDeviceOperationsGrain DeviceOperations(this Exchange x, ObjectId device) => x.Grains.Grain<IDeviceOperationsGrain>(device.GrainKey(x.Tenant));

    public static IOperationsGrain Operations(this Exchange x) => x.Grains.Grain<IOperationsGrain>(x.Tenant.Value);

    public static IRetentionGrain Retention(this Exchange x) => x.Grains.Grain<IRetentionGrain>(x.Tenant.Value);

    public static IAuthorizationGrain Authorization(this Exchange x) => x.Grains.Grain<IAuthorizationGrain>(x.Tenant.Value);

    public static IAuditLogGrain AuditLog(this Exchange x) => x.Grains.Grain<IAuditLogGrain>(x.Tenant.Value);

    /// <summary>A device id may hold slashes, and the key of its request has none.</summary>
    public static IDeviceRequestGrain DeviceRequest(this Exchange x, string deviceId) =>
        x.Grains.Grain<IDeviceRequestGrain>(Uri.EscapeDataString(deviceId));

    public static IDeviceRequestsGrain DeviceRequests(this Exchange x) => x.Grains.Grain<IDeviceRequestsGrain>(x.Tenant.Value);

    public static ITenantGrain TenantGrain(this Exchange x, TenantId tenant) => x.Grains.Grain<ITenantGrain>(tenant.Value);

    public static ITenantsGrain Tenants(this Exchange x) => x.Grains.Grain<ITenantsGrain>(TenantId.Management.Value);

    public static IUserGrain User(this Exchange x, UserId user) => x.Grains.Grain<IUserGrain>(user.GrainKey);

    public static IUsersGrain Users(this Exchange x, TenantId tenant) => x.Grains.Grain<IUsersGrain>(tenant.Value);
}
