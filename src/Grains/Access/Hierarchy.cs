using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Access;

/// <summary>
/// Where this silo's objects hang, so that a role on a group reaches what is below it: only direct links are stored, and what stands above an
/// object is read when a decision first needs it. It is kept until any link of its tenant changes anywhere; every silo is told before the change
/// is answered.
/// </summary>
internal sealed class Hierarchy(ILinkStore links, int keptMax = Limits.AncestriesKeptMax) : IFactListener
{
    private const int ReadsMax = 8;

    private readonly ConcurrentDictionary<(TenantId, ObjectId), Kept> _kept = new();
    // One counter for many tenants: a change in one makes a few others' be read anew.
    private readonly long[] _changes = new long[1024];
    private int _keptCount;

    private sealed record Kept(Ancestry Ancestry, long Changes);

    /// <summary>The caller with where this object of its tenant hangs, if anything that it holds depends on that.</summary>
    public ValueTask<Caller> AtAsync(Caller caller, ObjectId id)
    {
        if (caller.Rights is not { Objects.IsEmpty: false } rights || caller.Ancestry?.Object == id) return new(caller);
        if (_kept.TryGetValue((caller.Tenant, id), out var kept) && kept.Changes == ChangesOf(caller.Tenant)) return new(caller.Attested(rights, kept.Ancestry));
        return new(ReadThenPlaceAsync());

        async Task<Caller> ReadThenPlaceAsync() => caller.Attested(rights, await ReadAsync(caller.Tenant, id));
    }

    /// <summary>Where an object hangs: for whoever asks what others would be allowed on it.</summary>
    public ValueTask<Ancestry> OfAsync(TenantId tenant, ObjectId id) =>
        _kept.TryGetValue((tenant, id), out var kept) && kept.Changes == ChangesOf(tenant) ? new(kept.Ancestry) : new(ReadAsync(tenant, id));

    /// <summary>A link of this tenant was made or removed.</summary>
    public void Changed(TenantId tenant) => Interlocked.Increment(ref _changes[Slot(tenant)]);

    /// <summary>Who a user is says nothing of where objects hang.</summary>
    public void UserChanged(UserId user, bool lostRights)
    {
    }

    /// <inheritdoc cref="UserChanged"/>
    public void TenantChanged(TenantId tenant, bool lostRights)
    {
    }

    /// <summary>Changes may have been missed: forgets everything.</summary>
    public void LeaseLapsed()
    {
        for (var slot = 0; slot < _changes.Length; slot++) Interlocked.Increment(ref _changes[slot]);
        Empty();
    }

    private async Task<Ancestry> ReadAsync(TenantId tenant, ObjectId id)
    {
        for (var read = 0; read < ReadsMax; read++)
        {
            var changes = ChangesOf(tenant);
            var above = await links.AboveAsync(StoredObjects.UpkeepPermit(tenant, id), Limits.AncestorsMax);
            // What was read while a link changed may be from before, and the change may have been answered by now.
            if (changes != ChangesOf(tenant)) continue;
            // Of too many to be walked through none counts: what cannot be told is not granted.
            var ancestry = new Ancestry(id, above is null ? [id] : [id, .. above]);
            Keep(tenant, ancestry, changes);
            return ancestry;
        }
        throw new Refusal(RefusalKind.Busy, "general", "Too much at the moment. Try again shortly.", $"Links of {tenant} changed whenever what stands above {id} was read");
    }

    private void Keep(TenantId tenant, Ancestry ancestry, long changes)
    {
        if (_keptCount >= keptMax) Empty();
        _kept[(tenant, ancestry.Object)] = new Kept(ancestry, changes);
        Interlocked.Increment(ref _keptCount);
    }

    private void Empty()
    {
        _kept.Clear();
        _keptCount = 0;
    }

    private long ChangesOf(TenantId tenant) => Volatile.Read(ref _changes[Slot(tenant)]);

    private static int Slot(TenantId tenant) => tenant.GetHashCode() & 1023;
}
