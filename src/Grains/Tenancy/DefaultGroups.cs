using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;
using static Bailiwick.Grains.Abstractions.Access.Authority;

namespace Bailiwick.Grains.Tenancy;

/// <summary>
/// The groups that every tenant begins with. They are samples that a tenant may edit: a later release changes them for new tenants
/// only. Ids are the interface's; they are stored and referred to by clients.
/// </summary>
internal static class DefaultGroups
{
    public const int Business = 1;
    public const int Admins = 2;
    public const int Devices = Group.Devices;
    public const int TenantManagers = 5;

    private static readonly AuthoritySet DataRead = AuthoritySet.Of(
        AlarmRead, AuditRead, DeviceControlRead, EventRead, IdentityRead, InventoryRead, MeasurementRead);
    private static readonly AuthoritySet DataAdmin = AuthoritySet.Of(
        AlarmAdmin, AuditAdmin, DeviceControlAdmin, EventAdmin, IdentityAdmin, InventoryAdmin, MeasurementAdmin);

    /// <summary>What every new human user holds directly.</summary>
    public static readonly AuthoritySet Own = AuthoritySet.Of(UserManagementOwnRead, UserManagementOwnAdmin);

    private static readonly AuthoritySet BusinessHolds = DataRead | DataAdmin | Own | AuthoritySet.Of(RetentionRuleRead, BulkOperationRead, DataBrokerRead);

    // The first administrator opens the authentication settings and makes notification subscriptions: hence the last two.
    private static readonly AuthoritySet AdminsHold = BusinessHolds | AuthoritySet.Of(
        TenantStatisticsRead, ApplicationManagementRead, ApplicationManagementAdmin,
        UserManagementRead, UserManagementCreate, UserManagementAdmin, UserManagementPasswordReset,
        CepManagementRead, CepManagementAdmin, OptionManagementRead, OptionManagementAdmin, RetentionRuleAdmin, BulkOperationAdmin,
        DataBrokerAdmin, AccountAdmin, ScheduleReportAdmin, RemoteAccessAdmin, TenantAdmin, Notification2Admin);

    // Everything that can be read; managed objects and binaries alone are part of the inventory.
    private static readonly AuthoritySet ReadersHold = DataRead | AuthoritySet.Of(
        UserManagementRead, UserManagementOwnRead, ApplicationManagementRead, OptionManagementRead, RetentionRuleRead, BulkOperationRead,
        TenantStatisticsRead, TenantManagementRead, CepManagementRead, DataBrokerRead, SmsRead, ConnectivityRead, MachineLearningRead);

    // The interface's own applications, by their names: there is no list of applications that could give them other ids.
    private static readonly ApplicationAccess Cockpit = new("cockpit", "HOSTED");
    private static readonly ApplicationAccess DeviceManagement = new("devicemanagement", "HOSTED");
    private static readonly ApplicationAccess Administration = new("administration", "HOSTED");

    public static IReadOnlyList<Group> All { get; } =
    [
        new(Business, "business", "Works with all devices and their data", BusinessHolds) { Applications = [Cockpit, DeviceManagement] },
        // Who may read applications has access to all.
        new(Admins, "admins", "Administers the tenant", AdminsHold),
        // A device gets what it makes and owns, and no view of the tenant: a stolen one shows nothing but itself.
        new(Devices, "devices", "Users of devices", Own | AuthoritySet.Of(Device, InventoryCreate)),
        new(4, "readers", "Sees everything, users included", ReadersHold) { Applications = [Cockpit, DeviceManagement] },
        new(TenantManagers, "Tenant Manager", "Manages tenants, applications and options", AuthoritySet.Of(
            TenantStatisticsRead, TenantManagementRead, TenantManagementAdmin, OptionManagementRead, OptionManagementAdmin,
            ApplicationManagementRead, ApplicationManagementAdmin, RetentionRuleRead, RetentionRuleAdmin, DataBrokerRead, DataBrokerAdmin)) { Applications = [Administration] },
        new(6, "CEP Manager", "Manages event processing", AuthoritySet.Of(CepManagementRead, CepManagementAdmin)),
        new(7, "Devicemanagement User", "Works with bulk operations and simulators", AuthoritySet.Of(BulkOperationRead, SimulatorAdmin)) { Applications = [DeviceManagement] },
        new(8, "Cockpit User", "Uses the cockpit; holds no data", AuthoritySet.Empty) { Applications = [Cockpit] },
        new(9, "Global User Manager", "Manages all users", AuthoritySet.Of(UserManagementRead, UserManagementAdmin, UserManagementCreate)) { Applications = [Administration] },
        new(10, "Shared User Manager", "Manages users below itself", AuthoritySet.Of(UserManagementCreate)) { Applications = [Administration] },
        new(11, "Global Manager", "Sees and changes the data of all devices", DataRead | DataAdmin),
        new(12, "Global Reader", "Sees the data of all devices", DataRead),
    ];
}
