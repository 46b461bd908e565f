using System.Reflection;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>The first lock, one call at a time: what it opens for, what it refuses and how, and what the grain is handed.</summary>
public sealed class GateTests
{
    private const string Own = "t1/thing";
    private readonly FactSources _sources = new();
    private readonly FactReplica _replica;
    private readonly TestLease _lease = new();
    private readonly DenialList _denials = new();
    private readonly GrainCallGate _gate;

    public GateTests()
    {
        _sources.Set(Facts.OfTenant(1));
        _sources.Set(Facts.User(1, Authority.AuditRead));
        _replica = new FactReplica(_sources.Grains, []);
        _gate = new GrainCallGate(_replica, new Hierarchy(Partly.Of<ILinkStore>(new DeviceStores())), _lease, _denials);
    }

    [Theory]
    [InlineData("t1", true)]
    [InlineData("t1/4711", true)]
    [InlineData("t1/c8y_Serial/t2/x", true)]
    [InlineData("t10/4711", false)]
    [InlineData("t/4711", false)]
    [InlineData("T1/4711", false)]
    [InlineData("t1é/4711", false)]
    [InlineData("/t1", false)]
    [InlineData("", false)]
    public void A_tenant_owns_the_keys_whose_first_segment_it_is(string key, bool isOwn)
    {
        var bytes = Encoding.UTF8.GetBytes(key);
        Assert.Equal(isOwn, new TenantId("t1").OwnsGrainKey(bytes));
        Assert.Equal(isOwn, TenantId.OfGrainKey(key) == new TenantId("t1"));
        // What is no tenant owns nothing.
        Assert.False(default(TenantId).OwnsGrainKey(bytes));
    }

    [Fact]
    public async Task A_caller_who_could_hold_the_permission_reaches_the_grain_attested()
    {
        var call = GateCall.To(nameof(IDoors.Audit), Own, Ann());
        await _gate.Invoke(call);
        Assert.True(call.HasReachedTheGrain);
        Assert.Equal(AuthoritySet.Of(Authority.AuditRead), call.Attested.Rights!.Global);
        Assert.Equal((Facts.Ann, SignInMethod.Basic, 1L, "192.0.2.1"), (call.Attested.User, call.Attested.Method, call.Attested.CredentialEpoch, call.Attested.Address));
        Assert.Empty(_denials.Recorded);
    }

