using System.Reflection;
using System.Diagnostics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Access;
using Bailiwick.Grains.Tests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.Serialization.Configuration;
using Orleans.Storage;
using Orleans.TestingHost;

namespace Bailiwick.Cluster.Tests;

/// <summary>
/// Silos with the real gate, facts, leases, tenants and users; what is stored is in memory. Calls go in at a silo of the test's choice, as
/// they do from the edge of that silo. Grains stay on the silo that first asks for them.
/// </summary>
internal sealed class GatedCluster : IAsyncDisposable
{
    public const string Password = "Correct-horse-7-battery";
    public static readonly TenantId Tenant = new("t1");
    public static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(Limits.SiloLeaseMilliseconds);

    private readonly InProcessTestCluster _cluster;

    private GatedCluster(InProcessTestCluster cluster, MemoryLeaseTable leases) => (_cluster, Leases) = (cluster, leases);

    public MemoryLeaseTable Leases { get; }

    public int SiloCount => _cluster.Silos.Count;

    /// <param name="also">What every silo has besides, such as stores that they share.</param>
    /// <param name="first">What the first start makes; by default tenant and passwords of these tests.</param>
    /// <param name="home">The silo that makes it, and so has the grains of the first tenants and users.</param>
    public static async Task<GatedCluster> StartAsync(int silos, Action<IServiceCollection>? also = null, FirstStartSettings? first = null, int home = 0)
    {
        var leases = new MemoryLeaseTable();
        var cluster = new GatedCluster(Build(silos, leases, withoutSmuggler: true, also), leases);
        try
        {
            await cluster._cluster.DeployAsync();
            for (var silo = 0; silo < silos; silo++) await cluster.UntilHeldAsync(silo);
            await cluster.Of<FirstStart>(home).RunAsync(first ?? new FirstStartSettings(Tenant, Password, Password, Password));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Silos that are not started yet.</summary>
    public static InProcessTestCluster Build(int silos, MemoryLeaseTable leases, bool withoutSmuggler, Action<IServiceCollection>? also = null)
    {
        var audit = new MemoryAuditLog();
        var documents = new Documents(new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>());
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.Configure<TypeManifestOptions>(manifest => manifest.EnableConfigurationAnalysis = true);
            if (withoutSmuggler) silo.Services.PostConfigure<TypeManifestOptions>(manifest => manifest.Interfaces.Remove(typeof(ISmuggler)));
            silo.Services.Replace(ServiceDescriptor.Singleton<PlacementStrategy, PreferLocalPlacement>());
            silo.Services.AddKeyedSingleton<IGrainStorage>("documents", documents);
            silo.Services.AddSingleton<IGrainDocuments>(documents);
            silo.Services.AddSingleton<PushFault>();
            silo.Services.AddSingleton<IIncomingGrainCallFilter>(provider => provider.GetRequiredService<PushFault>());
            silo.Services.AddSingleton(new HostAssemblies("Orleans.TestingHost", "Orleans.Persistence.Memory"));
            silo.AddIncomingGrainCallFilter<GrainCallGate>();
            silo.AddGrainService<FactService>();
            AddShared(silo.Services, leases, audit);
            also?.Invoke(silo.Services);
        });
        return builder.Build();
    }

    public T Of<T>(int silo) where T : notnull => _cluster.Silos[silo].ServiceProvider.GetRequiredService<T>();

    public IGrainFactory On(int silo) => Of<IGrainFactory>(silo);

    public string NameOf(int silo) => _cluster.Silos[silo].SiloAddress.ToParsableString();

    public Task StopAsync(int silo) => _cluster.StopSiloAsync(_cluster.Silos[silo]);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    public IUserGrain User(UserId user) => On(0).GetGrain<IUserGrain>(user.GrainKey);

    /// <summary>Signs in as the edge does.</summary>
    public async Task<Caller> SignInAsync(UserId user, string password = Password)
    {
        var check = await On(0).GetGrain<ISignInGrain>(user.Tenant.Value).CheckSecret(Caller.SigningIn(user.Tenant), user.Name, password, null);
        Assert.True(check.IsGood, $"{user} cannot sign in");
        return new Caller(user, SignInMethod.Basic, check.CredentialEpoch, "192.0.2.1");
    }

