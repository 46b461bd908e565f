using System.Net;
using System.Net.Sockets;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Silo.Settings;
using Orleans.Configuration;
using Orleans.Serialization.Configuration;

namespace Bailiwick.Silo.Wiring;

/// <summary>The silo: Orleans, the gate before every grain call, and what the grains share on this machine.</summary>
internal static class SiloWiring
{
    public static void AddSilo(this IHostApplicationBuilder builder, SiloSettings settings, DataFolder data)
    {
        builder.UseOrleans(silo =>
        {
            var siloPort = PortOf(settings.Cluster.Address, settings.Cluster.SiloPort);
            // Nobody reaches this silo's grains but the edge in the same process: there is no gateway for clients.
            silo.UseLocalhostClustering(siloPort, gatewayPort: 0, serviceId: settings.Cluster.Id, clusterId: settings.Cluster.Id);
            silo.Configure<EndpointOptions>(endpoint =>
            {
                endpoint.AdvertisedIPAddress = settings.Cluster.Address;
                endpoint.SiloListeningEndpoint = new IPEndPoint(settings.Cluster.Address, siloPort);
                endpoint.GatewayListeningEndpoint = null;
            });
            // A grain contract that cannot be serialised, a permit in a call above all, stops the silo instead of the first call.
            silo.Services.Configure<TypeManifestOptions>(manifest => manifest.EnableConfigurationAnalysis = true);
            silo.AddIncomingGrainCallFilter<GrainCallGate>();
            silo.AddGrainService<FactService>();
        });
        AddShared(builder.Services);
        builder.Services.AddSingleton<ICredentialKey>(new CredentialKeyFile(data));
    }

    private static void AddShared(IServiceCollection services)
    {
        services.AddSingleton<CommitSinks>();
        services.AddSingleton<IdSource>();
        services.AddSingleton<FactReplica>();
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
        services.AddSingleton<FirstStart>();
    }

    /// <summary>A port of 0 leaves the choice to the system, which Orleans does not: it is asked here.</summary>
    private static int PortOf(IPAddress address, int wanted)
    {
        if (wanted != 0) return wanted;
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
