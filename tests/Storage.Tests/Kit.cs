using System.Security.Cryptography;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Orleans.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>All ports over one kind of store, on a place of its own. What a suite needs to know of a store, and no more.</summary>
internal interface IStorageKit : IDisposable
{
    ITelemetryStore Telemetry { get; }
    IEventStore Events { get; }
    IAlarmStore Alarms { get; }
    ISeriesStore Series { get; }
    IInventoryStore Inventory { get; }
    ILinkStore Links { get; }
    IIdentityStore Identity { get; }
    IOperationStore Operations { get; }
    IAuditLog Audit { get; }
    IGrainStorage Grains { get; }
    IGrainDocuments Documents { get; }

    /// <summary>Closes everything and opens it again.</summary>
    void Reopen();
}

/// <summary>Permits as grains get them: by asking the policy.</summary>
internal static class Ask
{
    public static readonly TenantId T1 = new("t1");
    public static readonly TenantId T10 = new("t10");

    private static readonly Rights Everything = new(AuthoritySet.Of([.. Authorities.All]));

    /// <summary>Sources that show whole; null for all of the tenant's.</summary>
    public static VisibleSources? Seen(IReadOnlyList<ObjectId>? ids) => ids is null ? null : new(ids);

    public static WritePermit Write(TenantId tenant, long source = 0, Permission permission = Permission.InventoryAdmin) =>
        WritePermit.Demand(Someone(tenant, "admin", Everything), new Resource(tenant, new ObjectId(source), null, false), permission);

    public static ReadPermit Read(TenantId tenant, long source = 0, Permission permission = Permission.InventoryRead) =>
        ReadPermit.Demand(Someone(tenant, "admin", Everything), new Resource(tenant, new ObjectId(source), null, false), permission);

    public static ListPermit All(TenantId tenant, Permission permission = Permission.InventoryRead) =>
        ListPermit.Demand(Someone(tenant, "admin", Everything), permission);

    /// <summary>One who holds no authority: sees what is theirs and, of objects, what is global.</summary>
    public static ListPermit Own(TenantId tenant, string user, Permission permission = Permission.InventoryRead) =>
        ListPermit.Demand(Someone(tenant, user, Rights.None), permission);

    /// <summary>One who holds no authority and something on single objects: by inventory roles, which reach below, or by device permissions.</summary>
    public static ListPermit Granted(
        TenantId tenant, string user, IEnumerable<ObjectGrants> roles, IEnumerable<ObjectGrants>? alone = null, Permission permission = Permission.InventoryRead, bool showsParts = false) =>
        ListPermit.Demand(Someone(tenant, user, Rights.None with { Objects = new ObjectRights(roles, alone ?? []), ShowsCoveredFragments = showsParts }), permission);

    /// <summary>A grant of a scope for reading, of the fragments of these types or, without any, of everything.</summary>
    public static ObjectGrants On(long id, GrantScope scope = GrantScope.ManagedObject, params IReadOnlyList<string> types) =>
        new(new ObjectId(id), [.. types.DefaultIfEmpty(Grant.AnyType).Select(type => new Grant(scope, GrantLevel.Read, type))]);

    /// <summary>One whom no gate has attested: sees nothing.</summary>
    public static ListPermit Nothing(TenantId tenant) =>
        ListPermit.Demand(new Caller(new UserId(tenant, "nobody"), SignInMethod.Basic, 0, ""), Permission.InventoryRead);

    private static Caller Someone(TenantId tenant, string user, Rights rights) =>
        new Caller(new UserId(tenant, user), SignInMethod.Basic, 0, "").Attested(rights);
}

/// <summary>Lists of data of some objects, all of whose data shows.</summary>
internal static class OfObjects
{
    public static ValueTask<Page<Measurement>> FindAsync(this ITelemetryStore store, ListPermit permit, IReadOnlyList<ObjectId>? ids, MeasurementQuery query, PageRequest page) =>
        store.FindAsync(permit, Whole(ids), query, page);

