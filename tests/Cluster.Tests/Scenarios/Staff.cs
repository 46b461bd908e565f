using System.Globalization;
using System.Text;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

// Users who manage users. What happens is told as in other scenarios, and besides:

/// <param name="Owner">Whom it is to stand below; heeded from an administrator.</param>
internal sealed record CreateUser(string User, string? Owner, int[] Groups, string[] Authorities, DevicePermissions[] OnDevices) : Change;

internal sealed record DeleteUser(string User) : Change;

internal sealed record HandOver(string User, string? Owner) : Change;

/// <param name="Other">For whom the user is to manage users.</param>
internal sealed record ActFor(string User, string? Other) : Change;

/// <param name="Place">Which of the user's assignments.</param>
internal sealed record ReplaceRoles(string User, int Place, int[] Roles) : Change;

/// <summary>Gives a user device permissions in place of all that it has.</summary>
internal sealed record PermitAnew(string User, DevicePermissions[] OnDevices) : Change;

internal sealed record GiveApplications(string User, string[] Applications) : Change;

/// <summary>What a model's user does not say: whom it stands below, for whom it acts, and its applications.</summary>
internal sealed record Rank(string? Above, string? ActsFor, string[] Applications)
{
    public static readonly Rank None = new(null, null, []);
}

/// <param name="Asker">Who then asks which users there are.</param>
internal sealed record StaffStep(string Actor, int Silo, Change Change, string Asker);

/// <param name="Ranks">In the order of <see cref="Models.Names"/>.</param>
internal sealed record StaffScenario(ModelTenant Tenant, Rank[] Ranks, StaffStep[] Steps)
{
    public override string ToString()
    {
        var text = new StringBuilder();
        Model.Describe(Tenant, text);
        foreach (var (place, rank) in Ranks.Index())
            text.Append(CultureInfo.InvariantCulture, $"{Models.Names[place]} below {rank.Above ?? "nobody"}, acts for {rank.ActsFor ?? "nobody"}, opens {Model.Words(rank.Applications)}\n");
        foreach (var step in Steps)
            text.Append(CultureInfo.InvariantCulture, $"{step.Actor} on silo {step.Silo}: {Scenario.Words(step.Change)}; {step.Asker} asks\n");
        return text.ToString();
    }
}

/// <summary>The users of a realm as they stand.</summary>
internal sealed class Staff(Realm realm)
{
    /// <summary>Who may come and go.</summary>
    public static readonly string[] Newcomers = ["dan", "eve"];

    // Every user that somebody makes has these.
    private static readonly string[] Own = ["ROLE_USER_MANAGEMENT_OWN_READ", "ROLE_USER_MANAGEMENT_OWN_ADMIN"];

    private readonly Dictionary<string, Rank> _ranks = [];
    private readonly HashSet<string> _gone = [];

    public Realm Realm => realm;

    public IEnumerable<ModelUser> Users => realm.Model.Users.OrderBy(user => user.Name, StringComparer.Ordinal);

    public Rank RankOf(string name) => Find(name) is null ? Rank.None : _ranks.GetValueOrDefault(name, Rank.None);

    public void SetRank(string name, Rank rank) => _ranks[name] = rank;

    public ModelUser? Find(string name) => realm.FindUser(name);

    /// <summary>Whether the name was that of a user who was deleted.</summary>
    public bool IsTaken(string name) => _gone.Contains(name);

    /// <summary>Whether anybody stands below a user of this name or acts for it.</summary>
    public bool RefersTo(string name) => Users.Any(user => RankOf(user.Name) is var rank && (rank.Above == name || rank.ActsFor == name));

