using System.Text.Json;
using Bailiwick.Cluster.Tests.Scenarios;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Compatibility.Tests.Scenarios;

/// <summary>
/// One user before all that there is, over HTTP: every list, page by page, every object, and one object's data by its id. Ids begin anew in every tenant, so that
/// nothing of another's can be asked for by one; the sweep across tenants does so by names.
/// </summary>
internal sealed class RestInquiry(RestPart part, Question question, ScenarioTally tally)
{
    private static readonly ChildKind[] Kinds = [ChildKind.Device, ChildKind.Asset, ChildKind.Addition];

    private readonly Realm _realm = part.Realm;
    private readonly RestUser _user = part.As(question.User);
    private readonly Foresight _foresight = new(part.Realm, part.Realm.FindUser(question.User)!);

    private IEnumerable<long> Objects => _realm.Model.Objects.Select(it => it.Id);

    public async Task RunAsync()
    {
        if (!_foresight.IsServed)
        {
            // Once is enough, and not too often: who fails a few times is kept waiting, also when it is let in again.
            if (part.MayFail(question.User)) await RequireAsync(RefusalKind.Unauthenticated, "asking for anything", () => _user.AskAsync("/inventory/managedObjects"));
            return;
        }
        var shown = Objects.Where(_foresight.ShowsObject).ToList();
        await ListAsync("InventoryRead", "managedObjects", "/inventory/managedObjects?", IdsOf(shown));
        await ListAsync("InventoryRead", "managedObjects", "/inventory/managedObjects?onlyRoots=true&", IdsOf(shown.Where(number => !_realm.Find(number)!.Parents.Any(shown.Contains))));
        await CountAsync("InventoryRead", "/inventory/managedObjects/count", shown.Count);
        foreach (var kind in Enum.GetValues<DataKind>())
        {
            await ListAsync(kind, null);
            await ListAsync(kind, question.Object);
        }
        await CountAsync("AlarmRead", "/alarm/alarms/count", ShownData(DataKind.Alarm, null).Count());
        await ListAsync("AuditRead", "auditRecords", $"/audit/auditRecords?type={Report.Type}&",
            _realm.Reports.Where(report => _foresight.ShowsRecord(report.Object, report.Fragments)).OrderByDescending(report => report.Id).Select(report => $"{report.Id}"));
        foreach (var number in Objects.Append(Realm.Gone)) await AskObjectAsync(number);
        await AskPartsAsync(question.Object);
    }

    private IEnumerable<string> IdsOf(IEnumerable<long> numbers) => numbers.Select(_realm.IdOf).Order().Select(id => id.ToString());

    private IEnumerable<Datum> ShownData(DataKind kind, long? source) =>
        _realm.Data.Where(datum => datum.Kind == kind && (source is null || datum.Object == source) && _foresight.Shown(datum) is not null);

    private Task ListAsync(DataKind kind, long? source)
    {
        var only = source is { } number ? $"{(kind == DataKind.Operation ? "deviceId" : "source")}={_realm.IdOf(number)}&" : "";
        return ListAsync(Foresight.Door(kind, "Read"), RestPart.AddressOf(kind).Split('/')[^1], $"{RestPart.AddressOf(kind)}?{only}", Marks.InOrder(kind, ShownData(kind, source), false).Select(datum => (string)datum.Id));
    }

    private async Task AskObjectAsync(long number)
    {
        var expected = _foresight.OfRead(number);
        JsonElement? answer = null;
        await RequireAsync(expected, $"reading object {number}", async () => answer = await _user.AskAsync($"{part.AddressOf(number)}?withChildren=true&withGroups=true&withChildrenCount=true"));
        if (answer is not { } view) return;
        tally.Count(_foresight.Reasons("InventoryRead", _realm.Find(number)!, _realm.Find(number)!.Fragments)[0]);
        foreach (var kind in Kinds)
        {
            var children = Children(kind, number);
            Same($"references from object {number} to its {RestPart.ChildrenOf(kind)}", children, ReferencesIn(view, RestPart.ChildrenOf(kind)));
            var count = view.GetProperty(RestPart.ChildrenOf(kind)).GetProperty("count").GetInt64();
            Require(count == children.Count, $"object {number} counts {count} {RestPart.ChildrenOf(kind)}, and {children.Count} are to be seen");
        }
        var groups = _realm.Links.Where(link => link.Kind == ChildKind.Asset && link.Child == number && _foresight.ShowsObject(link.Parent)).Select(link => link.Parent);
        Same($"groups of object {number}", [.. IdsOf(groups)], ReferencesIn(view, "assetParents"));
    }

