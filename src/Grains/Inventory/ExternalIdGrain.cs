using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Inventory;

/// <inheritdoc cref="IExternalIdGrain"/>
/// <remarks>The name's object decides who may see or change the binding; this grain decides that there is at most one.</remarks>
internal sealed class ExternalIdGrain : Grain, IExternalIdGrain, IExternalIdUpkeep
{
    private readonly TenantId _tenant;
    private readonly ExternalId _name;
    private readonly IIdentityStore _names;
    private ObjectId? _target;

    public ExternalIdGrain(IGrainContext context, IIdentityStore names)
    {
        var key = context.GrainId.Key.ToString()!;
        (_tenant, _name, _names) = (TenantId.OfGrainKey(key), ExternalId.OfGrainKey(key), names);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken) => _target = await FindAsync();

    public async Task<ObjectId> Read(Caller caller)
    {
        var target = await RequireBoundAsync();
        await RequireAsync(caller, target, Permission.IdentityRead);
        return target;
    }

    public async Task Bind(Caller caller, ObjectId target)
    {
        await RequireAsync(caller, target, Permission.IdentityAdmin);
        if (await TargetAsync() is not null)
            throw Refusal.Conflict("identity", $"External id is already bound; external id = {_name.Value} [type={_name.Type}]");
        await Upkeep(target).BindName(caller, _name);
        _target = target;
    }

    public async Task Unbind(Caller caller)
    {
        var target = await RequireBoundAsync();
        await Upkeep(target).UnbindName(caller, _name);
        _target = null;
        DeactivateOnIdle();
    }

    public async Task<EnsuredDevice> EnsureDevice(Caller caller, NewManagedObject ifAbsent)
    {
        if (await TargetAsync() is { } bound)
        {
            await RequireAsync(caller, bound, Permission.IdentityRead);
            return new EnsuredDevice(bound, false);
        }
        var made = await GrainFactory.GetGrain<IInventoryGrain>(_tenant.Value).Create(caller, ifAbsent);
        await Upkeep(made.Id).BindName(caller, _name);
        _target = made.Id;
        return new EnsuredDevice(made.Id, true);
    }

    public Task Forget(Caller caller)
    {
        _target = null;
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private async Task<ObjectId> RequireBoundAsync()
    {
        if (await TargetAsync() is { } target) return target;
        DeactivateOnIdle();
        throw Refusal.NotFound("identity", $"External id not found; external id = ID [type={_name.Type}, value={_name.Value}]");
    }

    /// <summary>A bound object may have been deleted, and its names with it, without this grain: what is unbound is looked up again.</summary>
    private async ValueTask<ObjectId?> TargetAsync() => _target ??= await FindAsync();

    private async Task RequireAsync(Caller caller, ObjectId target, Permission permission)
    {
        var judgement = await Upkeep(target).Judge(caller, permission);
        if (!judgement.Exists) throw Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{target}'!");
        if (!judgement.Decision.Allowed) throw Refusal.Denied($"{caller.User} may not {permission} on {_tenant}/{target}: {judgement.Decision.Rule}");
    }

    private ValueTask<ObjectId?> FindAsync() => _names.FindAsync(StoredObjects.UpkeepPermit(_tenant, default), _name);

    private IManagedObjectUpkeep Upkeep(ObjectId target) => GrainFactory.GetGrain<IManagedObjectUpkeep>(target.GrainKey(_tenant));
}

/// <summary>What a managed object tells the names it had when it goes.</summary>
[Alias("IExternalIdUpkeep")]
internal interface IExternalIdUpkeep : IGrainWithStringKey
{
    [Alias("Forget"), Platform("the object that the name stood for is gone", PlatformTask.Removal)]
    Task Forget(Caller caller);
}
