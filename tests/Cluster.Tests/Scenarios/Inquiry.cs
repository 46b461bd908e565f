using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>One user before all that there is: every list, page by page, and every object and piece of data by its id. The oracle knows what is to come.</summary>
internal sealed partial class Inquiry(RealmCalls calls, Realm realm, Realm other, Question question, Caller caller, ScenarioTally tally)
{
    private static readonly ChildKind[] Kinds = [ChildKind.Device, ChildKind.Asset, ChildKind.Addition];

    private readonly Foresight _foresight = new(realm, realm.FindUser(question.User)!);

    private int Silo => question.Silo;

    private IEnumerable<long> Objects => realm.Model.Objects.Select(it => it.Id);

    public async Task RunAsync()
    {
        await AskListsAsync();
        await AskNarrowedListsAsync();
        await AskTrailAsync();
        foreach (var number in Objects.Append(Realm.Gone)) await AskObjectAsync(number);
        await AskPartsAsync(question.Object);
        foreach (var stranger in other.Model.Objects.Take(1)) await AskStrangerAsync(stranger.Id);
    }

    private async Task AskListsAsync()
    {
        var shown = _foresight.IsServed ? Objects.Where(_foresight.ShowsObject).ToList() : [];
        await ListAsync("InventoryRead", "objects", shown.Select(realm.IdOf), page => FindAsync(new InventoryQuery(), page));
        await CountAsync("InventoryRead", shown.Count, () => calls.Inventory(Silo).Count(caller, new InventoryQuery()));
        // Whose parents are all hidden is a root of what is seen.
        var roots = shown.Where(number => !realm.Find(number)!.Parents.Any(shown.Contains));
        await ListAsync("InventoryRead", "roots", roots.Select(realm.IdOf), page => FindAsync(new InventoryQuery(OnlyRoots: true), page));
        foreach (var kind in Enum.GetValues<DataKind>())
        {
            await ListAsync(kind, null);
            await ListAsync(kind, question.Object);
        }
        var alarms = ShownData(DataKind.Alarm, null).Count();
        await CountAsync("AlarmRead", alarms, () => calls.Whole<IAlarmsGrain>(Silo).Count(caller, new AlarmQuery()));
    }

    private async Task<Page<object>> FindAsync(InventoryQuery query, PageRequest page) =>
        (await calls.Inventory(Silo).Find(caller, query, page, default)).Select(found => (object)found.Object.Id);

    private IEnumerable<Datum> ShownData(DataKind kind, long? source) => !_foresight.IsServed ? [] : realm.Data.Where(datum =>
        datum.Kind == kind && (source is null || datum.Object == source) && _foresight.Shown(datum) is not null);

    private Task ListAsync(DataKind kind, long? source)
    {
        ObjectId? only = source is { } number ? realm.IdOf(number) : null;
        return ListAsync(Foresight.Door(kind, "Read"), source is null ? $"{kind}s" : $"{kind}s of {source}", Marks.InOrder(kind, ShownData(kind, source), false).Select(datum => datum.Id), async page => kind switch
        {
            DataKind.Measurement => (await calls.Whole<IMeasurementsGrain>(Silo).Find(caller, new MeasurementQuery(only, null, null, null, null, null, false), page)).Select(IdOf),
            DataKind.Event => (await calls.Whole<IEventsGrain>(Silo).Find(caller, new EventQuery(new SourceFilter(only, false, false)), page)).Select(one => (object)one.Id),
            DataKind.Alarm => (await calls.Whole<IAlarmsGrain>(Silo).Find(caller, new AlarmQuery(new SourceFilter(only, false, false)), page)).Select(one => (object)one.Alarm.Id),
            _ => (await calls.Whole<IOperationsGrain>(Silo).Find(caller, new OperationQuery(only), page)).Select(one => (object)one.Operation.Id),
        });
    }

