using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Silo.Embedded;
using Orleans.Storage;

namespace Bailiwick.Silo.Wiring;

/// <summary>The embedded store behind every port.</summary>
internal static class StoreWiring
{
    public static void AddEmbeddedStore(this IHostApplicationBuilder builder, DataFolder data)
    {
        var services = builder.Services;
        services.AddSingleton(provider => RocksStore.Open(new RocksStoreOptions(data.Path), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ITelemetryStore, RocksTelemetryStore>();
        services.AddSingleton<RocksInventoryStore>();
        services.AddSingleton<IInventoryStore>(provider => provider.GetRequiredService<RocksInventoryStore>());
        services.AddSingleton<ILinkStore>(provider => provider.GetRequiredService<RocksInventoryStore>());
        services.AddSingleton<IIdentityStore>(provider => provider.GetRequiredService<RocksInventoryStore>());
        services.AddSingleton<IGrainDocuments, RocksGrainDocuments>();
        services.AddSingleton<IGrainStorageSerializer, OrleansGrainStorageSerializer>();
        services.AddKeyedSingleton<IGrainStorage>(GrainDocuments.Provider, (provider, _) => ActivatorUtilities.CreateInstance<RocksGrainStorage>(provider));
        services.AddSingleton<IAuditLog>(provider => new FileAuditLog(data.Path, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ICredentialKey>(new CredentialKeyFile(data));
    }
}
