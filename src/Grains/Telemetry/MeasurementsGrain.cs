using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Telemetry;

/// <inheritdoc cref="IMeasurementsGrain"/>
[StatelessWorker, Reentrant]
internal sealed class MeasurementsGrain(ITelemetryStore telemetry, ISeriesStore series, IInventoryStore inventory, Hierarchy hierarchy, TimeProvider time) : Grain, IMeasurementsGrain
{
    public async Task<Page<Measurement>> Find(Caller caller, MeasurementQuery query, PageRequest page)
    {
        var visible = ListPermit.Demand(caller, Permission.MeasurementRead);
        return await telemetry.FindAsync(visible, await SourcesAsync(visible, query.Source), query, page);
    }

    public async Task<SeriesReport> Series(Caller caller, SeriesQuery query)
    {
        var tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        // A long walk over one object's measurements: here it keeps nobody waiting, and in the device's grain it would hold up what comes in.
        var source = await SourceAsync(tenant, query.Source);
        caller = await hierarchy.AtAsync(caller, source.Id);
        var coverage = Policy.CoverageOf(caller, source.AsSource(tenant), Permission.MeasurementRead);
        // Whoever is shown some fragments only reads by the platform's permit, and each measurement is looked at.
        var permit = coverage.IsWhole || coverage.IsNone
            ? ReadPermit.Demand(caller, source.AsSource(tenant), Permission.MeasurementRead) : StoredObjects.UpkeepPermit(tenant, source.Id);
        var table = new SeriesTable(query);
        await foreach (var measurement in telemetry.ScanAsync(permit, new MeasurementQuery(query.Source, query.FromMs, query.ToMs, null, null, null, query.NewestFirst)))
            if ((Policy.ShowsParts(caller, Permission.MeasurementRead) ? measurement.CutTo(coverage) : coverage.Covers(measurement) ? measurement : null) is { } shown && !table.Add(shown))
                break;
        return table.Report();
    }

    public async Task<IReadOnlyList<MeasurementId>> Add(Caller caller, IReadOnlyList<SourcedMeasurement> measurements)
    {
        var tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        var now = time.GetUtcNow();
        var bySource = measurements.Select((one, index) => (one.Source, one.Measurement, index)).GroupBy(one => one.Source).ToList();
        var batch = new List<(WritePermit Permit, IReadOnlyList<NewMeasurement> Rows)>(bySource.Count);
        foreach (var source in bySource)
        {
            var document = await SourceAsync(tenant, source.Key);
            var rows = source.Select(one => one.Measurement).ToList();
            foreach (var one in source) DeviceClock.Require("measurement", one.Measurement.Time, now);
            batch.Add((WritePermit.Demand(
                await hierarchy.AtAsync(caller, source.Key), document.AsSource(tenant).Holding(new EachOf(rows)), Permission.MeasurementAdmin), rows));
        }
        foreach (var (permit, rows) in batch)
            if (new KnownSeries(await series.NamesAsync(StoredObjects.UpkeepPermit(tenant, permit.Source))).Unknown(rows) is { } unknown)
                await series.AddNamesAsync(permit, unknown);
        var stored = await telemetry.AppendAsync(batch);
        foreach (var source in bySource) await DropIfGoneAsync(tenant, source.Key);
        if (!caller.IsApplication)
            foreach (var source in bySource)
                await GrainFactory.Grain<IDeviceUpkeep>(source.Key.GrainKey(tenant)).Heard(Caller.Platform(PlatformTask.Upkeep, tenant));

        var ids = new MeasurementId[measurements.Count];
        foreach (var (one, id) in bySource.SelectMany(source => source).Zip(stored)) ids[one.index] = id;
        return ids;
    }

    public async Task<long> DeleteAll(Caller caller, MeasurementQuery query)
    {
        var tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        var permit = WritePermit.Demand(caller, Resource.OfTenant(tenant), Permission.MeasurementAdminAll);
        var record = new NewAuditRecord("Measurement", "Measurements deleted", $"Measurements deleted: {Wording.Of(query)}", Source: query.Source?.ToString());
        var deleted = 0L;
        await GrainFactory.RecordThenAsync(tenant, caller, record, async () => deleted = await telemetry.DeleteAllAsync(permit, query));
        return deleted;
    }

    private async ValueTask<ManagedObject> SourceAsync(TenantId tenant, ObjectId source) =>
        await inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(tenant, source))
        ?? throw Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{source}'!");

    /// <summary>The source may have been deleted meanwhile, for its own grain was not asked: then what was added goes with it.</summary>
    private async ValueTask DropIfGoneAsync(TenantId tenant, ObjectId source)
    {
        if (await inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(tenant, source)) is not null) return;
        await telemetry.DropSourceAsync(WritePermit.Demand(
            Caller.Platform(PlatformTask.Removal, tenant), new Resource(tenant, source, null, false), Permission.MeasurementAdmin));
    }

    /// <summary>The objects whose measurements may show; null for all of the tenant's.</summary>
    private async ValueTask<VisibleSources?> SourcesAsync(ListPermit visible, ObjectId? only) => visible.Scope.Kind switch
    {
        ScopeKind.All => only is { } source ? new([source]) : null,
        ScopeKind.Some => await inventory.SourcesAsync(visible, only),
        _ => VisibleSources.None,
    };
}
