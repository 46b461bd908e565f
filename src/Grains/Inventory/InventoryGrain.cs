using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Inventory;

/// <inheritdoc cref="IInventoryGrain"/>
[StatelessWorker, Reentrant]
internal sealed class InventoryGrain(IInventoryStore inventory, ILinkStore links, IdSource ids, TimeProvider time) : Grain, IInventoryGrain, INamedCreation
{
    private TenantId Tenant => TenantId.OfGrainKey(this.GetPrimaryKeyString());

    public Task<ManagedObject> Create(Caller caller, NewManagedObject request) => CreateAsync(caller, request, null);

    public async Task<ObjectId> CreateNamed(Caller caller, NewManagedObject request, ExternalId name) => (await CreateAsync(caller, request, name)).Id;

    private async Task<ManagedObject> CreateAsync(Caller caller, NewManagedObject request, ExternalId? name)
    {
        var permit = WritePermit.Demand(caller, Resource.OfTenant(Tenant), Permission.InventoryCreate);
        var owner = await OwnerOfAsync(caller, request.Owner);
        // Before an id is drawn: that may write.
        Rehearsal.RequireOff();
        var now = time.GetUtcNow();
        var document = new ManagedObject(await ids.NextAsync(permit), request.Name, request.Type, owner, now, now,
            Fragments.None.Merge(ManagedObject.OfClient(request.Fragments)));
        await GrainFactory.Grain<IManagedObjectUpkeep>(document.Id.GrainKey(Tenant)).Create(caller, document, name);
        return document;
    }

    public async Task<Page<ManagedObjectView>> Find(Caller caller, InventoryQuery query, PageRequest page, ViewOptions options)
    {
        var visible = ListPermit.Demand(caller, Permission.InventoryRead);
        var found = await inventory.FindAsync(visible, query, page);
        var views = await links.ViewsAsync(found.Items, [.. found.Items.Select(document => visible.Shown(document.Id))], visible, options);
        return new Page<ManagedObjectView>(views, found.HasMore, found.Total);
    }

    public async Task<long> Count(Caller caller, InventoryQuery query) =>
        await inventory.CountAsync(ListPermit.Demand(caller, Permission.InventoryRead), query);

    /// <summary>The maker owns what it made, unless an administrator names another.</summary>
    private async Task<string> OwnerOfAsync(Caller caller, string? wanted)
    {
        if (wanted is null || wanted == caller.User.Name
            || Policy.Decide(caller, Resource.OfTenant(Tenant), Permission.InventoryAdmin).Rule != Rule.GlobalAuthority)
            return caller.User.Name;
        await NewOwner.RequireExistsAsync(GrainFactory, new UserId(Tenant, wanted));
        return wanted;
    }
}

/// <summary>The inventory for the grain of a name. Same key, same grain.</summary>
[Alias("INamedCreation")]
internal interface INamedCreation : IGrainWithStringKey
{
    /// <summary>Makes an object with its name in one commit: a device is never there without the name by which it comes back.</summary>
    [Alias("CreateNamed"), Requires(Permission.InventoryCreate)]
    Task<ObjectId> CreateNamed(Caller caller, NewManagedObject request, ExternalId name);
}
