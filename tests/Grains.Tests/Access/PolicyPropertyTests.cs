using System.Globalization;
using System.Security.Cryptography;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>What must hold of the decision whoever asks for whatever: drawn at random, with a seed that a failure tells.</summary>
public sealed class PolicyPropertyTests
{
    private const int Cases = 100_000;
    private static readonly TenantId[] Tenants = [TenantId.Management, new("t1"), new("t2")];
    private static readonly string[] Names = ["ann", "bob", "device_1", "Ann", Caller.PlatformName];
    private static readonly Permission[] Permissions = Enum.GetValues<Permission>();
    private static readonly PlatformTask[] Tasks = [.. Enum.GetValues<PlatformTask>().Where(task => task != PlatformTask.None)];

    private readonly int _seed = RandomNumberGenerator.GetInt32(int.MaxValue);
    private readonly Random _random;

    public PolicyPropertyTests()
    {
        _random = new Random(_seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {_seed.ToString(CultureInfo.InvariantCulture)}");
    }

    [Fact]
    public void Nothing_of_another_tenant_is_ever_allowed()
    {
        var refused = 0;
        Repeat((caller, resource, permission) =>
        {
            if (caller.Tenant == resource.Tenant) return;
            refused++;
            Require(Policy.Decide(caller, resource, permission) == new Decision(false, Rule.OtherTenant), caller, resource, permission);
        });
        Assert.True(refused > Cases / 2, $"seed {_seed}: {refused} cases across tenants are too few");
    }

    [Fact]
    public void Across_tenants_nobody_passes_who_does_not_stand_above() => Repeat((caller, resource, permission) =>
    {
        var parent = OneOf([.. Tenants.Select(t => (TenantId?)t), null]);
        var isAbove = caller.Tenant == TenantId.Management || caller.Tenant == parent;
        var isOwnPlatform = caller.IsPlatform && caller.Tenant == resource.Tenant;
        if (!isAbove && !isOwnPlatform)
            Require(!Policy.DecideAcrossTenants(caller, resource, permission, parent).Allowed, caller, resource, permission);
    });

    [Fact]
    public void Who_may_never_is_refused_for_every_resource() => Repeat((caller, resource, permission) =>
    {
        if (!Policy.MayEver(caller, permission))
            Require(!Policy.Decide(caller, resource, permission).Allowed, caller, resource, permission);
    });

    [Fact]
    public void Who_may_ever_is_allowed_for_some_resource() => Repeat((caller, _, permission) =>
    {
        if (caller.Rights is null || !Policy.MayEver(caller, permission)) return;
        // If not this thing of its own, marked for all to see, then none.
        var best = new Resource(caller.Tenant, new ObjectId(1), caller.User.Name, isGlobal: true);
        Require(Policy.Decide(caller, best, permission).Allowed, caller, best, permission);
    });

    [Fact]
    public void A_list_holds_exactly_what_each_of_its_objects_would_be_decided_to_show()
    {
        var (admitted, left) = (0, 0);
        Repeat((caller, resource, permission) =>
        {
            var own = new Resource(caller.Tenant, resource.Source, resource.Owner, resource.IsGlobal);
            var allowed = Policy.Decide(caller, own, permission).Allowed;
            Require(Policy.Scope(caller, permission).Admits(own.Owner, own.IsGlobal) == allowed, caller, own, permission);
            if (allowed) admitted++;
            else left++;
        });
        Assert.True(admitted > Cases / 20 && left > Cases / 20, $"seed {_seed}: {admitted} admitted and {left} left out prove too little");
    }

    [Fact]
    public void Who_did_not_come_through_the_gate_is_refused_everything() => Repeat((caller, resource, permission) =>
    {
        var outside = new Caller(caller.User, caller.Method, caller.CredentialEpoch, caller.Address);
        Require(!Policy.Decide(outside, resource, permission).Allowed, outside, resource, permission);
        Require(Policy.Scope(outside, permission).Kind == ScopeKind.None, outside, resource, permission);
    });

    [Fact]
    public void More_rights_never_allow_less_but_for_the_bootstrap_authority_held_alone() => Repeat((caller, resource, permission) =>
    {
        if (caller.IsPlatform || caller.Rights is not { } rights || !Policy.Decide(caller, resource, permission).Allowed) return;
        var more = caller.Attested(new Rights(rights.Global.With(OneOf(Authorities.All))));
        if (more.Rights!.Global == AuthoritySet.Of(Authority.DeviceBootstrap)) return;
        Require(Policy.Decide(more, resource, permission).Allowed, more, resource, permission);
    });

    [Fact]
    public void The_bootstrap_authority_held_alone_opens_its_one_door_and_nothing_else() => Repeat((caller, resource, permission) =>
    {
        if (caller.IsPlatform || permission == Permission.DeviceBootstrap) return;
        var bootstrap = caller.Attested(new Rights(AuthoritySet.Of(Authority.DeviceBootstrap)));
        Require(!Policy.Decide(bootstrap, resource, permission).Allowed, bootstrap, resource, permission);
        Require(!Policy.MayEver(bootstrap, permission), bootstrap, resource, permission);
    });

    private void Repeat(Action<Caller, Resource, Permission> property)
    {
        for (var n = 0; n < Cases; n++)
        {
            var resource = new Resource(OneOf(Tenants), new ObjectId(_random.Next(3)), OneOf([null, .. Names]), _random.Next(4) == 0);
            property(AnyCaller(), resource, OneOf(Permissions));
        }
    }

    private Caller AnyCaller()
    {
        var tenant = OneOf(Tenants);
        if (_random.Next(8) == 0) return Caller.Platform(OneOf(Tasks), tenant);
        var caller = new Caller(new UserId(tenant, OneOf(Names)), SignInMethod.Basic, 1, "");
        return _random.Next(16) == 0 ? caller : caller.Attested(new Rights(AnyAuthorities()));
    }

    // Few, for with many nobody would be refused.
    private AuthoritySet AnyAuthorities()
    {
        var set = AuthoritySet.Empty;
        for (var left = _random.Next(10); left > 0; left--) set = set.With(OneOf(Authorities.All));
        return set;
    }

    private T OneOf<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    private void Require(bool holds, Caller caller, Resource resource, Permission permission) =>
        Assert.True(holds, $"seed {_seed}: {caller.User} as {caller.Task} with {string.Join(' ', caller.Rights?.Global.Members() ?? [])}, {permission} on {resource}");
}
