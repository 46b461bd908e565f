using System.Collections.Frozen;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Inventory;

namespace Bailiwick.Grains.Access;

/// <summary>Users and permissions of which an object says what would be decided.</summary>
/// <param name="Fragments">See <see cref="AccessQuestion.Fragments"/>.</param>
/// <param name="OnlyAllowed">Whether refusals are left out.</param>
/// <param name="WithNearMisses">Whether what would turn each decision over is looked for.</param>
/// <param name="Now">When it is asked: passwords run out.</param>
[GenerateSerializer, Immutable, Alias("Suppositions")]
internal sealed record Suppositions(
    [property: Id(0)] TenantFact Tenant, [property: Id(1)] IReadOnlyList<UserFact> Users, [property: Id(2)] IReadOnlyList<Permission> Permissions,
    [property: Id(3)] IReadOnlyList<string> Fragments, [property: Id(4)] bool OnlyAllowed, [property: Id(5)] bool WithNearMisses, [property: Id(6)] DateTimeOffset Now);

/// <summary>A piece of data of which the names of its fragments are known and nothing more.</summary>
internal sealed class NamedFragments(IReadOnlyList<string> names) : IFragmentNames
{
    public bool AreAllIn(Coverage covered) => names.Count > 0 && names.All(covered.Has);
}

/// <summary>
/// Explains decisions: by making them, with the policy's own notes; by asking the same facts from where the user has what decided; and by
/// making them again on facts that differ in one thing.
/// </summary>
internal static class Explanations
{
    private const int LevelsTriedMax = 8;

    /// <summary>What would be decided for each user and permission, in that order.</summary>
    /// <param name="ancestry">Where the object hangs; null where the resource is none.</param>
    /// <param name="own">The object's own document; null where the resource is no object.</param>
    public static List<Explanation> Of(Suppositions asked, in Resource resource, Ancestry? ancestry, IFragmentNames? own)
    {
        var explanations = new List<Explanation>();
        foreach (var user in asked.Users)
            foreach (var permission in asked.Permissions)
            {
                var document = asked.Fragments.Count > 0 ? new NamedFragments(asked.Fragments) : IsOfDocument(permission) ? own : null;
                var supposed = new Supposed(user, asked.Tenant, resource.Holding(document), ancestry, permission, asked.Fragments, asked.Now);
                var trace = supposed.Decide();
                if (asked.OnlyAllowed && !trace.Decision.Allowed) continue;
                var (misses, areCut) = asked.WithNearMisses ? NearMisses(supposed.OnTheWay(), trace.Decision) : ([], false);
                explanations.Add(new(user.User.Name, trace, asked.Fragments, FactReplica.Weigh(user, asked.Tenant).Refusal, Reasons(supposed, trace), misses)
                {
                    AreNearMissesCut = areCut,
                    AllowedFragments = trace.Decision.Allowed ? [] : supposed.Shown(),
                });
            }
        return explanations;
    }

    /// <summary>How much of an object, or of its data, a user is allowed.</summary>
    public static Coverage CoverageOn(ManagedObject stored, Caller user, Permission permission)
    {
        if (!IsOfDocument(permission)) return Policy.CoverageOf(user, stored.AsSource(user.Tenant), permission);
        return Policy.Decide(user, stored.AsResource(user.Tenant), permission).Allowed ? Coverage.Whole : Coverage.None;
    }

    /// <summary>Permissions whose grants cover, or do not, fragments of the object's own document.</summary>
    internal static bool IsOfDocument(Permission permission) => permission is Permission.InventoryRead or Permission.InventoryAdmin
        or Permission.DeviceUserRead or Permission.IdentityRead or Permission.IdentityAdmin;

