using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Cluster.Tests;

/// <summary>A thing of a tenant, served by whichever silo is asked.</summary>
[Alias("IProbeGrain")]
internal interface IProbeGrain : IGrainWithStringKey
{
    [Alias("Ask"), Requires(Permission.AuditRead)]
    Task Ask(Caller caller);

    /// <summary>Answers what the grain was handed; the door is one for owners, so that everybody of the tenant passes.</summary>
    [Alias("Holdings"), Requires(Permission.InventoryRead)]
    Task<AuthoritySet> Holdings(Caller caller);

    [Alias("Count"), Requires(Permission.AuditRead)]
    IAsyncEnumerable<int> Count(Caller caller);
}

[StatelessWorker, GrainType("probe")]
internal sealed class ProbeGrain : Grain, IProbeGrain
{
    public Task Ask(Caller caller)
    {
        ReadPermit.Demand(caller, Resource.OfTenant(TenantId.OfGrainKey(this.GetPrimaryKeyString())), Permission.AuditRead);
        return Task.CompletedTask;
    }

    public Task<AuthoritySet> Holdings(Caller caller) => Task.FromResult(caller.Rights!.Global);

    public async IAsyncEnumerable<int> Count(Caller caller)
    {
        await Task.Yield();
        yield return 1;
    }
}

/// <summary>What must never be: a permit that travels.</summary>
[Alias("ISmuggler")]
internal interface ISmuggler : IGrainWithStringKey
{
    [Alias("Smuggle"), Requires(Permission.AuditRead)]
    Task Smuggle(Caller caller, ReadPermit permit);
}

/// <summary>Stands before one silo's fact service, and lets pushes in, fails them or keeps them waiting.</summary>
internal sealed class PushFault : IIncomingGrainCallFilter
{
    /// <summary>What a push waits for, or fails with; null lets it in.</summary>
    public Task? Instead { get; set; }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType == typeof(IFactService) && Instead is { } instead)
        {
            await instead;
            throw new IOException("This push did not arrive");
        }
        await context.Invoke();
    }
}

/// <summary>Lives by the facts, and fails to act on news when the test says so.</summary>
internal sealed class DeafListener : IFactListener
{
    private int _heard;

    public bool IsDeaf { get; set; }

    public int Heard => Volatile.Read(ref _heard);

    public void UserChanged(UserId user, bool lostRights) => Hear();

    public void TenantChanged(TenantId tenant, bool lostRights) => Hear();

    public void LeaseLapsed()
    {
    }

    private void Hear()
    {
        if (IsDeaf) throw new InvalidOperationException("Did not hear, as the test told it to.");
        Interlocked.Increment(ref _heard);
    }
}

/// <summary>An audit log that is as durable as its test.</summary>
internal sealed class MemoryAuditLog : IAuditLog
{
    private readonly ConcurrentQueue<(TenantId Tenant, NewAuditRecord Record)> _records = new();
    private long _lastId;

    public Task<AuditRecord> AppendAsync(WritePermit permit, NewAuditRecord record, DateTimeOffset creationTime)
    {
        _records.Enqueue((permit.Tenant, record));
        return Task.FromResult(new AuditRecord(
            Interlocked.Increment(ref _lastId), creationTime, record.Time ?? creationTime, record.Type, record.Activity, record.Text, record.Source, record.User,
            record.Application, record.Severity ?? "INFORMATION", record.Changes ?? [], record.Members ?? Fragments.None));
    }

    public ValueTask<AuditRecord?> ReadAsync(ReadPermit permit, long id) => throw new NotSupportedException();

    public ValueTask<Page<AuditRecord>> FindAsync(ReadPermit permit, AuditQuery query, PageRequest page, Predicate<AuditRecord>? shows = null) => throw new NotSupportedException();
}
