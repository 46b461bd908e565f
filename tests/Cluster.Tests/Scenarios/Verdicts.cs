using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>What the oracle decides in one tenant, in the server's words for rules.</summary>
internal sealed class Verdicts(ModelTenant tenant)
{
    // What grants cover of these are fragments of the object itself, and not of its data.
    private static readonly string[] OfDocument = ["InventoryRead", "InventoryAdmin", "DeviceUserRead", "IdentityRead", "IdentityAdmin"];

    /// <summary>On single objects it makes sense to ask for these alone: a grant on an object may satisfy them.</summary>
    public static readonly Permission[] OnObjects = [.. Enum.GetValues<Permission>().Where(permission => PolicyOracle.MayBeGranted(permission.ToString()))];

    public static bool IsOfDocument(Permission permission) => OfDocument.Contains(permission.ToString());

    /// <summary>The documents meant: those with these fragments, or the object's own; null where nobody knows which.</summary>
    public static string[][]? Documents(Permission permission, ModelObject? it, string[] fragments) =>
        fragments.Length > 0 ? [fragments] : it is not null && IsOfDocument(permission) ? [it.Fragments] : null;

    public Decision Of(ModelUser user, Permission permission, ModelObject? it, string[][]? documents)
    {
        var oracle = new PolicyOracle(tenant, user);
        if (!oracle.IsServed) return new(false, Rule.NotServed);
        var reasons = oracle.Reasons(permission.ToString(), new Asked(tenant.Name, it, documents));
        return reasons.Count > 0 ? new(true, Enum.Parse<Rule>(reasons[0])) : new(false, oracle.IsShutIn ? Rule.ShutIn : Rule.NothingGranted);
    }

    /// <summary>The fragments that show of an object or of its data; the star where all do.</summary>
    public HashSet<string> Coverage(ModelUser user, Permission permission, ModelObject? it)
    {
        if (Of(user, permission, it, Documents(permission, it, [])).Allowed) return [Grant.AnyType];
        if (it is null || IsOfDocument(permission) || (user.Assignments.Length == 0 && user.OnDevices.Length == 0 && user.Groups.Length == 0)) return [];
        return [.. Models.FragmentNames.Append(ManagedObject.GlobalFragment).Where(fragment => Of(user, permission, it, [[fragment]]).Allowed)];
    }
}
