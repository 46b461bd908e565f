using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Inventory;

/// <inheritdoc cref="IExternalIdGrain"/>
/// <remarks>The name's object decides who may see or change the binding; this grain decides that there is at most one.</remarks>
internal sealed class ExternalIdGrain : Grain, IExternalIdGrain, IExternalIdUpkeep
{
    private readonly TenantId _tenant;
    private readonly ExternalId _name;
    private readonly IIdentityStore _names;
    private ObjectId? _target;
    private Leaving _leaving;

    public ExternalIdGrain(IIdentityStore names)
    {
        var key = GrainContext.GrainId.Key.ToString()!;
        (_tenant, _name, _names) = (TenantId.OfGrainKey(key), ExternalId.OfGrainKey(key), names);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken) => _target = await FindAsync();

    public async Task<ObjectId> Read(Caller caller)
    {
        if (await BoundAsync(caller, Permission.IdentityRead) is { } target) return target;
        _leaving.Soon(this, () => _target is null);
        throw NotBound();
    }

    public async Task Bind(Caller caller, ObjectId target)
    {
        var judgement = await Upkeep(target).Judge(caller, Permission.IdentityAdmin);
        if (!judgement.Exists) throw Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{target}'!");
        Require(caller, target, judgement);
        if (await IsBoundAsync())
            throw Refusal.Conflict("identity", $"External id is already bound; external id = {_name.Value} [type={_name.Type}]");
        await Upkeep(target).BindName(caller, _name);
        _target = target;
    }

    public async Task Unbind(Caller caller)
    {
        if (await BoundAsync(caller, Permission.IdentityAdmin) is not { } target)
        {
            _leaving.Soon(this, () => _target is null);
            throw NotBound();
        }
        await Upkeep(target).UnbindName(caller, _name);
        _target = null;
        _leaving.Soon(this, () => _target is null);
    }

    public async Task<EnsuredDevice> EnsureDevice(Caller caller, NewManagedObject ifAbsent)
    {
        if (await BoundAsync(caller, Permission.IdentityRead) is { } bound) return new EnsuredDevice(bound, false);
        var made = await GrainFactory.Grain<INamedCreation>(_tenant.Value).CreateNamed(caller, ifAbsent, _name);
        _target = made;
        return new EnsuredDevice(made, true);
    }

    public Task Forget(Caller caller)
    {
        _target = null;
        _leaving.Soon(this, () => _target is null);
        return Task.CompletedTask;
    }

    /// <summary>The object that the name stands for, when it says that the caller may; null when the name is free.</summary>
    private async Task<ObjectId?> BoundAsync(Caller caller, Permission permission)
    {
        if (await TargetAsync() is not { } target) return null;
        var judgement = await Upkeep(target).Judge(caller, permission);
        if (!judgement.Exists)
        {
            await FreeAsync(target);
            return null;
        }
        Require(caller, target, judgement);
        return target;
    }

    private async Task<bool> IsBoundAsync()
    {
        if (await TargetAsync() is not { } target) return false;
        if ((await Upkeep(target).Judge(Removal, Permission.InventoryRead)).Exists) return true;
        await FreeAsync(target);
        return false;
    }

    /// <summary>A name that was bound while its object was being deleted, or whose silo died then, points at nothing: it is free.</summary>
    private async Task FreeAsync(ObjectId nothing)
    {
        await _names.UnbindAsync(WritePermit.Demand(Removal, new Resource(_tenant, nothing, null, false), Permission.IdentityAdmin), _name);
        _target = null;
    }

    /// <summary>A bound object may have been deleted, and its names with it, without this grain: what is unbound is looked up again.</summary>
    private async ValueTask<ObjectId?> TargetAsync() => _target ??= await FindAsync();

    private void Require(Caller caller, ObjectId target, Judgement judgement)
    {
        if (!judgement.Decision.Allowed) throw Permits.Denied(caller, new Resource(_tenant, target, null, false), judgement.Trace!);
    }

    private Refusal NotBound() => Refusal.NotFound("identity", $"External id not found; external id = ID [type={_name.Type}, value={_name.Value}]");

    private Caller Removal => Caller.Platform(PlatformTask.Removal, _tenant);

    private ValueTask<ObjectId?> FindAsync() => _names.FindAsync(StoredObjects.UpkeepPermit(_tenant, default), _name);

    private IManagedObjectUpkeep Upkeep(ObjectId target) => GrainFactory.Grain<IManagedObjectUpkeep>(target.GrainKey(_tenant));
}

/// <summary>What a managed object tells the names it had when it goes.</summary>
[Alias("IExternalIdUpkeep")]
internal interface IExternalIdUpkeep : IGrainWithStringKey
{
    /// <summary>It answers while the name waits for that very object.</summary>
    [Alias("Forget"), AlwaysInterleave, Platform("the object that the name stood for is gone", PlatformTask.Removal)]
    Task Forget(Caller caller);
}
