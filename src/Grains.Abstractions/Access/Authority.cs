namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>
/// The global authorities of the documented interface. A member's wire name is <c>ROLE_</c> and the words of its name
/// (<see cref="Authorities"/>). The numbers are stored in users and groups: they only grow and are never reused.
/// </summary>
public enum Authority : byte
{
    InventoryRead = 0,
    InventoryAdmin = 1,
    InventoryCreate = 2,
    ManagedObjectRead = 3,
    ManagedObjectAdmin = 4,
    ManagedObjectCreate = 5,
    BinaryRead = 6,
    BinaryAdmin = 7,
    BinaryCreate = 8,
    IdentityRead = 9,
    IdentityAdmin = 10,
    MeasurementRead = 11,
    MeasurementAdmin = 12,
    EventRead = 13,
    EventAdmin = 14,
    AlarmRead = 15,
    AlarmAdmin = 16,
    DeviceControlRead = 17,
    DeviceControlAdmin = 18,
    BulkOperationRead = 19,
    BulkOperationAdmin = 20,
    AuditRead = 21,
    AuditAdmin = 22,
    UserManagementRead = 23,
    UserManagementAdmin = 24,
    UserManagementCreate = 25,
    UserManagementOwnRead = 26,
    UserManagementOwnAdmin = 27,
    UserManagementPasswordReset = 28,
    ApplicationManagementRead = 29,
    ApplicationManagementAdmin = 30,
    TenantManagementRead = 31,
    TenantManagementCreate = 32,
    TenantManagementUpdate = 33,
    TenantManagementAdmin = 34,
    TenantAdmin = 35,
    TenantStatisticsRead = 36,
    OptionManagementRead = 37,
    OptionManagementAdmin = 38,
    RetentionRuleRead = 39,
    RetentionRuleAdmin = 40,
    Notification2Admin = 41,
    DeviceBootstrap = 42,
    Device = 43,
    System = 44,
    AccountAdmin = 45,
    CepManagementRead = 46,
    CepManagementAdmin = 47,
    DataBrokerRead = 48,
    DataBrokerAdmin = 49,
    ScheduleReportAdmin = 50,
    SimulatorAdmin = 51,
    SmsRead = 52,
    SmsAdmin = 53,
    EmailCreate = 54,
    RemoteAccessAdmin = 55,
    ConnectivityRead = 56,
    ConnectivityAdmin = 57,
    MachineLearningRead = 58,
    MachineLearningAdmin = 59,
    MachineLearningCreate = 60,
    Actuator = 61,
    MqttServiceAdmin = 62,
}

/// <summary>Names of authorities as the interface spells them, both ways.</summary>
public static class Authorities
{
    private static readonly string[] Names = [.. Enum.GetValues<Authority>().Select(a => "ROLE_" + WireWords.Of(a.ToString()))];
    private static readonly Dictionary<string, Authority> ByName =
        Enum.GetValues<Authority>().ToDictionary(a => Names[(int)a], StringComparer.Ordinal);

    /// <summary>Every authority, in the order of its number.</summary>
    public static IReadOnlyList<Authority> All { get; } = Enum.GetValues<Authority>();

    public static string Name(this Authority authority) => Names[(int)authority];

    /// <summary>Reads a wire name such as <c>ROLE_INVENTORY_READ</c>; false when no such authority exists.</summary>
    public static bool TryParse(string? name, out Authority authority) => ByName.TryGetValue(name ?? "", out authority);
}

/// <summary>Names of numbers as the interface spells such words.</summary>
public static class WireWords
{
    /// <summary><c>InventoryRead</c> as <c>INVENTORY_READ</c>, <c>Notification2Admin</c> as <c>NOTIFICATION_2_ADMIN</c>.</summary>
    public static string Of(string pascal)
    {
        var text = new global::System.Text.StringBuilder(pascal.Length + 4);
        for (var i = 0; i < pascal.Length; i++)
        {
            if (i > 0 && (char.IsUpper(pascal[i]) || char.IsDigit(pascal[i]))) text.Append('_');
            text.Append(char.ToUpperInvariant(pascal[i]));
        }
        return text.ToString();
    }
}
