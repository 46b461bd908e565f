using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Audit;

/// <summary>How the trail tells of users who keep what the user above them loses: a warning beside the record of the loss.</summary>
internal static class OutlastingRecords
{
    public const string Activity = "Sub-users hold more than their owner";

    /// <summary>The records of a change, with that warning behind them where there is something to warn of.</summary>
    public static async Task<IReadOnlyList<NewAuditRecord>> WithOutlastingAsync(
        this IGrainFactory grains, TenantId tenant, AccessChange change, params IReadOnlyList<NewAuditRecord> records)
    {
        if (!change.TakesAway) return records;
        var kept = await grains.Grain<IAccessEffects>(tenant.Value).Outlasting(Caller.Platform(PlatformTask.Upkeep, tenant), change);
        return kept.Count == 0 ? records : [.. records, new("User", Activity, AuditRules.Cut($"{Activity}: {string.Join("; ", kept.Select(Words))}"), Source: records[0].Source, Severity: AuditRules.Warning)];
    }

    private static string Words(OutlastingRights kept) => kept.User is null
        ? "and perhaps more, which were not looked for"
        : $"{kept.User}, below {kept.Above}, keeps {string.Join(" and ", ((string?[])[AuthoritiesOf(kept), ObjectsOf(kept)]).OfType<string>())}";

    private static string? AuthoritiesOf(OutlastingRights kept) =>
        kept.Authorities.Count == 0 ? null : string.Join(", ", kept.Authorities.Members().Select(authority => authority.Name()));

    private static string? ObjectsOf(OutlastingRights kept) =>
        kept.Objects.Count == 0 ? null : $"permissions on {string.Join(", ", kept.Objects.Take(10))}{(kept.Objects.Count > 10 ? $" and {kept.Objects.Count - 10} more" : "")}";
}
