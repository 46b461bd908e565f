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
internal sealed class Owned<TState>(TenantId tenant, IStateStore<TState> store, ObjectId source = default) where TState : class, IOwnable
{
    private TState? _state;

    public bool Exists => _state is not null;

    /// <summary>The thing as the policy sees it; without owner or mark while there is none.</summary>
    public Resource Resource => _state is null
        ? new Resource(tenant, source, null, false)
        : new Resource(tenant, _state.Source, _state.Owner, _state.IsGlobal);

    /// <summary>Reads what is stored; called once, when the grain is activated.</summary>
    public async Task LoadAsync() => _state = await store.LoadAsync();

    public TState Read(ReadPermit permit)
    {
        Check.That(_state is not null);
        RequireOwn(permit.Tenant, permit.Source);
        return _state;
    }

    public TState Read(WritePermit permit)
    {
        Check.That(_state is not null);
        RequireOwn(permit.Tenant, permit.Source);
        return _state;
    }

    /// <summary>Durable when the task completes; when it fails, the grain keeps what it had.</summary>
    public async Task WriteAsync(WritePermit permit, TState state)
    {
        RequireOwn(permit.Tenant, permit.Source);
        await store.SaveAsync(permit, state, _state);
        _state = state;
    }

    public async Task RemoveAsync(WritePermit permit)
    {
        Check.That(_state is not null);
        RequireOwn(permit.Tenant, permit.Source);
        await store.RemoveAsync(permit, _state);
        _state = null;
    }

    private void RequireOwn(TenantId permitTenant, ObjectId permitSource)
    {
        Check.That(permitTenant == tenant);
        Check.That(permitSource == source);
        Check.That(_state is null || _state.Source == source);
    }
}
