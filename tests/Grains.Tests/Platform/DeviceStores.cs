using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Tests.Platform;

/// <summary>
/// What a Device grain needs of its stores, in memory: objects, alarms, and the hand-overs of events and measurements, which a test counts. What
/// no test asks for is not here.
/// </summary>
internal sealed class DeviceStores : IInventoryStore, ITelemetryStore, IEventStore, IAlarmStore
{
    private readonly ConcurrentDictionary<(TenantId, ObjectId), ManagedObject> _objects = new();
    private readonly ConcurrentDictionary<(TenantId, AlarmId), Alarm> _alarms = new();
    private long _last;

    /// <summary>Called with each alarm before it is written; what it throws, the store throws.</summary>
    public ConcurrentDictionary<TenantId, Action<Alarm>> BeforeWrite { get; } = new();

    /// <summary>Every hand-over: whose, of what, of how many rows, and whether with a ticket.</summary>
    public ConcurrentQueue<(TenantId Tenant, string Kind, int Rows, bool HasTicket)> HandOvers { get; } = new();

    public void Put(TenantId tenant, ManagedObject document) => _objects[(tenant, document.Id)] = document;

    public IEnumerable<Alarm> Alarms(TenantId tenant) => _alarms.Where(pair => pair.Key.Item1 == tenant).Select(pair => pair.Value);

    public ValueTask<ManagedObject?> ReadAsync(ReadPermit permit) => new(_objects.GetValueOrDefault((permit.Tenant, permit.Source)));

    public ValueTask<Page<ManagedObject>> FindAsync(ListPermit permit, InventoryQuery query, PageRequest page) =>
        new(Page<ManagedObject>.Of([.. query.Ids!.Select(id => _objects.GetValueOrDefault((permit.Tenant, id))).OfType<ManagedObject>()], page));

    AlarmId IAlarmStore.NewId(WritePermit permit, DateTimeOffset firstTime) => new(permit.Source, firstTime.ToUnixTimeMilliseconds(), Interlocked.Increment(ref _last));

    ValueTask<Alarm?> IAlarmStore.ReadAsync(ReadPermit permit, AlarmId id) => new(_alarms.GetValueOrDefault((permit.Tenant, id)));

    ValueTask<Alarm?> IAlarmStore.ReadAsync(WritePermit permit, AlarmId id) => new(_alarms.GetValueOrDefault((permit.Tenant, id)));

    ValueTask<Alarm?> IAlarmStore.FindOpenAsync(WritePermit permit, string type) =>
        new(Alarms(permit.Tenant).Where(alarm => alarm.Id.Source == permit.Source && alarm.IsOpen && alarm.Type == type).MinBy(alarm => alarm.Status));

    Task IAlarmStore.WriteAsync(WritePermit permit, IReadOnlyList<AlarmWrite> writes)
    {
        foreach (var write in writes) BeforeWrite.GetValueOrDefault(permit.Tenant)?.Invoke(write.Alarm);
        foreach (var write in writes) _alarms[(permit.Tenant, write.Alarm.Id)] = write.Alarm;
        return Task.CompletedTask;
    }

    ValueTask IEventStore.AppendAsync(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now, ICommitSink sink, long sequence)
    {
        HandOvers.Enqueue((permit.Tenant, "events", rows.Count, true));
        sink.Settle(sequence, null);
        return default;
    }

    Task<IReadOnlyList<Event>> IEventStore.AppendAsync(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now)
    {
        HandOvers.Enqueue((permit.Tenant, "events", rows.Count, false));
        return Task.FromResult<IReadOnlyList<Event>>([]);
    }

