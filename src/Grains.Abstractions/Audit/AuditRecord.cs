using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Abstractions.Audit;

/// <summary>One attribute that a change touched.</summary>
[GenerateSerializer, Immutable, Alias("AuditChange")]
public sealed record AuditChange(string Attribute, string Type, string? PreviousValue, string? NewValue);

/// <summary>What is to be recorded. Free members are kept as received.</summary>
/// <param name="Time">When it happened by the clock of whoever reports it; null for now.</param>
/// <param name="Source">The id of what it is about, or null.</param>
/// <param name="User">Who did it; null for the caller.</param>
[GenerateSerializer, Immutable, Alias("NewAuditRecord")]
public sealed record NewAuditRecord(
    string Type, string Activity, string Text, DateTimeOffset? Time = null, string? Source = null, string? User = null,
    string? Application = null, string? Severity = null, IReadOnlyList<AuditChange>? Changes = null, Fragments? Members = null);

/// <summary>A record of the trail. Its id is its number in the tenant's log; nothing can change or remove it.</summary>
[GenerateSerializer, Immutable, Alias("AuditRecord")]
public sealed record AuditRecord(
    long Id, DateTimeOffset CreationTime, DateTimeOffset Time, string Type, string Activity, string Text, string? Source, string? User,
    string? Application, string Severity, IReadOnlyList<AuditChange> Changes, Fragments Members)
{
    public const string SeverityDefault = "INFORMATION";

    /// <summary>The record that a log makes of a new one: what was left open gets its default here, on every store alike.</summary>
    public static AuditRecord Of(long id, NewAuditRecord record, DateTimeOffset creationTime) => new(
        id, creationTime, record.Time ?? creationTime, record.Type, record.Activity, record.Text, record.Source, record.User,
        record.Application, record.Severity ?? SeverityDefault, record.Changes ?? [], record.Members ?? Fragments.None);
}

/// <summary>
/// Which records are wanted; every filter given must hold, the dates (both inclusive) for the record's time. In order of
/// number, newest first unless <paramref name="OldestFirst"/>.
/// </summary>
[GenerateSerializer, Immutable, Alias("AuditQuery")]
public sealed record AuditQuery(
    string? Type, string? User, string? Application, string? Source, DateTimeOffset? From, DateTimeOffset? To, bool OldestFirst);

/// <summary>A tenant's audit trail. Key: the tenant. There is no way to change or remove a record.</summary>
[Alias("IAuditLogGrain")]
public interface IAuditLogGrain : IGrainWithStringKey
{
    /// <summary>Appends; answered when the record is durable.</summary>
    [Alias("Append"), Requires(Permission.AuditAdmin)]
    Task<AuditRecord> Append(Caller caller, NewAuditRecord record);

    [Alias("Read"), Requires(Permission.AuditRead)]
    Task<AuditRecord> Read(Caller caller, long id);

    [Alias("Find"), Requires(Permission.AuditRead)]
    Task<Page<AuditRecord>> Find(Caller caller, AuditQuery query, PageRequest page);
}
