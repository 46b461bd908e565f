using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using Bailiwick.Silo.Embedded;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Cluster.Tests;

/// <summary>What the grains of objects and devices need.</summary>
internal static class SharedStores
{
    /// <summary>Stores that were opened once: every silo sees the same, as silos on a shared store do.</summary>
    public static void AddStores(this IServiceCollection services, RocksStore store, RocksInventoryStore inventory, ILinkStore? links = null)
    {
        services.AddSingleton<IInventoryStore>(inventory).AddSingleton(links ?? inventory).AddSingleton<IIdentityStore>(inventory);
        services.AddSingleton<ITelemetryStore>(new RocksTelemetryStore(store)).AddSingleton<IOperationStore>(new RocksOperationStore(store));
        services.AddSingleton<IEventStore>(new RocksEventStore(store)).AddSingleton<IAlarmStore>(new RocksAlarmStore(store));
        services.AddSingleton<ISeriesStore>(new RocksSeriesStore(store));
        services.AddSingleton<IPresenceStore>(new RocksPresenceStore(store));
        services.AddSingleton<CommitSinks>().AddSingleton<DevicePorts>().AddSingleton<IdSource>();
    }
}