    [Fact]
    public async Task What_a_test_host_calls_is_no_door_of_the_product()
    {
        var method = Assembly.Load("Orleans.TestingHost").GetTypes().Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain))).SelectMany(type => type.GetMethods()).First();
        var refusal = await Assert.ThrowsAsync<Refusal>(() => _gate.Invoke(GateCall.Of(method)));
        Assert.Equal(RefusalKind.Denied, refusal.Kind);
    }

    [Fact]
    public Task One_of_several_permissions_is_enough() => OpensAsync(GateCall.To(nameof(IDoors.Either), Own, Ann()));

    [Fact]
    public Task A_door_that_an_owner_may_pass_opens_for_everybody_of_the_tenant_for_the_gate_knows_no_owner() =>
        OpensAsync(GateCall.To(nameof(IDoors.Owners), Own, Ann()));

    [Fact]
    public async Task An_observer_is_told_without_a_caller_and_nothing_that_is_a_grain_passes_for_one()
    {
        var told = typeof(ITold).GetMethod(nameof(ITold.Told))!;
        _lease.IsHeld = true;
        await OpensAsync(GateCall.OfObserver(told));
        foreach (var call in new[] { GateCall.Of(told, "news"), GateCall.OfObserver(typeof(IToldGrain).GetMethod(nameof(IToldGrain.ToldToo))!) })
        {
            await Assert.ThrowsAsync<Refusal>(() => _gate.Invoke(call));
            Assert.False(call.HasReachedTheGrain);
        }
    }

    [Fact]
    public Task A_door_marked_across_tenants_opens_for_who_holds_its_permission()
    {
        _sources.Set(Facts.User(1, Authority.TenantManagementRead));
        return OpensAsync(GateCall.To(nameof(IDoors.Across), "t2", Ann()));
    }

    [Fact]
    public async Task A_caller_that_brings_rights_of_its_own_making_is_handed_the_silos()
    {
        var forged = Ann().Attested(new Rights(new AuthoritySet(ulong.MaxValue)));
        var call = GateCall.To(nameof(IDoors.Audit), Own, forged);
        await _gate.Invoke(call);
        Assert.Equal(AuthoritySet.Of(Authority.AuditRead), call.Attested.Rights!.Global);

        _replica.Install(Facts.User(2));
        await RefusesAsync(RefusalKind.Denied, GateCall.To(nameof(IDoors.Audit), Own, forged));
    }

    [Fact]
    public async Task Without_a_lease_nobody_passes_not_even_the_platform()
    {
        _lease.IsHeld = false;
        await RefusesAsync(RefusalKind.Unavailable, GateCall.To(nameof(IDoors.Audit), Own, Ann()));
        await RefusesAsync(RefusalKind.Unavailable, GateCall.To(nameof(IDoors.Platforms), Own, Caller.Platform(PlatformTask.Facts, Facts.Tenant)));
        await RefusesAsync(RefusalKind.Unavailable, GateCall.To(nameof(IDoors.Undeclared), Own, Ann()));
    }

    [Fact]
    public async Task A_lease_that_lapses_while_the_facts_are_fetched_lets_nobody_pass()
    {
        var answers = _sources.HoldAnswers();
        var call = GateCall.To(nameof(IDoors.Audit), Own, Ann());
        var passing = _gate.Invoke(call);
        // The process was stopped: its clock has gone on, and nothing has run that could have told the replica.
        _lease.IsHeld = false;
        answers.SetResult();
        Assert.Equal(RefusalKind.Unavailable, (await Assert.ThrowsAsync<Refusal>(() => passing)).Kind);
        Assert.False(call.HasReachedTheGrain);
    }

    [Theory]
    [InlineData(nameof(IDoors.Undeclared)), InlineData(nameof(IDoors.CallerSecond)), InlineData(nameof(IDoors.Nobodys))]
    public Task A_door_that_does_not_say_whom_it_serves_serves_nobody(string door) => RefusesAsync(RefusalKind.Denied, door switch
    {
        nameof(IDoors.Undeclared) => GateCall.To(door, Own, Ann()),
        nameof(IDoors.CallerSecond) => GateCall.To(door, Own, "what", Ann()),
        _ => GateCall.To(door, Own),
    });

    [Fact]
    public Task A_call_with_no_caller_in_its_place_is_refused() => RefusesAsync(RefusalKind.Denied, GateCall.To(nameof(IDoors.Audit), Own, [null]));

    [Theory]
    [InlineData("t2/thing"), InlineData("t2"), InlineData("t11/thing"), InlineData("/t1/thing")]
    public async Task Another_tenants_grain_is_out_of_reach_and_the_attempt_recorded_once(string key)
    {
        await RefusesAsync(RefusalKind.Denied, GateCall.To(nameof(IDoors.Audit), key, Ann()));
        Assert.Equal([(Facts.Ann, $"IDoors.Audit {key}")], _denials.Recorded);
    }

    [Fact]
    public Task The_platform_reaches_no_other_tenant_than_the_one_it_works_in() =>
        RefusesAsync(RefusalKind.Denied, GateCall.To(nameof(IDoors.Platforms), "t2/thing", Caller.Platform(PlatformTask.Facts, Facts.Tenant)));

    [Fact]
    public Task A_user_nobody_made_is_nobody() =>
        RefusesAsync(RefusalKind.Unauthenticated, GateCall.To(nameof(IDoors.Owners), Own, CallerOf(new UserId(Facts.Tenant, "ghost"), 0)));

    [Fact]
    public Task A_disabled_user_is_nobody()
    {
        _sources.Set(Facts.User(1, Authority.AuditRead) with { IsActive = false });
        return RefusesAsync(RefusalKind.Unauthenticated, GateCall.To(nameof(IDoors.Audit), Own, Ann()));
    }

    [Fact]
    public Task A_suspended_tenant_has_no_users()
    {
        _sources.Set(Facts.OfTenant(1) with { IsActive = false });
        return RefusesAsync(RefusalKind.Unauthenticated, GateCall.To(nameof(IDoors.Audit), Own, Ann()));
    }

    [Fact]
    public async Task Credentials_that_have_changed_since_sign_in_are_worth_nothing()
    {
        await OpensAsync(GateCall.To(nameof(IDoors.Audit), Own, Ann()));
        _replica.Install(Facts.User(2, Authority.AuditRead) with { CredentialEpoch = 2 });
        await RefusesAsync(RefusalKind.Unauthenticated, GateCall.To(nameof(IDoors.Audit), Own, Ann()));
        await OpensAsync(GateCall.To(nameof(IDoors.Audit), Own, CallerOf(Facts.Ann, 2)));
    }

    [Fact]
    public Task Credentials_that_the_source_has_never_seen_are_worth_nothing() =>
        RefusesAsync(RefusalKind.Unauthenticated, GateCall.To(nameof(IDoors.Audit), Own, CallerOf(Facts.Ann, 99)));

    [Fact]
    public async Task Who_can_hold_none_of_the_permissions_is_denied_and_it_is_recorded()
    {
        _sources.Set(Facts.User(1, Authority.InventoryAdmin));
        await RefusesAsync(RefusalKind.Denied, GateCall.To(nameof(IDoors.Either), Own, Ann()));
        Assert.Equal([(Facts.Ann, $"IDoors.Either {Own}")], _denials.Recorded);
    }

    [Fact]
    public async Task A_door_of_the_platform_opens_for_its_tasks_alone_and_for_no_user_whatever_he_holds()
    {
        await OpensAsync(GateCall.To(nameof(IDoors.Platforms), Own, Caller.Platform(PlatformTask.Facts, Facts.Tenant)));
        await OpensAsync(GateCall.To(nameof(IDoors.Platforms), Own, Caller.SigningIn(Facts.Tenant)));
        await RefusesAsync(RefusalKind.Denied, GateCall.To(nameof(IDoors.Platforms), Own, Caller.Platform(PlatformTask.Removal, Facts.Tenant)));
        _sources.Set(Facts.User(1, [.. Authorities.All]));
        await RefusesAsync(RefusalKind.Denied, GateCall.To(nameof(IDoors.Platforms), Own, Ann()));
    }

    [Fact]
    public Task A_task_of_the_platform_without_a_row_in_the_table_opens_no_door_of_users() =>
        RefusesAsync(RefusalKind.Denied, GateCall.To(nameof(IDoors.Audit), Own, Caller.Platform(PlatformTask.Recovery, Facts.Tenant)));

    [Fact]
    public async Task The_platforms_own_callers_need_no_facts()
    {
        await OpensAsync(GateCall.To(nameof(IDoors.Platforms), Own, Caller.Platform(PlatformTask.Facts, Facts.Tenant)));
        Assert.Equal(0, _sources.Reads);
    }

    [Fact]
    public async Task A_user_who_takes_the_platforms_name_is_a_user_and_unknown() =>
        await RefusesAsync(RefusalKind.Unauthenticated, GateCall.To(nameof(IDoors.Platforms), Own, CallerOf(new UserId(Facts.Tenant, Caller.PlatformName), 0)));

    [Fact]
    public async Task A_denial_deep_down_is_recorded_once_though_it_comes_up_through_several_grains()
    {
        var inner = GateCall.To(nameof(IDoors.Audit), "t1/inner", () => throw Refusal.Denied("not this one", DecisionTrace.Of(Rule.NothingGranted, null)), Ann());
        var middle = GateCall.To(nameof(IDoors.Either), "t1/middle", () => _gate.Invoke(inner), Ann());
        var outer = GateCall.To(nameof(IDoors.Audit), "t1/outer", () => _gate.Invoke(middle), Ann());
        await Assert.ThrowsAsync<Refusal>(() => _gate.Invoke(outer));
        Assert.Equal([(Facts.Ann, "IDoors.Audit t1/inner")], _denials.Recorded);
    }

    [Theory]
    [InlineData(RefusalKind.NotFound), InlineData(RefusalKind.Unauthenticated), InlineData(RefusalKind.Busy)]
    public async Task A_refusal_of_another_kind_is_no_denial(RefusalKind kind)
    {
        var call = GateCall.To(nameof(IDoors.Audit), Own, () => throw new Refusal(kind, "s", "t"), Ann());
        Assert.Equal(kind, (await Assert.ThrowsAsync<Refusal>(() => _gate.Invoke(call))).Kind);
        Assert.Empty(_denials.Recorded);
    }

    [Fact]
    public async Task Orleans_own_calls_pass_even_without_a_lease()
    {
        _lease.IsHeld = false;
        foreach (var own in (MethodInfo[])[typeof(Orleans.Core.Internal.IGrainManagementExtension).GetMethods()[0], typeof(IMembershipTableSystemTarget).GetInterfaces().SelectMany(i => i.GetMethods()).First()])
        {
            var call = GateCall.Of(own);
            await _gate.Invoke(call);
            Assert.True(call.HasReachedTheGrain);
        }
    }

    [Fact]
    public Task The_extension_through_which_a_stream_of_results_would_reach_a_grain_past_its_door_is_shut() =>
        RefusesAsync(RefusalKind.Denied, GateCall.Of(typeof(Orleans.Runtime.IAsyncEnumerableGrainExtension).GetMethods()[0], Guid.Empty, null));

    private static Caller Ann() => CallerOf(Facts.Ann, 1);

    private static Caller CallerOf(UserId user, long epoch) => new(user, SignInMethod.Basic, epoch, "192.0.2.1");

    private async Task OpensAsync(GateCall call)
    {
        await _gate.Invoke(call);
        Assert.True(call.HasReachedTheGrain);
    }

    private async Task RefusesAsync(RefusalKind kind, GateCall call)
    {
        Assert.Equal(kind, (await Assert.ThrowsAsync<Refusal>(() => _gate.Invoke(call))).Kind);
        Assert.False(call.HasReachedTheGrain);
    }
}
