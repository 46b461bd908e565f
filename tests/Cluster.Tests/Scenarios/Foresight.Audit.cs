using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

// The audit trail: whoever may read or report on everything does so, and others on objects where grants say so. Owning an object gives none of it.
internal sealed partial class Foresight
{
    public bool SeesWholeTrail => HoldsOfAll("AuditRead");

    public RefusalKind? OfReport(Report report) =>
        Enter("AuditAdmin") ?? (HoldsOfAll("AuditAdmin") || (realm.Find(report.Object) is { } it && Reasons("AuditAdmin", it, report.Fragments).Count > 0) ? null : RefusalKind.Denied);

    /// <summary>Whether a record about an object shows, which may be gone.</summary>
    public bool ShowsRecord(long number, string[] fragments) => SeesWholeTrail || (realm.Find(number) is not null && Shows("AuditRead", number, fragments));

    public RefusalKind? OfRecord(long number, string[] fragments) => Enter("AuditRead") ?? (ShowsRecord(number, fragments) ? null : RefusalKind.Denied);

    private bool HoldsOfAll(string door) => _oracle.Reasons(door, new Asked(realm.Model.Name, null, null)).Count > 0;
}
