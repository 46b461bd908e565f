using System.Collections.Frozen;
using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tests.Access.Oracle;

/// <summary>How often each rule decided, over all that was asked.</summary>
internal sealed class Tally
{
    private readonly long[] _byRule = new long[byte.MaxValue + 1];

    public long Decisions { get; private set; }
    public long Allowed { get; private set; }

    public void Count(Decision decision)
    {
        Decisions++;
        if (decision.Allowed) Allowed++;
        _byRule[(int)decision.Rule]++;
    }

    public long Of(Rule rule) => _byRule[(int)rule];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Decisions} decisions, {Allowed} allowed: {string.Join(", ", Enum.GetValues<Rule>().Select(rule => $"{rule} {Of(rule)}"))}");
}

/// <summary>Asks the policy what the oracle is asked, in one model, and fails where they differ.</summary>
internal sealed class Interview(Model model, Tally tally)
{
    private static readonly (string Name, Permission Permission)[] Doors = [.. PolicyOracle.Doors.Select(door => (door, Enum.Parse<Permission>(door)))];
    private static readonly PlatformTask[] Tasks = [.. Enum.GetValues<PlatformTask>().Where(task => task != PlatformTask.None)];

    private ModelTenant[] Tenants => model.Tenants;

    public void Run()
    {
        var number = 0;
        foreach (var tenant in model.Tenants)
        {
            var fact = FactOf(tenant);
            foreach (var user in tenant.Users)
            {
                var oracle = new PolicyOracle(tenant, user);
                var standing = FactReplica.Weigh(FactOf(tenant, user), fact);
                if (standing.IsServed != oracle.IsServed) throw Differs(tenant, user, "being served", $"the oracle says {oracle.IsServed}");
                foreach (var (door, permission) in Doors)
                {
                    if (number++ % model.Stride != model.Offset) continue;
                    if (number % 2 == 0) AskPlatform(tenant, permission, Tasks[(number + model.Offset) / 2 % Tasks.Length]);
                    if (standing.IsServed) new Questions(this, tenant, user, oracle, door, permission, standing.Rights).Ask();
                }
            }
        }
    }

    /// <summary>One user before one door: every object there is, and what a list and the gate say.</summary>
    private sealed class Questions(Interview interview, ModelTenant tenant, ModelUser user, PolicyOracle oracle, string door, Permission permission, Rights rights)
    {
        private readonly Caller _stranger = new(new UserId(new(tenant.Name), user.Name), SignInMethod.Basic, 1, "192.0.2.1");
        private readonly Scope _scope = Policy.Scope(Caller(tenant, user).Attested(rights), permission);

        public void Ask()
        {
            foreach (var of in interview.Tenants)
            {
                AskOne(of, new Asked(of.Name, null, null));
                // Of what is another tenant's, and where no object matters, one question is as good as all.
                var questions = of.Objects.SelectMany(it => AllOf(of, it));
                foreach (var asked in of == tenant && PolicyOracle.IsAboutObjects(door) ? questions : questions.Take(1)) AskOne(of, asked);
            }
            AskStranger();
            AskGate();
            AskFromAbove();
        }

        private static IEnumerable<Asked> AllOf(ModelTenant of, ModelObject it)
        {
            yield return new(of.Name, it, [it.Fragments]);
            foreach (var data in it.Data) yield return new(of.Name, it, [data]);
            if (it.Data.Length > 1) yield return new(of.Name, it, it.Data);
            yield return new(of.Name, it, null);
        }

        private void AskOne(ModelTenant of, Asked asked)
        {
            var (resource, ancestry) = (ResourceOf(asked), AncestryOf(of, asked));
            var reasons = oracle.Reasons(door, asked);
            var expected = reasons.Count > 0 ? new Decision(true, Enum.Parse<Rule>(reasons[0])) : new Decision(false, of != tenant ? Rule.OtherTenant : oracle.IsShutIn ? Rule.ShutIn : Rule.NothingGranted);
            var caller = _stranger.Attested(rights, ancestry);
            var actual = interview.Decide(caller, resource, permission);
            Require(actual == expected, asked, $"the policy says {actual}, the oracle {expected} for {Model.Words(reasons)}");
            Require(Policy.Explain(caller, resource, permission).Decision == actual, asked, "what is explained is not what is decided");
            Require(!actual.Allowed || Policy.MayEver(caller, permission), asked, "the gate would not let in whom the policy allows");
            Require(Policy.CoverageOf(caller, resource, permission).Covers(resource.Document) == actual.Allowed, asked, "a list of the object's own data says otherwise than a decision");
            if (of == tenant) Require(Shows(asked, ancestry, resource.Document) == actual.Allowed, asked, $"a list says otherwise than a decision: {_scope}");
        }

