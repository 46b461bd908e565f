using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Audit;

namespace Bailiwick.Grains.Access;

/// <summary>Denials as audit records: the trace stands in a member of its own, frozen as it was.</summary>
internal static class DenialRecords
{
    public const string Type = "Access";
    public const string Activity = "Access denied";

    /// <summary>The member that holds the trace. What clients report may be called likewise, and is told apart by <see cref="AuditRules.ReportedBy"/>.</summary>
    private const string Member = "bailiwick_Denial";

    public static Fragments Members(string door, string target, DecisionTrace? trace) =>
        new([new Fragment(Member, JsonSerializer.SerializeToUtf8Bytes(new StoredDenial(door, target, trace is null ? null : StoredTrace.Of(trace)), StoredDenialJson.Default.StoredDenial))]);

    /// <summary>The denial that a record tells of; null for any other record.</summary>
    public static Denial? Of(AuditRecord record)
    {
        if (record.Type != Type || record.Activity != Activity || record.Members.Has(AuditRules.ReportedBy)) return null;
        var member = record.Members.Items.FirstOrDefault(member => member.Name == Member);
        var stored = member.Json is null ? null : JsonSerializer.Deserialize(member.Json, StoredDenialJson.Default.StoredDenial);
        return new Denial(record.Id, record.Time, record.User ?? "", record.Text, stored?.Door, stored?.Target, stored?.Trace?.Read());
    }
}

/// <summary>The member's form in the trail: it can be read as long as the trail is kept, so names only come.</summary>
internal sealed record StoredDenial(string Door, string Target, StoredTrace? Trace);

/// <inheritdoc cref="StoredDenial"/>
internal sealed record StoredTrace(
    Permission? Permission, long? ManagedObject, string? Owner, Rule Rule, IReadOnlyList<TriedRule> Tried, IReadOnlyList<long> Walked, IReadOnlyList<StoredGrant> Met,
    string? About = null, IReadOnlyList<StoredMiss>? NearMisses = null)
{
    public static StoredTrace Of(DecisionTrace trace) => new(
        trace.Permission, trace.Object?.Value, trace.Owner, trace.Decision.Rule, trace.Tried, [.. trace.Walked.Select(id => id.Value)],
        [.. trace.Met.Select(grant => new StoredGrant(grant.At.Value, grant.Rule, grant.Types))],
        trace.About, trace.NearMisses.Count == 0 ? null : [.. trace.NearMisses.Select(miss => new StoredMiss(miss.Authority!.Value, miss.Holder))]);

    public DecisionTrace Read() => new(
        Permission, ManagedObject is { } id ? new ObjectId(id) : null, Owner, new Decision(false, Rule), Tried, [.. Walked.Select(id => new ObjectId(id))],
        [.. Met.Select(grant => new MetGrant(new ObjectId(grant.At), grant.Rule, grant.Types))])
        {
            About = About,
            NearMisses = [.. (NearMisses ?? []).Select(miss => new Reason(Rule.GlobalAuthority) { Authority = miss.Authority, Holder = miss.Holder })],
        };
}

/// <inheritdoc cref="StoredDenial"/>
internal sealed record StoredGrant(long At, Rule Rule, IReadOnlyList<string> Types);

/// <inheritdoc cref="StoredDenial"/>
internal sealed record StoredMiss(Authority Authority, string? Holder);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(StoredDenial))]
internal sealed partial class StoredDenialJson : JsonSerializerContext;
