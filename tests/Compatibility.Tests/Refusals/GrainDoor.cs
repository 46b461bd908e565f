using System.Reflection;
using System.Text;
using Bailiwick.Edge;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Mqtt;
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
using Bailiwick.Silo;
using Bailiwick.Silo.Embedded;
using Bailiwick.Silo.Listeners;
using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Wiring;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>
/// The same silo inside the test's process, with the same world: here a test asks grains directly, as an edge would that forgot every
/// check of its own.
/// </summary>
public sealed class GrainDoor : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly StopSignals _signals = new();
    private DataFolder? _data;
    private readonly ShiftedClock _clock = new();
    private WebApplication? _app;
    private HttpClient? _client;
    private World? _world;

    public World World => _world ?? throw new InvalidOperationException("Not started.");

    /// <summary>The grain interfaces that the edge can spell, and what they offer.</summary>
    internal static IReadOnlyList<MethodInfo> Methods { get; } =
    [
        .. typeof(Caller).Assembly.GetTypes().Where(type => type is { IsInterface: true, IsPublic: true } && type.IsAssignableTo(typeof(IGrain)))
            .SelectMany(type => type.GetMethods()).OrderBy(NameOf, StringComparer.Ordinal),
    ];

    internal static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    public async ValueTask InitializeAsync()
    {
        var arguments = SettingArguments.Split([.. ServerProcess.SettingsFor(_folder["data"]), "--Listen:Https=off", "--Listen:Mqtt=off", "--Listen:Mqtts=off"]);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(arguments.Settings).Build();
        var settings = SiloSettings.Read(configuration);
        _data = DataFolder.Open(settings.Storage);
        var builder = WebServer.CreateBuilder(configuration, settings, _signals);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddEmbeddedStorage(new RocksStoreOptions(_data.Path), "documents");
        builder.AddSilo(settings, _data);
        builder.Services.AddHostedService<FirstStartService>();
        builder.Services.AddEdge(new SignInOptions(settings.Tenancy.DefaultTenant, settings.Tenancy.BaseDomain));
        builder.Services.AddRest(new RestSettings("test"));
        builder.AddListeners<MqttConnectionHandler>(settings, certificate: null);
        _app = builder.Build();
        _app.MapRest();
        await _app.StartAsync();

        var address = _app.Services.GetRequiredService<ListenerSet>().ToString()["http ".Length..];
        _client = new HttpClient { BaseAddress = new Uri($"http://{address}"), Timeout = BailiwickProcess.Patience };
        _world = await World.MakeAsync(() => _client);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        _data?.Dispose();
        _signals.Dispose();
        _folder.Dispose();
    }

    /// <summary>From now on nobody was refused in this minute yet: the next refusals are told one by one.</summary>
    internal void BeginMinute() => _clock.Shift += TimeSpan.FromMinutes(1);

    /// <summary>Asks as the table says; answers the refusal, or null when there was none.</summary>
    internal async Task<Refusal?> AskAsync(string actor, GrainDoorRow row)
    {
        var method = Methods.Single(method => NameOf(method) == row.Ask);
        var key = World.Spell(row.Key);
        var services = _app!.Services;
        var (user, password) = World.CredentialsOf(actor);
        var header = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        var caller = await services.GetRequiredService<SignIn>().BasicAsync(header, null, "127.0.0.1");
        var grain = services.GetRequiredService<IGrainFactory>().GetGrain(method.DeclaringType!, key);
        object?[] arguments = [caller, .. method.GetParameters().Skip(1).Select(parameter => Plainest(parameter, key, row.About))];
        try
        {
            var task = (Task)method.Invoke(grain, arguments)!;
            await task;
            return task is Task<BatchOutcome> { Result.Refused: [var first, ..] } ? new Refusal(first.Kind, "", first.Text) : null;
        }
        catch (Refusal refusal)
        {
            return refusal;
        }
    }

    /// <summary>An argument that is right in itself, so that nothing but the caller's standing can be refused.</summary>
    private object? Plainest(ParameterInfo parameter, string key, string? about)
    {
        var type = parameter.ParameterType;
        var last = key[(key.LastIndexOf('/') + 1)..];
        var one = about is null ? default : ObjectId.TryParse(World.Spell(about), out var id) ? id : default;
        var fragments = new Fragments([new Fragment("test_Touched", "{}"u8.ToArray())]);
        var measurement = new NewMeasurement("test", DateTimeOffset.UnixEpoch, "\"c8y_T\":{\"T\":{\"value\":1}}"u8.ToArray());
        return type switch
        {
            _ when type == typeof(string) => parameter.Name is "securityToken" or "company" or "domain" ? null : about is null ? "Some-text-1" : World.Spell(about),
            _ when type == typeof(int) => 2,
            _ when type == typeof(long) => 1L,
            _ when type == typeof(ObjectId) => one,
            _ when type == typeof(TenantId) => new TenantId(World["t2"]),
            _ when type == typeof(IReadOnlyList<ObjectId>) => (ObjectId[])[one],
            _ when type == typeof(Authority) => Authority.AlarmAdmin,
            _ when type == typeof(Permission) => Permission.InventoryRead,
            _ when type == typeof(ObjectId?) => null,
            _ when type == typeof(IReadOnlyList<string>) => Array.Empty<string>(),
            _ when type == typeof(AccessQuestion) => new AccessQuestion("owner", Permission.InventoryRead, null, []),
            _ when type == typeof(DenialQuery) => new DenialQuery(null, null, null),
            _ when type == typeof(ChildKind) => ChildKind.Device,
            _ when type == typeof(PageRequest) => PageRequest.First,
            _ when type == typeof(ViewOptions) => default(ViewOptions),
            _ when type == typeof(DeleteOptions) => default(DeleteOptions),
            _ when type == typeof(InventoryQuery) => new InventoryQuery(),
            _ when type == typeof(MeasurementQuery) => new MeasurementQuery(null, null, null, null, null, null, false),
            _ when type == typeof(AuditQuery) => new AuditQuery(null, null, null, null, null, null, false),
            _ when type == typeof(TenantQuery) => new TenantQuery(),
            _ when type == typeof(UserQuery) => new UserQuery(null, null, null, false),
            _ when type == typeof(NewManagedObject) => new NewManagedObject("made", null, null, fragments),
            _ when type == typeof(ManagedObjectChange) => ManagedObjectChange.Of(fragments),
            _ when type == typeof(IReadOnlyList<SourcedMeasurement>) => (SourcedMeasurement[])[new SourcedMeasurement(one, measurement)],
            _ when type == typeof(MeasurementBatch) => new MeasurementBatch([measurement]),
            _ when type == typeof(DeviceBatch) => new DeviceBatch([new CreateMeasurement(measurement)], CommitTicket.None),
            _ when type == typeof(OperationId) => OperationId.TryParse(World["operation"], out var operation) ? operation : default,
            _ when type == typeof(OperationId?) => null,
            _ when type == typeof(NewOperation) => new NewOperation("made", fragments),
            _ when type == typeof(OperationChange) => new OperationChange(null, null, "Changed", Fragments.None),
            _ when type == typeof(OperationQuery) => new OperationQuery(),
            // Whoever is refused is so before its connection is looked at.
            _ when type == typeof(IDeviceSession) => null,
            _ when type == typeof(MeasurementId) => MeasurementId.TryParse(World["measurement"], out var known) ? known : default,
            _ when type == typeof(EventId) => EventId.TryParse(World["event"], out var event_) ? event_ : default,
            _ when type == typeof(NewEvent) => new NewEvent("test", "Test", DateTimeOffset.UnixEpoch, fragments),
            _ when type == typeof(EventChange) => new EventChange("Changed", fragments),
            _ when type == typeof(EventQuery) => new EventQuery(),
            _ when type == typeof(AlarmId) => AlarmId.TryParse(World["alarm"], out var alarm) ? alarm : default,
            _ when type == typeof(NewAlarm) => new NewAlarm("test", "Test", AlarmSeverity.Minor, AlarmStatus.Active, DateTimeOffset.UnixEpoch, fragments),
            _ when type == typeof(AlarmChange) => AlarmChange.To(AlarmStatus.Acknowledged),
            _ when type == typeof(AlarmQuery) => new AlarmQuery(),
            _ when type == typeof(AlarmStatus) => AlarmStatus.Acknowledged,
            _ when type == typeof(NewUser) => new NewUser(last, UserProfile.Empty, "Pass-of-new-1", true, false, [], AuthoritySet.Empty),
            _ when type == typeof(UserChange) => new UserChange(null, "Changed", null, null, null, null, null, null, null),
            _ when type == typeof(NewGroup) => new NewGroup("made", "", AuthoritySet.Empty, [], Fragments.None),
            _ when type == typeof(GroupChange) => new GroupChange(null, "changed", null, null),
            _ when type == typeof(IReadOnlyList<int>) => (int[])[1],
            _ when type == typeof(NewInventoryRole) => new NewInventoryRole("made", "", []),
            _ when type == typeof(InventoryRoleChange) => new InventoryRoleChange(null, "changed", null),
            _ when type == typeof(DevicePermissionsChange) => new DevicePermissionsChange([], []),
            _ when type == typeof(bool?) => (bool?)null,
            _ when type == typeof(SeriesQuery) => new SeriesQuery(one, 0, long.MaxValue, [], Aggregation.None, false),
            _ when type == typeof(NewTenant) => new NewTenant("made", "Made", null, null, null, null, null),
            _ when type == typeof(TenantChange) => new TenantChange("Changed", null, null, null, null),
            _ when type == typeof(bool) => false,
            _ when type == typeof(IReadOnlyList<OptionSetting>) => (OptionSetting[])[new("made", "x")],
            _ when type == typeof(BasicSignInChange) => new BasicSignInChange("Changed", null, null),
            _ when type == typeof(NewDeviceRequest) => new NewDeviceRequest(last, null, null),
            _ when type == typeof(NewRetentionRule) => new NewRetentionRule(RetainedData.All, null, null, null, 1, null),
            _ when type == typeof(RetentionRuleChange) => new RetentionRuleChange(null, null, null, null, 1, null),
            _ when type == typeof(NewAuditRecord) => new NewAuditRecord("Test", "Test", "Test", DateTimeOffset.UnixEpoch),
            _ when type == typeof(SignInRecord?) => null,
            _ when type == typeof(SignInRecord) => new SignInRecord(true, SignInMethod.Basic, "127.0.0.1", ""),
            _ => throw new InvalidOperationException($"There is no plainest {type.Name}: teach it here."),
        };
    }
}

/// <summary>The system's clock, set forward.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
