using System.Collections.Concurrent;
using System.Reflection;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
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
        var ann = await Cluster.SignInAsync(await Cluster.MakeUserAsync(Admin, "ann", []));
        var (plant, hall, pump) = (await MakeAsync(Admin), await MakeAsync(Admin), await MakeAsync(Admin));
        await Object(plant).Link(Admin, ChildKind.Asset, [hall]);
        await Object(hall).Link(Admin, ChildKind.Asset, [pump]);
        var role = await Cluster.On(0).GetGrain<ITenantGrain>(GatedCluster.Tenant.Value).CreateInventoryRole(
            Admin, new NewInventoryRole("sees", "", [new InventoryPermission(0, new Grant(GrantScope.Any, GrantLevel.Read, Grant.AnyType))]));
        await Cluster.User(ann.User).AssignRoles(Admin, plant, [role.Id]);
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