    public Task<Caller> SignInAsAdminAsync(TenantId tenant) => SignInAsync(new UserId(tenant, "admin"));

    public async Task<UserId> MakeUserAsync(Caller admin, string name, IReadOnlyList<Authority> direct)
    {
        var user = new UserId(Tenant, name);
        await User(user).Create(admin, new NewUser(name, UserProfile.Empty, Password, true, false, [], AuthoritySet.Of([.. direct])));
        return user;
    }

    /// <summary>What a call that needs <see cref="Permission.AuditRead"/> comes to on one silo: null when it is served.</summary>
    public async Task<RefusalKind?> AskAsync(int silo, Caller caller)
    {
        try
        {
            await On(silo).GetGrain<IProbeGrain>($"{caller.Tenant}/probe").Ask(caller);
            return null;
        }
        catch (Refusal refusal)
        {
            return refusal.Kind;
        }
    }

    public async Task AssertEverywhereAsync(RefusalKind? outcome, Caller caller)
    {
        for (var silo = 0; silo < SiloCount; silo++) Assert.Equal((silo, outcome), (silo, await AskAsync(silo, caller)));
    }

    /// <summary>Asks each silo for as long as one of them could take to hear of its renewal, and is never served.</summary>
    public async Task AssertNeverServedAsync(Caller caller)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(Limits.SiloLeaseRenewalMilliseconds))
            for (var silo = 0; silo < SiloCount; silo++)
                Assert.Contains(await AskAsync(silo, caller), (RefusalKind?[])[RefusalKind.Denied, RefusalKind.Unavailable]);
    }

    public Task UntilHeldAsync(int silo) => Wait.UntilAsync(() => Of<SiloLease>(silo).IsHeld, $"the lease of silo {silo}");

    private static void AddShared(IServiceCollection services, MemoryLeaseTable leases, MemoryAuditLog audit)
    {
        services.AddLogging(logs => logs.SetMinimumLevel(LogLevel.Critical));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<DeafListener>();
        services.AddSingleton<IFactListener>(provider => provider.GetRequiredService<DeafListener>());
        services.TryAddSingleton(DispatchProxy.Create<ILinkStore, Unasked>());
        services.TryAddSingleton(DispatchProxy.Create<IInventoryStore, Unasked>());
        services.AddSingleton<Hierarchy>();
        services.AddSingleton<IFactListener>(provider => provider.GetRequiredService<Hierarchy>());
        services.AddSingleton<FactReplica>();
        services.AddSingleton<IFacts>(provider => provider.GetRequiredService<FactReplica>());
        services.AddSingleton<IFactPublisher, FactPublisher>();
        services.AddSingleton<ISiloLeaseTable>(leases);
        services.AddSingleton<ILeaseClock, BootClock>();
        services.AddSingleton<SiloLease>();
        services.AddSingleton<ISiloLease>(provider => provider.GetRequiredService<SiloLease>());
        services.AddHostedService(provider => provider.GetRequiredService<SiloLease>());
        services.AddSingleton<DenialLog>();
        services.AddSingleton<IDenialLog>(provider => provider.GetRequiredService<DenialLog>());
        services.AddSingleton<IAuditLog>(audit);
        services.AddSingleton<ICredentialKey, CredentialKey>();
        services.AddSingleton<HashingLane>();
        services.AddSingleton<Secrets>();
        services.AddSingleton<OptionSeals>();
        services.AddSingleton<FirstStart>();
    }

    private sealed class CredentialKey : ICredentialKey
    {
        private readonly byte[] _bytes = new byte[32];

        public ReadOnlySpan<byte> Bytes => _bytes;
    }
}

/// <summary>A store that nobody asks: no user of these clusters holds a right on a single object.</summary>
public class Unasked : DispatchProxy
{
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new NotSupportedException($"No test asks {targetMethod?.DeclaringType?.Name}.{targetMethod?.Name}.");
}
