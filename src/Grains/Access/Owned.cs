using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Access;

/// <summary>State that says of itself what a decision needs to know. States are immutable: a change makes a new one.</summary>
internal interface IOwnable
{
    /// <summary>The managed object that the state is, or 0.</summary>
    ObjectId Source => default;

    /// <summary>The user who owns it, or null.</summary>
    string? Owner => null;

    /// <summary>Whether every user of the tenant may see it.</summary>
    bool IsGlobal => false;

    /// <summary>The tenant that has it, for a grain whose key names none; null where the key does.</summary>
    TenantId? HeldBy => null;

    /// <summary>The document whose fragments decide what grants come to; null where the state is none.</summary>
    IFragmentNames? Document => null;

    /// <summary>Whether this is only what is remembered of a thing that is gone, such as numbers that never go back.</summary>
    bool IsTombstone => false;
}

/// <summary>Where one grain's state is kept.</summary>
internal interface IStateStore<TState> where TState : class
{
    /// <summary>The stored state, or null when there is none.</summary>
    Task<TState?> LoadAsync();

    /// <summary>Durable when the task completes.</summary>
    Task SaveAsync(WritePermit permit, TState state, TState? previous);

    Task RemoveAsync(WritePermit permit, TState previous);
}

/// <summary>
/// A grain's state behind its lock: it is read and written with a permit only, and it alone describes itself as a
/// <see cref="Resource"/>, so a request cannot.
/// </summary>
/// <param name="home">The tenant in the grain's key; null where the tenant is part of the state (<see cref="IOwnable.HeldBy"/>).</param>
/// <param name="source">The managed object that the grain stands for, or 0.</param>
internal sealed class Owned<TState>(TenantId? home, IStateStore<TState> store, ObjectId source = default) where TState : class, IOwnable
{
    private TState? _state;

    /// <summary>Whether there is such a thing; a tombstone is none.</summary>
    public bool Exists => _state is { IsTombstone: false };

    /// <summary>The tenant whose it is; null while no tenant has it.</summary>
    public TenantId? Tenant => home ?? _state?.HeldBy;

    /// <summary>The thing as the policy sees it; without owner or mark while there is none.</summary>
    public Resource Resource
    {
        get
        {
            var tenant = Tenant;
            Check.That(tenant is not null);
            return Exists ? new Resource(tenant.Value, source, _state!.Owner, _state.IsGlobal, _state.Document) : new Resource(tenant.Value, source, null, false);
        }
    }

    /// <summary>What a thing would be that no tenant has yet, if the caller's took it.</summary>
    public Resource ResourceIfClaimedBy(Caller caller)
    {
        Check.That(home is null && _state is null);
        return Resource.OfTenant(caller.Tenant);
    }

    /// <summary>Reads what is stored; called once, when the grain is activated.</summary>
    public async Task LoadAsync() => _state = await store.LoadAsync();

    public TState Read(ReadPermit permit)
    {
        Check.That(_state is { IsTombstone: false });
        RequireOwn(permit.Tenant, permit.Source);
        return _state;
    }

    public TState Read(WritePermit permit)
    {
        Check.That(_state is { IsTombstone: false });
        RequireOwn(permit.Tenant, permit.Source);
        return _state;
    }

    /// <summary>What is stored, a tombstone included; null where nothing ever was.</summary>
    public TState? Recall(ReadPermit permit)
    {
        RequireOwn(permit.Tenant, permit.Source);
        return _state;
    }

    /// <summary>What is stored, a tombstone included; null where nothing ever was.</summary>
    public TState? Recall(WritePermit permit)
    {
        RequireOwn(permit.Tenant, permit.Source);
        return _state;
    }

    /// <summary>Durable when the task completes; when it fails, the grain keeps what it had.</summary>
    public async Task WriteAsync(WritePermit permit, TState state)
    {
        Rehearsal.RequireOff();
        RequireOwn(permit.Tenant, permit.Source);
        Check.That(home is not null || state.HeldBy == permit.Tenant);
        await store.SaveAsync(permit, state, _state);
        _state = state;
    }

    public async Task RemoveAsync(WritePermit permit)
    {
        Rehearsal.RequireOff();
        Check.That(_state is not null);
        RequireOwn(permit.Tenant, permit.Source);
        await store.RemoveAsync(permit, _state);
        _state = null;
    }

    private void RequireOwn(TenantId permitTenant, ObjectId permitSource)
    {
        Check.That(Tenant is null || permitTenant == Tenant);
        Check.That(permitSource == source);
        Check.That(_state is null || _state.Source == source);
    }
}
