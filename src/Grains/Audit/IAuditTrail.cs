using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Audit;

/// <summary>
/// The platform's own way into a tenant's audit log (key: the tenant), served by the same grain as the public one. A grain that is about to
/// make a security-relevant change appends here first and applies the change once the task has completed; if the change then
/// fails, it appends the outcome.
/// </summary>
[Alias("IAuditTrail")]
internal interface IAuditTrail : IGrainWithStringKey
{
    /// <summary>Durable when the task completes. Appends of one tenant share a sync, so they do not queue behind each other.</summary>
    [Alias("Record"), AlwaysInterleave, Platform("the platform records what it does and refuses", PlatformTask.Audit)]
    Task Record(Caller caller, NewAuditRecord record);
}

internal static class AuditTrails
{
    /// <summary>Appends to the trail of the caller's tenant, naming the caller as the one who did it.</summary>
    public static Task RecordAsync(this IGrainFactory grains, Caller caller, NewAuditRecord record) =>
        grains.GetGrain<IAuditTrail>(caller.Tenant.Value)
            .Record(Caller.Platform(PlatformTask.Audit, caller.Tenant), record with { User = record.User ?? caller.User.Name });
}
