using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;

namespace Bailiwick.Cluster.Tests.Scenarios;

internal sealed partial class RealmCalls
{
    /// <summary>Reports something about an object, at a moment of its own.</summary>
    public async Task ReportAsync(Caller caller, string actor, int silo, Report report)
    {
        var moment = ++_moments;
        var record = await Whole<IAuditLogGrain>(silo).Append(caller, new NewAuditRecord(
            Report.Type, "Seen", "Somebody saw something", Marks.TimeOf(moment), realm.IdOf(report.Object).ToString(), Members: FragmentsOf(report.Fragments)));
        Assert.Equal(caller.User.Name, record.User);
        realm.Reports.Add(new Reported(report.Object, report.Fragments, actor, moment, record.Id));
    }
}
