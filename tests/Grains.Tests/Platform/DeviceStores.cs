using System.Collections.Concurrent;
using System.Reflection;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Tests.Platform;

/// <summary>
/// What a Device grain needs of its stores, in memory: objects, alarms, and the hand-overs of events and measurements, which a test counts. Each
/// method is that of a port with the same parameters; what no test asks for is not here (<see cref="Partly"/>).
/// </summary>
public sealed class DeviceStores
{
    private readonly ConcurrentDictionary<(TenantId, ObjectId), ManagedObject> _objects = new();
    private readonly ConcurrentDictionary<(TenantId, AlarmId), Alarm> _alarms = new();
    private readonly ConcurrentDictionary<(TenantId, ObjectId), Presence> _presences = new();
    private readonly ConcurrentDictionary<(TenantId, ObjectId), IReadOnlyList<ObjectId>> _above = new();
    private long _last;

    /// <summary>Called with each alarm before it is written; what it throws, the store throws.</summary>
    public ConcurrentDictionary<TenantId, Action<Alarm>> BeforeWrite { get; } = new();

    /// <summary>Every hand-over: whose, of what, of how many rows, and whether with a ticket.</summary>
    public ConcurrentQueue<(TenantId Tenant, string Kind, int Rows, bool HasTicket)> HandOvers { get; } = new();

    public void Put(TenantId tenant, ManagedObject document) => _objects[(tenant, document.Id)] = document;

    public void Remove(TenantId tenant, ObjectId id) => _objects.TryRemove((tenant, id), out _);

    public IEnumerable<Alarm> Alarms(TenantId tenant) => _alarms.Where(pair => pair.Key.Item1 == tenant).Select(pair => pair.Value);

    // Inventory
    public ValueTask<ManagedObject?> ReadAsync(ReadPermit permit) => ReadStoredAsync(permit);

    public ValueTask<ManagedObject?> ReadStoredAsync(ReadPermit permit) => new(_objects.GetValueOrDefault((permit.Tenant, permit.Source)));

    /// <summary>How many documents each list asked for at most, and what happens when one was put together.</summary>
    public ConcurrentQueue<(TenantId Tenant, int Size)> PagesAsked { get; } = new();

    public ConcurrentDictionary<TenantId, Action> AfterFind { get; } = new();

    public ValueTask<Page<ManagedObject>> FindAsync(ListPermit permit, InventoryQuery query, PageRequest page)
    {
        PagesAsked.Enqueue((permit.Tenant, page.Size));
        var found = _objects.Where(one => one.Key.Item1 == permit.Tenant).Select(one => one.Value).Where(one => permit.Scope.Admits(one.Owner, one.IsGlobal)
            && (query.Ids is null || query.Ids.Contains(one.Id)) && (query.Owner is null || query.Owner == one.Owner) && one.Id.Value > (query.After?.Value ?? 0));
        var shown = Page<ManagedObject>.Of([.. found.OrderBy(one => one.Id)], page);
        AfterFind.GetValueOrDefault(permit.Tenant)?.Invoke();
        return new(shown);
    }

    // Links
    public void PutBelow(TenantId tenant, ObjectId child, params IReadOnlyList<ObjectId> above) => _above[(tenant, child)] = above;

    public ValueTask<IReadOnlyList<ObjectId>?> AboveAsync(ReadPermit of, int countMax) => new(_above.GetValueOrDefault((of.Tenant, of.Source), []));

    /// <summary>Called with the top of each walk downward, before it begins.</summary>
    public ConcurrentDictionary<TenantId, Action<ObjectId>> BeforeWalk { get; } = new();

    public ValueTask<VisibleSources?> BelowAsync(ListPermit visible, ObjectId top, IReadOnlyList<ChildKind> kinds, int countMax)
    {
        BeforeWalk.GetValueOrDefault(visible.Tenant)?.Invoke(top);
        var below = _above.Where(one => one.Key.Item1 == visible.Tenant && one.Value.Contains(top)).Select(one => one.Key.Item2).Append(top).Order().ToList();
        return new(below.Count > countMax ? null : new VisibleSources(below, new Dictionary<ObjectId, Coverage>()));
    }