        /// <summary>What a scope admits, by what it promises.</summary>
        private bool Shows(Asked asked, Ancestry? ancestry, IFragmentNames? document)
        {
            if (_scope.Kind != ScopeKind.Some) return _scope.Kind == ScopeKind.All;
            if (asked.Object is not { } it) return false;
            if (_scope.Admits(it.Owner, it.Fragments.Contains(ManagedObjectGlobal))) return true;
            var covered = Coverage.None;
            foreach (var grant in _scope.Grants)
                if (grant.Object.Value == it.Id || (grant.ReachesBelow && ancestry!.Upward.Contains(grant.Object)))
                    covered |= grant.Coverage;
            return covered.Covers(document);
        }

        private void AskStranger()
        {
            foreach (var it in tenant.Objects.Take(1))
            {
                var asked = new Asked(tenant.Name, it, [it.Fragments]);
                var refused = interview.Decide(_stranger, ResourceOf(asked), permission);
                Require(refused == new Decision(false, Rule.NotAttested) && Policy.Scope(_stranger, permission).Kind == ScopeKind.None
                    && Policy.CoverageOf(_stranger, ResourceOf(asked), permission).IsNone, asked, $"who did not come through the gate gets {refused}");
            }
        }

        private void AskGate()
        {
            var may = Policy.MayEver(_stranger.Attested(rights), permission);
            if (may != oracle.MayEver(door)) throw Differs(tenant, user, door, $"the gate says {may}, the oracle {!may}");
        }

        private void AskFromAbove()
        {
            foreach (var parent in (string?[])[null, "management", "t1", "t2"])
            {
                var below = Resource.OfTenant(new("t3"));
                var actual = Policy.DecideAcrossTenants(_stranger.Attested(rights), below, permission, parent is null ? null : new TenantId(parent));
                if (actual.Allowed != oracle.MayFromAbove(door, parent)) throw Differs(tenant, user, door, $"on a tenant below {parent ?? "none"} the policy says {actual}");
            }
        }

        private void Require(bool holds, Asked asked, string what)
        {
            if (holds) return;
            var documents = asked.Documents is null ? "documents that nobody knows" : string.Join(" and ", asked.Documents.Select(Model.Words));
            throw Differs(tenant, user, door, $"on {(asked.Object is { } it ? $"object {it.Id} with {documents}" : "the whole")} of {asked.Tenant}: {what}");
        }
    }

    private const string ManagedObjectGlobal = "c8y_Global";

    /// <summary>Which task may what is a table of its own, and reviewed as one; here, that nothing but the row counts.</summary>
    private void AskPlatform(ModelTenant tenant, Permission permission, PlatformTask task)
    {
        var caller = Abstractions.Access.Caller.Platform(task, new(tenant.Name));
        var whole = Decide(caller, Resource.OfTenant(caller.Tenant), permission);
        var holds = whole.Rule == (whole.Allowed ? Rule.PlatformTask : Rule.TaskWithoutRow)
            && Policy.MayEver(caller, permission) == whole.Allowed
            && Policy.Scope(caller, permission).Kind == (whole.Allowed ? ScopeKind.All : ScopeKind.None)
            && Policy.DecideAcrossTenants(caller, Resource.OfTenant(caller.Tenant), permission, null) == whole;
        foreach (var of in model.Tenants)
            foreach (var it in of.Objects.Take(1))
            {
                var resource = ResourceOf(new(of.Name, it, [it.Fragments]));
                var decision = Decide(caller, resource, permission);
                holds &= decision == (of == tenant ? whole : new Decision(false, Rule.OtherTenant));
                holds &= Policy.CoverageOf(caller, resource, permission).IsNone == !decision.Allowed;
            }
        if (!holds) throw new InvalidOperationException($"platform task {task} of {tenant.Name} before {permission}: {whole}\n{model}");
    }

