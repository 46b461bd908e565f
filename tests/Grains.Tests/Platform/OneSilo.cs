using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Tenancy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Storage;
using Orleans.TestingHost;

[assembly: AssemblyFixture(typeof(Bailiwick.Grains.Tests.Platform.OneSilo))]

namespace Bailiwick.Grains.Tests.Platform;

internal sealed class TestKey : ICredentialKey
{
    public ReadOnlySpan<byte> Bytes => "a key of exactly 32 bytes, truly"u8;
}

/// <summary>One silo with the real grains and the real gate; stores and facts are in memory. Each test takes tenants of its own.</summary>
public sealed class OneSilo : IAsyncLifetime
{
    internal const string ManagementPassword = "Management-1!";
    internal const string Address = "192.0.2.1";
    private InProcessTestCluster? _cluster;
    private int _names;

    internal IGrainFactory Grains => _cluster!.Client;
    internal AuditLog Audit { get; } = new();
    internal MovedClock Clock { get; } = new();
    internal Documents Documents => Service<Documents>();
    internal DirectFacts Facts => Service<DirectFacts>();

    internal T Service<T>() where T : notnull => _cluster!.Silos[0].ServiceProvider.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        // For a run of tests that need no silo, as ./dev mutants has many: starting one takes longer than they do.
        if (Environment.GetEnvironmentVariable("BAILIWICK_WITHOUT_SILO") == "1") return;
        await StartAsync();
        var start = new FirstStart(Grains);
        await start.RunAsync(new FirstStartSettings(new TenantId("t1"), "Default-123!", ManagementPassword, null));
        await start.ConfirmAsync();
    }

    internal async Task StartAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<Documents>();
            silo.Services.AddKeyedSingleton<IGrainStorage>("documents", (services, _) => services.GetRequiredService<Documents>());
            silo.Services.AddSingleton<IGrainDocuments>(services => services.GetRequiredService<Documents>());
            silo.Services.AddSingleton<IAuditLog>(Audit);
            silo.Services.AddSingleton<DeviceStores>();
            Stores<IInventoryStore>(silo.Services);
            Stores<ILinkStore>(silo.Services);
            Stores<IIdentityStore>(silo.Services);
            Stores<ITelemetryStore>(silo.Services);
            Stores<ISeriesStore>(silo.Services);
            Stores<IPresenceStore>(silo.Services);
            Stores<IEventStore>(silo.Services);
            Stores<IAlarmStore>(silo.Services);
            Stores<IOperationStore>(silo.Services);
            silo.Services.AddSingleton<CommitSinks>();
            silo.Services.AddSingleton<DevicePorts>();
            silo.Services.AddSingleton<DirectFacts>();
            silo.Services.AddSingleton<IFacts>(services => services.GetRequiredService<DirectFacts>());
            silo.Services.AddSingleton<IFactPublisher>(services => services.GetRequiredService<DirectFacts>());
            silo.Services.AddSingleton<ISiloLease>(services => services.GetRequiredService<DirectFacts>());
            silo.Services.AddSingleton<Hierarchy>();
            silo.Services.AddSingleton<IDenialLog, DenialLog>();
            silo.Services.AddSingleton<ICredentialKey, TestKey>();
            silo.Services.AddSingleton<HashingLane>();
            silo.Services.AddSingleton<Secrets>();
            silo.Services.AddSingleton<OptionSeals>();
            silo.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            silo.Services.AddSingleton(new HostAssemblies("Orleans.TestingHost", "Orleans.Persistence.Memory"));
            silo.AddIncomingGrainCallFilter<GrainCallGate>();
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    private static void Stores<TPort>(IServiceCollection services) where TPort : class =>
        services.AddSingleton(provider => Partly.Of<TPort>(provider.GetRequiredService<DeviceStores>()));

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    internal IUserGrain User(UserId user) => Grains.GetGrain<IUserGrain>(user.GrainKey);

    internal Task<SecretCheck> CheckAsync(UserId user, string secret) => CheckAsync(Caller.SigningIn(user.Tenant), user, secret);

    internal Task<SecretCheck> CheckAsync(Caller caller, UserId user, string secret) => Grains.GetGrain<ISignInGrain>(user.Tenant.Value).CheckSecret(caller, user.Name, secret, null);

    /// <summary>The user as signed in just now.</summary>
    internal async Task<Caller> CallerAsync(UserId user)
    {
        var fact = await Grains.GetGrain<IUserFactSource>(user.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, user.Tenant), user.Name);
        return new Caller(user, SignInMethod.Basic, fact.CredentialEpoch, Address);
    }

    internal Task<Caller> OperatorAsync() => CallerAsync(new UserId(TenantId.Management, "admin"));

    /// <summary>A tenant of its own for a test, and its first administrator.</summary>
    internal async Task<(TenantId Tenant, Caller Admin)> TenantAsync()
    {
        var made = await Grains.GetGrain<ITenantsGrain>(TenantId.Management.Value).Create(await OperatorAsync(), new NewTenant(
            $"test-{Interlocked.Increment(ref _names)}", "Test", "boss", "boss@test.example", "Boss-12345!", null, null));
        return (made.Id, await CallerAsync(new UserId(made.Id, "boss")));
    }

    internal static NewUser NewUser(string name, IReadOnlyList<int>? groups = null, params Authority[] direct) =>
        new(name, UserProfile.Empty, $"Pass-{name}-1", true, false, groups ?? [], AuthoritySet.Of(direct));

    /// <summary>A user made by somebody, as signed in just now.</summary>
    internal async Task<Caller> MakeAsync(Caller maker, string name, params Authority[] direct)
    {
        var id = new UserId(maker.Tenant, name);
        await User(id).Create(maker, NewUser(name, null, direct));
        return await CallerAsync(id);
    }

    internal IEnumerable<AuditRecord> Records(TenantId tenant, string activity) => Audit.Of(tenant).Where(r => r.Activity == activity);

    /// <summary>Asserts a refusal of this kind and answers it.</summary>
    internal static async Task<Refusal> RefusedAsync(RefusalKind kind, Func<Task> act)
    {
        var refusal = await Assert.ThrowsAsync<Refusal>(act);
        Assert.Equal(kind, refusal.Kind);
        return refusal;
    }
}
