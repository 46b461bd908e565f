using System.Diagnostics.Metrics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Retention;

namespace Bailiwick.Silo.Rounds;

/// <summary>
/// Has every tenant's retention rules carried out, soon after the start and then every few hours. A suspended tenant's rules go on.
/// </summary>
internal sealed class RetentionService(IGrainFactory grains, TimeProvider clock, ILogger<RetentionService> log) : TenantRounds(
    PlatformTask.Retention, TimeSpan.FromMinutes(Limits.RetentionFirstSweepMinutes), TimeSpan.FromMinutes(Limits.RetentionSweepMinutes), grains, clock, log)
{
    protected override async Task VisitAsync(Tenant tenant, Caller caller, CancellationToken stopping)
    {
        var swept = await Grains.Grain<IRetentionSweep>(tenant.Id.Value).Sweep(caller).WaitAsync(stopping);
        RetentionMetrics.Count(swept);
        if (swept.Total > 0) Log.LogInformation("Retention removed from tenant {Tenant}: {Swept}", tenant.Id, swept);
    }
}

/// <summary>What retention measures of itself.</summary>
internal static class RetentionMetrics
{
    private static readonly Counter<long> Removed =
        new Meter(Instruments.Name).CreateCounter<long>("bailiwick.retention.removed", "{row}", "Rows that retention rules removed");

    public static void Count(in RetentionSwept swept)
    {
        Add("measurement", swept.Measurements);
        Add("event", swept.Events);
        Add("alarm", swept.Alarms);
        Add("operation", swept.Operations);

        static void Add(string data, long rows)
        {
            if (rows > 0) Removed.Add(rows, new KeyValuePair<string, object?>("data", data));
        }
    }
}