    private Decision Decide(Caller caller, in Resource resource, Permission permission)
    {
        var decision = Policy.Decide(caller, resource, permission);
        tally.Count(decision);
        return decision;
    }

    private static InvalidOperationException Differs(ModelTenant tenant, ModelUser user, string door, string what) =>
        new($"{tenant.Name}/{user.Name} before {door}, {what}");

    private static Caller Caller(ModelTenant tenant, ModelUser user) => new(new UserId(new(tenant.Name), user.Name), SignInMethod.Basic, 1, "192.0.2.1");

    private static Resource ResourceOf(Asked asked)
    {
        if (asked.Object is not { } it) return Resource.OfTenant(new(asked.Tenant));
        IFragmentNames? document = asked.Documents switch
        {
            null => null,
            [var only] => FragmentsOf(only),
            var several => new EachOf([.. several.Select(FragmentsOf)]),
        };
        return new(new(asked.Tenant), new(it.Id), it.Owner, it.Fragments.Contains(ManagedObjectGlobal), document);
    }

    private static Fragments FragmentsOf(string[] names) => new([.. names.Select(name => new Fragment(name, "{}"u8.ToArray()))]);

    private static Ancestry? AncestryOf(ModelTenant of, Asked asked)
    {
        if (asked.Object is not { } it) return null;
        var upward = new List<long> { it.Id };
        for (var at = 0; at < upward.Count; at++)
            upward.AddRange(of.Objects.Where(above => above.Id == upward[at]).SelectMany(above => above.Parents).Where(parent => !upward.Contains(parent)).ToArray());
        return new(new(it.Id), [.. upward.Select(id => new ObjectId(id))]);
    }

    private static TenantFact FactOf(ModelTenant tenant) =>
        new(new(tenant.Name), 1, true, ByPlace(tenant.Groups, group => AuthoritiesOf(group.Authorities)))
        {
            DevicePermissions = ByPlace(tenant.Groups, group => GrantsOf(group.OnDevices)),
            InventoryRoles = ByPlace(tenant.Roles, role => (IReadOnlyList<Grant>)[.. role.Select(one => GrantOf(one.Scope, one.Type, one.Level))]),
        };

    private static UserFact FactOf(ModelTenant tenant, ModelUser user) =>
        new(new(new(tenant.Name), user.Name), 1, !user.IsDisabled, 1, AuthoritiesOf(user.Authorities), user.Groups, user.MustChangePassword)
        {
            Assignments = [.. user.Assignments.Select((one, place) => new AssignedRoles(place, new(one.Object), one.Roles))],
            DevicePermissions = GrantsOf(user.OnDevices),
        };

    private static FrozenDictionary<int, TFact> ByPlace<T, TFact>(T[] items, Func<T, TFact> fact) =>
        items.Index().ToFrozenDictionary(at => at.Index, at => fact(at.Item));

    private static AuthoritySet AuthoritiesOf(string[] names) =>
        names.Aggregate(AuthoritySet.Empty, (set, name) => Authorities.TryParse(name, out var authority) ? set.With(authority) : throw new ArgumentException(name));

    private static IReadOnlyList<ObjectGrants> GrantsOf(DevicePermissions[] permissions) =>
        [.. permissions.Select(on => new ObjectGrants(new(on.Object), [.. on.Texts.Select(text => text.Split(':')).Select(parts => GrantOf(parts[0], parts[1], parts[2]))]))];

    private static Grant GrantOf(string scope, string type, string level) => new(
        scope switch
        {
            "ALARM" => GrantScope.Alarm,
            "AUDIT" => GrantScope.Audit,
            "EVENT" => GrantScope.Event,
            "MANAGED_OBJECT" => GrantScope.ManagedObject,
            "MEASUREMENT" => GrantScope.Measurement,
            "OPERATION" => GrantScope.Operation,
            _ => GrantScope.Any,
        },
        level switch { "READ" => GrantLevel.Read, "ADMIN" => GrantLevel.Admin, _ => GrantLevel.Any },
        type);
}
