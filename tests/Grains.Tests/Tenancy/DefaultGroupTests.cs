using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Tenancy;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>What the default global roles hold, as the interface's documentation and captures have it, one line each.</summary>
public sealed class DefaultGroupTests
{
    private const string Data = "ALARM_READ AUDIT_READ DEVICE_CONTROL_READ EVENT_READ IDENTITY_READ INVENTORY_READ MEASUREMENT_READ";
    private const string DataBoth = Data + " ALARM_ADMIN AUDIT_ADMIN DEVICE_CONTROL_ADMIN EVENT_ADMIN IDENTITY_ADMIN INVENTORY_ADMIN MEASUREMENT_ADMIN";
    private const string Business = DataBoth + " USER_MANAGEMENT_OWN_READ USER_MANAGEMENT_OWN_ADMIN RETENTION_RULE_READ BULK_OPERATION_READ DATA_BROKER_READ";

    public static TheoryData<int, string, string, string> Rows => new()
    {
        { 1, "business", Business, "cockpit devicemanagement" },
        {
            2, "admins", Business + " TENANT_STATISTICS_READ APPLICATION_MANAGEMENT_READ APPLICATION_MANAGEMENT_ADMIN USER_MANAGEMENT_READ USER_MANAGEMENT_CREATE USER_MANAGEMENT_ADMIN "
            + "USER_MANAGEMENT_PASSWORD_RESET CEP_MANAGEMENT_READ CEP_MANAGEMENT_ADMIN OPTION_MANAGEMENT_READ OPTION_MANAGEMENT_ADMIN RETENTION_RULE_ADMIN BULK_OPERATION_ADMIN "
            + "DATA_BROKER_ADMIN ACCOUNT_ADMIN SCHEDULE_REPORT_ADMIN REMOTE_ACCESS_ADMIN NOTIFICATION_2_ADMIN TENANT_ADMIN", ""
        },
        { 3, "devices", "DEVICE INVENTORY_CREATE USER_MANAGEMENT_OWN_READ USER_MANAGEMENT_OWN_ADMIN", "" },
        {
            4, "readers", Data + " USER_MANAGEMENT_READ USER_MANAGEMENT_OWN_READ APPLICATION_MANAGEMENT_READ OPTION_MANAGEMENT_READ RETENTION_RULE_READ BULK_OPERATION_READ "
            + "TENANT_STATISTICS_READ TENANT_MANAGEMENT_READ CEP_MANAGEMENT_READ DATA_BROKER_READ SMS_READ CONNECTIVITY_READ MACHINE_LEARNING_READ", "cockpit devicemanagement"
        },
        {
            5, "Tenant Manager", "TENANT_STATISTICS_READ TENANT_MANAGEMENT_READ TENANT_MANAGEMENT_ADMIN OPTION_MANAGEMENT_READ OPTION_MANAGEMENT_ADMIN APPLICATION_MANAGEMENT_READ "
            + "APPLICATION_MANAGEMENT_ADMIN RETENTION_RULE_READ RETENTION_RULE_ADMIN DATA_BROKER_READ DATA_BROKER_ADMIN", "administration"
        },
        { 6, "CEP Manager", "CEP_MANAGEMENT_READ CEP_MANAGEMENT_ADMIN", "" },
        { 7, "Devicemanagement User", "BULK_OPERATION_READ SIMULATOR_ADMIN", "devicemanagement" },
        { 8, "Cockpit User", "", "cockpit" },
        { 9, "Global User Manager", "USER_MANAGEMENT_READ USER_MANAGEMENT_ADMIN USER_MANAGEMENT_CREATE", "administration" },
        { 10, "Shared User Manager", "USER_MANAGEMENT_CREATE", "administration" },
        { 11, "Global Manager", DataBoth, "" },
        { 12, "Global Reader", Data, "" },
    };

    [Theory, MemberData(nameof(Rows))]
    public void A_default_group_holds_what_the_interface_says(int id, string name, string authorities, string applications)
    {
        var group = DefaultGroups.All.Single(group => group.Id == id);
        Assert.Equal(name, group.Name);
        Assert.Equal(Words(authorities).Select(word => "ROLE_" + word).Order(StringComparer.Ordinal), group.Authorities.Members().Select(one => one.Name()).Order(StringComparer.Ordinal));
        Assert.Equal(Words(applications), group.Applications.Select(application => application.Id));
        Assert.Empty(group.DevicePermissions);
    }

    [Fact]
    public void There_are_no_others_and_readers_read_everything_there_is()
    {
        Assert.Equal(Rows.Select(row => row.Data.Item1), DefaultGroups.All.Select(group => group.Id));
        // Reading managed objects or binaries alone is part of reading the inventory.
        AuthoritySet parts = AuthoritySet.Of(Authority.ManagedObjectRead, Authority.BinaryRead);
        Assert.Equal(
            Authorities.All.Where(one => one.Name().EndsWith("_READ", StringComparison.Ordinal) && !parts.Contains(one)),
            DefaultGroups.All.Single(group => group.Name == "readers").Authorities.Members());
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
