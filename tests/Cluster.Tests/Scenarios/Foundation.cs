using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>
/// What a decision is said to rest on: the way up from the object, the grants met on it, and from where the user has what decided. By the model, just that is there, and
/// nothing that bears on the decision is left out.
/// </summary>
internal sealed class Foundation(Realm realm, ModelUser user, Permission permission, ModelObject? it)
{
    private static readonly ChildKind[] Kinds = [ChildKind.Device, ChildKind.Asset, ChildKind.Addition];

    private readonly PolicyOracle _oracle = new(realm.Model, user);

    private string Door => permission.ToString();

    public void Require(Explanation said, Action<string> fail)
    {
        var (rule, walked) = (said.Trace.Decision.Rule, said.Trace.Walked.Select(realm.NumberOf).ToList());
        if (WrongIn(walked, rule) is { } wrong) fail($"it walks {string.Join(' ', walked)}, and {wrong}");
        RequireSame("meets", said.Trace.Met.Select(met => Words(met.Rule, realm.NumberOf(met.At), met.Types)), Met(rule, walked), fail);
        RequireSame("rests on", said.Reasons.Select(Words), Deciding(rule, walked), fail);
    }

    private static void RequireSame(string verb, IEnumerable<string> said, IEnumerable<string> expected, Action<string> fail)
    {
        List<string> named = [.. said.Order(StringComparer.Ordinal)], wanted = [.. expected.Order(StringComparer.Ordinal)];
        if (!named.SequenceEqual(wanted)) fail($"the server says that it {verb} {Model.Words(named)}, the oracle {Model.Words(wanted)}");
    }

    /// <summary>From the object upwards, each above one that was passed before; to the end, or to where a role covers whatever is asked for.</summary>
    private string? WrongIn(List<long> walked, Rule rule)
    {
        if (walked.Count == 0) return it is not null && IsByGrants(rule) && GivenByRoles() ? "there are roles to look for" : null;
        if (it is null || !IsByGrants(rule)) return "no grant was asked about";
        if (walked[0] != it.Id) return "it does not begin with the object";
        if (walked.Distinct().Count() != walked.Count) return "it passes something twice";
        for (var place = 1; place < walked.Count; place++)
            if (!walked[..place].Exists(below => realm.Find(below)!.Parents.Contains(walked[place])))
                return $"{walked[place]} is above nothing that it passed before";
        if (walked[..^1].Exists(IsWholeAt)) return "it goes on where nothing more is to be found";
        return IsWholeAt(walked[^1]) || realm.Upward(it.Id, Kinds).SetEquals(walked) ? null : "there is more above";
    }

    // Whatever comes before grants decides without them.
    private static bool IsByGrants(Rule rule) => rule is Rule.InventoryRole or Rule.DevicePermission or Rule.NothingGranted;

    private bool GivenByRoles() => realm.Standing(user).Any(one => one.Roles.Any(role => PermissionsOf(role).Length > 0));

    private bool IsWholeAt(long number) => RoleTypes(number).Contains(Grant.AnyType);

    private IEnumerable<string> Met(Rule rule, List<long> walked)
    {
        if (it is null || !IsByGrants(rule)) return [];
        var byRoles = walked.Select(number => (Rule: Rule.InventoryRole, At: number, Types: RoleTypes(number)));
        var alone = rule == Rule.InventoryRole ? [] : OnObject().Select(one => one.Text.Split(':')[1]);
        return byRoles.Append((Rule: Rule.DevicePermission, At: it.Id, Types: alone.ToHashSet())).Where(met => met.Types.Count > 0)
            .Select(met => Words(met.Rule, met.At, met.Types.Contains(Grant.AnyType) ? [Grant.AnyType] : met.Types));
    }

    private IEnumerable<string> Deciding(Rule rule, List<long> walked) => rule switch
    {
        Rule.GlobalAuthority => ByAuthority(),
        Rule.Ownership or Rule.GlobalFragment => [$"{rule} of {it!.Id};"],
        Rule.InventoryRole => ByRoles(walked),
        Rule.DevicePermission => [.. ByRoles(walked), .. OnObject().Select(one => $"{Rule.DevicePermission} {one.Text} on {it!.Id}{one.By};")],
        _ => [],
    };

    private IEnumerable<string> ByAuthority() => Everywhere().Where(one => _oracle.IsOpenedBy(Door, one.Authority)).Select(one => $"{Rule.GlobalAuthority} {one.Authority}{one.By};");

    private IEnumerable<(string Authority, string By)> Everywhere() =>
    [
        .. user.Authorities.Distinct().Select(authority => (authority, "")),
        .. Groups().SelectMany(place => realm.Model.Groups[place].Authorities.Distinct().Select(authority => (authority, By(place)))),
    ];

    private IEnumerable<string> ByRoles(List<long> walked) => walked.SelectMany(number => RolesAt(number).Select(role => $"{Rule.InventoryRole} {RoleWords(role)} on {number};"));

    /// <summary>The device permissions on the object that bear on the decision, the user's own and its groups'.</summary>
    private IEnumerable<(string Text, string By)> OnObject() =>
        user.OnDevices.Select(on => (On: on, By: "")).Concat(Groups().SelectMany(place => realm.Model.Groups[place].OnDevices.Select(on => (On: on, By: By(place)))))
            .Where(one => one.On.Object == it!.Id).SelectMany(one => one.On.Texts.Distinct().Select(text => (text, one.By)))
            .Where(one => one.text.Split(':') is var parts && PolicyOracle.IsOpenedBy(Door, parts[0], parts[2]));

    private IEnumerable<int> Groups() => user.Groups.Where(realm.HasGroup);

    private IEnumerable<int> RolesAt(long number) => user.Assignments.Where(one => one.Object == number).SelectMany(one => one.Roles.Distinct()).Where(role => Types(role).Count > 0);

    private HashSet<string> RoleTypes(long number) => [.. RolesAt(number).SelectMany(Types)];

    private HashSet<string> Types(int role) => [.. PermissionsOf(role).Where(one => PolicyOracle.IsOpenedBy(Door, one.Scope, one.Level)).Select(one => one.Type)];

    private RolePermission[] PermissionsOf(int role) => realm.HasRole(role) ? realm.Model.Roles[role] : [];

    private string Words(Reason reason) => reason switch
    {
        { Authority: { } authority } => $"{reason.Rule} {authority.Name()}{By(reason)};",
        { InventoryRole: { } role, At: { } at } => $"{reason.Rule} {role} {reason.InventoryRoleName} on {realm.NumberOf(at)};",
        { Grant: { } grant, At: { } at } => $"{reason.Rule} {grant.Text()} on {realm.NumberOf(at)}{By(reason)};",
        _ => $"{reason.Rule} of {(reason.At is { } at ? realm.NumberOf(at) : null)};",
    };

    private static string Words(Rule rule, long number, IEnumerable<string> types) => $"{rule} on {number} for {string.Join('+', types.Order(StringComparer.Ordinal))};";

    private static string By(Reason reason) => reason.Group is { } group ? $" by {group} {reason.GroupName}" : "";

    // As the stages name them.
    private string By(int place) => $" by {realm.Groups[place]} group {place}";

    private string RoleWords(int place) => $"{realm.Roles[place]} role {place}";
}
