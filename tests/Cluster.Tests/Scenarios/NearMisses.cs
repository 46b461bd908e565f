using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>What is said to turn a decision over does so, by the oracle; and no single role that would is left out.</summary>
internal sealed class NearMisses(Realm realm, ModelUser user, Permission permission, ModelObject? it, string[][]? documents)
{
    public void Require(Explanation explanation, Decision decision, Action<string> fail)
    {
        foreach (var miss in explanation.NearMisses)
            if (After(miss, isGiven: !decision.Allowed) is { } after && after.Allowed == decision.Allowed)
                fail($"{Words(miss)} is said to turn it over, and does not");
        // Whoever only fetches credentials is let in by any role at all, whatever that gives: those are not looked for.
        if (explanation.AreNearMissesCut || decision.Rule == Rule.ShutIn) return;
        var named = explanation.NearMisses.Where(miss => miss.Group is null && miss.Authority is not null).Select(miss => miss.Authority!.Value.Name()).ToHashSet();
        foreach (var authority in decision.Allowed ? user.Authorities.Distinct() : Models.AuthorityNames.Except(user.Authorities))
            if (named.Contains(authority) != (With(user with { Authorities = Changed(user.Authorities, authority, !decision.Allowed) }).Allowed != decision.Allowed))
                fail($"{authority} is {(named.Contains(authority) ? "" : "not ")}said to turn it over");
    }

    /// <summary>The decision with one thing given or taken; null for what the model does not have, such as the groups that every tenant begins with.</summary>
    private Decision? After(Reason miss, bool isGiven)
    {
        switch (miss)
        {
            case { Rule: Rule.Ownership }: return With(user, it! with { Owner = isGiven ? user.Name : Realm.Bystander });
            case { Rule: Rule.GlobalFragment }: return With(user, it! with { Fragments = Changed(it!.Fragments, ManagedObject.GlobalFragment, isGiven) });
            case { Authority: { } authority }: return With(user with { Authorities = Changed(user.Authorities, authority.Name(), isGiven) });
            case { Group: { } group, Grant: null }:
                return Array.IndexOf(realm.Groups, group) is >= 0 and var place ? With(user with { Groups = Changed(user.Groups, place, isGiven) }) : null;
            case { InventoryRole: { } role, At: { } at }:
                return Array.IndexOf(realm.Roles, role) is >= 0 and var which ? With(user with { Assignments = Assigned(realm.NumberOf(at), which, isGiven) }) : null;
            case { Grant: { } grant, At: { } at }: return With(user with { OnDevices = Permitted(realm.NumberOf(at), grant.Text(), isGiven) });
            default: return null;
        }
    }

    private Assignment[] Assigned(long number, int role, bool isGiven) => isGiven ? [.. user.Assignments, new Assignment(number, [role])]
        : [.. user.Assignments.Select(one => one.Object == number ? one with { Roles = [.. one.Roles.Where(held => held != role)] } : one)];

    private DevicePermissions[] Permitted(long number, string text, bool isGiven) => isGiven ? [.. user.OnDevices, new DevicePermissions(number, [text])]
        : [.. user.OnDevices.Select(one => one.Object == number ? one with { Texts = [.. one.Texts.Where(held => held != text)] } : one)];

    private static T[] Changed<T>(T[] all, T one, bool isGiven) => isGiven ? [.. all, one] : [.. all.Where(other => !Equals(other, one))];

    private Decision With(ModelUser other) => new Verdicts(realm.Model).Of(other, permission, it, documents);

    private Decision With(ModelUser other, ModelObject changed) =>
        new Verdicts(realm.Model with { Objects = [.. realm.Model.Objects.Select(one => one.Id == changed.Id ? changed : one)] }).Of(other, permission, changed, documents);

    private static string Words(Reason miss) => string.Join(' ', new object?[] { miss.Rule, miss.Authority, miss.Group, miss.InventoryRole, miss.At, miss.Grant?.Text() }.Where(part => part is not null));
}
