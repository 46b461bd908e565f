using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>
/// What the administrator is told of who may do what, and why: the same as the oracle says, and the same as then happens when the user does it. Each question
/// draws a permission and asks about it in some of the ways that there are.
/// </summary>
internal sealed class Account(RealmCalls calls, Realm realm, Question question, ScenarioTally tally)
{
    private const int PermissionsPerPage = 10;

    private static readonly Permission[] All = Enum.GetValues<Permission>();

    private readonly Verdicts _verdicts = new(realm.Model);
    private readonly ModelUser _user = realm.FindUser(question.User)!;
    private readonly ModelObject? _object = realm.Find(question.Object);

    private Caller Root => realm.Callers[Scenario.Root];

    private IAuthorizationGrain Server => calls.Whole<IAuthorizationGrain>(question.Silo);

    private string UserName => realm.UserOf(question.User).Name;

    public async Task RunAsync()
    {
        var onObject = Verdicts.OnObjects[question.Draw % Verdicts.OnObjects.Length];
        await ExplainAsync(onObject, question.Fragments);
        await ExplainAllOfTenantAsync(All[question.Draw % All.Length]);
        await ((question.Draw / 7 % 3) switch
        {
            0 => WhoAsync(onObject),
            1 => WhatAsync(question.Draw % 2 == 0),
            _ => WhereAsync(onObject),
        });
        await EnforcedAsync();
    }

    private async Task ExplainAsync(Permission permission, string[] fragments)
    {
        var what = $"why {permission} with {Model.Words(fragments)} on object {question.Object}";
        var explanation = await ExplainAsync(_object is null ? RefusalKind.NotFound : null, what, question.Object, permission, fragments);
        if (explanation is null) return;
        var documents = Verdicts.Documents(permission, _object, fragments);
        var expected = _verdicts.Of(_user, permission, _object, documents);
        Same(what, expected, explanation.Trace.Decision);
        Require(explanation.Trace.Owner == realm.UserOf(_object!.Owner).Name, what, $"it is said to be {explanation.Trace.Owner}'s");
        RequireFounded(what, _user, explanation, _object);
        new NearMisses(realm, _user, permission, _object, documents).Require(explanation, expected, miss => Require(false, what, miss));
        tally.Count($"Explained {expected.Rule}");
    }

    private async Task ExplainAllOfTenantAsync(Permission permission)
    {
        var what = $"why {permission}";
        var explanation = await ExplainAsync(null, what, null, permission, []);
        Same(what, _verdicts.Of(_user, permission, null, null), explanation!.Trace.Decision);
        RequireFounded(what, _user, explanation, null);
    }

    private async Task<Explanation?> ExplainAsync(RefusalKind? refusal, string what, long? number, Permission permission, string[] fragments)
    {
        Explanation? explanation = null;
        ObjectId? target = number is { } one ? realm.IdOf(one) : null;
        await RequireAsync(refusal, what, async () => explanation = await Server.Explain(Root, new AccessQuestion(UserName, permission, target, fragments)));
        return explanation;
    }

    private async Task WhoAsync(Permission permission)
    {
        var what = $"who may {permission} with {Model.Words(question.Fragments)} on object {question.Object}";
        var documents = Verdicts.Documents(permission, _object, question.Fragments);
        var found = await PagesAsync(_object is null ? RefusalKind.NotFound : null, what, question.PageSize, page => Server.WhoCan(Root, permission, realm.IdOf(question.Object), question.Fragments, page));
        if (found is null) return;
        var expected = realm.Everybody.Where(user => _verdicts.Of(user, permission, _object, documents).Allowed).OrderBy(user => realm.UserOf(user.Name).Name, StringComparer.Ordinal).ToList();
        Same(what, expected.Select(user => realm.UserOf(user.Name).Name), found.Select(row => row.User));
        foreach (var (user, row) in expected.Zip(found)) SameRow($"{what}: {user.Name}", user, row, permission, _object, question.Fragments);
    }

    private async Task WhatAsync(bool isOfObject)
    {
        var it = isOfObject ? _object : null;
        var what = $"what may be done {(isOfObject ? $"on object {question.Object}" : "")}";
        ObjectId? target = isOfObject ? realm.IdOf(question.Object) : null;
        var found = await PagesAsync(isOfObject && it is null ? RefusalKind.NotFound : null, what, PermissionsPerPage, page => Server.WhatCan(Root, UserName, target, page));
        if (found is null) return;
        var asked = isOfObject ? Verdicts.OnObjects : All;
        Same(what, asked.Select(permission => (Permission?)permission), found.Select(row => row.Trace.Permission));
        foreach (var (permission, row) in asked.Zip(found)) SameRow($"{what}: {permission}", _user, row, permission, it, []);
    }

    private async Task WhereAsync(Permission permission)
    {
        var what = $"where {permission} may be done";
        var found = await PagesAsync(null, what, question.PageSize, page => Server.WhereCan(Root, UserName, permission, page));
        var expected = realm.Model.Objects.Where(it => _verdicts.Coverage(_user, permission, it).Count > 0).OrderBy(it => realm.IdOf(it.Id)).ToList();
        Same(what, expected.Select(it => (ObjectId?)realm.IdOf(it.Id)), found!.Select(row => row.Trace.Object));
        foreach (var (it, row) in expected.Zip(found!)) SameRow($"{what}: object {it.Id}", _user, row, permission, it, []);
    }

