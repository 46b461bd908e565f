using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Operations;

/// <inheritdoc cref="IOperationsGrain"/>
[StatelessWorker, Reentrant]
internal sealed class OperationsGrain(IOperationStore operations, IInventoryStore inventory, ILinkStore links, IIdentityStore names, Hierarchy hierarchy) : Grain, IOperationsGrain
{
    private readonly DeviceTree _tree = new(inventory, links);

    private TenantId Tenant => TenantId.OfGrainKey(this.GetPrimaryKeyString());

    public async Task<Page<OperationView>> Find(Caller caller, OperationQuery query, PageRequest page)
    {
        var visible = ListPermit.Demand(caller, Permission.OperationRead);
        var shown = query.Agent is { } agent ? await BelowAsync(visible, agent) : await DevicesAsync(visible, query.Device, null);
        var found = await operations.FindAsync(visible, shown, query, page);
        var devices = new Dictionary<ObjectId, (string? Name, IReadOnlyList<ExternalId>? Names)>();
        foreach (var operation in found.Items)
            if (!devices.ContainsKey(operation.Device))
                devices[operation.Device] = await DescribeAsync(caller, operation.Device, withNames: query.Agent is not null);
        return found.Select(operation => new OperationView(operation, devices[operation.Device].Name, devices[operation.Device].Names));
    }

    public async Task<IReadOnlyList<OperationDelivery>> FindPending(Caller caller, ObjectId agent, OperationId? after)
    {
        var visible = ListPermit.Demand(caller, Permission.OperationRead);
        var below = await _tree.SpokenForAsync(GrainFactory, Tenant, agent);
        var query = new OperationQuery(Status: OperationStatus.Pending, After: after);
        var found = await operations.FindAsync(visible, await DevicesAsync(visible, null, below), query, new PageRequest(1, Limits.OperationsFetchedPerCall, false));
        var known = new Dictionary<ObjectId, ExternalId?>();
        foreach (var operation in found.Items)
            if (!known.ContainsKey(operation.Device))
                known[operation.Device] = (await names.NamesAsync(StoredObjects.UpkeepPermit(Tenant, operation.Device))).Preferred();
        return [.. found.Items.Select(operation => new OperationDelivery(operation, known[operation.Device]))];
    }

    /// <summary>Each device deletes its own: it alone changes them, so that none comes back by a change that was under way.</summary>
    public async Task<long> DeleteAll(Caller caller, OperationQuery query)
    {
        WritePermit.Demand(caller, Resource.OfTenant(Tenant), Permission.OperationAdminAll);
        await GrainFactory.RecordInAsync(Tenant, caller, new NewAuditRecord("Operation", "Operations deleted", $"Operations deleted: {Describe(query)}",
            Source: (query.Device ?? query.Agent)?.ToString()));
        // The authority to delete them is one over all of the tenant's, whether or not its holder may read them.
        var all = ListPermit.Demand(Caller.Platform(PlatformTask.Upkeep, Tenant), Permission.OperationRead);
        var devices = query.Agent is { } agent ? await _tree.BelowAsync(Tenant, agent) : null;
        var deleted = 0L;
        while (true)
        {
            var found = await operations.FindAsync(all, devices is null ? null : new([.. devices.Order()]), query, new PageRequest(1, Limits.OperationsDeletedPerCall, false));
            var gone = 0L;
            foreach (var ofDevice in found.Items.GroupBy(operation => operation.Device))
                gone += await GrainFactory.Grain<IDeviceUpkeep>(ofDevice.Key.GrainKey(Tenant)).RemoveOperations(caller, [.. ofDevice.Select(operation => operation.Id)]);
            deleted += gone;
            if (!found.HasMore || gone == 0) return deleted;
        }
    }

    // The walk ends at a device whose own operations are hidden: what hangs below it is nothing to its reader.
    private async ValueTask<VisibleSources> BelowAsync(ListPermit visible, ObjectId agent) =>
        await links.BelowAsync(visible, agent, [ChildKind.Device], Limits.DeviceTreeObjectsMax) ?? throw DeviceTree.TooMany(agent);

    /// <summary>The devices whose operations may show; null for all of the tenant's.</summary>
    private async ValueTask<VisibleSources?> DevicesAsync(ListPermit visible, ObjectId? only, IReadOnlyCollection<ObjectId>? below)
    {
        switch (visible.Scope.Kind)
        {
            case ScopeKind.All:
                return below is null ? null : new([.. below.Order()]);
            case ScopeKind.Some:
                var seen = await inventory.SourcesAsync(visible, only);
                return below is null ? seen : seen.Among(below);
            default:
                return VisibleSources.None;
        }
    }

    /// <summary>What the reader of an operation may see of its device besides.</summary>
    private async ValueTask<(string?, IReadOnlyList<ExternalId>?)> DescribeAsync(Caller caller, ObjectId device, bool withNames)
    {
        var permit = StoredObjects.UpkeepPermit(Tenant, device);
        if (await inventory.ReadStoredAsync(permit) is not { } document) return default;
        caller = await hierarchy.AtAsync(caller, device);
        var resource = document.AsResource(Tenant);
        var name = Policy.Decide(caller, resource, Permission.InventoryRead).Allowed ? document.Name : null;
        return (name, withNames && Policy.Decide(caller, resource, Permission.IdentityRead).Allowed ? await names.NamesAsync(permit) : null);
    }

    private static string Describe(OperationQuery query) =>
        $"device '{query.Device}', agent '{query.Agent}', status '{query.Status?.Name()}', fragment '{query.FragmentType}', from '{query.FromMs}' to '{query.ToMs}'";
}
