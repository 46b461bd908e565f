using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Audit;

/// <summary>How the trail tells of users who keep what the user above them loses: a warning beside the record of the loss.</summary>
internal static class OutlastingRecords
{
    public const string Activity = "Sub-users keep what their owner has lost";

    // Of what one user keeps so much is named; how much there is beside it is said.
    private const int NamedMax = 10;

    // Left of a text for what is said at its end.
    private const int EndChars = 100;

    /// <summary>The records of a change, with that warning among them where there is something to warn of.</summary>
    public static async Task<IReadOnlyList<NewAuditRecord>> WithOutlastingAsync(
        this IGrainFactory grains, TenantId tenant, AccessChange change, params IReadOnlyList<NewAuditRecord> records)
    {
        if (!change.TakesAway) return records;
        OutlastingReport? report = null;
        try
        {
            report = await grains.Grain<IAccessEffects>(tenant.Value).Outlasting(Caller.Platform(PlatformTask.Upkeep, tenant), change);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Taking a right away never fails for want of a warning; the trail says that nobody looked.
        }
        return Warning(report, records) is { } warning ? [.. records, warning] : records;
    }

    /// <param name="report">Null where it could not be found out.</param>
    internal static NewAuditRecord? Warning(OutlastingReport? report, IReadOnlyList<NewAuditRecord> records)
    {
        if (report is { Found.Count: 0, IsWhole: true }) return null;
        var source = records.All(record => record.Source == records[0].Source) ? records[0].Source : null;
        return new(records[0].Type, Activity, Text(report), Source: source, Severity: AuditRules.Warning);
    }

    private static string Text(OutlastingReport? report)
    {
        if (report is null or { Found.Count: 0 }) return $"Whether sub-users keep what their owner has lost was not {(report is null ? "found out: looking for them failed" : "looked at to the end")}.";
        var text = new StringBuilder(Activity).Append(": ");
        var told = 0;
        foreach (var one in report.Found)
        {
            var words = $"{(told > 0 ? "; " : "")}{Words(one)}";
            if (text.Length + words.Length > Limits.AuditTextCharsMax - EndChars) break;
            text.Append(words);
            told++;
        }
        if (told < report.Found.Count) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"; and {report.Found.Count - told} more");
        return text.Append(report.IsWhole ? "" : "; and perhaps others, who were not looked for").ToString();
    }

    private static string Words(OutlastingRights kept) =>
        $"{kept.User}, below {kept.Above}, keeps {string.Join(" and ", ((string?[])[Named("", kept.Authorities.Members().Select(authority => authority.Name())), Named("permissions on ", kept.Objects)]).OfType<string>())}";

    private static string? Named<T>(string what, IEnumerable<T> all)
    {
        var count = all.Count();
        return count == 0 ? null : $"{what}{string.Join(", ", all.Take(NamedMax))}{(count > NamedMax ? $" and {count - NamedMax} more" : "")}";
    }
}