    // Alarms
    public AlarmId NewId(WritePermit permit, DateTimeOffset firstTime) => new(permit.Source, firstTime.ToUnixTimeMilliseconds(), Interlocked.Increment(ref _last));

    public ValueTask<Alarm?> ReadAsync(ReadPermit permit, AlarmId id) => new(_alarms.GetValueOrDefault((permit.Tenant, id)));

    public ValueTask<Alarm?> ReadAsync(WritePermit permit, AlarmId id) => new(_alarms.GetValueOrDefault((permit.Tenant, id)));

    public ValueTask<Alarm?> FindOpenAsync(ReadPermit permit, string type) =>
        new(Alarms(permit.Tenant).Where(alarm => alarm.Id.Source == permit.Source && alarm.IsOpen && alarm.Type == type).MinBy(alarm => alarm.Status));

    public Task WriteAsync(WritePermit permit, IReadOnlyList<AlarmWrite> writes)
    {
        foreach (var write in writes) BeforeWrite.GetValueOrDefault(permit.Tenant)?.Invoke(write.Alarm);
        foreach (var write in writes) _alarms[(permit.Tenant, write.Alarm.Id)] = write.Alarm;
        return Task.CompletedTask;
    }

    // Presence
    public ValueTask<Presence?> RecallAsync(ReadPermit permit) => new(_presences.TryGetValue((permit.Tenant, permit.Source), out var kept) ? kept : null);

    public Task KeepAsync(WritePermit permit, Presence presence)
    {
        _presences[(permit.Tenant, permit.Source)] = presence;
        return Task.CompletedTask;
    }

    // Events
    public ValueTask<EventId?> LatestAsync(ReadPermit permit, string type, int rowsMax) => new((EventId?)null);

    public ValueTask AppendAsync(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now, ICommitSink sink, long sequence)
    {
        HandOvers.Enqueue((permit.Tenant, "events", rows.Count, true));
        sink.Settle(sequence, null);
        return default;
    }

    public Task<IReadOnlyList<Event>> AppendAsync(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now)
    {
        HandOvers.Enqueue((permit.Tenant, "events", rows.Count, false));
        return Task.FromResult<IReadOnlyList<Event>>([]);
    }

    // Measurements and their series
    public ValueTask AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows, ICommitSink sink, long sequence, MeasurementId[]? ids = null)
    {
        HandOvers.Enqueue((permit.Tenant, "measurements", rows.Count, true));
        sink.Settle(sequence, null);
        return default;
    }

    public Task<IReadOnlyList<MeasurementId>> AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows)
    {
        HandOvers.Enqueue((permit.Tenant, "measurements", rows.Count, false));
        return Task.FromResult<IReadOnlyList<MeasurementId>>([]);
    }

    public ValueTask<IReadOnlyList<SeriesName>> NamesAsync(ReadPermit permit) => new((IReadOnlyList<SeriesName>)[]);

    public Task AddNamesAsync(WritePermit permit, IReadOnlyCollection<SeriesName> names)
    {
        HandOvers.Enqueue((permit.Tenant, "series", names.Count, false));
        return Task.CompletedTask;
    }
}

/// <summary>Stands for a port of which a test's object does some things: those of its methods that have the same name and parameters.</summary>
public class Partly : DispatchProxy
{
    private object _inner = null!;

    public static TPort Of<TPort>(object inner) where TPort : class
    {
        var port = Create<TPort, Partly>();
        ((Partly)(object)port)._inner = inner;
        return port;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = _inner.GetType().GetMethods().FirstOrDefault(method => method.Name == targetMethod!.Name && method.ReturnType == targetMethod.ReturnType
            && method.GetParameters().Select(parameter => parameter.ParameterType).SequenceEqual(targetMethod.GetParameters().Select(parameter => parameter.ParameterType)))
            ?? throw new NotSupportedException($"No test asks {targetMethod!.DeclaringType!.Name}.{targetMethod.Name} of {_inner.GetType().Name}.");
        return method.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
