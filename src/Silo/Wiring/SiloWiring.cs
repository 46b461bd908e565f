using System.Net;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Silo.Settings;
using Orleans.Configuration;
using Orleans.Serialization.Configuration;

namespace Bailiwick.Silo.Wiring;

/// <summary>The silo: Orleans, the gate before every grain call, and what the grains share on this machine.</summary>
internal static class SiloWiring
{
    private const int UnopenedPort = 11_111;

    public static void AddSilo(this IHostApplicationBuilder builder, SiloSettings settings, DataFolder data)
    {
        builder.UseOrleans(silo =>
        {
            // Nobody reaches this silo's grains but the edge in the same process: the port is a name and is not opened, and there is no
            // gateway for clients.
            var siloPort = settings.Cluster.SiloPort == 0 ? UnopenedPort : settings.Cluster.SiloPort;
            silo.UseLocalhostClustering(siloPort, gatewayPort: 0, serviceId: settings.Cluster.Id, clusterId: settings.Cluster.Id);
            silo.Configure<EndpointOptions>(endpoint =>
            {
                endpoint.AdvertisedIPAddress = settings.Cluster.Address;
                endpoint.SiloListeningEndpoint = new IPEndPoint(settings.Cluster.Address, siloPort);
                endpoint.GatewayListeningEndpoint = null;
            });
            // A grain contract that cannot be serialised, a permit in a call above all, stops the silo instead of the first call.
            silo.Services.Configure<TypeManifestOptions>(manifest => manifest.EnableConfigurationAnalysis = true);
            // It is laid out for its full size at once, and a lone silo needs an entry for each active grain and no more.
            silo.Configure<GrainDirectoryOptions>(directory => directory.CacheSize = Limits.GrainDirectoryCacheMax);
            silo.AddIncomingGrainCallFilter<GrainCallGate>();
            silo.AddGrainService<FactService>();
            silo.Services.CloseSiloPort();
        });
        AddShared(builder.Services);
        builder.Services.AddSingleton<ICredentialKey>(new CredentialKeyFile(data));
    }

    private static void AddShared(IServiceCollection services)
    {
        services.AddSingleton<CommitSinks>();
        services.AddSingleton<DevicePorts>();
        services.AddSingleton<IdSource>();
        services.AddSingleton<FactReplica>();
        services.AddSingleton<Hierarchy>();
        services.AddSingleton<IFactListener>(provider => provider.GetRequiredService<Hierarchy>());
        services.AddSingleton<IFacts>(provider => provider.GetRequiredService<FactReplica>());
        services.AddSingleton<IFactPublisher, FactPublisher>();
        services.AddSingleton<LoneSiloLease>();
        services.AddSingleton<ISiloLease>(provider => provider.GetRequiredService<LoneSiloLease>());
        services.AddSingleton<ISiloLeaseTable>(provider => provider.GetRequiredService<LoneSiloLease>());
        services.AddSingleton<DenialLog>();
        services.AddSingleton<IDenialLog>(provider => provider.GetRequiredService<DenialLog>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<DenialLog>());
        services.AddSingleton<HashingLane>();
        services.AddSingleton<Secrets>();
        services.AddSingleton<OptionSeals>();
        services.AddSingleton<FirstStart>();
    }
}
