using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
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
    /// <summary>Durable when the task completes, with the record's number. Appends of one tenant share a sync, so they do not queue behind each other.</summary>
    [Alias("Record"), AlwaysInterleave, Platform("the platform records what it does and refuses", PlatformTask.Audit)]
    Task<long> Record(Caller caller, NewAuditRecord record);
}

internal static class AuditTrails
{
    /// <summary>Appends to the trail of the caller's tenant, naming the caller as the one who did it.</summary>
    public static Task<long> RecordAsync(this IGrainFactory grains, Caller caller, NewAuditRecord record) =>
        grains.RecordInAsync(caller.Tenant, caller, record);

    /// <summary>
    /// Appends to one tenant's trail. A caller of another tenant is named with its tenant, which no user of this one can be called, for a
    /// name holds no slash.
    /// </summary>
    public static Task<long> RecordInAsync(this IGrainFactory grains, TenantId tenant, Caller caller, NewAuditRecord record)
    {
        var name = caller.Tenant == tenant ? caller.User.Name : caller.User.GrainKey;
        return grains.Grain<IAuditTrail>(tenant.Value).Record(Caller.Platform(PlatformTask.Audit, tenant), record with { User = record.User ?? name });
    }

    /// <summary>
    /// Records first, then makes the change. When the change fails, the trail says so, for it has told of something that did not happen;
    /// the failure travels on. When even that record fails, the first failure is the one that travels.
    /// </summary>
    public static Task RecordThenAsync(this IGrainFactory grains, TenantId tenant, Caller caller, NewAuditRecord record, Func<Task> change) =>
        grains.RecordThenAsync(tenant, caller, [record], change);

    /// <summary>The same for a change of many things that are written together: a record for each, all of them before it.</summary>
    public static async Task RecordThenAsync(
        this IGrainFactory grains, TenantId tenant, Caller caller, IReadOnlyList<NewAuditRecord> records, Func<Task> change)
    {
        Rehearsal.RequireOff();
        await Task.WhenAll(records.Select(record => grains.RecordInAsync(tenant, caller, record)));
        try
        {
            await change();
        }
        catch (Exception failure)
        {
            try
            {
                await Task.WhenAll(records.Select(record => grains.RecordInAsync(tenant, caller, record with
                {
                    Activity = record.Activity + " failed",
                    Text = $"This was not done: {record.Text} ({failure.GetType().Name})",
                    Severity = AuditRules.Warning,
                    Changes = null,
                })));
            }
            catch (Exception) when (failure is not OutOfMemoryException)
            {
                // The store that failed the change most likely failed this, too. The record before it stands.
            }
            throw;
        }
    }
}
