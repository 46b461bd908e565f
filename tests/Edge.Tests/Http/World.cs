using System.Text;
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

namespace Bailiwick.Edge.Tests.Http;

/// <summary>A small tenant in which every question has an answer.</summary>
internal static class World
{
    public static readonly TenantId T1 = new("t1");
    public static readonly UserId Smith = new(T1, "smith");
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, 500, TimeSpan.Zero);
    public static readonly DateTimeOffset Morning = new(2026, 11, 20, 8, 30, 0, 0, TimeSpan.FromHours(1));

    private static readonly Group Admins = new(2, "admins", "Administrators", AuthoritySet.Of(Authority.InventoryRead, Authority.UserManagementRead))
    {
        Applications = [new ApplicationAccess("15", "HOSTED")],
        CustomProperties = Of("site", "\"Plant 1\""),
    };

    private static readonly Group Devices = new(3, "devices", "Devices", AuthoritySet.Of(Authority.Device, Authority.InventoryCreate));

    /// <summary>A refusal as it comes from a grain: why stays there.</summary>
    public static Refusal Denied(string logText) => new(RefusalKind.Denied, "security", "Access is denied", logText);

    public static ManagedObject Pump(long id = 4711) => new(
        new ObjectId(id), "Pump", "c8y_Pump", "device_p1", Noon, Noon,
        Of("""c8y_IsDevice""", "{}", "c8y_Position", """{ "lat": 51.10, "lng":6.8e0 }"""));

    public static Measurement Temperature(long sequence = 7) => new(
        new MeasurementId(new ObjectId(4711), Morning.ToUnixTimeMilliseconds(), sequence), "c8y_Temperature", Morning,
        Encoding.UTF8.GetBytes("\"c8y_T\":{\"T\":{\"value\":25.10,\"unit\":\"°C\"}},\"text\":\"a+b <c>\""));

    public static Event Door(long sequence = 7, string text = "Door opened") => new(
        new EventId(new ObjectId(4711), Morning.ToUnixTimeMilliseconds(), sequence), "c8y_Door", text, Morning, Noon, Noon,
        Of("c8y_Position", """{ "lat": 51.10, "lng":6.8e0 }"""));

    public static AlarmView Dry(long sequence = 7, AlarmStatus status = AlarmStatus.Active, long count = 1) => new(new Alarm(
        new AlarmId(new ObjectId(4711), Morning.ToUnixTimeMilliseconds(), sequence), "c8y_Dry", "Suction dry", AlarmSeverity.Major, status,
        Morning.AddMinutes(count - 1), Morning, count, Noon, Noon, Of("ticket", "42")), "Pump");

    public static Operation Restart(long sequence = 7) => new(
        new OperationId(new ObjectId(4711), Noon.ToUnixTimeMilliseconds(), sequence), OperationStatus.Failed, "no power", "Restart the pump",
        Of("c8y_Restart", """{ "hard":true }"""));

    public static User User(string name = "smith") => new(
        new UserId(T1, name), new UserProfile("smith@example.com", "Jo", "Smith", "Jo Smith", "+49123", Of("userOrigin", "\"BASIC\"")),
        true, PasswordStrength.Green, Noon, false, AuthoritySet.Of(Authority.UserManagementOwnRead, Authority.UserManagementOwnAdmin), [Admins], null, Noon);

    public static Tenant Tenant(string id = "t2") => new(
        new TenantId(id), "pumps", "Pumps Ltd", "Jo Smith", "+49123", "smith@example.com", "smith", TenantStatus.Active, TenantId.Management, Noon);

    public static DeviceRequest Request(string id = "p1") => new(id, T1, RegistrationStatus.PendingAcceptance, "smith", Noon, null, "c8y_Pump");

    public static AuditRecord Record(long id = 12) => new(
        id, Noon, Morning, "User", "User updated", "User updated: smith", "4711", "admin", "cockpit", "WARNING",
        [new AuditChange("enabled", "java.lang.Boolean", "true", "false"), new AuditChange("phone", "java.lang.String", null, "+49123")], Of("ticket", "42"));

    public static RetentionRule Kept(int id = 1) => new(id, RetainedData.All, null, null, null, 60, true);

    private static readonly TenantOption[] Options =
        [new("access.control", "allow.origin", "*", true), new("mail", "credentials.password", TenantOption.Masked, true), new("mail", "host", "mail.example", false)];

    private static readonly BasicSignIn KeepsOut = new("Company", false, new AgentRules(["Pump/"], ["Scraper"], true));

    private static RetentionRule Made(NewRetentionRule request) => new(3, request.Data, request.FragmentType, request.Type, request.Source, request.MaximumAgeDays, true);

    public static Fragments Of(params string[] namesAndValues) =>
        new([.. namesAndValues.Chunk(2).Select(pair => new Fragment(pair[0], Encoding.UTF8.GetBytes(pair[1])))]);

    public static Page<T> Page<T>(GrainCall call, params T[] rows) => Bailiwick.Grains.Abstractions.Page<T>.Of(
        rows, (PageRequest)call.Arguments.First(argument => argument is PageRequest)!);

    public static ScriptedGrains Grains()
    {
        var grains = new ScriptedGrains();
        Inventory(grains);
        Telemetry(grains);
        EventsAndAlarms(grains);

        Operations(grains);
        Users(grains);
        Rest(grains);
        return grains;
    }

    private static ObjectId KeyOf(GrainCall call) => ObjectId.OfGrainKey(call.Key);

    private static void Inventory(ScriptedGrains grains)
    {
        IReadOnlyList<ObjectReference>[] children = [[new(new ObjectId(4712), "Valve")], [], []];
        IReadOnlyList<ObjectReference>[] parents = [[], [new(new ObjectId(100), null)], []];
        grains
            .On<IInventoryGrain>(nameof(IInventoryGrain.Create), call => Made(call.Argument<NewManagedObject>(1)))
            .On<IInventoryGrain>(nameof(IInventoryGrain.Find), call => Page(call,
                [.. new[] { View(call, 4711), View(call, 4712), View(call, 4713) }.Where(view => call.Argument<InventoryQuery>(1).Ids is not { } ids || ids.Contains(view.Object.Id))]))
            .On<IInventoryGrain>(nameof(IInventoryGrain.Count), _ => 3L)
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Read), call => View(call, KeyOf(call).Value))
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Update), call => Pump(KeyOf(call).Value) with { Fragments = Pump().Fragments.Merge(call.Argument<ManagedObjectChange>(1).Fragments) })
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Delete), _ => null)
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Availability), call => new Availability(
                KeyOf(call), ExternalId.Serial("p1"), DataStatus.Available, ConnectionStatus.Disconnected, 30, KeyOf(call).Value == 4711 ? Noon : null))
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Children), call => Page(call, Pump(4712)))
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Child), call => Pump(call.Argument<ObjectId>(2).Value))
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Link), _ => null)
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Unlink), _ => null)
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.ReadDeviceUser), _ => new DeviceUser("device_p1", true))
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.EnableDeviceUser), call => new DeviceUser("device_p1", call.Argument<bool?>(1) ?? true))
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.ExternalIds), _ => new[] { ExternalId.Serial("p/1") })
            .On<IExternalIdGrain>(nameof(IExternalIdGrain.Read), _ => new ObjectId(4711))
            .On<IExternalIdGrain>(nameof(IExternalIdGrain.Bind), _ => null)
            .On<IExternalIdGrain>(nameof(IExternalIdGrain.Unbind), _ => null);

        ManagedObjectView View(GrainCall call, long id)
        {
            var options = (ViewOptions)call.Arguments[^1]!;
            return new(
                Pump(id), options.WithChildren ? children : null, options.WithParents || options.WithGroups ? parents : null, options.WithChildCounts ? [1, 0, 0] : null);
        }

        static ManagedObject Made(NewManagedObject wish) => new(new ObjectId(4720), wish.Name, wish.Type, wish.Owner ?? "smith", Noon, Noon, wish.Fragments);
    }

    private static void Telemetry(ScriptedGrains grains) => grains
        .On<IMeasurementsGrain>(nameof(IMeasurementsGrain.Find), call => Page(call, Temperature(7), Temperature(8)))
        .On<IMeasurementsGrain>(nameof(IMeasurementsGrain.DeleteAll), _ => 2L)
        .On<IMeasurementsGrain>(nameof(IMeasurementsGrain.Series), _ => new SeriesReport(
            [new(new("c8y_T", "T"), "°C"), new(new("c8y_P", "P"), null)],
            [new(Morning.ToUnixTimeMilliseconds(), [new(0, 20.5, 25), new(1, -1e30, -1e30)]), new(Noon.ToUnixTimeMilliseconds(), [new(1, 3, 3)])], true))
        .On<IDeviceGrain>(nameof(IDeviceGrain.SupportedSeries), _ => new SeriesName[] { new("c8y_P", "P"), new("c8y_T", "T"), new("c8y_T", "U") })
        .On<IMeasurementsGrain>(nameof(IMeasurementsGrain.Add), call => call.Argument<IReadOnlyList<SourcedMeasurement>>(1)
            .Select((sent, index) => new MeasurementId(sent.Source, sent.Measurement.Time.ToUnixTimeMilliseconds(), index + 1)).ToArray())
        .On<IDeviceGrain>(nameof(IDeviceGrain.AddMeasurements), call => new AddedMeasurements(
            [.. call.Argument<MeasurementBatch>(1).Rows.Select((sent, index) => new MeasurementId(KeyOf(call), sent.Time.ToUnixTimeMilliseconds(), index + 1))], true))
        .On<IDeviceGrain>(nameof(IDeviceGrain.ReadMeasurement), call => Temperature(call.Argument<MeasurementId>(1).Sequence))
        .On<IDeviceGrain>(nameof(IDeviceGrain.DeleteMeasurement), _ => null);

    private static void EventsAndAlarms(ScriptedGrains grains) => grains
        .On<IEventsGrain>(nameof(IEventsGrain.Find), call => Page(call, Door(8), Door(7)))
        .On<IEventsGrain>(nameof(IEventsGrain.DeleteAll), _ => 2L)
        .On<IDeviceGrain>(nameof(IDeviceGrain.AddEvent), call => Made(KeyOf(call), call.Argument<NewEvent>(1)))
        .On<IDeviceGrain>(nameof(IDeviceGrain.ReadEvent), call => Door(call.Argument<EventId>(1).Sequence))
        .On<IDeviceGrain>(nameof(IDeviceGrain.UpdateEvent), call => Door(call.Argument<EventId>(1).Sequence, call.Argument<EventChange>(2).Text ?? "Door opened") with
        {
            Fragments = Door().Fragments.Merge(call.Argument<EventChange>(2).Fragments),
        })
        .On<IDeviceGrain>(nameof(IDeviceGrain.DeleteEvent), _ => null)
        .On<IAlarmsGrain>(nameof(IAlarmsGrain.Find), call => Page(call, Dry(8, count: 3), Dry(7, AlarmStatus.Cleared) with { SourceName = null }))
        .On<IAlarmsGrain>(nameof(IAlarmsGrain.Count), _ => 3L)
        .On<IAlarmsGrain>(nameof(IAlarmsGrain.UpdateAll), _ => 2L)
        .On<IAlarmsGrain>(nameof(IAlarmsGrain.DeleteAll), _ => 2L)
        .On<IDeviceGrain>(nameof(IDeviceGrain.RaiseAlarm), call => KeyOf(call).Value == Resting ? null : Made(KeyOf(call), call.Argument<NewAlarm>(1)))
        .On<IDeviceGrain>(nameof(IDeviceGrain.ReadAlarm), call => Dry(call.Argument<AlarmId>(1).Sequence, count: 2))
        .On<IDeviceGrain>(nameof(IDeviceGrain.UpdateAlarm), call => Dry(call.Argument<AlarmId>(1).Sequence, call.Argument<AlarmChange>(2).Status ?? AlarmStatus.Active));

    /// <summary>The object that is in maintenance.</summary>
    private const long Resting = 4799;

    private static Event Made(ObjectId source, NewEvent sent) => new(
        new EventId(source, sent.Time.ToUnixTimeMilliseconds(), 9), sent.Type, sent.Text, sent.Time, Noon, Noon, sent.Fragments);

    private static AlarmView Made(ObjectId source, NewAlarm sent) => new(new Alarm(
        new AlarmId(source, sent.Time.ToUnixTimeMilliseconds(), 9), sent.Type, sent.Text, sent.Severity, sent.Status, sent.Time, sent.Time, 1, Noon, Noon,
        sent.Fragments), "Pump");

    private static void Operations(ScriptedGrains grains) => grains
        .On<IOperationsGrain>(nameof(IOperationsGrain.Find), call => call.Argument<OperationQuery>(1).Agent is null
            ? Page(call, new OperationView(Restart(7), "Pump", null), new OperationView(Restart(8), null, null))
            : Page(call, new OperationView(Restart(7), "Pump", [ExternalId.Serial("p/1")])))
        .On<IOperationsGrain>(nameof(IOperationsGrain.DeleteAll), _ => 2L)
        .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Create), call => new Operation(
            new OperationId(KeyOf(call), Noon.ToUnixTimeMilliseconds(), 9), OperationStatus.Pending, null, call.Argument<NewOperation>(1).Description, call.Argument<NewOperation>(1).Fragments))
        .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Read), call => Restart(call.Argument<OperationId>(1).Sequence))
        .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Update), call => Restart(call.Argument<OperationId>(1).Sequence) with
        {
            Status = call.Argument<OperationChange>(2).Status ?? OperationStatus.Pending,
            Fragments = Restart().Fragments.Merge(call.Argument<OperationChange>(2).Fragments),
        });

    private static void Users(ScriptedGrains grains)
    {
        foreach (var method in new[] { "Read", "ReadOwn", "Update", "UpdateOwn", "Create", "AddToGroup", "Assign", "SetOwner", "SetDelegatedBy" })
            grains.On<IUserGrain>(method, call => User(UserId.OfGrainKey(call.Key).Name));
        foreach (var method in new[] { "Delete", "ChangeOwnPassword", "RemoveFromGroup", "Unassign" })
            grains.On<IUserGrain>(method, _ => null);
        grains
            .On<IUsersGrain>(nameof(IUsersGrain.Find), call => Page(call, [.. new[] { User("adams"), User("smith") }
                .Select(user => user with { SubusersCount = call.Argument<UserQuery>(1).WithSubusersCount ? 2 : null })]))
            .On<ITenantGrain>(nameof(ITenantGrain.CreateGroup), call => Made(call.Argument<NewGroup>(1)))
            .On<ITenantGrain>(nameof(ITenantGrain.UpdateGroup), call => Admins with { Id = call.Argument<int>(1), Name = call.Argument<GroupChange>(2).Name ?? Admins.Name })
            .On<ITenantGrain>(nameof(ITenantGrain.DeleteGroup), _ => null)
            .On<ITenantGrain>(nameof(ITenantGrain.AssignToGroup), _ => Admins)
            .On<ITenantGrain>(nameof(ITenantGrain.UnassignFromGroup), _ => null)
            .On<ITenantGrain>(nameof(ITenantGrain.Groups), _ => new[] { Admins, Devices })
            .On<ITenantGrain>(nameof(ITenantGrain.Authorities), _ => AuthoritySet.Of([.. Authorities.All]));
        OnObjects(grains);
        Authorizations(grains);

        static Group Made(NewGroup wish) => new(13, wish.Name, wish.Description, wish.Authorities) { Applications = wish.Applications, CustomProperties = wish.CustomProperties };
    }

    /// <summary>Why smith reads what it reads, and what it was refused.</summary>
    private static void Authorizations(ScriptedGrains grains)
    {
        var (pump, hall) = (new ObjectId(4711), new ObjectId(100));
        var byRole = new DecisionTrace(
            Permission.MeasurementRead, pump, "device_p1", new Decision(true, Rule.InventoryRole),
            [new TriedRule(Rule.GlobalAuthority, false), new TriedRule(Rule.Ownership, false), new TriedRule(Rule.InventoryRole, true)], [pump, hall], [new MetGrant(hall, Rule.InventoryRole, ["*"])]);
        var allowed = new Explanation("smith", byRole, [], null, [OfReader(hall)], [OfReader(hall)]);
        var refused = new DecisionTrace(
            Permission.InventoryAdmin, pump, "device_p1", new Decision(false, Rule.NothingGranted), [new TriedRule(Rule.GlobalAuthority, false), new TriedRule(Rule.Ownership, false)], [], []);
        Reason[] misses =
        [
            new(Rule.GlobalAuthority) { Authority = Authority.InventoryAdmin }, new(Rule.GlobalAuthority) { Group = 2, GroupName = "admins" }, new(Rule.Ownership) { At = pump },
            new(Rule.DevicePermission) { At = pump, Grant = new Grant(GrantScope.ManagedObject, GrantLevel.Admin, Grant.AnyType) },
        ];
        var denial = new Denial(12, Noon, "smith", "Access denied: because", "IManagedObjectGrain.Update", "t1/4711", refused);
        var notHeld = new Denial(13, Noon, "smith", "Access denied: because", "IUserGrain.Assign", "t1/sub", new(Permission.UserCreate, null, null, new(false, Rule.NotHeld), [], [], [])
        {
            About = "smith", NearMisses = [new(Rule.GlobalAuthority) { Authority = Authority.AlarmRead, Holder = "smith" }],
        });
        grains
            .On<IAuthorizationGrain>(nameof(IAuthorizationGrain.Explain), call => call.Argument<AccessQuestion>(1) is { Permission: Permission.InventoryAdmin } asked
                ? new Explanation(asked.User, refused, asked.Fragments, null, [], misses) : allowed)
            .On<IAuthorizationGrain>(nameof(IAuthorizationGrain.WhoCan), _ => Page(allowed with { NearMisses = [] }))
            .On<IAuthorizationGrain>(nameof(IAuthorizationGrain.WhatCan), _ => Page(allowed with { NearMisses = [] }, new Explanation("smith", refused, [], null, [], [])))
            .On<IAuthorizationGrain>(nameof(IAuthorizationGrain.WhereCan), _ => Page(allowed with { NearMisses = [] }))
            .On<IAuthorizationGrain>(nameof(IAuthorizationGrain.Denials), _ => Page(denial, new Denial(11, Noon, "smith", "Access denied 7 more times within a minute", null, null, null)))
            .On<IAuthorizationGrain>(nameof(IAuthorizationGrain.ReadDenial), call => call.Argument<long>(1) == 13 ? notHeld : denial with { Id = call.Argument<long>(1) });

        static Page<T> Page<T>(params T[] rows) => new(rows, false, rows.Length);

        static Reason OfReader(ObjectId at) => new(Rule.InventoryRole) { InventoryRole = 1, InventoryRoleName = "Reader", At = at };
    }

    private static readonly InventoryRole Reader = new(1, "Reader", "Sees all", [new InventoryPermission(1, new Grant(GrantScope.Any, GrantLevel.Read, Grant.AnyType))]);
    private static readonly InventoryRole Restarter = new(4, "Operations: Restart Device", "", [new InventoryPermission(10, new Grant(GrantScope.Operation, GrantLevel.Admin, "c8y_Restart"))]);

    /// <summary>Inventory roles, who has them where, and who has device permissions.</summary>
    private static void OnObjects(ScriptedGrains grains)
    {
        ObjectGrants[] onPump = [new(new ObjectId(4711), [new Grant(GrantScope.Measurement, GrantLevel.Read, Grant.AnyType), new Grant(GrantScope.Operation, GrantLevel.Admin, "c8y_Restart")])];
        grains
            .On<ITenantGrain>(nameof(ITenantGrain.InventoryRoles), _ => new[] { Reader, Restarter })
            .On<ITenantGrain>(nameof(ITenantGrain.CreateInventoryRole), call => Made(call.Argument<NewInventoryRole>(1)))
            .On<ITenantGrain>(nameof(ITenantGrain.UpdateInventoryRole), call => Changed(call.Argument<int>(1), call.Argument<InventoryRoleChange>(2)))
            .On<ITenantGrain>(nameof(ITenantGrain.DeleteInventoryRole), _ => null)
            .On<IUserGrain>(nameof(IUserGrain.Assignments), _ => new InventoryAssignment[] { new(1, new ObjectId(4711), [Reader, Restarter]), new(3, new ObjectId(100), [Reader]) })
            .On<IUserGrain>(nameof(IUserGrain.AssignRoles), call => new InventoryAssignment(4, call.Argument<ObjectId>(1), Of(call.Argument<IReadOnlyList<int>>(2))))
            .On<IUserGrain>(nameof(IUserGrain.ReplaceRoles), call => new InventoryAssignment(call.Argument<int>(1), new ObjectId(4711), Of(call.Argument<IReadOnlyList<int>>(2))))
            .On<IUserGrain>(nameof(IUserGrain.UnassignRoles), _ => null)
            .On<IUsersGrain>(nameof(IUsersGrain.DevicePermissions), _ => new DevicePermissionHolders([User() with { DevicePermissions = onPump }], [Devices with { DevicePermissions = onPump }]))
            .On<IUsersGrain>(nameof(IUsersGrain.SetDevicePermissions), _ => null);

        static InventoryRole[] Of(IReadOnlyList<int> ids) => [.. new[] { Reader, Restarter }.Where(role => ids.Contains(role.Id))];

        static InventoryRole Made(NewInventoryRole wish) => new(5, wish.Name, wish.Description, [.. wish.Permissions.Select((permission, at) => permission with { Id = 11 + at })]);

        static InventoryRole Changed(int id, InventoryRoleChange change) => Reader with { Id = id, Name = change.Name ?? Reader.Name, Permissions = [.. (change.Permissions ?? Reader.Permissions).Select((permission, at) => permission.Id > 0 ? permission : permission with { Id = 11 + at })] };
    }

    private static void Rest(ScriptedGrains grains) => grains
        .On<ITenantGrain>(nameof(ITenantGrain.ReadOwn), call => Tenant(call.Key))
        .On<ITenantGrain>(nameof(ITenantGrain.Read), call => Tenant(call.Key))
        .On<ITenantGrain>(nameof(ITenantGrain.Update), call => Tenant(call.Key) with { Status = call.Argument<TenantChange>(1).Status ?? TenantStatus.Active })
        .On<ITenantGrain>(nameof(ITenantGrain.Options), _ => Options)
        .On<ITenantGrain>(nameof(ITenantGrain.SetOptions), call => call.Argument<IReadOnlyList<OptionSetting>>(2).Select(set => new TenantOption(call.Argument<string>(1), set.Key, set.Value, true)).ToArray())
        .On<ITenantGrain>(nameof(ITenantGrain.DeleteOption), _ => null)
        .On<ITenantGrain>(nameof(ITenantGrain.PinOption), call => Options[0] with { IsEditable = call.Argument<bool>(3) })
        .On<ITenantGrain>(nameof(ITenantGrain.SystemOptions), _ => new[] { new SystemOption("password", "green.min-length", TenantOption.Masked), new SystemOption("password", "limit.validity", "0") })
        .On<ITenantGrain>(nameof(ITenantGrain.SystemOption), call => call.Argument<string>(2) == "none" ? null : new SystemOption(call.Argument<string>(1), call.Argument<string>(2), "0"))
        .On<ISignInGrain>(nameof(ISignInGrain.Offered), _ => BasicSignIn.Default)
        .On<ITenantGrain>(nameof(ITenantGrain.BasicSignIn), _ => KeepsOut)
        .On<ITenantGrain>(nameof(ITenantGrain.UpdateBasicSignIn), call => KeepsOut with { Agents = call.Argument<BasicSignInChange>(1).Agents ?? KeepsOut.Agents })
        .On<ITenantsGrain>(nameof(ITenantsGrain.Create), call => Tenant() with { Domain = call.Argument<NewTenant>(1).Domain })
        .On<ITenantsGrain>(nameof(ITenantsGrain.Delete), _ => null)
        .On<ITenantsGrain>(nameof(ITenantsGrain.Find), call => Page(call, Tenant("t1"), Tenant("t2")))
        .On<IDeviceRequestsGrain>(nameof(IDeviceRequestsGrain.Find), call => Page(call, Request()))
        .On<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Claim), call => Request(call.Argument<NewDeviceRequest>(1).Id) with { Status = RegistrationStatus.WaitingForConnection })
        .On<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Read), call => Request(Uri.UnescapeDataString(call.Key)))
        .On<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Accept), call => Request(call.Key) with { Status = RegistrationStatus.Accepted })
        .On<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Delete), _ => null)
        .On<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Poll), call => new DeviceCredentials("p1", T1, "device_p1", "not-a-secret"))
        .On<IRetentionGrain>(nameof(IRetentionGrain.Rules), _ => (IReadOnlyList<RetentionRule>)[Kept(), Kept(2) with { Data = RetainedData.Alarm, Type = "c8y_Dry", Source = new ObjectId(4711) }])
        .On<IRetentionGrain>(nameof(IRetentionGrain.Create), call => Made(call.Argument<NewRetentionRule>(1)))
        .On<IRetentionGrain>(nameof(IRetentionGrain.Update), call => Kept(call.Argument<int>(1)) with { MaximumAgeDays = call.Argument<RetentionRuleChange>(2).MaximumAgeDays ?? 60 })
        .On<IRetentionGrain>(nameof(IRetentionGrain.Delete), _ => null)
        .On<IAuditLogGrain>(nameof(IAuditLogGrain.Find), call => Page(call, Record(13), Record(12)))
        .On<IAuditLogGrain>(nameof(IAuditLogGrain.Read), call => Record(call.Argument<long>(1)))
        .On<IAuditLogGrain>(nameof(IAuditLogGrain.Append), call => Record(14) with { Text = call.Argument<NewAuditRecord>(1).Text, Members = call.Argument<NewAuditRecord>(1).Members ?? Fragments.None });
}