    /// <summary>From where the user has what the deciding rule found.</summary>
    private static List<Reason> Reasons(Supposed supposed, DecisionTrace trace) => trace.Decision.Rule switch
    {
        Rule.GlobalAuthority => [.. Held(supposed).Where(reason => reason.Authority is { } held && supposed.Counts(held))],
        Rule.Ownership or Rule.GlobalFragment => [new Reason(trace.Decision.Rule) { At = trace.Object }],
        Rule.InventoryRole or Rule.DevicePermission => [.. Held(supposed).Where(reason => IsMet(supposed, trace, reason))],
        _ => [],
    };

    private static bool IsMet(Supposed supposed, DecisionTrace trace, Reason reason)
    {
        if (reason.Authority is not null || !trace.Met.Any(met => met.At == reason.At && met.Rule == reason.Rule)) return false;
        var kinds = Policy.GrantsFor(supposed.Permission);
        var grants = reason.Grant is { } one ? [one] : supposed.Tenant.InventoryRoles[reason.InventoryRole!.Value];
        return grants.Any(grant => (GrantSet.KindsOf(grant) & kinds) != GrantKinds.None);
    }

    /// <summary>All that the user holds, one by one.</summary>
    private static IEnumerable<Reason> Held(Supposed supposed)
    {
        var (user, tenant) = (supposed.User, supposed.Tenant);
        foreach (var authority in user.Direct.Members()) yield return new(Rule.GlobalAuthority) { Authority = authority };
        foreach (var group in user.Groups)
            foreach (var authority in tenant.Groups.GetValueOrDefault(group).Members())
                yield return new(Rule.GlobalAuthority) { Authority = authority, Group = group };
        foreach (var assigned in user.Assignments)
            foreach (var role in assigned.Roles.Where(tenant.InventoryRoles.ContainsKey))
                yield return new(Rule.InventoryRole) { InventoryRole = role, At = assigned.Object };
        foreach (var on in user.DevicePermissions)
            foreach (var grant in on.Grants)
                yield return new(Rule.DevicePermission) { At = on.Object, Grant = grant };
        foreach (var group in user.Groups)
            foreach (var on in tenant.DevicePermissions.GetValueOrDefault(group, []))
                foreach (var grant in on.Grants)
                    yield return new(Rule.DevicePermission) { At = on.Object, Grant = grant, Group = group };
    }

    /// <summary>Each single thing that turns the decision over; the policy is asked of every one, as far as the limits reach.</summary>
    private static (List<Reason> Misses, bool AreCut) NearMisses(Supposed supposed, Decision decision)
    {
        var misses = new List<Reason>();
        var (each, weighed) = (supposed.Holdings, 0L);
        foreach (var change in decision.Allowed ? Losses(supposed) : Gains(supposed))
        {
            if (misses.Count == Limits.NearMissesMax || (weighed += each) > Limits.NearMissHoldingsWeighedMax) return (misses, true);
            if (change.Supposed.IsAllowed() != decision.Allowed) misses.Add(change.Reason);
        }
        return (misses, false);
    }

    private static IEnumerable<(Reason Reason, Supposed Supposed)> Losses(Supposed supposed)
    {
        var (user, tenant) = (supposed.User, supposed.Tenant);
        foreach (var authority in user.Direct.Members())
            yield return (new(Rule.GlobalAuthority) { Authority = authority }, supposed.With(user with { Direct = user.Direct.Without(authority) }));
        foreach (var group in user.Groups.Where(tenant.Groups.ContainsKey))
            yield return (new(Rule.GlobalAuthority) { Group = group }, supposed.With(user with { Groups = [.. user.Groups.Where(other => other != group)] }));
        foreach (var assigned in user.Assignments)
            foreach (var role in assigned.Roles)
                yield return (new(Rule.InventoryRole) { InventoryRole = role, At = assigned.Object }, supposed.With(user with
                {
                    Assignments = [.. user.Assignments.Select(other => other == assigned ? other with { Roles = [.. other.Roles.Where(id => id != role)] } : other)],
                }));
        foreach (var on in user.DevicePermissions)
            foreach (var grant in on.Grants)
                yield return (new(Rule.DevicePermission) { At = on.Object, Grant = grant }, supposed.With(user with
                {
                    DevicePermissions = [.. user.DevicePermissions.Select(other => other == on ? on with { Grants = [.. on.Grants.Where(kept => kept != grant)] } : other)],
                }));
        if (supposed.IsOwner) yield return (new(Rule.Ownership) { At = supposed.Object }, supposed.Unowned());
        if (supposed.IsMarked) yield return (new(Rule.GlobalFragment) { At = supposed.Object }, supposed.Marked(false));
    }

