using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Devices;

/// <summary>
/// How devices stand below each other by their links as child devices. The platform walks here for its own business, so whoever shows what
/// it finds to a caller asks the policy first. Links can run in circles: each device is met once.
/// </summary>
internal sealed class DeviceTree(IInventoryStore inventory, ILinkStore links)
{
    /// <summary>The agents that speak for a device, nearest first: itself if it is one, then those above it.</summary>
    public async ValueTask<IReadOnlyList<ObjectId>> AgentsAsync(TenantId tenant, ObjectId device)
    {
        var agents = new List<ObjectId>();
        var document = await inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(tenant, device));
        if (document is not null && document.Fragments.Has(Operation.AgentFragment)) agents.Add(device);
        await WalkAsync(tenant, device, parents: true, relative =>
        {
            if (relative.IsMarked) agents.Add(relative.Id);
            return new(true);
        });
        return agents;
    }

    /// <summary>A device and everything below it, in no order.</summary>
    /// <param name="isLeftOut">Asked of each agent below: true leaves it out, with what is reached through it alone. Null for nothing.</param>
    public async ValueTask<IReadOnlyCollection<ObjectId>> BelowAsync(TenantId tenant, ObjectId top, Func<ObjectId, ValueTask<bool>>? isLeftOut = null)
    {
        var found = new List<ObjectId> { top };
        await WalkAsync(tenant, top, parents: false, async relative =>
        {
            if (relative.IsMarked && isLeftOut is not null && await isLeftOut(relative.Id)) return false;
            found.Add(relative.Id);
            return true;
        });
        return found;
    }

    public static Refusal TooMany(ObjectId from) =>
        new(RefusalKind.TooLarge, "devicecontrol", $"More than {Limits.DeviceTreeObjectsMax} devices are linked to device {from}.");

    /// <summary>
    /// The devices whose operations go to this agent's connection: itself, and those below it that are not reached through another agent with a connection alone.
    /// </summary>
    public ValueTask<IReadOnlyCollection<ObjectId>> SpokenForAsync(IGrainFactory grains, TenantId tenant, ObjectId agent)
    {
        var upkeep = Caller.Platform(PlatformTask.Upkeep, tenant);
        return BelowAsync(tenant, agent, async below => await grains.Grain<IDeviceUpkeep>(below.GrainKey(tenant)).IsListening(upkeep));
    }

    /// <summary>Whether a device stands below another, or is the same.</summary>
    public async ValueTask<bool> IsBelowAsync(TenantId tenant, ObjectId device, ObjectId top)
    {
        var isBelow = device == top;
        if (!isBelow)
            await WalkAsync(tenant, device, parents: true, relative =>
            {
                isBelow |= relative.Id == top;
                return new(!isBelow);
            });
        return isBelow;
    }

    /// <summary>Visits level by level, and goes on beyond each object whose visit answers true.</summary>
    private async ValueTask WalkAsync(TenantId tenant, ObjectId from, bool parents, Func<Relative, ValueTask<bool>> visit)
    {
        var seen = new HashSet<ObjectId> { from };
        var next = new Queue<ObjectId>([from]);
        while (next.TryDequeue(out var at))
            foreach (var relative in await links.RelativesAsync(StoredObjects.UpkeepPermit(tenant, at), ChildKind.Device, parents, Operation.AgentFragment))
            {
                if (!seen.Add(relative.Id)) continue;
                if (seen.Count > Limits.DeviceTreeObjectsMax) throw TooMany(from);
                if (await visit(relative)) next.Enqueue(relative.Id);
            }
    }
}
