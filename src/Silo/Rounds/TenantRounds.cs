using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Silo.Rounds;

/// <summary>
/// Work that the clock asks for in every tenant: one after the other, for it is in no hurry, and devices are. A tenant where it fails is logged, and
/// the others have their turn.
/// </summary>
internal abstract class TenantRounds(PlatformTask task, TimeSpan first, TimeSpan every, IGrainFactory grains, TimeProvider clock, ILogger log)
    : ClockedRounds(first, every, clock)
{
    private const int TenantsPerPage = 100;

    protected IGrainFactory Grains => grains;

    protected ILogger Log => log;

    /// <summary>What is to be done in one tenant.</summary>
    /// <param name="caller">The platform at this task, in that tenant.</param>
    protected abstract Task VisitAsync(Tenant tenant, Caller caller, CancellationToken stopping);

    protected override async Task RoundAsync(CancellationToken stopping)
    {
        try
        {
            var operators = Caller.Platform(task, TenantId.Management);
            var directory = grains.Grain<ITenantsGrain>(TenantId.Management.Value);
            for (var (number, hasMore) = (1, true); hasMore && !stopping.IsCancellationRequested; number++)
            {
                var page = await directory.Find(operators, new TenantQuery(), new PageRequest(number, TenantsPerPage, false));
                foreach (var tenant in page.Items) await TryVisitAsync(tenant, stopping);
                hasMore = page.HasMore;
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (!stopping.IsCancellationRequested) log.LogError(fault, "The tenants could not be listed for {Task}; the next round tries again", task);
        }
    }

    private async Task TryVisitAsync(Tenant tenant, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested) return;
        try
        {
            await VisitAsync(tenant, Caller.Platform(task, tenant.Id), stopping);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (!stopping.IsCancellationRequested) log.LogError(fault, "{Task} failed in tenant {Tenant}; the next round tries again", task, tenant.Id);
        }
    }
}
