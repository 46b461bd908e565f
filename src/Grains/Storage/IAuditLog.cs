using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// One append-only log a tenant. Durability: when <see cref="AppendAsync"/> completes, the record survives a power cut and shows in
/// every later read. There is no update and no delete. A full or failing disk is a <see cref="Refusal"/> of kind
/// Unavailable, more appends than the log can hold in waiting one of kind Busy, and nothing was appended.
/// </summary>
public interface IAuditLog
{
    /// <summary>Appends, by a permit for the whole tenant or for the object that is the record's source; the log gives the record its number, one more than the last, from 1.</summary>
    Task<AuditRecord> AppendAsync(WritePermit permit, NewAuditRecord record, DateTimeOffset creationTime);

    ValueTask<AuditRecord?> ReadAsync(ReadPermit permit, long id);

    /// <param name="shows">Which records the reader may see; null for all of the tenant's.</param>
    ValueTask<Page<AuditRecord>> FindAsync(ReadPermit permit, AuditQuery query, PageRequest page, Predicate<AuditRecord>? shows = null);
}