    private List<string> Children(ChildKind kind, long parent) =>
        [.. IdsOf(_realm.Links.Where(link => link.Kind == kind && link.Parent == parent && _foresight.ShowsObject(link.Child)).Select(link => link.Child))];

    private static IEnumerable<string> ReferencesIn(JsonElement view, string name) => view.GetProperty(name).GetProperty("references").EnumerateArray()
        .Select(one => one.GetProperty("managedObject").GetProperty("id").GetString()!);

    private async Task AskPartsAsync(long number)
    {
        var expected = _foresight.OfRead(number);
        foreach (var kind in Kinds)
        {
            var address = $"{part.AddressOf(number)}/{RestPart.ChildrenOf(kind)}?";
            if (expected is null) await ListAsync("InventoryRead", "references", address, Children(kind, number));
            else await RequireAsync(expected, $"children of {number}", () => _user.AskAsync(address));
        }
        foreach (var datum in _realm.Data.Where(datum => datum.Object == number))
        {
            JsonElement? read = null;
            await RequireAsync(_foresight.OfRead(datum), $"reading {datum.Kind} with {Model.Words(datum.Fragments)} of object {number}",
                async () => read = await _user.AskAsync($"{RestPart.AddressOf(datum.Kind)}/{datum.Id}"));
            if (read is { } shown) Same($"fragments of {datum.Kind} {datum.Id}", [.. _foresight.Shown(datum)!], Models.FragmentNames.Where(name => shown.TryGetProperty(name, out _)));
        }
    }

    private async Task ListAsync(string door, string member, string address, IEnumerable<string> expected)
    {
        var refusal = _foresight.OfList(door);
        if (refusal is not null)
        {
            await RequireAsync(refusal, $"listing {address}", () => _user.AskAsync(address));
            return;
        }
        var (wanted, found) = (expected.ToList(), new List<string>());
        var last = 0;
        for (var hasMore = true; hasMore;)
        {
            (var items, hasMore) = await PageAsync(++last);
            found.AddRange(items);
            Require(!hasMore || items.Length == question.PageSize, $"a page of {address} that is not the last is not full");
        }
        foreach (var beyond in (int[])[last + 1, int.MaxValue])
            Require(await PageAsync(beyond) is { Items: [], HasMore: false }, $"page {beyond} of {address}, beyond the end, has rows, or names a next one");
        Same(address, wanted, found);
        Require(found.SequenceEqual(wanted), $"{address}: the server shows them in the order {Model.Words(found)}, the oracle {Model.Words(wanted)}");

        async Task<(string[] Items, bool HasMore)> PageAsync(int number)
        {
            JsonElement page = default;
            await RequireAsync(null, $"listing {address}", async () => page = await _user.AskAsync($"{address}pageSize={question.PageSize}&currentPage={number}&withTotalElements=true"));
            var total = page.GetProperty("statistics").GetProperty("totalElements").GetInt64();
            Require(total == wanted.Count, $"of {address} there are said to be {total} instead of {wanted.Count}");
            return ([.. page.GetProperty(member).EnumerateArray().Select(item => (item.TryGetProperty("managedObject", out var child) ? child : item).GetProperty("id").ToString())], page.TryGetProperty("next", out _));
        }
    }

    private async Task CountAsync(string door, string address, int expected)
    {
        var refusal = _foresight.OfList(door);
        string? counted = null;
        await RequireAsync(refusal, $"counting {address}", async () => counted = (await _user.AskAsync(address)).ToString());
        Require(refusal is not null || counted == $"{expected}", $"{address} counts {counted} instead of {expected}");
    }

    private void Same(string what, List<string> expected, IEnumerable<string> found)
    {
        var listed = found.ToList();
        tally.Rows += listed.Count;
        Require(listed.Count == expected.Count && listed.ToHashSet().SetEquals(expected), $"{what}: the server shows {Model.Words(listed)}, the oracle {Model.Words(expected)}");
    }

    private Task RequireAsync(RefusalKind? expected, string what, Func<Task> call) => Play.RequireAsync(expected, $"{question.User} of {_realm.Model.Name} (tenant {_realm.Tenant}), {what}", call, tally);

    private void Require(bool holds, string what)
    {
        if (!holds) throw new ScenarioFailedException($"{question.User} of {_realm.Model.Name} (tenant {_realm.Tenant}): {what}");
    }
}