    public static ValueTask<Page<Event>> FindAsync(this IEventStore store, ListPermit permit, IReadOnlyList<ObjectId>? ids, EventQuery query, PageRequest page) =>
        store.FindAsync(permit, Whole(ids), query, page);

    public static ValueTask<Page<Alarm>> FindAsync(this IAlarmStore store, ListPermit permit, IReadOnlyList<ObjectId>? ids, AlarmQuery query, PageRequest page) =>
        store.FindAsync(permit, Whole(ids), query, page);

    public static ValueTask<Page<Operation>> FindAsync(this IOperationStore store, ListPermit permit, IReadOnlyList<ObjectId>? ids, OperationQuery query, PageRequest page) =>
        store.FindAsync(permit, Whole(ids), query, page);

    public static Task<long> DeleteAllAsync(this IEventStore store, WritePermit tenantWide, IReadOnlyList<ObjectId>? ids, EventQuery query) =>
        store.DeleteAllAsync(tenantWide, Whole(ids), query);

    public static ValueTask<IReadOnlyList<Alarm>> NextAsync(
        this IAlarmStore store, WritePermit tenantWide, IReadOnlyList<ObjectId>? ids, AlarmQuery query, Alarm? after, int countMax) =>
        store.NextAsync(tenantWide, Whole(ids), query, after, countMax);

    /// <summary>References of one object and kind.</summary>
    public static async ValueTask<IReadOnlyList<ObjectReference>> ReferencesAsync(
        this ILinkStore store, ReadPermit of, ListPermit visible, ChildKind kind, bool parents, int countMax) =>
        (await store.ReferencesAsync([of], visible, [kind], parents, countMax))[0][kind - ChildKind.Device];

    private static VisibleSources? Whole(IReadOnlyList<ObjectId>? ids) => ids is null ? null : new([.. ids.Distinct().Order()]);
}

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bailiwick-storage-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Random cases that can be replayed: set BAILIWICK_SEED to the number that a failure names.</summary>
internal static class Seeded
{
    public static async Task RunAsync(Func<Random, Task> property)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BAILIWICK_SEED"), out var given) ? given : RandomNumberGenerator.GetInt32(int.MaxValue);
        try
        {
            await property(new Random(seed));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Replay with BAILIWICK_SEED={seed}: {e.Message}", e);
        }
    }
}

/// <summary>A connection that writes down what the store tells it.</summary>
internal sealed class RecordingSink : ICommitSink
{
    private readonly Lock _lock = new();
    private readonly List<(long Sequence, Exception? Failure)> _settled = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waits = [];
    private int _flushes;

    public IReadOnlyList<(long Sequence, Exception? Failure)> Settled { get { lock (_lock) return [.. _settled]; } }

    public int Flushes => Volatile.Read(ref _flushes);

    public void Settle(long sequence, Exception? failure)
    {
        lock (_lock)
        {
            _settled.Add((sequence, failure));
            foreach (var wait in _waits)
                if (wait.Count == _settled.Count)
                    wait.Reached.TrySetResult();
        }
    }

    public void Flush() => Interlocked.Increment(ref _flushes);

    /// <summary>Completes when so many were settled.</summary>
    public Task ReachedAsync(int count)
    {
        lock (_lock)
        {
            if (_settled.Count >= count) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((count, reached));
            return reached.Task.WaitAsync(Awaited.Long);
        }
    }
}

internal static class Awaited
{
    /// <summary>No wait of a test takes longer, unless what it waits for does not come.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    public static async Task<Refusal> RefusedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<Refusal>(call);
        Assert.Equal(RefusalKind.Unavailable, refusal.Kind);
        return refusal;
    }
}

/// <summary>A connection in which the writer stays until it is let go.</summary>
internal sealed class HoldingSink : ICommitSink, IDisposable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _go = new();

    public Task Reached => _reached.Task;

    public void LetGo() => _go.Set();

    public void Settle(long sequence, Exception? failure)
    {
        _reached.TrySetResult();
        _go.Wait(Awaited.Long);
    }

    public void Flush()
    {
    }

    // A test that fails before must not keep the store from closing.
    public void Dispose() => LetGo();
}
