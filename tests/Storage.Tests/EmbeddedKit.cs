using Bailiwick.Grains.Storage;
using Bailiwick.Silo.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>The embedded stores in a temporary folder.</summary>
internal sealed class EmbeddedKit : IStorageKit
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private readonly TempFolder? _owned;
    private readonly Func<RocksStoreOptions, RocksStoreOptions> _configure;
    private readonly IDiskSpace? _space;
    private readonly TimeProvider _clock;
    private readonly Func<RocksStore, ITelemetryStore> _telemetry;
    private readonly int? _rowsPerRound;
    private readonly Func<RocksStore, IOperationStore> _operations;
    private readonly Func<RocksStore, RocksInventoryStore> _inventory;

    public EmbeddedKit(
        string? folder = null, Func<RocksStoreOptions, RocksStoreOptions>? configure = null, IDiskSpace? space = null, TimeProvider? clock = null,
        Func<RocksStore, ITelemetryStore>? telemetry = null, int? rowsPerRound = null, Func<RocksStore, IOperationStore>? operations = null,
        Func<RocksStore, RocksInventoryStore>? inventory = null)
    {
        _inventory = inventory ?? (store => new RocksInventoryStore(store));
        _operations = operations ?? (store => new RocksOperationStore(store));
        _telemetry = telemetry ?? (store => new RocksTelemetryStore(store));
        _rowsPerRound = rowsPerRound;
        _owned = folder is null ? new TempFolder() : null;
        Folder = folder ?? _owned!.Path;
        (_configure, _space, _clock) = (configure ?? (o => o), space, clock ?? TimeProvider.System);
        Open();
    }

    public static IGrainStorageSerializer Serializer { get; } = new OrleansGrainStorageSerializer(Services.GetRequiredService<Serializer>());

    public string Folder { get; }
    public RocksStore Store { get; private set; } = null!;
    public ITelemetryStore Telemetry { get; private set; } = null!;
    public IEventStore Events { get; private set; } = null!;
    public IAlarmStore Alarms { get; private set; } = null!;
    public ISeriesStore Series { get; private set; } = null!;
    public IInventoryStore Inventory { get; private set; } = null!;
    public ILinkStore Links => (ILinkStore)Inventory;
    public IIdentityStore Identity => (IIdentityStore)Inventory;
    public IOperationStore Operations { get; private set; } = null!;
    public IAuditLog Audit { get; private set; } = null!;
    public IGrainStorage Grains { get; private set; } = null!;
    public IGrainDocuments Documents { get; private set; } = null!;

    public void Reopen()
    {
        Close();
        Open();
    }

    public void Dispose()
    {
        Close();
        _owned?.Dispose();
    }

    private void Open()
    {
        var options = _configure(new RocksStoreOptions(Folder));
        Store = RocksStore.Open(options, _clock, _space);
        Telemetry = _telemetry(Store);
        Events = _rowsPerRound is { } rows ? new RocksEventStore(Store, rows, rows) : new RocksEventStore(Store);
        Alarms = _rowsPerRound is { } some ? new RocksAlarmStore(Store, some, some) : new RocksAlarmStore(Store);
        Series = new RocksSeriesStore(Store);
        Operations = _operations(Store);
        Inventory = _inventory(Store);
        Grains = new RocksGrainStorage(Store, Serializer);
        Documents = new RocksGrainDocuments(Store, Serializer);
        Audit = FileAuditLog.Open(Folder, _clock, space: _space, diskReserveBytes: options.DiskReserveBytes, segmentBytesMax: 64 << 10);
    }

    private void Close()
    {
        ((RocksEventStore)Events).Dispose();
        Store.Dispose();
        ((FileAuditLog)Audit).Dispose();
    }
}

public sealed class Embedded_telemetry : TelemetryStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}

/// <summary>The same with rounds so small that every page and deletion takes several.</summary>
public sealed class Embedded_telemetry_in_small_rounds : TelemetryStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit(telemetry: store => new RocksTelemetryStore(store, mergeRowsMax: 3, deleteRowsPerCommit: 7));
}

public sealed class Embedded_events : EventStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}

public sealed class Embedded_operations : OperationStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}

/// <summary>The same with rounds so small that every page and deletion takes several.</summary>
public sealed class Embedded_events_in_small_rounds : EventStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit(rowsPerRound: 3);
}

public sealed class Embedded_alarms : AlarmStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}

/// <summary>The same with rounds so small that every page and deletion takes several.</summary>
public sealed class Embedded_alarms_in_small_rounds : AlarmStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit(rowsPerRound: 3);
}

/// <summary>The same with rounds so small that every page takes several.</summary>
public sealed class Embedded_operations_in_small_rounds : OperationStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit(operations: store => new RocksOperationStore(store, mergeRowsMax: 3));
}

public sealed class Embedded_inventory : InventoryStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}

public sealed class Embedded_links_and_names : LinkAndIdentityStoreSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}

public sealed class Embedded_grants : GrantSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}

/// <summary>The same as where so much hangs below what is granted that each object is asked by itself.</summary>
public sealed class Embedded_grants_on_too_much_to_walk_through : GrantSuite
{
    internal override IStorageKit Open() => new EmbeddedKit(inventory: store => new RocksInventoryStore(store, sourcesListedMax: 2, branchesMax: 1));
}

public sealed class Embedded_audit : AuditLogSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}

public sealed class Embedded_grain_documents : GrainStorageSuite
{
    internal override IStorageKit Open() => new EmbeddedKit();
}
