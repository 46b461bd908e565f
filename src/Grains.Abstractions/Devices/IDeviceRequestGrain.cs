using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>Where a registration stands. Numbers are stored: they only grow.</summary>
public enum RegistrationStatus : byte
{
    None = 0,
    WaitingForConnection = 1,
    PendingAcceptance = 2,
    Accepted = 3,
    Blocked = 4,
}

/// <summary>A device's wish to join a tenant.</summary>
[GenerateSerializer, Immutable, Alias("DeviceRequest")]
public sealed record DeviceRequest(
    string Id, TenantId Tenant, RegistrationStatus Status, string Owner, DateTimeOffset CreationTime, string? GroupId, string? Type);

/// <summary>What a user asks for when announcing a device.</summary>
/// <param name="Tenant">The tenant that the device is to join, which the platform operator may name; null for the caller's own.</param>
[GenerateSerializer, Immutable, Alias("NewDeviceRequest")]
public sealed record NewDeviceRequest(string Id, string? GroupId, string? Type, TenantId? Tenant = null);

/// <summary>The credentials that an accepted device fetches once.</summary>
[GenerateSerializer, Immutable, Alias("DeviceCredentials")]
public sealed record DeviceCredentials(string Id, TenantId Tenant, string UserName, string Password);

/// <summary>
/// The registration of one device id. Key: the escaped id, in no tenant, for the bootstrap user names none: an id waits in one
/// tenant at a time, and a second claim is a conflict that names nobody.
/// </summary>
[Alias("IDeviceRequestGrain")]
public interface IDeviceRequestGrain : IGrainWithStringKey
{
    [Alias("Claim"), Requires(Permission.RegistrationAdmin), AcrossTenants("a device id belongs to no tenant until one claims it")]
    Task<DeviceRequest> Claim(Caller caller, NewDeviceRequest request);

    [Alias("Read"), Requires(Permission.RegistrationRead), AcrossTenants("the id may wait in another tenant, which is answered as not found")]
    Task<DeviceRequest> Read(Caller caller);

    /// <summary>Accepts a device that has called. Refused while none has, and when the security token does not match.</summary>
    [Alias("Accept"), Requires(Permission.RegistrationAdmin), AcrossTenants("the id may wait in another tenant, which is answered as not found")]
    Task<DeviceRequest> Accept(Caller caller, string? securityToken);

    [Alias("Delete"), Requires(Permission.RegistrationDelete), AcrossTenants("the id may wait in another tenant, which is answered as not found")]
    Task Delete(Caller caller);

    /// <summary>A device asks for its credentials. Not found until a user accepts; then given once.</summary>
    [Alias("Poll"), Requires(Permission.DeviceBootstrap), AcrossTenants("the bootstrap user is the platform's and serves every tenant")]
    Task<DeviceCredentials> Poll(Caller caller, string? securityToken);
}

/// <summary>The registrations that wait in one tenant. Key: the tenant.</summary>
[Alias("IDeviceRequestsGrain")]
public interface IDeviceRequestsGrain : IGrainWithStringKey
{
    [Alias("Find"), Requires(Permission.RegistrationRead)]
    Task<Page<DeviceRequest>> Find(Caller caller, PageRequest page);
}
