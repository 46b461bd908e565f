using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;

namespace Bailiwick.Grains.Tenancy;

// Deleting a tenant. The directory takes its name away and shuts everybody out; removing what it had is TenantRemovalGrain's.
internal sealed partial class TenantsGrain
{
    public async Task Delete(Caller caller, TenantId tenant)
    {
        var platform = Caller.Platform(PlatformTask.Removal, TenantId.Management);
        var permit = WritePermit.Demand(platform, _directory.Resource, Permission.TenantDelete);
        var directory = _directory.Read(permit);
        // One that was begun and never finished is the platform operator's to clear away.
        var entry = directory.Entries.FirstOrDefault(e => e.Id == tenant && (e.IsComplete || caller.Tenant == TenantId.Management)) ?? throw TenantRules.NotFound(tenant);
        await RequireMayDeleteAsync(caller, entry);
        if (entry.DeletedAt is null)
        {
            RequireDeletable(directory, entry);
            var record = new NewAuditRecord(AuditType, "Tenant deleted", $"Tenant deleted: {tenant} with the domain {entry.Domain}", Source: tenant.Value);
            await GrainFactory.RecordThenAsync(TenantId.Management, caller, record, () =>
                _directory.WriteAsync(permit, directory.With(entry with { DeletedAt = _clock.GetUtcNow() })));
        }
        // From here on it goes on by itself: what a crash interrupts is found in the directory.
        await EndAsync(tenant, caller.User);
    }

    public Task<IReadOnlyList<TenantId>> Deleted(Caller caller)
    {
        var permit = ReadPermit.Demand(caller, _directory.Resource, Permission.TenantDelete);
        var entries = (_directory.Recall(permit) ?? TenantsState.Empty).Entries;
        return Task.FromResult<IReadOnlyList<TenantId>>([.. entries.Where(e => e.DeletedAt is not null).Select(e => e.Id)]);
    }

    public Task Forget(Caller caller, TenantId tenant)
    {
        var permit = WritePermit.Demand(caller, _directory.Resource, Permission.TenantDelete);
        return _directory.WriteAsync(permit, _directory.Read(permit).Without(tenant));
    }

    /// <summary>To who does not stand above it there is no such tenant; who does, and is not the platform operator, is told that this is not its to do.</summary>
    private async ValueTask RequireMayDeleteAsync(Caller caller, TenantEntry entry)
    {
        var resource = Resource.OfTenant(entry.Id);
        var trace = Policy.ExplainAcrossTenants(caller, resource, Permission.TenantDelete, entry.Parent);
        if (trace.Decision.Rule == Rule.OtherTenant)
        {
            await _denials.RecordAsync(caller, nameof(ITenantsGrain), entry.Id.Value, Refusal.Denied($"{caller.User} may not delete {entry.Id}, which is not below its tenant", trace));
            throw TenantRules.NotFound(entry.Id);
        }
        // A deleted tenant is there for nobody but who deletes it once more.
        if (entry.DeletedAt is not null && caller.Tenant != TenantId.Management) throw TenantRules.NotFound(entry.Id);
        WritePermit.DemandAcrossTenants(caller, resource, Permission.TenantDelete, entry.Parent);
        if (caller.Tenant != TenantId.Management)
            throw Refusal.Denied($"{caller.User} may not delete {entry.Id}: the platform operator alone deletes tenants", DecisionTrace.Of(Rule.OperatorOnly, Permission.TenantDelete));
    }

    private static void RequireDeletable(TenantsState directory, TenantEntry entry)
    {
        if (entry.Id == TenantId.Management) throw Refusal.Invalid("tenants", "The management tenant cannot be deleted.");
        var below = directory.Entries.FirstOrDefault(e => e.DeletedAt is null && e.Parent == entry.Id);
        if (below is not null) throw Refusal.Conflict("tenants", $"There are tenants below {entry.Id}, such as {below.Id}: delete these first.");
    }

    private async Task EndAsync(TenantId tenant, UserId deletedBy)
    {
        var removal = Caller.Platform(PlatformTask.Removal, tenant);
        await GrainFactory.Grain<ITenantLeaving>(tenant.Value).Leave(removal, deletedBy);
        // Nobody waits for it; a round comes back to what it leaves.
        GrainFactory.Grain<ITenantRemoval>(tenant.Value).Remove(removal).Ignore();
    }
}