    /// <summary>Has the model be as after a change by somebody.</summary>
    public void Apply(Change change, string actor, bool isAdministrator)
    {
        switch (change)
        {
            case CreateUser make:
                realm.AddUser(new ModelUser(make.User, [.. make.Authorities.Union(Own)], [.. make.Groups.Distinct()], [], Realm.Merged(make.OnDevices), false, false));
                SetRank(make.User, new Rank(isAdministrator ? make.Owner : actor, null, []));
                break;
            case DeleteUser delete:
                realm.RemoveUser(delete.User);
                _gone.Add(delete.User);
                break;
            case HandOver hand: SetRank(hand.User, RankOf(hand.User) with { Above = hand.Owner }); break;
            case ActFor act: SetRank(act.User, RankOf(act.User) with { ActsFor = act.Other }); break;
            case GiveApplications give: SetRank(give.User, RankOf(give.User) with { Applications = give.Applications }); break;
            case Enable enable: realm.Change(enable.User, user => user with { IsDisabled = !enable.IsEnabled }); break;
            case DemandNewPassword demand: realm.Change(demand.User, user => user with { MustChangePassword = demand.IsDemanded }); break;
            case PermitAnew permit: realm.Change(permit.User, user => user with { OnDevices = Realm.Merged(permit.OnDevices) }); break;
            case PermitOnDevice { User: { } name } on: realm.Change(name, user => user with { OnDevices = Realm.With(user.OnDevices, on.Object, on.Texts) }); break;
            case PermitOnDevice on: realm.ChangeGroup(on.Group, group => group with { OnDevices = Realm.With(group.OnDevices, on.Object, on.Texts) }); break;
            case ChangeMembership of: realm.Change(of.User, user => user with { Groups = With(user.Groups, of.Group, of.Joins) }); break;
            case ChangeAuthority { User: { } name } of: realm.Change(name, user => user with { Authorities = With(user.Authorities, of.Authority, of.IsGiven) }); break;
            case ChangeAuthority of: realm.ChangeGroup(of.Group, group => group with { Authorities = With(group.Authorities, of.Authority, of.IsGiven) }); break;
            case AssignRoles of: realm.Change(of.User, user => user with { Assignments = Realm.Merged(user.Assignments.Append(new Assignment(of.Object, of.Roles))) }); break;
            case ReplaceRoles of: realm.Change(of.User, user => user with { Assignments = [.. user.Assignments.Select((one, at) => at == of.Place ? one with { Roles = of.Roles } : one)] }); break;
            case UnassignRoles of: realm.Change(of.User, user => user with { Assignments = [.. user.Assignments.Where((_, at) => at != of.Place)] }); break;
            case ChangeRole of: realm.ChangeRole(of.Role, of.Permissions!); break;
            case DeleteGroup of:
                realm.Groups[of.Group] = 0;
                realm.ChangeGroup(of.Group, _ => new ModelGroup([], []));
                break;
            default: throw new ArgumentException(Scenario.Words(change));
        }
    }

    /// <summary>A user in words, as the model has it.</summary>
    public string Words(ModelUser user) => Words(
        user.Name, !user.IsDisabled, user.MustChangePassword, RankOf(user.Name).Above, RankOf(user.Name).ActsFor, user.Authorities,
        user.Groups.Where(realm.HasGroup).Select(group => (long)realm.Groups[group]), RankOf(user.Name).Applications,
        user.OnDevices.Select(on => (on.Object, (IEnumerable<string>)on.Texts)), user.Assignments.Select(one => (one.Object, one.Roles.Select(role => (long)realm.Roles[role]))));

    /// <summary>The same as the server has it.</summary>
    public string Words(User user, IEnumerable<InventoryAssignment> assignments) => Words(
        user.Id.Name, user.IsEnabled, user.ShouldResetPassword, user.Owner, user.DelegatedBy, Authorities.All.Where(authority => user.Direct.Contains(authority)).Select(authority => authority.Name()),
        user.Groups.Select(group => (long)group.Id), user.Applications.Select(one => one.Id),
        user.DevicePermissions.Select(on => (realm.NumberOf(on.Object), on.Grants.Select(grant => grant.Text()))),
        assignments.Select(one => (realm.NumberOf(one.Object), one.Roles.Select(role => (long)role.Id))));

    private static string Words(
        string name, bool isEnabled, bool mustChange, string? above, string? actsFor, IEnumerable<string> authorities, IEnumerable<long> groups, IEnumerable<string> applications,
        IEnumerable<(long Object, IEnumerable<string> Texts)> onDevices, IEnumerable<(long Object, IEnumerable<long> Roles)> assignments) =>
        $"{name}{(isEnabled ? "" : " disabled")}{(mustChange ? " must change its password" : "")} below {above} for {actsFor}: {Sorted(authorities)}, groups {Sorted(groups)}, applications {Sorted(applications)}"
        + string.Concat(onDevices.OrderBy(on => on.Object).Select(on => $", on {on.Object} {Sorted(on.Texts)}"))
        + string.Concat(assignments.OrderBy(one => one.Object).Select(one => $", roles {Sorted(one.Roles)} on {one.Object}"));

    private static string Sorted<T>(IEnumerable<T> items) => string.Join(' ', items.Distinct().Order());

    private static T[] With<T>(T[] items, T item, bool isIn) => isIn ? [.. items.Append(item).Distinct()] : [.. items.Where(one => !Equals(one, item))];
}
