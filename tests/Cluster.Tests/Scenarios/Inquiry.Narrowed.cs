using System.Text.RegularExpressions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

// Lists by filters: each shows what the whole list does and the filters name, in the same order, and counts just that. A filter goes by what its reader
// may see, so that asking cleverly tells nothing.
internal sealed partial class Inquiry
{
    private Narrowing By => question.Narrowing;

    private async Task AskNarrowedListsAsync()
    {
        var query = new InventoryQuery(
            By.Type is { } type ? Marks.Types[1 + (type % 2)] : null, By.Fragment, By.Owner is { } owner ? realm.UserOf(owner).Name : null,
            By.Ids == 0 ? null : [.. Numbers(By.Ids).Select(realm.IdOf)], By.Holds is { } kind ? [new ParentOf(kind, realm.IdOf(question.Object))] : null, By.Word, By.OnlyRoots);
        var shown = _foresight.IsServed ? Objects.Where(_foresight.ShowsObject).ToList() : [];
        var named = shown.Where(number => Names(realm.Find(number)!, shown)).Select(realm.IdOf).Order().ToList();
        tally.Count(named.Count > 0 && named.Count < shown.Count ? "objects narrowed" : "objects not narrowed");
        await ListAsync("InventoryRead", $"objects by {By}", named, page => FindAsync(query, page));
        await CountAsync("InventoryRead", named.Count, () => calls.Inventory(Silo).Count(caller, query));
        foreach (var each in Enum.GetValues<DataKind>()) await NarrowedAsync(each);
        await AskForCutAsync();
        await CountAsync("AlarmRead", Named(DataKind.Alarm).Count(), () => calls.Whole<IAlarmsGrain>(Silo).Count(caller, Alarms));
    }

    private Task NarrowedAsync(DataKind kind)
    {
        var expected = Marks.InOrder(kind, Named(kind), By.IsTurned).ToList();
        tally.Count(expected.Count > 0 && expected.Count < ShownData(kind, null).Count() ? $"{kind}s narrowed" : $"{kind}s not narrowed");
        return ListAsync(Foresight.Door(kind, "Read"), $"{kind}s by {By}", expected.Select(datum => datum.Id), async page => kind switch
        {
            DataKind.Measurement => (await calls.Whole<IMeasurementsGrain>(Silo).Find(caller, Measurements, page)).Select(IdOf),
            DataKind.Event => (await calls.Whole<IEventsGrain>(Silo).Find(caller, Events, page)).Select(one => (object)one.Id),
            DataKind.Alarm => (await calls.Whole<IAlarmsGrain>(Silo).Find(caller, Alarms, page)).Select(one => (object)one.Alarm.Id),
            _ => (await calls.Whole<IOperationsGrain>(Silo).Find(caller, Operations, page)).Select(one => (object)one.Operation.Id),
        });
    }

    private MeasurementQuery Measurements => new(
        By.Below is null ? null : realm.IdOf(question.Object), First(DataKind.Measurement), Last(DataKind.Measurement), TypeOf(DataKind.Measurement), By.Fragment, By.Series, By.IsTurned);

    private EventQuery Events => new(Source, TypeOf(DataKind.Event), Span(DataKind.Event), FragmentType: By.Fragment, OldestFirst: By.IsTurned);

    private AlarmQuery Alarms => new(
        Source, TypeOf(DataKind.Alarm) is { } type ? [type, "none"] : null,
        By.Severities == 0 ? null : [.. Enum.GetValues<AlarmSeverity>().Where(severity => Has(By.Severities, (int)severity))],
        By.Statuses == 0 ? null : [.. Enum.GetValues<AlarmStatus>().Where(status => Has(By.Statuses, (int)status))], Span(DataKind.Alarm), FragmentType: By.Fragment);

    private OperationQuery Operations => new(
        By.Below is (false, _) ? realm.IdOf(question.Object) : null, By.Below is (true, _) ? realm.IdOf(question.Object) : null,
        By.Statuses == 0 ? null : (OperationStatus)By.Statuses, By.Fragment, First(DataKind.Operation), Last(DataKind.Operation), By.IsTurned);

    private SourceFilter Source => By.Below is { } below ? new(realm.IdOf(question.Object), below.WithAssets, below.WithDevices) : default;

    private Within Span(DataKind kind) => new(First(kind), Last(kind));

    private long? First(DataKind kind) => At(kind, By.From);

