using System.Collections.Concurrent;
using System.Reflection;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;
using Bailiwick.Silo;
using Bailiwick.Silo.Embedded;
using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Wiring;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bailiwick.Storage.Tests;

/// <summary>Puts itself before the ports of a store: a call that a test has named fails, or waits, before the store hears of it.</summary>
internal sealed class Traps
{
    private readonly ConcurrentDictionary<string, Func<Task>> _set = new();

    /// <summary>The next call of <c>PORT.METHOD</c> fails as at a full disk.</summary>
    public void FailNext(string call) => _set[call] = () => throw Refusal.StorageUnavailable("The disk is full, as the test told it to be.");

    public void Clear() => _set.Clear();

    /// <summary>The next call of a method that answers a plain task waits until it is let go; the first task tells when it came.</summary>
    public (Task Reached, Action LetGo) HoldNext(string call)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _set[call] = () =>
        {
            reached.SetResult();
            return open.Task;
        };
        return (reached.Task.WaitAsync(Awaited.Long), open.SetResult);
    }

    public T Before<T>(T port) where T : class
    {
        var trapped = DispatchProxy.Create<T, Port>();
        var proxy = (Port)(object)trapped;
        (proxy.Traps, proxy.Inner, proxy.Name) = (this, port, typeof(T).Name);
        return trapped;
    }

#pragma warning disable CA1852 // The proxy that the runtime makes is derived from it.
    internal class Port : DispatchProxy
    {
        public Traps? Traps { get; set; }
        public object? Inner { get; set; }
        public string? Name { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (!Traps!._set.TryRemove($"{Name}.{targetMethod!.Name}", out var act)) return Call();
            var acting = act();
            return acting.IsCompletedSuccessfully ? Call() : AfterAsync(acting);

            object? Call() => targetMethod.Invoke(Inner, BindingFlags.DoNotWrapExceptions, null, args, null);

            async Task AfterAsync(Task acting)
            {
                await acting;
                await (Task)Call()!;
            }
        }
    }
#pragma warning restore CA1852
}

/// <summary>The whole silo on an embedded store of its own, with traps before the ports of inventory, telemetry and presence and before the spreading of facts.</summary>
public sealed class StoredSilo : IAsyncLifetime
{
    internal static readonly TenantId T1 = new("t1");

    private readonly TempFolder _folder = new();
    private DataFolder? _data;
    private IHost? _host;
    private int _names;

    internal Traps Traps { get; } = new();

    internal MovedClock Clock { get; } = new();

    internal IGrainFactory Grains => _host!.Services.GetRequiredService<IGrainFactory>();

    internal T Service<T>() where T : notnull => _host!.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        var settings = SiloSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["Storage:Path"] = Path.Combine(_folder.Path, "data") }).Build());
        _data = DataFolder.Open(settings.Storage);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddEmbeddedStorage(new RocksStoreOptions(_data.Path), GrainDocuments.Provider);
        builder.Services.AddSingleton(services => Traps.Before<ITelemetryStore>(new RocksTelemetryStore(services.GetRequiredService<RocksStore>())));
        builder.Services.AddSingleton(services => Traps.Before<IInventoryStore>(services.GetRequiredService<RocksInventoryStore>()));
        builder.Services.AddSingleton(services => Traps.Before<ILinkStore>(services.GetRequiredService<RocksInventoryStore>()));
        builder.Services.AddSingleton(services => Traps.Before<IIdentityStore>(services.GetRequiredService<RocksInventoryStore>()));
        builder.Services.AddSingleton(services => Traps.Before<IPresenceStore>(new RocksPresenceStore(services.GetRequiredService<RocksStore>())));
        builder.AddSilo(settings, _data);
        builder.Services.AddSingleton(services => Traps.Before<IFactPublisher>(ActivatorUtilities.CreateInstance<FactPublisher>(services)));
        _host = builder.Build();
        await _host.StartAsync();
        var start = Service<FirstStart>();
        await start.RunAsync(new FirstStartSettings(T1, "Default-123!", "Management-123!", "Devices-123!"));
        await start.ConfirmAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }
        _data?.Dispose();
        _folder.Dispose();
    }

    internal IManagedObjectGrain Object(ObjectId id) => Grains.GetGrain<IManagedObjectGrain>(id.GrainKey(T1));

    internal IDeviceGrain Device(ObjectId id) => Grains.GetGrain<IDeviceGrain>(id.GrainKey(T1));

    internal IDeviceOperationsGrain Operations(ObjectId id) => Grains.GetGrain<IDeviceOperationsGrain>(id.GrainKey(T1));

    internal IExternalIdGrain Name(ExternalId name) => Grains.GetGrain<IExternalIdGrain>(name.GrainKey(T1));

    internal IInventoryGrain Inventory => Grains.GetGrain<IInventoryGrain>(T1.Value);

    internal IMeasurementsGrain Measurements => Grains.GetGrain<IMeasurementsGrain>(T1.Value);

    internal static NewMeasurement Measurement => new("t", DateTimeOffset.UnixEpoch.AddDays(1), "\"f\":{\"s\":{\"value\":1}}"u8.ToArray());

    internal string Unique(string word) => $"{word}-{Interlocked.Increment(ref _names)}";

    internal Task<Caller> AdminAsync() => CallerAsync(new UserId(T1, "admin"));

    /// <summary>A user that the administrator has just made, as signed in.</summary>
    internal async Task<Caller> UserAsync(params Authority[] direct)
    {
        var user = new UserId(T1, Unique("user"));
        await Grains.GetGrain<IUserGrain>(user.GrainKey).Create(await AdminAsync(), new NewUser(
            user.Name, UserProfile.Empty, "Password-1", true, false, [], AuthoritySet.Of(direct)));
        return await CallerAsync(user);
    }

    /// <summary>A device's user, as signed in.</summary>
    internal async Task<Caller> DeviceUserAsync()
    {
        var user = new UserId(T1, UserId.DevicePrefix + Unique("device"));
        await Grains.GetGrain<IDeviceUser>(user.GrainKey).Enroll(Caller.Platform(PlatformTask.Registration, T1), "admin");
        return await CallerAsync(user);
    }

    internal async Task<ObjectId> MakeAsync(Caller owner, string? ownerName = null) =>
        (await Inventory.Create(owner, new NewManagedObject(Unique("thing"), null, ownerName, Fragments.None))).Id;

    /// <summary>What the tenant's trail says of one source, oldest first.</summary>
    internal async Task<IReadOnlyList<AuditRecord>> RecordsAsync(string source) =>
        (await Grains.GetGrain<IAuditLogGrain>(T1.Value).Find(await AdminAsync(), new AuditQuery(null, null, null, source, null, null, true), new PageRequest(1, 2000, false))).Items;

    internal static async Task<Refusal> RefusedAsync(RefusalKind kind, Func<Task> act)
    {
        var refusal = await Assert.ThrowsAsync<Refusal>(act);
        Assert.Equal(kind, refusal.Kind);
        return refusal;
    }

    internal async Task<Caller> CallerAsync(UserId user)
    {
        var fact = await Grains.GetGrain<IUserFactSource>(user.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, user.Tenant), user.Name);
        return new Caller(user, SignInMethod.Basic, fact.CredentialEpoch, "192.0.2.1");
    }
}
