using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Cluster.Tests.Scenarios;

// The audit trail as its reader may see it.
internal sealed partial class Inquiry
{
    private IEnumerable<Reported> ShownReports => realm.Reports.Where(report => _foresight.ShowsRecord(report.Object, report.Fragments));

    private async Task AskTrailAsync()
    {
        var query = new AuditQuery(
            Report.Type, By.Owner is { } name ? realm.UserOf(name).Name : null, null, By.Below is null ? null : realm.IdOf(question.Object).ToString(),
            Moment(By.From), Moment(By.To), By.IsTurned);
        var named = ShownReports.Where(report => (By.Owner is not { } by || report.Actor == by) && (By.Below is null || report.Object == question.Object)
            && (query.From is not { } from || Marks.TimeOf(report.Moment) >= from) && (query.To is not { } to || Marks.TimeOf(report.Moment) <= to)).Select(report => report.Id);
        await TrailAsync($"reports by {By}", By.IsTurned ? named.Order() : named.OrderDescending(), query);
        // What somebody tried and may not is recorded meanwhile, so that the whole trail does not stand still.
        if (_foresight.OfList("AuditRead") is null && !_foresight.SeesWholeTrail)
        {
            var ofPlatform = await OfPlatformAsync();
            if (ofPlatform.Count > 0) tally.Count("records of some objects");
            await TrailAsync("records", ofPlatform.Concat(ShownReports.Select(report => report.Id)).OrderDescending(), Everything);
        }
        foreach (var report in realm.Reports.Where(report => report.Object == question.Object))
        {
            var expected = _foresight.OfRecord(report.Object, report.Fragments);
            await RequireAsync(expected, $"reading a record about object {report.Object} with {Grains.Tests.Access.Oracle.Model.Words(report.Fragments)}",
                () => calls.Whole<IAuditLogGrain>(Silo).Read(caller, report.Id));
            tally.Count($"record {expected?.ToString() ?? "read"}");
        }
    }

    private static AuditQuery Everything => new(null, null, null, null, null, null, false);

    private Task TrailAsync(string what, IEnumerable<long> expected, AuditQuery query) => ListAsync("AuditRead", what, expected.Select(id => (object)id), async page =>
        (await calls.Whole<IAuditLogGrain>(Silo).Find(caller, query, page)).Select(record => (object)record.Id));

    /// <summary>The records that the platform made about objects that there are: of their alarms and operations. No record of its own has a fragment.</summary>
    private async Task<List<long>> OfPlatformAsync()
    {
        var found = new List<long>();
        var trail = calls.Whole<IAuditLogGrain>(Silo);
        for (var number = 1; ; number++)
        {
            var page = await trail.Find(realm.Callers[Scenario.Root], Everything, new PageRequest(number, Limits.PageSizeMax, false));
            foreach (var record in page.Items)
                if (record.Type is "Alarm" or "Operation" && ObjectOf(record) is { } about && _foresight.ShowsRecord(about, []))
                    found.Add(record.Id);
            if (!page.HasMore) return found;
        }
    }

    private long? ObjectOf(AuditRecord record) => record.Type == "Alarm"
        ? realm.Data.Find(datum => datum.Id is AlarmId id && id.ToString() == record.Source)?.Object
        : realm.Model.Objects.Where(it => realm.IdOf(it.Id).ToString() == record.Source).Select(it => (long?)it.Id).SingleOrDefault();

    private DateTimeOffset? Moment(int? drawn) => drawn is { } place && realm.Reports.Count > 0 ? Marks.TimeOf(realm.Reports[place % realm.Reports.Count].Moment) : null;
}