    private long? Last(DataKind kind) => At(kind, By.To);

    private long? At(DataKind kind, int? drawn)
    {
        List<Datum> all = [.. realm.Data.Where(datum => datum.Kind == kind)];
        return drawn is { } place && all.Count > 0 ? TimeMsOf(all[place % all.Count]) : null;
    }

    private static long TimeMsOf(Datum datum) => datum.Id is OperationId id ? id.CreationMs : Marks.TimeOf(datum.Moment).ToUnixTimeMilliseconds();

    private string? TypeOf(DataKind kind) => By.Type is { } type && kind != DataKind.Operation ? Marks.TypeOf(kind, type) : null;

    private bool Names(ModelObject it, List<long> shown) =>
        (By.Type is not { } type || Marks.TypeOf(it.Id) == Marks.Types[1 + (type % 2)])
        && (By.Fragment is not { } fragment || it.Fragments.Contains(fragment))
        && (By.Owner is not { } owner || it.Owner == owner)
        && (By.Ids == 0 || Numbers(By.Ids).Contains(it.Id))
        // Nobody is told what holds an object that is hidden.
        && (By.Holds is not { } kind || (realm.IsChild(kind, it.Id, question.Object) && shown.Contains(question.Object)))
        && (By.Word is not { } word || ((string?[])[Marks.NameOf(it.Id), Marks.TypeOf(it.Id), realm.UserOf(it.Owner).Name]).Any(text => HasWord(text, word)))
        && (!By.OnlyRoots || !it.Parents.Any(shown.Contains));

    private IEnumerable<Datum> Named(DataKind kind)
    {
        var sources = SourcesOf(kind);
        return ShownData(kind, null).Where(datum => sources?.Contains(datum.Object) != false
            && (TypeOf(kind) is not { } type || Marks.TypeOf(kind, datum.Moment) == type)
            && (First(kind) is not { } first || TimeMsOf(datum) >= first) && (Last(kind) is not { } last || TimeMsOf(datum) <= last)
            && (By.Fragment is not { } fragment || _foresight.Shown(datum)!.Contains(fragment))
            && kind switch
            {
                DataKind.Measurement => By.Series is not { } series || (_foresight.Shown(datum)!.Length > 0 && Marks.SeriesOf(datum.Moment).Contains(series)),
                DataKind.Alarm => (By.Severities == 0 || Has(By.Severities, (int)Marks.SeverityOf(datum.Moment))) && (By.Statuses == 0 || Has(By.Statuses, (int)Marks.StatusOf(datum.Moment))),
                // All of them are pending.
                DataKind.Operation => By.Statuses is 0 or (int)OperationStatus.Pending,
                _ => true,
            });
    }

    /// <summary>The objects whose data is meant; null for all.</summary>
    private HashSet<long>? SourcesOf(DataKind kind) => (kind, By.Below) switch
    {
        (_, null) => null,
        (DataKind.Measurement, _) or (DataKind.Operation, (false, _)) => [question.Object],
        (DataKind.Operation, _) => Below(kind, ChildKind.Device),
        (_, var (withAssets, withDevices)) => Below(kind, [.. withAssets ? [ChildKind.Asset] : Array.Empty<ChildKind>(), .. withDevices ? [ChildKind.Device] : Array.Empty<ChildKind>()]),
    };

    /// <summary>The question's object and what is below it, through objects of whose data some shows; grown until it grows no more.</summary>
    private HashSet<long> Below(DataKind data, params ChildKind[] kinds)
    {
        var reached = new HashSet<long>();
        if (_foresight.Opens(data, question.Object)) reached.Add(question.Object);
        for (var before = -1; before != reached.Count;)
        {
            before = reached.Count;
            foreach (var (kind, parent, child) in realm.Links)
                if (kinds.Contains(kind) && reached.Contains(parent) && _foresight.Opens(data, child))
                    reached.Add(child);
        }
        return reached;
    }

    private static bool HasWord(string? text, string word) => text is not null && Regex.Split(text, "[^A-Za-z0-9]").Contains(word, StringComparer.OrdinalIgnoreCase);

    private static bool Has(int bits, int at) => at > 0 && (bits & (1 << (at - 1))) != 0;

    private static IEnumerable<long> Numbers(int bits) => Enumerable.Range(1, 8).Where(at => Has(bits, at)).Select(at => (long)at);
}