    ValueTask ITelemetryStore.AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows, ICommitSink sink, long sequence)
    {
        HandOvers.Enqueue((permit.Tenant, "measurements", rows.Count, true));
        sink.Settle(sequence, null);
        return default;
    }

    Task<IReadOnlyList<MeasurementId>> ITelemetryStore.AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows)
    {
        HandOvers.Enqueue((permit.Tenant, "measurements", rows.Count, false));
        return Task.FromResult<IReadOnlyList<MeasurementId>>([]);
    }

    ValueTask<long> IInventoryStore.ReserveIdsAsync(WritePermit tenantWide, int count) => throw NotHere();
    Task IInventoryStore.WriteAsync(WritePermit permit, ManagedObject document, ManagedObject? previous, ExternalId? firstName) => throw NotHere();
    Task IInventoryStore.DeleteAsync(WritePermit permit, ManagedObject previous) => throw NotHere();
    ValueTask<long> IInventoryStore.CountAsync(ListPermit permit, InventoryQuery query) => throw NotHere();
    ValueTask<IReadOnlyList<ObjectId>> IInventoryStore.OwnedAsync(ListPermit permit, ObjectId? only) => throw NotHere();
    ValueTask<Measurement?> ITelemetryStore.ReadAsync(ReadPermit permit, MeasurementId id) => throw NotHere();
    Task<bool> ITelemetryStore.DeleteAsync(WritePermit permit, MeasurementId id) => throw NotHere();
    ValueTask<Page<Measurement>> ITelemetryStore.FindAsync(ListPermit permit, IReadOnlyList<ObjectId>? sources, MeasurementQuery query, PageRequest page) => throw NotHere();
    IAsyncEnumerable<Measurement> ITelemetryStore.ScanAsync(ReadPermit permit, MeasurementQuery query) => throw NotHere();
    Task<long> ITelemetryStore.DeleteAllAsync(WritePermit tenantWide, MeasurementQuery query) => throw NotHere();
    Task ITelemetryStore.DropSourceAsync(WritePermit permit) => throw NotHere();
    ValueTask<Event?> IEventStore.ReadAsync(ReadPermit permit, EventId id) => throw NotHere();
    Task<Event?> IEventStore.UpdateAsync(WritePermit permit, EventId id, Func<Event, Event> change) => throw NotHere();
    Task<bool> IEventStore.DeleteAsync(WritePermit permit, EventId id) => throw NotHere();
    ValueTask<EventId?> IEventStore.LatestAsync(WritePermit permit, string type, int rowsMax) => new((EventId?)null);
    ValueTask<Page<Event>> IEventStore.FindAsync(ListPermit permit, IReadOnlyList<ObjectId>? sources, EventQuery query, PageRequest page) => throw NotHere();
    Task<long> IEventStore.DeleteAllAsync(WritePermit tenantWide, IReadOnlyList<ObjectId>? sources, EventQuery query) => throw NotHere();
    Task IEventStore.DropSourceAsync(WritePermit permit) => throw NotHere();
    Task IAlarmStore.DeleteAsync(WritePermit permit, IReadOnlyList<Alarm> stored) => throw NotHere();
    ValueTask<ActiveAlarms?> IAlarmStore.ActiveAsync(ReadPermit permit) => throw NotHere();
    ValueTask<Page<Alarm>> IAlarmStore.FindAsync(ListPermit permit, IReadOnlyList<ObjectId>? sources, AlarmQuery query, PageRequest page) => throw NotHere();
    ValueTask<IReadOnlyList<Alarm>> IAlarmStore.NextAsync(WritePermit tenantWide, IReadOnlyList<ObjectId>? sources, AlarmQuery query, Alarm? after, int countMax) => throw NotHere();
    Task IAlarmStore.DropSourceAsync(WritePermit permit) => throw NotHere();

    private static NotSupportedException NotHere() => new("No test asks this of the stores in memory.");
}

/// <summary>No object stands below another here.</summary>
internal sealed class NoLinks : ILinkStore
{
    public Task LinkAsync(WritePermit parent, ChildKind kind, IReadOnlyList<ObjectId> children) => throw NotHere();
    public Task UnlinkAsync(WritePermit parent, ChildKind kind, IReadOnlyList<ObjectId> children) => throw NotHere();
    public Task UnlinkFromAsync(WritePermit child, ChildKind kind, ObjectId parent) => throw NotHere();
    public ValueTask<bool> IsChildAsync(ReadPermit parent, ChildKind kind, ObjectId child) => throw NotHere();
    public ValueTask<IReadOnlyList<ObjectId>> ChildIdsAsync(WritePermit parent, ChildKind kind) => throw NotHere();
    public ValueTask<IReadOnlyList<ObjectId>?> BelowAsync(ListPermit visible, ObjectId top, IReadOnlyList<ChildKind> kinds, int countMax) => throw NotHere();
    public ValueTask<Page<ManagedObject>> ChildrenAsync(ReadPermit parent, ListPermit visible, ChildKind kind, PageRequest page) => throw NotHere();
    public ValueTask<long> CountChildrenAsync(ReadPermit parent, ListPermit visible, ChildKind kind) => throw NotHere();
    public ValueTask<IReadOnlyList<ObjectReference>> ReferencesAsync(ReadPermit of, ListPermit visible, ChildKind kind, bool parents, int countMax) => throw NotHere();
    public ValueTask<IReadOnlyList<Relative>> RelativesAsync(ReadPermit of, ChildKind kind, bool parents, string fragment) => throw NotHere();

    private static NotSupportedException NotHere() => new("No test asks for links in memory.");
}

/// <summary>Nothing of these is asked for here but which series are known, which is none.</summary>
internal sealed class NoOperationsNamesOrSeries : IOperationStore, IIdentityStore, ISeriesStore
{
    public ValueTask<OperationId> NextIdAsync(WritePermit permit, DateTimeOffset creationTime) => throw NotHere();
    public Task WriteAsync(WritePermit permit, Operation operation, Operation? previous) => throw NotHere();
    public ValueTask<Operation?> ReadAsync(ReadPermit permit, OperationId id) => throw NotHere();
    public ValueTask<Operation?> OldestAsync(ReadPermit permit, OperationStatus status, string? fragmentType) => throw NotHere();
    public ValueTask<Page<Operation>> FindAsync(ListPermit permit, IReadOnlyList<ObjectId>? devices, OperationQuery query, PageRequest page) => throw NotHere();
    public Task<int> DeleteAsync(WritePermit permit, IReadOnlyList<OperationId> ids) => throw NotHere();
    public Task DropDeviceAsync(WritePermit permit) => throw NotHere();
    public ValueTask<ObjectId?> FindAsync(ReadPermit tenantWide, ExternalId id) => throw NotHere();
    public Task BindAsync(WritePermit target, ExternalId id) => throw NotHere();
    public Task UnbindAsync(WritePermit target, ExternalId id) => throw NotHere();
    public ValueTask<IReadOnlyList<ExternalId>> NamesAsync(ReadPermit target) => throw NotHere();
    ValueTask<IReadOnlyList<SeriesName>> ISeriesStore.NamesAsync(ReadPermit permit) => new([]);
    public Task AddNamesAsync(WritePermit permit, IReadOnlyCollection<SeriesName> names) => Task.CompletedTask;

    private static NotSupportedException NotHere() => new("No test asks this of the stores in memory.");
}
