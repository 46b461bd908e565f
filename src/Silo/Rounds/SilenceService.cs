using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Inventory;

namespace Bailiwick.Silo.Rounds;

/// <summary>
/// Looks every minute for devices that fell silent. Nobody could be heard before this server listened, so that a restart of an hour is not the
/// silence of a fleet. Devices of a suspended tenant are not let in, and not missed.
/// </summary>
internal sealed class SilenceService(IGrainFactory grains, TimeProvider clock, ILogger<SilenceService> log) : TenantRounds(
    PlatformTask.Availability, TimeSpan.FromSeconds(Limits.SilenceWatchSeconds), TimeSpan.FromSeconds(Limits.SilenceWatchSeconds), grains, clock, log)
{
    private readonly long _sinceMs = clock.GetUtcNow().ToUnixTimeMilliseconds();

    protected override async Task VisitAsync(Tenant tenant, Caller caller, CancellationToken stopping)
    {
        if (tenant.Status == TenantStatus.Active) await Grains.Grain<ISilenceWatch>(tenant.Id.Value).Look(caller, _sinceMs).WaitAsync(stopping);
    }
}
