using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Tenancy;

namespace Bailiwick.Silo.Rounds;

/// <summary>
/// Comes back to deleted tenants: removes what a crash left, and what calls that were under way have written since. Once all of those must have ended, the
/// tenant is forgotten.
/// </summary>
internal class TenantRemovalService(IGrainFactory grains, TimeProvider clock, ILogger<TenantRemovalService> log) : ClockedRounds(
    TimeSpan.FromSeconds(Limits.TenantRemovalFirstSeconds), TimeSpan.FromSeconds(Limits.TenantRemovalSeconds), clock)
{
    private static readonly Caller Operators = Caller.Platform(PlatformTask.Removal, TenantId.Management);

    private readonly TimeProvider _clock = clock;

    // When all that a tenant had was first removed while nobody of it was served any more, as far as this process knows: from then on nothing new begins.
    private readonly Dictionary<TenantId, DateTimeOffset> _removed = [];

    private ITenantDirectory Directory => grains.Grain<ITenantDirectory>(TenantId.Management.Value);

    protected override async Task RoundAsync(CancellationToken stopping)
    {
        IReadOnlyList<TenantId> deleted = [];
        if (!await TryAsync("Deleted tenants could not be listed", async () => deleted = await Directory.Deleted(Operators), stopping)) return;
        foreach (var tenant in deleted)
            await TryAsync($"What the deleted tenant {tenant} left behind could not be removed", () => RemoveAsync(tenant), stopping);
    }

    private async Task RemoveAsync(TenantId tenant)
    {
        var removal = Caller.Platform(PlatformTask.Removal, tenant);
        // When the process died, the directory alone may have known of it.
        await grains.Grain<ITenantLeaving>(tenant.Value).Leave(removal, Operators.User);
        await grains.Grain<ITenantRemoval>(tenant.Value).Remove(removal);
        if (_removed.TryAdd(tenant, _clock.GetUtcNow()) || _clock.GetUtcNow() - _removed[tenant] <= TimeSpan.FromSeconds(Limits.TenantRemovalLastSeconds)) return;
        await Directory.Forget(Operators, tenant);
        _removed.Remove(tenant);
        log.LogInformation("Nothing of the deleted tenant {Tenant} is left but its audit log", tenant);
    }

    private async Task<bool> TryAsync(string failure, Func<Task> work, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested) return false;
        try
        {
            await work().WaitAsync(stopping);
            return true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (!stopping.IsCancellationRequested) log.LogError(fault, "{Failure}; the next round tries again", failure);
            return false;
        }
    }
}
