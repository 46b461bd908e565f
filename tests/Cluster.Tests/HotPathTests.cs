using System.Collections.Concurrent;
using System.Reflection;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Cluster.Tests;

/// <summary>What is asked again and again is decided where it is asked: no other grain is called, and nothing above an object is read twice.</summary>
public sealed class HotPathTests : IAsyncLifetime
{
    private readonly SharedStore _store = SharedStore.Open(StoreKind.Embedded);
    private readonly CallCount _calls = new();
    private GatedCluster? _cluster;
    private CountedLinks? _links;
    private Caller? _admin;

    private GatedCluster Cluster => _cluster!;

    private Caller Admin => _admin!;

    public async ValueTask InitializeAsync()
    {
        var links = DispatchProxy.Create<ILinkStore, CountedLinks>();
        (_links = (CountedLinks)(object)links).Inner = _store.Links;
        _cluster = await GatedCluster.StartAsync(1, services =>
        {
            _store.AddTo(services);
            services.AddSingleton(links);
            services.AddSingleton<IIncomingGrainCallFilter>(_calls);
        });
        _admin = await _cluster.SignInAsAdminAsync(GatedCluster.Tenant);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task A_device_that_sends_measurements_of_its_own_object_calls_its_grain_and_no_other()
    {
        var sensor = await Cluster.SignInAsync(await Cluster.MakeUserAsync(Admin, "sensor", [Authority.Device, Authority.InventoryCreate]));
        ObjectId own = default;
        // A call that makes another is seen to.
        Assert.Equal(["IInventoryGrain.Create", "IManagedObjectUpkeep.Create"], await CallsOfAsync(async () => own = await MakeAsync(sensor)));
        Task PublishAsync() => Device(own).Apply(sensor, new DeviceBatch([new CreateMeasurement(Load)], CommitTicket.None));
        await PublishAsync();
        Assert.Equal(["IDeviceGrain.Apply"], await CallsOfAsync(PublishAsync));
        Assert.Equal(["IDeviceGrain.AddMeasurements"], await CallsOfAsync(() => Device(own).AddMeasurements(sensor, new MeasurementBatch([Load]))));
        Assert.Equal(0, _links!.ReadAbove);
    }

    [Fact]
    public async Task A_device_that_comes_back_is_checked_recorded_and_known_by_one_question_and_the_audit_trail_s()
    {
        var sensor = await Cluster.MakeUserAsync(Admin, "sensor", [Authority.Device]);
        Cluster.Of<FactReplica>(0).Clear();
        await Cluster.Of<FactReplica>(0).TenantAsync(sensor.Tenant);
        var record = new SignInRecord(true, SignInMethod.MqttPassword, "192.0.2.1", "");
        SecretCheck check = default;
        var calls = await CallsOfAsync(async () => check = await Cluster.On(0).GetGrain<ISignInGrain>(sensor.Tenant.Value).CheckSecret(
            Caller.SigningIn(sensor.Tenant), sensor.Name, GatedCluster.Password, record));
        Assert.Equal(["ISignInGrain.CheckSecret", "IAuditTrail.Record"], calls);
        var caller = new Caller(sensor, SignInMethod.MqttPassword, check.CredentialEpoch, "192.0.2.1");
        Assert.Equal(["IDevicesGrain.Find"], await CallsOfAsync(() => Cluster.On(0).GetGrain<IDevicesGrain>(sensor.Tenant.Value).Find(caller, "sensor-1")));
    }

    [Fact]
    public async Task A_user_with_a_role_on_a_group_reads_what_is_below_it_with_one_call_and_what_stands_above_once()
    {
        var (ann, plant, hall, pump) = await PlantAsync();
        var measured = (await Device(pump).AddMeasurements(Admin, new MeasurementBatch([Load]))).Ids[0];

        var before = _links!.ReadAbove;
        await Object(pump).Read(ann, default);
        Assert.Equal(before + 1, _links.ReadAbove);
        Assert.Equal(["IManagedObjectGrain.Read"], await CallsOfAsync(() => Object(pump).Read(ann, default)));
        Assert.Equal(["IDeviceGrain.ReadMeasurement"], await CallsOfAsync(() => Device(pump).ReadMeasurement(ann, measured)));
        Assert.Equal(before + 1, _links.ReadAbove);

        await Object(plant).Unlink(Admin, ChildKind.Asset, [hall]);
        await Assert.ThrowsAsync<Refusal>(() => Object(pump).Read(ann, default));
        await Object(plant).Link(Admin, ChildKind.Asset, [hall]);
        before = _links.ReadAbove;
        Assert.Equal(["IManagedObjectGrain.Read"], await CallsOfAsync(() => Object(pump).Read(ann, default)));
        Assert.Equal(before + 1, _links.ReadAbove);
    }

    [Fact]
    public async Task A_list_is_put_together_by_one_call_whatever_its_reader_s_roles_are_and_so_is_one_record()
    {
        var (ann, plant, _, pump) = await PlantAsync();
        var measured = (await Device(pump).AddMeasurements(Admin, new MeasurementBatch([Load]))).Ids[0];
        var happened = (await Device(pump).AddEvent(Admin, new NewEvent("opened", "Opened", DateTimeOffset.UnixEpoch, Fragments.None))).Id;
        var raised = (await Device(pump).RaiseAlarm(Admin, new NewAlarm("hot", "Hot", AlarmSeverity.Major, AlarmStatus.Active, DateTimeOffset.UnixEpoch, Fragments.None)))!.Alarm.Id;
        var page = new PageRequest(1, 5, true);
        var (anywhere, below) = (new SourceFilter(null, false, false), new SourceFilter(plant, true, true));

        await RequireOneAsync("IInventoryGrain.Find", async () => Assert.Equal(3, (await Whole<IInventoryGrain>().Find(ann, new InventoryQuery(), page, default)).Total));
        await RequireOneAsync("IInventoryGrain.Count", async () => Assert.Equal(3, await Whole<IInventoryGrain>().Count(ann, new InventoryQuery())));
        await RequireOneAsync("IManagedObjectGrain.Children", async () => Assert.Single((await Object(plant).Children(ann, ChildKind.Asset, page)).Items));
        await RequireOneAsync("IMeasurementsGrain.Find", async () => Assert.Single((await Whole<IMeasurementsGrain>().Find(ann, new MeasurementQuery(null, null, null, null, null, null, false), page)).Items));
        await RequireOneAsync("IMeasurementsGrain.Series", async () => Assert.Single((await Whole<IMeasurementsGrain>().Series(ann, new SeriesQuery(pump, 0, long.MaxValue, [], Aggregation.None, false))).Rows));
        await RequireOneAsync("IEventsGrain.Find", async () => Assert.Single((await Whole<IEventsGrain>().Find(ann, new EventQuery(below), page)).Items));
        await RequireOneAsync("IAlarmsGrain.Find", async () => Assert.Single((await Whole<IAlarmsGrain>().Find(ann, new AlarmQuery(anywhere), page)).Items));
        await RequireOneAsync("IAlarmsGrain.Count", async () => Assert.Equal(1, await Whole<IAlarmsGrain>().Count(ann, new AlarmQuery(below))));
        await RequireOneAsync("IOperationsGrain.Find", async () => Assert.Empty((await Whole<IOperationsGrain>().Find(ann, new OperationQuery(), page)).Items));
        await RequireOneAsync("IDeviceGrain.ReadMeasurement", () => Device(pump).ReadMeasurement(ann, measured));
        await RequireOneAsync("IDeviceGrain.ReadEvent", () => Device(pump).ReadEvent(ann, happened));
        await RequireOneAsync("IDeviceGrain.ReadAlarm", () => Device(pump).ReadAlarm(ann, raised));

        async Task RequireOneAsync(string call, Func<Task> act) => Assert.Equal([call], await CallsOfAsync(act));
    }

    /// <summary>A pump in a hall of a plant, and a user with a role of reading on the plant.</summary>
    private async Task<(Caller Ann, ObjectId Plant, ObjectId Hall, ObjectId Pump)> PlantAsync()
    {
        var ann = await Cluster.SignInAsync(await Cluster.MakeUserAsync(Admin, "ann", []));
        var (plant, hall, pump) = (await MakeAsync(Admin), await MakeAsync(Admin), await MakeAsync(Admin));
        await Object(plant).Link(Admin, ChildKind.Asset, [hall]);
        await Object(hall).Link(Admin, ChildKind.Asset, [pump]);
        var role = await Whole<ITenantGrain>().CreateInventoryRole(
            Admin, new NewInventoryRole("sees", "", [new InventoryPermission(0, new Grant(GrantScope.Any, GrantLevel.Read, Grant.AnyType))]));
        await Cluster.User(ann.User).AssignRoles(Admin, plant, [role.Id]);
        return (ann, plant, hall, pump);
    }

    private T Whole<T>() where T : IGrainWithStringKey => Cluster.On(0).GetGrain<T>(GatedCluster.Tenant.Value);

    private static NewMeasurement Load => new("c8y_Load", DateTimeOffset.UnixEpoch, "\"c8y_Load\":{\"T\":{\"value\":1}}"u8.ToArray());

    private IManagedObjectGrain Object(ObjectId id) => Cluster.On(0).GetGrain<IManagedObjectGrain>(id.GrainKey(GatedCluster.Tenant));

    private IDeviceGrain Device(ObjectId id) => Cluster.On(0).GetGrain<IDeviceGrain>(id.GrainKey(GatedCluster.Tenant));

    private async Task<ObjectId> MakeAsync(Caller owner) =>
        (await Cluster.On(0).GetGrain<IInventoryGrain>(GatedCluster.Tenant.Value).Create(owner, new NewManagedObject(null, null, null, Fragments.None))).Id;

    /// <summary>The grain calls that were made until something was done.</summary>
    private async Task<string[]> CallsOfAsync(Func<Task> act)
    {
        _calls.Take();
        await act();
        return _calls.Take();
    }

    /// <summary>Hears of every call of ours, from wherever.</summary>
    private sealed class CallCount : IIncomingGrainCallFilter
    {
        private readonly ConcurrentQueue<string> _names = new();

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.InterfaceMethod.DeclaringType is { } declaring && declaring.Assembly.GetName().Name!.StartsWith("Bailiwick", StringComparison.Ordinal))
                _names.Enqueue($"{declaring.Name}.{context.InterfaceMethod.Name}");
            return context.Invoke();
        }

        public string[] Take()
        {
            var names = new List<string>();
            while (_names.TryDequeue(out var name)) names.Add(name);
            return [.. names];
        }
    }
}

/// <summary>Counts how often what stands above an object was read from the store.</summary>
public class CountedLinks : DispatchProxy
{
    private int _readAbove;

    internal object? Inner { get; set; }

    internal int ReadAbove => Volatile.Read(ref _readAbove);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(ILinkStore.AboveAsync)) Interlocked.Increment(ref _readAbove);
        return targetMethod.Invoke(Inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
