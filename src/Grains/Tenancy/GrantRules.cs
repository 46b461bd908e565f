using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Grains.Tenancy;

/// <summary>What grants must look like, and when one set of them comes to another.</summary>
internal static class GrantRules
{
    public static void RequireSound(string subject, Grant grant)
    {
        if (!Enum.IsDefined(grant.Scope) || !Enum.IsDefined(grant.Level) || !GrantWords.IsType(grant.Type))
            throw Refusal.Invalid(subject, $"The type of a permission must have 1 to {Limits.FragmentNameCharsMax} characters and no control character.");
    }

    /// <summary>Whether all of a grant is held: each scope and level that it stands for, and its fragment in each.</summary>
    public static bool Covers(this GrantSet held, Grant grant) => Covers(held.Of, grant);

    /// <summary>The same of several sets together.</summary>
    public static bool Covers(IEnumerable<GrantSet> held, Grant grant) =>
        Covers(kind => held.Aggregate(Coverage.None, (all, set) => all | set.Of(kind)), grant);

    /// <summary>
    /// Whether roles that reach below an object are held: by assignments to it and to what stands above it, all together. Where nothing is assigned,
    /// not even a role without permissions is: it may come to have some.
    /// </summary>
    public static bool AreHeldBelow(ObjectRights held, ObjectId target, IEnumerable<ObjectId> above, IReadOnlyList<Grant> passed)
    {
        var sets = above.Prepend(target).Select(at => held.Below.GetValueOrDefault(at)).OfType<GrantSet>().ToList();
        return sets.Count > 0 && passed.All(grant => Covers(sets, grant));
    }

    /// <summary>Whether device permissions are held, each on its object itself.</summary>
    public static bool AreHeldAlone(ObjectRights held, IReadOnlyList<ObjectGrants> passed) =>
        passed.All(on => held.Alone.TryGetValue(on.Object, out var set) && on.Grants.All(set.Covers));

    private static bool Covers(Func<GrantKinds, Coverage> held, Grant grant)
    {
        for (var rest = (uint)GrantSet.KindsOf(grant); rest != 0; rest &= rest - 1)
        {
            var coverage = held((GrantKinds)(rest & (~rest + 1)));
            if (!coverage.Has(grant.Type)) return false;
        }
        return true;
    }
}
