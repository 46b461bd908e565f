namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>
/// What a door asks for. Which authorities, relations or marks satisfy each is one table: <see cref="Policy"/>.
/// The numbers appear in audit records: they only grow.
/// </summary>
public enum Permission : byte
{
    /// <summary>See a managed object.</summary>
    InventoryRead = 1,
    /// <summary>Change or delete a managed object, or link others to it.</summary>
    InventoryAdmin = 2,
    /// <summary>Make a managed object.</summary>
    InventoryCreate = 3,
    /// <summary>See a managed object's external ids.</summary>
    IdentityRead = 4,
    /// <summary>Bind and unbind external ids of a managed object.</summary>
    IdentityAdmin = 5,
    /// <summary>Link an object one owns below any object as child device or child asset.</summary>
    InventoryLinkOwn = 6,
    /// <summary>See which user a device signs in as, and whether it may.</summary>
    DeviceUserRead = 7,
    /// <summary>See a managed object's measurements.</summary>
    MeasurementRead = 10,
    /// <summary>Add to or delete from a managed object's measurements.</summary>
    MeasurementAdmin = 11,
    /// <summary>Delete measurements by query, whatever their source.</summary>
    MeasurementAdminAll = 12,
    /// <summary>See a managed object's events.</summary>
    EventRead = 13,
    /// <summary>Add, change or delete a managed object's events.</summary>
    EventAdmin = 14,
    /// <summary>Delete events by query, whatever their source.</summary>
    EventAdminAll = 15,
    /// <summary>See a managed object's alarms.</summary>
    AlarmRead = 16,
    /// <summary>Raise or change a managed object's alarms.</summary>
    AlarmAdmin = 17,
    /// <summary>Change or delete alarms by query, whatever their source.</summary>
    AlarmAdminAll = 18,
    /// <summary>See a tenant's audit records.</summary>
    AuditRead = 20,
    /// <summary>Append audit records of one's own.</summary>
    AuditAdmin = 21,
    /// <summary>See device registration requests.</summary>
    RegistrationRead = 30,
    /// <summary>Make and accept device registration requests.</summary>
    RegistrationAdmin = 31,
    /// <summary>Delete a device registration request (its maker may, too).</summary>
    RegistrationDelete = 32,
    /// <summary>Fetch the credentials of an accepted device.</summary>
    DeviceBootstrap = 33,
    /// <summary>Speak as a device over its connection: what one owns is not enough for it.</summary>
    DeviceConnect = 34,
    /// <summary>See users, groups and roles.</summary>
    UserRead = 40,
    /// <summary>Change users, groups and roles.</summary>
    UserAdmin = 41,
    /// <summary>Make users within one's own rights.</summary>
    UserCreate = 42,
    /// <summary>See one's own user and tenant.</summary>
    OwnRead = 43,
    /// <summary>Change one's own profile and password.</summary>
    OwnAdmin = 44,
    /// <summary>See other tenants as their parent or as the platform operator: their standing, never their data.</summary>
    TenantRead = 50,
    /// <summary>Make tenants.</summary>
    TenantCreate = 51,
    /// <summary>Change, suspend and activate tenants.</summary>
    TenantUpdate = 52,
    /// <summary>Delete tenants, as the platform operator.</summary>
    TenantDelete = 53,
    /// <summary>See a device's operations.</summary>
    OperationRead = 60,
    /// <summary>Make operations of a device and change them.</summary>
    OperationAdmin = 61,
    /// <summary>Delete operations by query, whatever their device.</summary>
    OperationAdminAll = 62,
    /// <summary>See a tenant's retention rules.</summary>
    RetentionRead = 70,
    /// <summary>Make, change and delete retention rules.</summary>
    RetentionAdmin = 71,
    /// <summary>See how a tenant's users sign in, and what is asked of their clients.</summary>
    LoginOptionRead = 80,
    /// <summary>Decide how a tenant's users sign in.</summary>
    LoginOptionAdmin = 81,
    /// <summary>See a tenant's options.</summary>
    OptionRead = 82,
    /// <summary>Set and delete a tenant's options.</summary>
    OptionAdmin = 83,
    /// <summary>Decide, as the platform operator, which of its options a tenant may change.</summary>
    OptionPin = 84,
}
