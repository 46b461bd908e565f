using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using Bailiwick.Silo.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace Bailiwick.Cluster.Tests;

/// <summary>The kinds of store that a cluster can stand on.</summary>
public enum StoreKind
{
    Embedded,
}

/// <summary>A store in a folder of its own, which every silo of a cluster sees as silos on a shared one do.</summary>
internal abstract class SharedStore : IDisposable
{
    public static SharedStore Open(StoreKind kind) => kind switch
    {
        StoreKind.Embedded => new Embedded(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Gives a silo the ports, and what stands on them once a silo.</summary>
    public void AddTo(IServiceCollection services)
    {
        AddPorts(services);
        services.AddSingleton<CommitSinks>().AddSingleton<DevicePorts>().AddSingleton<IdSource>();
    }

    /// <summary>The port of links: for a test that watches what is asked of it.</summary>
    public abstract ILinkStore Links { get; }

    /// <summary>The audit trail, for a suite that reads it. It is no port that all get: every record is written through to the disk.</summary>
    public abstract IAuditLog Audit { get; }

    public abstract void Dispose();

    protected abstract void AddPorts(IServiceCollection services);

    /// <summary>One process alone holds this store open: so it is opened once, for all silos of the test.</summary>
    private sealed class Embedded : SharedStore
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-cluster-").FullName;
        private readonly RocksStore _store;
        private readonly RocksInventoryStore _inventory;
        private readonly Lazy<FileAuditLog> _audit;

        public Embedded()
        {
            _store = RocksStore.Open(new RocksStoreOptions(_folder), TimeProvider.System);
            _inventory = new RocksInventoryStore(_store);
            _audit = new(() => FileAuditLog.Open(_folder, TimeProvider.System));
        }

        public override ILinkStore Links => _inventory;

        public override IAuditLog Audit => _audit.Value;

        public override void Dispose()
        {
            if (_audit.IsValueCreated) _audit.Value.Dispose();
            _store.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        protected override void AddPorts(IServiceCollection services)
        {
            services.AddSingleton<IInventoryStore>(_inventory).AddSingleton<ILinkStore>(_inventory).AddSingleton<IIdentityStore>(_inventory);
            services.AddSingleton<ITelemetryStore>(new RocksTelemetryStore(_store)).AddSingleton<IOperationStore>(new RocksOperationStore(_store));
            services.AddSingleton<IEventStore>(new RocksEventStore(_store)).AddSingleton<IAlarmStore>(new RocksAlarmStore(_store));
            services.AddSingleton<ISeriesStore>(new RocksSeriesStore(_store));
            services.AddSingleton<IPresenceStore>(new RocksPresenceStore(_store));
            services.AddSingleton<ITenantRows>(new RocksTenantRows(_store));
            services.AddSingleton<IGrainDocuments>(silo => new RocksGrainDocuments(_store, Binary(silo)));
            services.AddKeyedSingleton<IGrainStorage>(GrainDocuments.Provider, (silo, _) => new RocksGrainStorage(_store, Binary(silo)));
        }

        private static OrleansGrainStorageSerializer Binary(IServiceProvider silo) => new(silo.GetRequiredService<Serializer>());
    }
}
