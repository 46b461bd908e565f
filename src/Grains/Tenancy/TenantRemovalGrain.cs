using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Tenancy;

/// <summary>Removes what a deleted tenant has left behind (key: the tenant).</summary>
[Alias("ITenantRemoval")]
internal interface ITenantRemoval : IGrainWithStringKey
{
    /// <summary>
    /// Removes the tenant's registrations, rows and documents. What was under way when the tenant was deleted may still write afterwards: it is
    /// asked for once more when all that has ended.
    /// </summary>
    /// <exception cref="Refusal">Denied: the tenant was not deleted.</exception>
    [Alias("Remove"), ResponseTimeout(Limits.LongWork), Platform("a deleted tenant has nobody who could", PlatformTask.Removal)]
    Task Remove(Caller caller);
}

/// <inheritdoc cref="ITenantRemoval"/>
[GrainType("tenant-removal")]
internal sealed class TenantRemovalGrain(ITenantRows rows, IFacts facts) : Grain, ITenantRemoval
{
    public async Task Remove(Caller caller)
    {
        var tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        var permit = WritePermit.Demand(caller, Resource.OfTenant(tenant), Permission.TenantDelete);
        // Whoever calls has deleted the tenant. This is the last look before all that it had is gone.
        if ((await facts.TenantAsync(tenant)).IsThere) throw Refusal.Denied($"{tenant} was not deleted: its rows are not removed", DecisionTrace.Of(Rule.TenantThere, Permission.TenantDelete));
        var registrations = await GrainFactory.Grain<IDeviceRequestIndex>(tenant.Value).All(caller);
        foreach (var some in registrations.Chunk(32))
            await Task.WhenAll(some.Select(id => GrainFactory.Grain<IDeviceRequestRemoval>(Uri.EscapeDataString(id)).Remove(caller)));
        await rows.DropAsync(permit);
    }
}
