using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Tests.Platform;

/// <summary>Audit logs in memory, which a test may take out of service.</summary>
internal sealed class AuditLog : IAuditLog
{
    private readonly ConcurrentDictionary<TenantId, List<AuditRecord>> _logs = new();
    private readonly ConcurrentDictionary<TenantId, bool> _down = new();

    public void TakeDown(TenantId tenant) => _down[tenant] = true;

    public void BringUp(TenantId tenant) => _down.TryRemove(tenant, out _);

    /// <summary>A tenant's records, oldest first.</summary>
    public IReadOnlyList<AuditRecord> Of(TenantId tenant)
    {
        var log = _logs.GetOrAdd(tenant, _ => []);
        lock (log) return [.. log];
    }

    public bool Has(TenantId tenant) => _logs.TryGetValue(tenant, out var log) && log.Count > 0;

    public Task<AuditRecord> AppendAsync(WritePermit permit, NewAuditRecord record, DateTimeOffset creationTime)
    {
        if (_down.ContainsKey(permit.Tenant)) throw new Refusal(RefusalKind.Unavailable, "audit", "The audit trail takes nothing at the moment.");
        var log = _logs.GetOrAdd(permit.Tenant, _ => []);
        lock (log)
        {
            var written = new AuditRecord(log.Count + 1, creationTime, record.Time!.Value, record.Type, record.Activity, record.Text, record.Source,
                record.User, record.Application, record.Severity!, record.Changes ?? [], record.Members ?? Fragments.None);
            log.Add(written);
            return Task.FromResult(written);
        }
    }

    public ValueTask<AuditRecord?> ReadAsync(ReadPermit permit, long id) => new(Of(permit.Tenant).FirstOrDefault(r => r.Id == id));

    public ValueTask<Page<AuditRecord>> FindAsync(ReadPermit permit, AuditQuery query, PageRequest page, Predicate<AuditRecord>? shows = null)
    {
        var found = Of(permit.Tenant).Where(r => (query.Type is null || r.Type == query.Type) && shows?.Invoke(r) != false);
        return new(Page<AuditRecord>.Of([.. query.OldestFirst ? found : found.Reverse()], page));
    }
}
