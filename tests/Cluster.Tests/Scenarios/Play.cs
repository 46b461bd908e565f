using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>The server did otherwise than the oracle says.</summary>
internal sealed class ScenarioFailedException(string message) : Exception(message);

/// <summary>What scenarios came to: a suite that is answered nearly always the same proves little.</summary>
internal sealed class ScenarioTally
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = [];

    public long Scenarios { get; private set; }
    public long Calls { get; set; }

    /// <summary>Rows that lists showed, each of them to be seen.</summary>
    public long Rows { get; set; }

    /// <summary>Scenarios that were no other's copy.</summary>
    public int Different => _seen.Count;

    public void Played(Scenario scenario)
    {
        Scenarios++;
        _seen.Add(scenario.ToString());
    }

    public void Count(string what) => _counts[what] = Of(what) + 1;

    public long Of(string what) => _counts.GetValueOrDefault(what);

    public void Add(ScenarioTally other)
    {
        (Scenarios, Calls, Rows) = (Scenarios + other.Scenarios, Calls + other.Calls, Rows + other.Rows);
        _seen.UnionWith(other._seen);
        foreach (var (what, count) in other._counts) _counts[what] = Of(what) + count;
    }

    public override string ToString() => $"{Scenarios} scenarios, {Different} different, {Calls} calls, {Rows} rows in lists: {string.Join(", ", _counts.Select(one => $"{one.Key} {one.Value}"))}";
}

/// <summary>Plays scenarios on a cluster, each in tenants of its own.</summary>
internal sealed class Play(GatedCluster cluster, ScenarioTally tally)
{
    private static int _tenants;

    public async Task RunAsync(Scenario scenario)
    {
        var number = Interlocked.Increment(ref _tenants);
        Realm[] realms = [.. scenario.Tenants.Select((tenant, at) => new Realm(new TenantId($"s{number}x{at}"), tenant))];
        RealmCalls[] calls = [.. realms.Select(realm => new RealmCalls(cluster, realm))];
        for (var at = 0; at < realms.Length; at++) await new Settling(calls[at], realms[at], scenario.Tenants[at]).RunAsync();
        await AskAsync(realms, calls, scenario.First);
        foreach (var step in scenario.Steps)
        {
            await DoAsync(realms[step.Tenant], calls[step.Tenant], step);
            await AskAsync(realms, calls, step.Question);
        }
        tally.Played(scenario);
    }

    private async Task DoAsync(Realm realm, RealmCalls calls, Step step)
    {
        if (realm.FindUser(step.Actor) is not { } actor || !MeansSomething(realm, step.Change)) return;
        var change = step.Change is UnlinkOne one ? realm.OneLink(one.Place) : step.Change;
        var expected = new Foresight(realm, actor).Of(change);
        tally.Count($"{change.GetType().Name} {expected?.ToString() ?? "done"}");
        var forecast = Forecast.IsTried(step, change) ? new Forecast(calls, realm, step, change, tally) : null;
        if (forecast is not null) await forecast.TryAsync(expected);
        await RequireAsync(expected, $"{step.Actor} of {realm.Model.Name} in {Scenario.Words(change)}",
            () => calls.DoAsync(realm.Callers[step.Actor], step.Actor, step.Silo, change), tally);
        forecast?.Require();
    }

    private async Task AskAsync(Realm[] realms, RealmCalls[] calls, Question question)
    {
        var realm = realms[question.Tenant];
        if (realm.FindUser(question.User) is null) return;
        await new Inquiry(calls[question.Tenant], realm, realms[1 - question.Tenant], question, realm.Callers[question.User], tally).RunAsync();
        await new Account(calls[question.Tenant], realm, question, tally).RunAsync();
    }

    /// <summary>Whether there is what the change is about, and it would change it: how administration answers otherwise is not about rights.</summary>
    private static bool MeansSomething(Realm realm, Change change) => change switch
    {
        AssignRoles assign => realm.FindUser(assign.User) is not null && assign.Roles.Any(realm.HasRole),
        UnassignRoles unassign => realm.FindUser(unassign.User) is { } user && unassign.Place < user.Assignments.Length
            && realm.Find(user.Assignments[unassign.Place].Object) is not null && user.Assignments[unassign.Place].Roles.Any(realm.HasRole),
        PermitOnDevice permit => permit.User is { } name ? realm.FindUser(name) is not null : realm.HasGroup(permit.Group),
        ChangeRole role => realm.HasRole(role.Role),
        DeleteGroup group => realm.HasGroup(group.Group),
        ChangeAuthority { User: { } name } of => realm.FindUser(name) is { } user && user.Authorities.Contains(of.Authority) != of.IsGiven,
        ChangeAuthority of => realm.HasGroup(of.Group) && realm.Model.Groups[of.Group].Authorities.Contains(of.Authority) != of.IsGiven,
        ChangeMembership of => realm.HasGroup(of.Group) && realm.FindUser(of.User) is { } user && user.Groups.Contains(of.Group) != of.Joins,
        Enable enable => realm.FindUser(enable.User) is { } user && user.IsDisabled == enable.IsEnabled,
        DemandNewPassword demand => realm.FindUser(demand.User) is not null,
        ChangeData => realm.Data.Count > 0,
        UnlinkOne => realm.Links.Count > 0,
        _ => true,
    };

    public static async Task RequireAsync(RefusalKind? expected, string what, Func<Task> call, ScenarioTally tally)
    {
        tally.Calls++;
        RefusalKind? actual = null;
        try
        {
            await call();
        }
        catch (Refusal refusal)
        {
            actual = refusal.Kind;
        }
        if (actual != expected) throw new ScenarioFailedException($"{what}: the server says {Words(actual)}, the oracle {Words(expected)}");

        static string Words(RefusalKind? kind) => kind is { } refused ? $"refused as {refused}" : "done";
    }
}
