using Bailiwick.Grains.Storage;
using Orleans.Serialization;
using Orleans.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>Wires the embedded stores. They are opened when first asked for and closed with the host, after its grains.</summary>
internal static class EmbeddedStorage
{
    /// <summary>Registers every port, and grain storage under each of these provider names.</summary>
    public static IServiceCollection AddEmbeddedStorage(this IServiceCollection services, RocksStoreOptions options, params IReadOnlyList<string> providerNames)
    {
        services.AddSingleton(s => RocksStore.Open(options, s.GetRequiredService<TimeProvider>(), log: s.GetRequiredService<ILogger<RocksStore>>()));
        services.AddSingleton(s => FileAuditLog.Open(options.Folder, s.GetRequiredService<TimeProvider>(), diskReserveBytes: options.DiskReserveBytes, log: s.GetRequiredService<ILogger<FileAuditLog>>()));
        services.AddSingleton<IAuditLog>(s => s.GetRequiredService<FileAuditLog>());
        services.AddSingleton<ITelemetryStore>(s => new RocksTelemetryStore(s.GetRequiredService<RocksStore>()));
        services.AddSingleton<IEventStore>(s => new RocksEventStore(s.GetRequiredService<RocksStore>()));
        services.AddSingleton<IAlarmStore>(s => new RocksAlarmStore(s.GetRequiredService<RocksStore>()));
        services.AddSingleton<IPresenceStore>(s => new RocksPresenceStore(s.GetRequiredService<RocksStore>()));
        services.AddSingleton<ISeriesStore>(s => new RocksSeriesStore(s.GetRequiredService<RocksStore>()));
        services.AddSingleton(s => new RocksInventoryStore(s.GetRequiredService<RocksStore>()));
        services.AddSingleton<IInventoryStore>(s => s.GetRequiredService<RocksInventoryStore>());
        services.AddSingleton<ILinkStore>(s => s.GetRequiredService<RocksInventoryStore>());
        services.AddSingleton<IIdentityStore>(s => s.GetRequiredService<RocksInventoryStore>());
        services.AddSingleton<IOperationStore>(s => new RocksOperationStore(s.GetRequiredService<RocksStore>()));
        services.AddSingleton<ITenantRows>(s => new RocksTenantRows(s.GetRequiredService<RocksStore>()));
        services.AddSingleton<IGrainDocuments>(s => new RocksGrainDocuments(s.GetRequiredService<RocksStore>(), Binary(s)));
        services.AddSingleton(s => new RocksGrainStorage(s.GetRequiredService<RocksStore>(), Binary(s)));
        foreach (var name in providerNames)
            services.AddKeyedSingleton<IGrainStorage>(name, static (s, _) => s.GetRequiredService<RocksGrainStorage>());
        return services;
    }

    // Orleans' own binary form: it tolerates new members, and keeps what the contracts' [Id]s say.
    private static OrleansGrainStorageSerializer Binary(IServiceProvider services) => new(services.GetRequiredService<Serializer>());
}
