using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Tenancy;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>Numbers that users, groups and audit records keep for years. A new one is added at the end; none is changed, and none is given again.</summary>
public sealed class FrozenNumbersTests
{
    [Fact]
    public void An_authority_keeps_its_number() => Assert.Equal(
        "InventoryRead=0 InventoryAdmin=1 InventoryCreate=2 ManagedObjectRead=3 ManagedObjectAdmin=4 ManagedObjectCreate=5 BinaryRead=6 BinaryAdmin=7 " +
        "BinaryCreate=8 IdentityRead=9 IdentityAdmin=10 MeasurementRead=11 MeasurementAdmin=12 EventRead=13 EventAdmin=14 AlarmRead=15 AlarmAdmin=16 " +
        "DeviceControlRead=17 DeviceControlAdmin=18 BulkOperationRead=19 BulkOperationAdmin=20 AuditRead=21 AuditAdmin=22 UserManagementRead=23 " +
        "UserManagementAdmin=24 UserManagementCreate=25 UserManagementOwnRead=26 UserManagementOwnAdmin=27 UserManagementPasswordReset=28 " +
        "ApplicationManagementRead=29 ApplicationManagementAdmin=30 TenantManagementRead=31 TenantManagementCreate=32 TenantManagementUpdate=33 " +
        "TenantManagementAdmin=34 TenantAdmin=35 TenantStatisticsRead=36 OptionManagementRead=37 OptionManagementAdmin=38 RetentionRuleRead=39 " +
        "RetentionRuleAdmin=40 Notification2Admin=41 DeviceBootstrap=42 Device=43 System=44 AccountAdmin=45 CepManagementRead=46 CepManagementAdmin=47 " +
        "DataBrokerRead=48 DataBrokerAdmin=49 ScheduleReportAdmin=50 SimulatorAdmin=51 SmsRead=52 SmsAdmin=53 EmailCreate=54 RemoteAccessAdmin=55 " +
        "ConnectivityRead=56 ConnectivityAdmin=57 MachineLearningRead=58 MachineLearningAdmin=59 MachineLearningCreate=60 Actuator=61 MqttServiceAdmin=62",
        Numbers<Authority>());

    [Fact]
    public void Every_authority_has_a_bit() => Assert.All(Authorities.All, authority => Assert.InRange((int)authority, 0, 63));

    [Fact]
    public void A_permission_keeps_its_number() => Assert.Equal(
        "InventoryRead=1 InventoryAdmin=2 InventoryCreate=3 IdentityRead=4 IdentityAdmin=5 InventoryLinkOwn=6 DeviceUserRead=7 MeasurementRead=10 MeasurementAdmin=11 " +
        "MeasurementAdminAll=12 EventRead=13 EventAdmin=14 EventAdminAll=15 AlarmRead=16 AlarmAdmin=17 AlarmAdminAll=18 AuditRead=20 AuditAdmin=21 RegistrationRead=30 RegistrationAdmin=31 RegistrationDelete=32 DeviceBootstrap=33 DeviceConnect=34 UserRead=40 " +
        "UserAdmin=41 UserCreate=42 OwnRead=43 OwnAdmin=44 TenantRead=50 TenantCreate=51 TenantUpdate=52 TenantDelete=53 OperationRead=60 OperationAdmin=61 OperationAdminAll=62 RetentionRead=70 RetentionAdmin=71 LoginOptionRead=80 LoginOptionAdmin=81 OptionRead=82 OptionAdmin=83 OptionPin=84",
        Numbers<Permission>());

    [Fact]
    public void A_rule_keeps_its_number() => Assert.Equal(
        "NothingGranted=0 OtherTenant=1 NotAttested=2 TaskWithoutRow=3 NotServed=4 ShutIn=5 GlobalAuthority=10 Ownership=11 GlobalFragment=12 PlatformTask=13 InventoryRole=14 DevicePermission=15 " +
        "PlatformOnly=20 NothingAnywhere=21 SelfOnly=22 NotBelow=23 NotHeld=24 NotItsToHandOver=25 NotItsToDelegate=26 Oneself=27 FirstAdministrator=28 OperatorOnly=29 NotEditable=30 TenantLeaving=31 TenantThere=32", Numbers<Rule>());

    [Fact]
    public void A_task_of_the_platform_keeps_its_number() => Assert.Equal(
        "None=0 SignIn=1 Facts=2 Audit=3 FirstStart=4 Registration=5 Upkeep=6 Removal=7 Recovery=8 Disconnection=9 Retention=10 Availability=11 Departure=12", Numbers<PlatformTask>());

    [Fact]
    public void A_default_group_keeps_its_id() => Assert.Equal(
        "business=1 admins=2 devices=3 readers=4 Tenant Manager=5 CEP Manager=6 Devicemanagement User=7 Cockpit User=8 Global User Manager=9 " +
        "Shared User Manager=10 Global Manager=11 Global Reader=12",
        string.Join(' ', DefaultGroups.All.Select(group => $"{group.Name}={group.Id}")));

    [Fact]
    public void A_kind_of_verifier_keeps_its_number() => Assert.Equal("None=0 Argon2id=1 KeyedHmac=2", Numbers<VerifierKind>());

    private static string Numbers<T>() where T : struct, Enum =>
        string.Join(' ', Enum.GetValues<T>().Select(value => $"{value}={Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)}"));
}