    private static IEnumerable<(Reason Reason, Supposed Supposed)> Gains(Supposed supposed)
    {
        var (user, tenant, permission) = (supposed.User, supposed.Tenant, supposed.Permission);
        foreach (var authority in Policy.AuthoritiesFor(permission).Members())
            yield return (new(Rule.GlobalAuthority) { Authority = authority }, supposed.With(user with { Direct = user.Direct.With(authority) }));
        foreach (var group in tenant.Groups.Keys.Except(user.Groups).Order())
            yield return (new(Rule.GlobalAuthority) { Group = group }, supposed.With(user with { Groups = [.. user.Groups, group] }));
        if (supposed.Ancestry is not { } ancestry) yield break;
        if (Policy.OwnerMay(permission)) yield return (new(Rule.Ownership) { At = ancestry.Object }, supposed.Owned());
        if (Policy.GlobalFragmentMay(permission)) yield return (new(Rule.GlobalFragment) { At = ancestry.Object }, supposed.Marked(true));
        foreach (var at in ancestry.Upward.Take(LevelsTriedMax))
            foreach (var role in tenant.InventoryRoles.Keys.Order())
                yield return (new(Rule.InventoryRole) { InventoryRole = role, At = at }, supposed.With(user with { Assignments = [.. user.Assignments, new AssignedRoles(0, at, [role])] }));
        foreach (var grant in supposed.SmallestGrants())
            yield return (new(Rule.DevicePermission) { At = ancestry.Object, Grant = grant },
                supposed.With(user with { DevicePermissions = [.. user.DevicePermissions, new ObjectGrants(ancestry.Object, [grant])] }));
    }

    /// <summary>One question: facts, a resource and a permission; and what it would be if one thing were different.</summary>
    private sealed class Supposed(UserFact user, TenantFact tenant, Resource resource, Ancestry? ancestry, Permission permission, IReadOnlyList<string> fragments, DateTimeOffset now)
    {
        public UserFact User => user;
        public TenantFact Tenant => tenant;
        public Ancestry? Ancestry => ancestry;
        public Permission Permission => permission;
        public ObjectId? Object => ancestry?.Object;
        public bool IsOwner => resource.Owner == user.User.Name;
        public bool IsMarked => resource.IsGlobal;

        /// <summary>Whether an authority that is given satisfies the permission: of who must choose a new password hardly any counts.</summary>
        public bool Counts(Authority authority) => Policy.AuthoritiesFor(permission).Contains(authority) && Standing.Rights.Global.Contains(authority);

        private Standing Standing => FactReplica.AsOf(FactReplica.Weigh(user, tenant), now);

        /// <summary>How much is weighed to decide once: groups, and grants on objects.</summary>
        public long Holdings => 1 + user.Groups.Count
            + user.Assignments.Sum(assigned => assigned.Roles.Sum(role => (long)tenant.InventoryRoles.GetValueOrDefault(role, []).Count))
            + user.DevicePermissions.Concat(user.Groups.SelectMany(group => tenant.DevicePermissions.GetValueOrDefault(group, []))).Sum(on => (long)on.Grants.Count);

        public DecisionTrace Decide()
        {
            var standing = Standing;
            var trace = Policy.Explain(As(standing), resource, permission);
            return standing.IsServed ? trace : trace with { Decision = new Decision(false, Rule.NotServed), Tried = [], Walked = [], Met = [] };
        }

