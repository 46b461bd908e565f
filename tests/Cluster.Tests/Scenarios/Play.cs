using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Tests.Access.Oracle;

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

    public void Played(string scenario)
    {
        Scenarios++;
        _seen.Add(scenario);
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

/// <summary>Where scenarios are played: by a cluster's grains, or by a server's interface.</summary>
internal interface IStage
{
    /// <summary>Makes a tenant as it begins.</summary>
    Task<IPart> SettleAsync(ModelTenant begins);
}

/// <summary>One tenant of a scenario on a stage.</summary>
internal interface IPart
{
    Realm Realm { get; }

    /// <summary>Does it, and then has the realm say so.</summary>
    /// <param name="silo">Where, counted round.</param>
    /// <exception cref="Refusal">It was refused.</exception>
    Task DoAsync(string actor, int silo, Change change);

    /// <summary>How a refusal is told here, where that differs from how a grain does.</summary>
    RefusalKind? Told(RefusalKind? expected, Change change);

    /// <summary>What is tried before a change is made; null where it is not.</summary>
    IForecast? Foresee(Step step, Change change, ScenarioTally tally);

    /// <summary>Asks for everything, and holds it against the oracle.</summary>
    Task AskAsync(Realm other, Question question, ScenarioTally tally);
}

/// <summary>A change that is tried before it is made.</summary>
internal interface IForecast
{
    /// <summary>Tries it; nothing is changed.</summary>
    /// <param name="expected">How the change itself is refused, or null.</param>
    Task TryAsync(RefusalKind? expected);

    /// <summary>Once the change is made: whether it came to what the trial said.</summary>
    void Require();
}

/// <summary>Plays scenarios, each in tenants of its own.</summary>
internal sealed class Play(IStage stage, ScenarioTally tally)
{
    public async Task RunAsync(Scenario scenario)
    {
        var parts = new IPart[scenario.Tenants.Length];
        for (var at = 0; at < parts.Length; at++) parts[at] = await stage.SettleAsync(scenario.Tenants[at]);
        await AskAsync(parts, scenario.First);
        foreach (var step in scenario.Steps)
        {
            await DoAsync(parts[step.Tenant], step);
            await AskAsync(parts, step.Question);
        }
        tally.Played(scenario.ToString());
    }

    private async Task DoAsync(IPart part, Step step)
    {
        var realm = part.Realm;
        if (realm.FindUser(step.Actor) is not { } actor || !MeansSomething(realm, step.Change))
        {
            tally.Count("skipped");
            return;
        }
        var change = step.Change is UnlinkOne one ? realm.OneLink(one.Place) : step.Change;
        var expected = new Foresight(realm, actor).Of(change);
        tally.Count($"{change.GetType().Name} {expected?.ToString() ?? "done"}");
        var forecast = part.Foresee(step, change, tally);
        if (forecast is not null) await forecast.TryAsync(expected);
        tally.Count("played");
        await RequireAsync(part.Told(expected, change), $"{step.Actor} of {realm.Model.Name} in {Scenario.Words(change)}", () => part.DoAsync(step.Actor, step.Silo, change), tally);
        forecast?.Require();
    }

    private Task AskAsync(IPart[] parts, Question question)
    {
        var part = parts[question.Tenant];
        return part.Realm.FindUser(question.User) is null ? Task.CompletedTask : part.AskAsync(parts[1 - question.Tenant].Realm, question, tally);
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
        ShowParts show => realm.ShowsParts != show.IsOn,
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