    private void SameRow(string what, ModelUser user, Explanation row, Permission permission, ModelObject? it, string[] fragments)
    {
        Require(row.User == realm.UserOf(user.Name).Name && row.Trace.Permission == permission, what, $"the row is {row.User}'s and about {row.Trace.Permission}");
        Same(what, _verdicts.Of(user, permission, it, Verdicts.Documents(permission, it, fragments)), row.Trace.Decision);
        RequireFounded(what, user, row, it);
    }

    private void RequireFounded(string what, ModelUser user, Explanation explanation, ModelObject? it)
    {
        new Foundation(realm, user, explanation.Trace.Permission!.Value, it).Require(explanation, otherwise => Require(false, what, otherwise));
        tally.Count($"Founded on {explanation.Reasons.Count switch { 0 => "nothing", 1 => "one thing", _ => "several things" }}");
    }

    /// <summary>What is explained of the object and of a piece of its data, and what the user then gets when it asks for them.</summary>
    private async Task EnforcedAsync()
    {
        if (_object is null) return;
        var caller = realm.Callers[question.User];
        await EnforcedAsync(Permission.InventoryRead, [], () => calls.Object(question.Silo, question.Object).Read(caller, default));
        await EnforcedAsync(Permission.IdentityRead, [], () => calls.Object(question.Silo, question.Object).ExternalIds(caller));
        var data = realm.Data.Where(datum => datum.Object == question.Object).ToList();
        if (data.Count == 0) return;
        var datum = data[question.Draw % data.Count];
        await EnforcedAsync(Enum.Parse<Permission>(Foresight.Door(datum.Kind, "Read")), datum.Fragments, () => datum.Id switch
        {
            MeasurementId id => calls.Device(question.Silo, datum.Object).ReadMeasurement(caller, id),
            EventId id => calls.Device(question.Silo, datum.Object).ReadEvent(caller, id),
            AlarmId id => calls.Device(question.Silo, datum.Object).ReadAlarm(caller, id),
            var id => calls.Operations(question.Silo, datum.Object).Read(caller, (OperationId)id),
        });
    }

    private async Task EnforcedAsync(Permission permission, string[] fragments, Func<Task> act)
    {
        var what = $"{permission} with {Model.Words(fragments)} on object {question.Object}, and the same done";
        var explanation = (await ExplainAsync(null, what, question.Object, permission, fragments))!;
        var decision = explanation.Trace.Decision;
        // A measurement that is refused as a whole may show with what it is said to.
        var isDone = decision.Allowed || explanation.AllowedFragments.Count > 0;
        if (isDone && !decision.Allowed) tally.Count("Explained in part");
        await RequireAsync(isDone ? null : decision.Rule == Rule.NotServed ? RefusalKind.Unauthenticated : RefusalKind.Denied, what, act);
        tally.Count(isDone ? "Enforced as explained: done" : "Enforced as explained: refused");
    }

    /// <summary>All pages, each full but the last; and none beyond them.</summary>
    private async Task<List<Explanation>?> PagesAsync(RefusalKind? refusal, string what, int size, Func<PageRequest, Task<Page<Explanation>>> find)
    {
        var (found, totals) = (new List<Explanation>(), new HashSet<long?>());
        var last = 0;
        for (var hasMore = true; hasMore;)
        {
            if (await PageAsync(++last) is not { } page) return null;
            found.AddRange(page.Items);
            hasMore = page.HasMore;
            Require(!hasMore || page.Items.Count == size, what, $"page {last}, which is not the last, has {page.Items.Count} rows instead of {size}");
        }
        foreach (var beyond in (int[])[last + 1, int.MaxValue])
            Require((await PageAsync(beyond))! is { Items: [], HasMore: false }, what, $"page {beyond}, beyond the end, has rows, or more after it");
        Require(totals.SetEquals([found.Count]), what, $"there are said to be {string.Join(" or ", totals)}, and {found.Count} are shown");
        return found;

        async Task<Page<Explanation>?> PageAsync(int at)
        {
            Page<Explanation>? page = null;
            await RequireAsync(refusal, what, async () => page = await find(new PageRequest(at, size, true)));
            totals.Add(page?.Total);
            return page;
        }
    }

    private Task RequireAsync(RefusalKind? expected, string what, Func<Task> call) => Play.RequireAsync(expected, $"{question.User} of {realm.Model.Name}, {what}", call, tally);

    private void Same(string what, Decision expected, Decision said) => Require(expected == said, what, $"the server says {said}, the oracle {expected}");

    private void Same<T>(string what, IEnumerable<T> expected, IEnumerable<T> found)
    {
        List<T> wanted = [.. expected], shown = [.. found];
        Require(shown.SequenceEqual(wanted), what, $"the server says {string.Join(' ', shown)}, the oracle {string.Join(' ', wanted)}");
    }

    private void Require(bool holds, string what, string otherwise)
    {
        if (!holds) throw new ScenarioFailedException($"{question.User} of {realm.Model.Name}, {what}: {otherwise}");
    }
}