        /// <summary>The decision alone.</summary>
        public bool IsAllowed() => Standing is { IsServed: true } standing && Policy.Decide(As(standing), resource, permission).Allowed;

        /// <summary>Which of the fragments asked about show although they are refused together.</summary>
        public IReadOnlyList<string> Shown()
        {
            var user = As(Standing);
            return Policy.ShowsParts(user, permission) ? [.. fragments.Where(Policy.CoverageOf(user, resource, permission).Has)] : [];
        }

        private Caller As(Standing standing) => Caller.Supposed(user.User, standing.Rights, ancestry);

        /// <summary>
        /// The same question with those grants alone that can bear on it: on the object or on the way up from it, and of a kind that the permission rests on. A user may
        /// hold thousands of others, and would be weighed with them as often as something is tried.
        /// </summary>
        public Supposed OnTheWay()
        {
            var way = ancestry is null ? [] : ancestry.Upward.ToHashSet();
            var roles = tenant.InventoryRoles.Select(role => (role.Key, Grants: Bearing(role.Value))).Where(role => role.Grants.Count > 0).ToFrozenDictionary(role => role.Key, role => role.Grants);
            var ofGroups = tenant.DevicePermissions.Select(group => (group.Key, On: OnObject(group.Value))).Where(group => group.On.Count > 0);
            var assignments = user.Assignments.Where(assigned => way.Contains(assigned.Object)).Select(assigned => assigned with { Roles = [.. assigned.Roles.Where(roles.ContainsKey)] });
            return new(
                user with { Assignments = [.. assignments.Where(assigned => assigned.Roles.Count > 0)], DevicePermissions = OnObject(user.DevicePermissions) },
                tenant with { InventoryRoles = roles, DevicePermissions = ofGroups.ToFrozenDictionary(group => group.Key, group => group.On) },
                resource, ancestry, permission, fragments, now);
        }

        private IReadOnlyList<ObjectGrants> OnObject(IReadOnlyList<ObjectGrants> all) =>
            [.. all.Where(on => on.Object == Object).Select(on => on with { Grants = Bearing(on.Grants) }).Where(on => on.Grants.Count > 0)];

        private IReadOnlyList<Grant> Bearing(IReadOnlyList<Grant> grants) => [.. grants.Where(grant => (GrantSet.KindsOf(grant) & Policy.GrantsFor(permission)) != GrantKinds.None)];

        public Supposed With(UserFact other) => new(other, tenant, resource, ancestry, permission, fragments, now);

        public Supposed Owned() => new(user, tenant, Like(user.User.Name, resource.IsGlobal), ancestry, permission, fragments, now);

        public Supposed Unowned() => new(user, tenant, Like(null, resource.IsGlobal), ancestry, permission, fragments, now);

        public Supposed Marked(bool isGlobal) => new(user, tenant, Like(resource.Owner, isGlobal), ancestry, permission, fragments, now);

        /// <summary>The device permissions that cover just what is missing: where that is one fragment, no others.</summary>
        public IEnumerable<Grant> SmallestGrants()
        {
            var held = Policy.CoverageOf(As(Standing), resource, permission);
            var type = fragments.Where(fragment => !held.Has(fragment)).Distinct().Take(2).ToList() is [var missing] ? missing : Grant.AnyType;
            for (var rest = (uint)Policy.GrantsFor(permission); rest != 0; rest &= rest - 1)
            {
                var kind = System.Numerics.BitOperations.TrailingZeroCount(rest);
                yield return new Grant((GrantScope)(kind / 2 + 1), kind % 2 == 0 ? GrantLevel.Read : GrantLevel.Admin, type);
            }
        }

        private Resource Like(string? owner, bool isGlobal) => new(resource.Tenant, resource.Source, owner, isGlobal, resource.Document);
    }
}