    private async Task AskObjectAsync(long number)
    {
        var expected = _foresight.OfRead(number);
        ManagedObjectView? view = null;
        await RequireAsync(expected, $"reading object {number}", async () =>
            view = await calls.Object(Silo, number).Read(caller, new ViewOptions(WithChildren: true, WithParents: false, WithGroups: true, WithChildCounts: true)));
        if (expected is null) tally.Count(_foresight.Reasons("InventoryRead", realm.Find(number)!, realm.Find(number)!.Fragments)[0]);
        if (view is null) return;

        // References to what is hidden are left out, and counted by nobody.
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            var children = Children(Kinds[kind], number);
            Same($"references from object {number} to its children as {Kinds[kind]}", children, view.Children![kind].Select(one => one.Id));
            Require(view.ChildCounts![kind] == children.Count, $"object {number} counts {view.ChildCounts[kind]} children as {Kinds[kind]}, and {children.Count} are to be seen");
        }
        var groups = realm.Links.Where(link => link.Kind == ChildKind.Asset && link.Child == number && _foresight.ShowsObject(link.Parent)).Select(link => realm.IdOf(link.Parent));
        Same($"groups of object {number}", [.. groups], view.Parents![(int)ChildKind.Asset - 1].Select(one => one.Id));
    }

    private List<ObjectId> Children(ChildKind kind, long parent) =>
        [.. realm.Links.Where(link => link.Kind == kind && link.Parent == parent && _foresight.ShowsObject(link.Child)).Select(link => realm.IdOf(link.Child))];

    /// <summary>The children of one object as lists, and its data one by one.</summary>
    private async Task AskPartsAsync(long number)
    {
        await AskSeriesAsync(number);
        var expected = _foresight.OfRead(number);
        foreach (var kind in Kinds)
        {
            if (expected is null)
                await ListAsync("InventoryRead", $"children of {number} as {kind}", Children(kind, number), async page =>
                    (await calls.Object(Silo, number).Children(caller, kind, page)).Select(child => (object)child.Id));
            else
                await RequireAsync(expected, $"children of {number}", () => calls.Object(Silo, number).Children(caller, kind, PageRequest.First));
        }
        foreach (var datum in realm.Data.Where(datum => datum.Object == number))
        {
            var may = _foresight.OfRead(datum);
            await RequireAsync(may, $"reading {datum.Kind} with {Model.Words(datum.Fragments)} of object {number}", () => datum.Id switch
            {
                MeasurementId id => ReadAsync(number, id),
                EventId id => calls.Device(Silo, number).ReadEvent(caller, id),
                AlarmId id => calls.Device(Silo, number).ReadAlarm(caller, id),
                var id => calls.Operations(Silo, number).Read(caller, (OperationId)id),
            });
            if (may is null) tally.Count(_foresight.Reasons(Foresight.Door(datum.Kind, "Read"), realm.Find(number)!, _foresight.Shown(datum))[0]);
        }
    }

    /// <summary>Nothing of another tenant, although names and numbers are the same there.</summary>
    private Task AskStrangerAsync(long number) => RequireAsync(
        _foresight.IsServed ? RefusalKind.Denied : RefusalKind.Unauthenticated, "reading an object of another tenant",
        () => new RealmCalls(calls.Cluster, other).Object(Silo, number).Read(caller, default));

    private Task ListAsync(string door, string what, IEnumerable<ObjectId> expected, Func<PageRequest, Task<Page<object>>> find) =>
        ListAsync(door, what, expected.Order().Select(id => (object)id), find);

    private async Task ListAsync(string door, string what, IEnumerable<object> expected, Func<PageRequest, Task<Page<object>>> find)
    {
        var refusal = _foresight.OfList(door);
        if (refusal is not null)
        {
            await RequireAsync(refusal, $"listing {what}", () => find(PageRequest.First));
            return;
        }
        var (wanted, found) = (expected.ToList(), new List<object>());
        var last = 0;
        for (var hasMore = true; hasMore;)
        {
            var page = await PageAsync(++last);
            found.AddRange(page.Items);
            hasMore = page.HasMore;
            Require(!hasMore || page.Items.Count == question.PageSize, $"a page of {what} that is not the last is not full");
        }
        foreach (var beyond in (int[])[last + 1, int.MaxValue])
            Require(await PageAsync(beyond) is { Items: [], HasMore: false }, $"page {beyond} of {what}, beyond the end, has rows, or more after it");
        Same(what, wanted, found);
        Require(found.SequenceEqual(wanted), $"{what}: the server shows them in the order {Words(found)}, the oracle {Words(wanted)}");

        async Task<Page<object>> PageAsync(int number)
        {
            Page<object>? page = null;
            await RequireAsync(null, $"listing {what}", async () => page = await find(new PageRequest(number, question.PageSize, true)));
            Require(page!.Total == wanted.Count, $"of {what} there are said to be {page.Total} instead of {wanted.Count}");
            return page;
        }
    }

    private async Task CountAsync(string door, int expected, Func<Task<long>> count)
    {
        var refusal = _foresight.OfList(door);
        long? counted = null;
        await RequireAsync(refusal, $"counting by {door}", async () => counted = await count());
        Require(refusal is not null || counted == expected, $"by {door} {counted} are counted instead of {expected}");
    }

    private void Same<T>(string what, List<T> expected, IEnumerable<T> found)
    {
        var listed = found.ToList();
        tally.Rows += listed.Count;
        Require(listed.Count == expected.Count && listed.ToHashSet().SetEquals(expected), $"{what}: the server shows {Words(listed)}, the oracle {Words(expected)}");
    }

    private string Words<T>(IEnumerable<T> ids) => Model.Words([.. ids.Select(id => id is ObjectId one ? $"object {realm.NumberOf(one)}" : Words(id))]);

    private string Words(object? id) => realm.Data.Find(datum => datum.Id.Equals(id)) is { } datum
        ? $"{datum.Kind} of object {datum.Object} with {Model.Words(datum.Fragments)};" : string.Create(CultureInfo.InvariantCulture, $"{id}");

    private Task RequireAsync(RefusalKind? expected, string what, Func<Task> call) => Play.RequireAsync(expected, $"{question.User} of {realm.Model.Name}, {what}", call, tally);

    private void Require(bool holds, string what)
    {
        if (!holds) throw new ScenarioFailedException($"{question.User} of {realm.Model.Name}: {what}");
    }
}
