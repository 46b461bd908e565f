using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace Bailiwick.Grains.Access;

/// <summary>The door of a silo's replica for facts that changed elsewhere; one on each silo.</summary>
[Alias("IFactService")]
internal interface IFactService : IGrainService
{
    [Alias("InstallUser"), Platform("a fact changed at its source", PlatformTask.Facts), AcrossTenants("the target is a silo, not a tenant")]
    Task InstallUser(Caller caller, UserFact fact);

    [Alias("InstallTenant"), Platform("a fact changed at its source", PlatformTask.Facts), AcrossTenants("the target is a silo, not a tenant")]
    Task InstallTenant(Caller caller, TenantFact fact);

    [Alias("LinksChanged"), Platform("objects of a tenant hang elsewhere now", PlatformTask.Facts), AcrossTenants("the target is a silo, not a tenant")]
    Task LinksChanged(Caller caller);
}

/// <inheritdoc cref="IFactService"/>
internal sealed class FactService(GrainId id, Silo silo, ILoggerFactory logs, FactReplica replica, Hierarchy hierarchy) : GrainService(id, silo, logs), IFactService
{
    public Task InstallUser(Caller caller, UserFact fact)
    {
        replica.Install(fact);
        return Task.CompletedTask;
    }

    public Task InstallTenant(Caller caller, TenantFact fact)
    {
        replica.Install(fact);
        return Task.CompletedTask;
    }

    public Task LinksChanged(Caller caller)
    {
        hierarchy.Changed(caller.Tenant);
        return Task.CompletedTask;
    }
}

/// <inheritdoc cref="IFactPublisher"/>
internal sealed class FactPublisher(
    IServiceProvider services, FactReplica own, Hierarchy hierarchy, ILocalSiloDetails here, IClusterMembershipService membership, ISiloLeaseTable leases, TimeProvider time,
    ILogger<FactPublisher> log)
    : GrainServiceClient<IFactService>(services), IFactPublisher
{
    private readonly ConcurrentDictionary<SiloAddress, Task> _departures = new();

    // Facts that are only tried are spread to nobody; nor are those that an earlier attempt may have left behind, for a trial ends no session.
    public Task PublishAsync(UserFact fact) => ToEverySiloAsync(fact.User.Tenant, () => own.Install(fact), (service, caller) => service.InstallUser(caller, fact));

    public Task PublishAsync(TenantFact fact) => ToEverySiloAsync(fact.Tenant, () => own.Install(fact), (service, caller) => service.InstallTenant(caller, fact));

    public Task PublishLinksAsync(TenantId tenant) => ToEverySiloAsync(tenant, () => hierarchy.Changed(tenant), (service, caller) => service.LinksChanged(caller));

    private async Task ToEverySiloAsync(TenantId tenant, Action installHere, Func<IFactService, Caller, Task> install)
    {
        // This silo cannot wait its own lease out while it goes on serving: where its own copy is not taken, the change is not answered as done.
        if (Rehearsal.IsOn) return;
        var began = time.GetTimestamp();
        installHere();
        var caller = Caller.Platform(PlatformTask.Facts, tenant);
        // A silo that has just joined may hold a fact fetched before the change, so the table is read anew.
        await membership.Refresh();
        var silos = membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status is not (SiloStatus.None or SiloStatus.Created) && !member.SiloAddress.Equals(here.SiloAddress));
        await Task.WhenAll(silos.Select(member =>
            member.Status == SiloStatus.Dead ? OutlastDepartedAsync(member.SiloAddress) : ToSiloAsync(member.SiloAddress, caller, install)));
        AccessMetrics.FactSeconds.Record(time.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>A silo that does not confirm counts as serving by the old fact until the lease that it may still hold has run out.</summary>
    private async Task ToSiloAsync(SiloAddress silo, Caller caller, Func<IFactService, Caller, Task> install)
    {
        try
        {
            await install(GetGrainService(silo), caller).WaitAsync(TimeSpan.FromMilliseconds(Limits.FactPushMillisecondsMax), time);
        }
        catch (Exception failure)
        {
            log.LogWarning(failure, "Silo {Silo} did not confirm a changed fact: its lease is revoked and waited out", silo);
            await OutlastAsync(silo, leases.RevokeAsync);
        }
    }

    /// <summary>
    /// A silo that was declared dead may only be cut off from the others, and serve whoever is connected to it. Its leases end for good, and
    /// the last one is waited out once, by every change that meets it meanwhile; the membership table keeps its row for long after that.
    /// </summary>
    private async Task OutlastDepartedAsync(SiloAddress silo)
    {
        var departure = _departures.GetOrAdd(silo, gone => OutlastAsync(gone, leases.BarAsync));
        try
        {
            await departure;
        }
        catch
        {
            _departures.TryRemove(new(silo, departure));
            throw;
        }
    }

    private async Task OutlastAsync(SiloAddress silo, Func<string, Task> end)
    {
        await end(silo.ToParsableString());
        await Task.Delay(TimeSpan.FromMilliseconds(Limits.SiloLeaseMilliseconds + Limits.SiloLeaseClocksDifferMilliseconds), time);
    }
}
