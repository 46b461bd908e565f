using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Storage;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Inventory;

/// <summary>Looks through a tenant's devices for those that fell silent, or came back (key: the tenant).</summary>
[Alias("ISilenceWatch")]
internal interface ISilenceWatch : IGrainWithStringKey
{
    /// <summary>Has each device whose silence began or ended look at itself; answers how many these were.</summary>
    /// <param name="sinceMs">From when on the server listens, in milliseconds since 1970.</param>
    [Alias("Look"), ResponseTimeout(Limits.LongWork), Platform("silence is noticed by the clock", PlatformTask.Availability)]
    Task<int> Look(Caller caller, long sinceMs);
}

/// <inheritdoc cref="ISilenceWatch"/>
/// <remarks>It reads what is stored, and wakes no device but those of which there is something to tell.</remarks>
[GrainType("silence-watch")]
internal sealed class SilenceWatchGrain(IInventoryStore inventory, IPresenceStore presences, TimeProvider clock, ILogger<SilenceWatchGrain> log) : Grain, ISilenceWatch
{
    public async Task<int> Look(Caller caller, long sinceMs)
    {
        var tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        var visible = ListPermit.Demand(caller, Permission.InventoryRead);
        var (told, failed) = (0, 0);
        for (ObjectId? after = null; ;)
        {
            var watched = await inventory.FindAsync(
                visible, new InventoryQuery(FragmentType: Presences.RequiredFragment, After: after), new PageRequest(1, Limits.PageSizeMax, false));
            foreach (var document in watched.Items)
            {
                var permit = ReadPermit.Demand(caller, document.AsResource(tenant), Permission.InventoryRead);
                if (!Changes(document, await presences.RecallAsync(permit) ?? default, sinceMs)) continue;
                try
                {
                    await GrainFactory.Grain<IDeviceUpkeep>(document.Id.GrainKey(tenant)).Watch(caller, sinceMs);
                    told++;
                }
                catch (Exception failure) when (failure is not OutOfMemoryException)
                {
                    // It keeps no other from being looked at, and has its turn again at the next look. On a full disk it is all of them, which is no line each.
                    if (failed++ == 0) log.LogWarning(failure, "Device {Tenant}/{Device} could not be looked at for its silence", tenant, document.Id);
                }
            }
            if (!watched.HasMore) break;
            after = watched.Items[^1].Id;
        }
        if (failed > 1) log.LogWarning("In all {Count} devices of {Tenant} could not be looked at for their silence", failed, tenant);
        return told;
    }

    private bool Changes(ManagedObject document, Presence presence, long sinceMs)
    {
        var heardMs = Math.Max(presence.LastMessageMs, document.CreationTime.ToUnixTimeMilliseconds());
        return Presences.IsSilent(document.Fragments.ResponseMinutes(), presence, heardMs, sinceMs, clock.GetUtcNow()) != presence.IsLate;
    }
}
