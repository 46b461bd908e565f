using System.Collections.Frozen;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>A silo's copies of the facts: whichever way news comes, and in whichever order, the newest stands and everybody hears of it.</summary>
public sealed class FactsReplicaTests
{
    private const Authority Right = Authority.InventoryRead;
    private const Authority Other = Authority.AuditRead;

    private readonly FactSources _sources = new();
    private readonly ListeningEar _ear = new();
    private readonly FactReplica _replica;

    public FactsReplicaTests()
    {
        _sources.Set(Facts.OfTenant(1));
        _replica = new FactReplica(_sources.Grains, [_ear]);
    }

    [Fact]
    public async Task A_fact_is_fetched_once_and_then_at_hand()
    {
        _sources.Set(Facts.User(1, Right));
        var first = await StandingAsync();
        var reads = _sources.Reads;
        var again = _replica.StandingAsync(Facts.Ann, 1);
        Assert.True(again.IsCompletedSuccessfully);
        Assert.Equal(first, await again);
        Assert.True(first.Rights.Global.Contains(Right));
        Assert.Equal(reads, _sources.Reads);
    }

    [Fact]
    public async Task A_caller_with_newer_credentials_than_the_copy_makes_the_silo_ask_again()
    {
        _sources.Set(Facts.User(1, Right));
        await StandingAsync();
        _sources.Set(Facts.User(2, Right) with { CredentialEpoch = 2 });
        Assert.Equal(2, (await _replica.StandingAsync(Facts.Ann, 2)).CredentialEpoch);
    }

    [Fact]
    public async Task A_slow_fetch_that_a_push_overtook_does_not_bring_the_old_right_back()
    {
        _sources.Set(Facts.User(1, Right));
        var answers = _sources.HoldAnswers();
        var fetching = StandingAsync();
        _replica.Install(Facts.OfTenant(1));
        _replica.Install(Facts.User(2));
        answers.SetResult();
        Assert.False((await fetching).Rights.Global.Contains(Right));
        Assert.False((await StandingAsync()).Rights.Global.Contains(Right));
    }

    [Fact]
    public async Task A_slow_fetch_of_a_tenant_that_a_push_overtook_does_not_bring_the_old_right_back()
    {
        _sources.Set(Facts.User(1) with { Groups = [7] });
        _sources.Set(Facts.OfTenant(1, (7, Right)));
        var answers = _sources.HoldAnswers();
        var fetching = StandingAsync();
        _replica.Install(Facts.OfTenant(2));
        answers.SetResult();
        Assert.False((await fetching).Rights.Global.Contains(Right));
        Assert.False((await StandingAsync()).Rights.Global.Contains(Right));
    }

    [Fact]
    public async Task Who_has_to_change_the_password_has_only_itself_and_everybody_hears_that_rights_were_lost()
    {
        _sources.Set(Facts.User(1, Right, Authority.UserManagementOwnAdmin));
        await StandingAsync();
        _replica.Install(Facts.User(2, Right, Authority.UserManagementOwnAdmin) with { MustChangePassword = true });
        Assert.Equal(new Rights(AuthoritySet.Of(Authority.UserManagementOwnAdmin), true), (await StandingAsync()).Rights);
        Assert.Equal(["t1/ann lost"], _ear.Heard);
    }

    [Fact]
    public async Task Who_s_password_has_run_out_has_only_itself_from_that_moment_and_one_that_never_does_goes_on()
    {
        var clock = new MovedClock();
        var replica = new FactReplica(_sources.Grains, [_ear], time: clock);
        UserFact Of(string name, long since) => Facts.User(1, Right, Authority.UserManagementOwnAdmin) with { User = new UserId(Facts.Tenant, name), PasswordSinceMs = since };
        async Task<Rights> RightsOf(string name) => (await replica.StandingAsync(new UserId(Facts.Tenant, name), 1)).Rights;
        _sources.Set(Facts.OfTenant(1) with { PasswordDays = 30 });
        _sources.Set(Of("ann", clock.GetUtcNow().ToUnixTimeMilliseconds()));
        _sources.Set(Of("device_1", 0));

        clock.Advance(TimeSpan.FromDays(29));
        Assert.True((await RightsOf("ann")).Global.Contains(Right));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(new Rights(AuthoritySet.Of(Authority.UserManagementOwnAdmin), true), await RightsOf("ann"));
        Assert.True((await RightsOf("device_1")).Global.Contains(Right));

        // A new password opens everything again, and so does a tenant that lets passwords last.
        replica.Install(Of("ann", clock.GetUtcNow().ToUnixTimeMilliseconds()) with { Version = 2 });
        Assert.True((await RightsOf("ann")).Global.Contains(Right));
        clock.Advance(TimeSpan.FromDays(40));
        replica.Install(Facts.OfTenant(2) with { PasswordDays = 0 });
        Assert.True((await RightsOf("ann")).Global.Contains(Right));
        _ = _ear.Heard;
        // Whom a shorter time leaves without anything at once is told so.
        replica.Install(Facts.OfTenant(3) with { PasswordDays = 30 });
        Assert.Equal(["t1 kept", "t1/ann lost"], _ear.Heard);
    }

    [Fact]
    public async Task Of_more_users_than_are_held_those_not_in_use_are_fetched_again_and_nobody_is_told()
    {
        var replica = new FactReplica(_sources.Grains, [_ear], usersHeldMax: 3);
        UserFact Of(string name, long version = 1) => Facts.User(version, Right) with { User = new UserId(Facts.Tenant, name) };
        async Task<Standing> Ask(string name) => await replica.StandingAsync(new UserId(Facts.Tenant, name), 1);
        foreach (var name in (string[])["a", "b", "c", "d", "e"])
        {
            _sources.Set(Of(name));
            await Ask(name);
            // In use all the while: it stays.
            Assert.True(Ask("a").IsCompletedSuccessfully);
        }
        Assert.InRange(replica.UsersHeld, 1, 3);
        var reads = _sources.Reads;
        Assert.True((await Ask("b")).Rights.Global.Contains(Right));
        Assert.Equal(reads + 1, _sources.Reads);
        Assert.Empty(_ear.Heard);

        // What is not held is pushed and told all the same.
        replica.Install(Of("c", 2) with { Direct = AuthoritySet.Empty });
        Assert.Equal(["t1/c lost"], _ear.Heard);
    }

    [Fact]
    public async Task A_slow_fetch_does_not_bring_back_what_was_pushed_and_forgotten_meanwhile()
    {
        var replica = new FactReplica(_sources.Grains, [_ear], usersHeldMax: 1);
        _sources.Set(Facts.User(1, Right));
        await replica.TenantAsync(Facts.Tenant);
        var answers = _sources.HoldAnswers();
        var fetching = replica.StandingAsync(Facts.Ann, 1).AsTask();
        _sources.Set(Facts.User(2));
        _sources.AnswerAtOnce();
        replica.Install(Facts.User(2));
        // Another user takes its place: nothing is left that could tell that the fetch is old.
        replica.Install(Facts.User(1) with { User = new UserId(Facts.Tenant, "bob") });
        answers.SetResult();
        Assert.False((await fetching).Rights.Global.Contains(Right));
        Assert.False((await replica.StandingAsync(Facts.Ann, 1)).Rights.Global.Contains(Right));
    }

    [Fact]
    public async Task What_signing_in_has_read_is_not_read_again()
    {
        await _replica.TenantAsync(Facts.Tenant);
        var reads = _sources.Reads;
        _replica.Offer(Facts.User(1, Right), _replica.BeginReading(Facts.Ann));
        Assert.True((await StandingAsync()).Rights.Global.Contains(Right));
        Assert.Equal(reads, _sources.Reads);
        Assert.Empty(_ear.Heard);
    }

    [Fact]
    public async Task What_signing_in_has_read_does_not_bring_back_what_was_pushed_meanwhile()
    {
        await _replica.TenantAsync(Facts.Tenant);
        var reading = _replica.BeginReading(Facts.Ann);
        _replica.Install(Facts.User(2));
        _ = _ear.Heard;
        _replica.Offer(Facts.User(1, Right), reading);
        Assert.False((await StandingAsync()).Rights.Global.Contains(Right));
        Assert.Empty(_ear.Heard);
    }

    [Fact]
    public async Task What_signing_in_has_read_is_told_when_it_is_newer_than_what_is_held()
    {
        _sources.Set(Facts.User(1, Right));
        await StandingAsync();
        var reading = _replica.BeginReading(Facts.Ann);
        _replica.Offer(Facts.User(2), reading);
        Assert.False((await StandingAsync()).Rights.Global.Contains(Right));
        Assert.Equal(["t1/ann lost"], _ear.Heard);
    }

    [Fact]
    public async Task What_signing_in_has_read_does_not_bring_back_what_was_pushed_and_forgotten_meanwhile()
    {
        var replica = new FactReplica(_sources.Grains, [_ear], usersHeldMax: 1);
        await replica.TenantAsync(Facts.Tenant);
        var reading = replica.BeginReading(Facts.Ann);
        replica.Install(Facts.User(2));
        replica.Install(Facts.User(1) with { User = new UserId(Facts.Tenant, "bob") });
        _sources.Set(Facts.User(2));
        replica.Offer(Facts.User(1, Right), reading);
        Assert.False((await replica.StandingAsync(Facts.Ann, 1)).Rights.Global.Contains(Right));
    }

    [Fact]
    public async Task What_signing_in_has_read_before_a_lapse_of_the_lease_is_not_kept_after_it()
    {
        var reading = _replica.BeginReading(Facts.Ann);
        _replica.Clear();
        await _replica.TenantAsync(Facts.Tenant);
        _sources.Set(Facts.User(2));
        _replica.Offer(Facts.User(1, Right), reading);
        Assert.False((await StandingAsync()).Rights.Global.Contains(Right));
    }

    [Fact]
    public async Task A_push_for_a_user_not_held_is_kept()
    {
        _sources.Set(Facts.User(1, Right));
        _replica.Install(Facts.User(2, Other));
        Assert.Equal(AuthoritySet.Of(Other), (await StandingAsync()).Rights.Global);
    }

    [Fact]
    public async Task An_older_push_changes_nothing_and_nobody_hears_of_it()
    {
        _replica.Install(Facts.User(3));
        _replica.Install(Facts.OfTenant(3));
        Assert.NotEmpty(_ear.Heard);
        _replica.Install(Facts.User(2, Right));
        _replica.Install(Facts.OfTenant(2, (7, Right)));
        Assert.Empty(_ear.Heard);
        Assert.Equal(AuthoritySet.Empty, (await StandingAsync()).Rights.Global);
    }

    [Fact]
    public async Task What_was_being_fetched_when_the_lease_lapsed_is_neither_kept_nor_served()
    {
        _sources.Set(Facts.User(1, Right));
        var answers = _sources.HoldAnswers();
        var fetching = StandingAsync();
        _replica.Clear();
        _sources.Set(Facts.User(2));
        _sources.AnswerAtOnce();
        answers.SetResult();
        // The change may have been answered meanwhile, for this silo's lease had run out: what was read before counts for nothing.
        Assert.Equal(RefusalKind.Unavailable, (await Assert.ThrowsAsync<Refusal>(async () => await fetching)).Kind);
        Assert.False((await StandingAsync()).Rights.Global.Contains(Right));
    }

    [Fact]
    public async Task After_a_lapse_everything_is_fetched_anew()
    {
        _sources.Set(Facts.User(1, Right));
        await StandingAsync();
        _sources.Set(Facts.User(2));
        _replica.Clear();
        Assert.Equal(["lapsed"], _ear.Heard);
        Assert.False((await StandingAsync()).Rights.Global.Contains(Right));
    }

    public static TheoryData<string, string> UserChanges => new()
    {
        { "more authorities", "kept" }, { "into a group", "kept" }, { "enabled", "kept" },
        { "an authority taken", "lost" }, { "an authority swapped", "lost" }, { "out of a group", "lost" },
        { "disabled", "lost" }, { "password changed", "lost" },
    };

    [Theory, MemberData(nameof(UserChanges))]
    public async Task Listeners_hear_of_a_loss_exactly_when_something_was_taken_from_the_user(string change, string heard)
    {
        var before = Facts.User(1, Right) with { Groups = [7], IsActive = change != "enabled" };
        _sources.Set(before);
        await StandingAsync();
        _replica.Install(change switch
        {
            "more authorities" => before with { Version = 2, Direct = AuthoritySet.Of(Right, Other) },
            "into a group" => before with { Version = 2, Groups = [7, 8] },
            "enabled" => before with { Version = 2, IsActive = true },
            "an authority taken" => before with { Version = 2, Direct = AuthoritySet.Empty },
            "an authority swapped" => before with { Version = 2, Direct = AuthoritySet.Of(Other) },
            "out of a group" => before with { Version = 2, Groups = [8] },
            "disabled" => before with { Version = 2, IsActive = false },
            _ => before with { Version = 2, CredentialEpoch = 2 },
        });
        Assert.Equal([$"t1/ann {heard}"], _ear.Heard);
    }

    public static TheoryData<string, string> TenantChanges => new()
    {
        { "a group more", "kept" }, { "a fuller group", "kept" }, { "activated", "kept" },
        { "a group emptied", "kept" }, { "a group gone", "kept" }, { "suspended", "lost" },
    };

    [Theory, MemberData(nameof(TenantChanges))]
    public async Task Listeners_hear_of_a_loss_of_all_users_exactly_when_the_tenant_is_served_no_more(string change, string heard)
    {
        var before = Facts.OfTenant(1, (7, Right)) with { IsActive = change != "activated" };
        _sources.Set(before);
        await _replica.TenantAsync(Facts.Tenant);
        _replica.Install(change switch
        {
            "a group more" => Facts.OfTenant(2, (7, Right), (8, Other)),
            "a fuller group" => Facts.OfTenant(2, (7, Right)) with { Groups = new Dictionary<int, AuthoritySet> { [7] = AuthoritySet.Of(Right, Other) }.ToFrozenDictionary() },
            "activated" => before with { Version = 2, IsActive = true },
            "a group emptied" => Facts.OfTenant(2, (7, Other)),
            "a group gone" => Facts.OfTenant(2),
            _ => before with { Version = 2, IsActive = false },
        });
        Assert.Equal([$"t1 {heard}"], _ear.Heard);
    }

    public static TheoryData<string, bool> GroupLosses => new()
    {
        { "a group emptied", true }, { "a group gone", true }, { "another group gone", false }, { "a group swapped for one that has as much", false },
        { "what the user also holds directly", false }, { "a fuller group", false },
    };

    [Theory, MemberData(nameof(GroupLosses))]
    public async Task A_user_loses_by_its_groups_exactly_when_it_holds_less_than_before(string change, bool loses)
    {
        var direct = change == "what the user also holds directly" ? AuthoritySet.Of(Right) : AuthoritySet.Empty;
        _sources.Set(Facts.User(1) with { Groups = [7, 9], Direct = direct });
        _sources.Set(Facts.OfTenant(1, (7, Right), (8, Other)));
        await StandingAsync();
        Assert.Empty(_ear.Heard);

        _replica.Install(change switch
        {
            "a group emptied" => Facts.OfTenant(2, (7, Other), (8, Other)),
            "another group gone" => Facts.OfTenant(2, (7, Right)),
            "a group swapped for one that has as much" => Facts.OfTenant(2, (9, Right)),
            "a fuller group" => Facts.OfTenant(2, (7, Right), (8, Other), (9, Other)),
            _ => Facts.OfTenant(2, (8, Other)),
        });

        Assert.Equal(loses ? ["t1 kept", "t1/ann lost"] : ["t1 kept"], _ear.Heard);
        Assert.Equal(!loses, (await StandingAsync()).Rights.Global.Contains(Right));
    }

    private static readonly ObjectId Hall = new(100);
    private static readonly ObjectId Pump = new(4711);
    private static readonly Grant Sees = new(GrantScope.Any, GrantLevel.Read, Grant.AnyType);
    private static readonly Grant Restarts = new(GrantScope.Operation, GrantLevel.Admin, "c8y_Restart");

    private static TenantFact WithRoles(long version, params (int Role, Grant Grant)[] roles) => Facts.OfTenant(version, (7, Other)) with
    {
        InventoryRoles = roles.GroupBy(r => r.Role).ToFrozenDictionary(r => r.Key, r => (IReadOnlyList<Grant>)[.. r.Select(one => one.Grant)]),
        DevicePermissions = new Dictionary<int, IReadOnlyList<ObjectGrants>> { [7] = [new(Pump, [Restarts])] }.ToFrozenDictionary(),
    };

    [Fact]
    public async Task A_user_holds_its_roles_below_an_object_and_its_own_and_its_groups_permissions_on_one_alone()
    {
        _sources.Set(Facts.User(1) with
        {
            Groups = [7], Assignments = [new AssignedRoles(1, Hall, [1, 2, 99])], DevicePermissions = [new(Pump, [new(GrantScope.Event, GrantLevel.Read, "c8y_Door")])],
        });
        _sources.Set(WithRoles(1, (1, Sees), (2, Restarts), (3, new Grant(GrantScope.Any, GrantLevel.Any, Grant.AnyType))));

        var objects = (await StandingAsync()).Rights.Objects;

        Assert.Equal([Hall], objects.Below.Keys);
        Assert.True(objects.Below[Hall].Of(GrantKinds.AlarmRead).IsWhole);
        Assert.True(objects.Below[Hall].Of(GrantKinds.AlarmAdmin).IsNone);
        Assert.Equal(["c8y_Restart"], objects.Below[Hall].Of(GrantKinds.OperationAdmin).Types!);
        Assert.Equal([Pump], objects.Alone.Keys);
        Assert.Equal(["c8y_Door"], objects.Alone[Pump].Of(GrantKinds.EventRead).Types!);
        Assert.Equal(["c8y_Restart"], objects.Alone[Pump].Of(GrantKinds.OperationAdmin).Types!);
    }

    [Theory]
    [InlineData("no longer active"), InlineData("to change the password"), InlineData("in a suspended tenant")]
    public async Task Who_is_not_served_or_has_to_change_the_password_holds_nothing_on_any_object(string standing)
    {
        var user = Facts.User(1) with { Assignments = [new AssignedRoles(1, Hall, [1])], DevicePermissions = [new(Pump, [Sees])] };
        _sources.Set(user with { IsActive = standing != "no longer active", MustChangePassword = standing == "to change the password" });
        _sources.Set(WithRoles(1, (1, Sees)) with { IsActive = standing != "in a suspended tenant" });
        Assert.True((await StandingAsync()).Rights.Objects.IsEmpty);
    }

    public static TheoryData<string, bool> ObjectLosses => new()
    {
        { "a role more", false }, { "an assignment more", false }, { "a permission more", false }, { "the same under another number", false },
        { "a role less", true }, { "an assignment less", true }, { "an assignment elsewhere", true }, { "a permission less", true }, { "a narrower permission", true },
    };

    [Theory, MemberData(nameof(ObjectLosses))]
    public async Task Listeners_hear_of_a_loss_when_a_role_or_permission_on_an_object_was_taken_from_the_user(string change, bool loses)
    {
        var before = Facts.User(1) with { Assignments = [new AssignedRoles(1, Hall, [1, 2])], DevicePermissions = [new(Pump, [Sees, Restarts])] };
        _sources.Set(before);
        await StandingAsync();
        _replica.Install((change switch
        {
            "a role more" => before with { Assignments = [new AssignedRoles(1, Hall, [2, 1, 3])] },
            "an assignment more" => before with { Assignments = [.. before.Assignments, new AssignedRoles(2, Pump, [1])] },
            "a permission more" => before with { DevicePermissions = [new(Hall, [Sees]), .. before.DevicePermissions] },
            "the same under another number" => before with { Assignments = [new AssignedRoles(2, Hall, [1, 2])] },
            "a role less" => before with { Assignments = [new AssignedRoles(1, Hall, [2])] },
            "an assignment less" => before with { Assignments = [] },
            "an assignment elsewhere" => before with { Assignments = [new AssignedRoles(1, Pump, [1, 2])] },
            "a permission less" => before with { DevicePermissions = [new(Pump, [Sees])] },
            _ => before with { DevicePermissions = [new(Pump, [Sees with { Type = "c8y_Door" }, Restarts])] },
        }) with { Version = 2 });
        Assert.Equal([$"t1/ann {(loses ? "lost" : "kept")}"], _ear.Heard);
    }

    public static TheoryData<string, bool> RoleLosses => new()
    {
        { "a role narrowed", true }, { "a role gone", true }, { "a group's permission gone", true }, { "a role widened", false }, { "another role gone", false },
        { "a role narrowed to what another gives", false }, { "a group's permission that is the user's own, too", false },
    };

    [Theory, MemberData(nameof(RoleLosses))]
    public async Task A_user_loses_by_a_role_or_a_group_exactly_when_it_holds_less_on_an_object(string change, bool loses)
    {
        var alsoHolds = change == "a group's permission that is the user's own, too";
        _sources.Set(Facts.User(1) with { Groups = [7], Assignments = [new AssignedRoles(1, Hall, [1, 2])], DevicePermissions = alsoHolds ? [new(Pump, [Restarts])] : [] });
        _sources.Set(WithRoles(1, (1, Sees), (1, Restarts), (2, Restarts), (3, Sees)));
        await StandingAsync();

        _replica.Install(change switch
        {
            "a role narrowed" => WithRoles(2, (1, Sees with { Type = "c8y_Door" }), (1, Restarts), (2, Restarts), (3, Sees)),
            "a role gone" => WithRoles(2, (2, Restarts), (3, Sees)),
            "a role widened" => WithRoles(2, (1, Sees), (1, Restarts), (2, Restarts), (2, Sees), (3, Sees)),
            "another role gone" => WithRoles(2, (1, Sees), (1, Restarts), (2, Restarts)),
            "a role narrowed to what another gives" => WithRoles(2, (1, Sees), (2, Restarts), (3, Sees)),
            _ => WithRoles(2, (1, Sees), (1, Restarts), (2, Restarts), (3, Sees)) with { DevicePermissions = null! },
        });

        Assert.Equal(loses ? ["t1 kept", "t1/ann lost"] : ["t1 kept"], _ear.Heard);
    }

    [Fact]
    public void Whatever_lives_by_a_user_not_held_is_told_that_something_may_have_been_taken()
    {
        _replica.Install(Facts.User(5, Right));
        _replica.Install(Facts.OfTenant(5));
        Assert.Equal(["t1/ann lost", "t1 lost"], _ear.Heard);
    }

    [Fact]
    public async Task Listeners_have_acted_and_the_new_fact_stands_when_a_push_returns()
    {
        _sources.Set(Facts.User(1, Right));
        await StandingAsync();
        bool? stoodWhenTold = null;
        _ear.Acting = () => stoodWhenTold = StandingAsync().GetAwaiter().GetResult().Rights.Global.Contains(Right);
        _replica.Install(Facts.User(2));
        Assert.Equal(["t1/ann lost"], _ear.Heard);
        Assert.False(stoodWhenTold);
    }

    [Fact]
    public async Task A_fetch_that_brings_the_news_before_the_push_tells_the_listeners_in_its_place()
    {
        _sources.Set(Facts.User(1, Right));
        await StandingAsync();
        var changed = Facts.User(2, Right) with { CredentialEpoch = 2 };
        _sources.Set(changed);
        // The new password is in use before the push arrives, and the copy must be as new as that.
        await _replica.StandingAsync(Facts.Ann, 2);
        _replica.Install(changed);
        Assert.Equal(["t1/ann lost"], _ear.Heard);
    }

    [Fact]
    public async Task A_push_that_finds_its_fact_fetched_a_moment_ago_still_tells_who_lives_by_the_one_before()
    {
        var changed = Facts.User(2) with { IsActive = false };
        _sources.Set(changed);
        await StandingAsync();
        Assert.Empty(_ear.Heard);
        _replica.Install(changed);
        Assert.Equal(["t1/ann lost"], _ear.Heard);
        _replica.Install(changed);
        Assert.Empty(_ear.Heard);
    }

    [Fact]
    public async Task The_same_holds_for_a_tenant()
    {
        var suspended = Facts.OfTenant(2) with { IsActive = false };
        _sources.Set(suspended);
        await _replica.TenantAsync(Facts.Tenant);
        _replica.Install(suspended);
        Assert.Equal(["t1 lost"], _ear.Heard);
        _replica.Install(suspended);
        Assert.Empty(_ear.Heard);
    }

    [Fact]
    public void One_listener_that_fails_keeps_no_other_from_hearing_and_the_push_is_not_confirmed()
    {
        var failing = new ListeningEar { Acting = () => throw new InvalidOperationException("a session would not close") };
        var replica = new FactReplica(_sources.Grains, [failing, _ear]);
        Assert.ThrowsAny<Exception>(() => replica.Install(Facts.User(2)));
        Assert.Equal(["t1/ann lost"], _ear.Heard);

        // The source tries again, and it is not taken for done this time either.
        Assert.ThrowsAny<Exception>(() => replica.Install(Facts.User(2)));
        failing.Acting = null;
        replica.Install(Facts.User(2));
        Assert.Equal(["t1/ann lost"], failing.Heard);
    }

    [Theory]
    [InlineData(false, true), InlineData(true, false)]
    public async Task Nobody_is_served_whose_tenant_or_self_is_not_active(bool userIsActive, bool tenantIsActive)
    {
        _sources.Set(Facts.User(1, Right) with { IsActive = userIsActive });
        _sources.Set(Facts.OfTenant(1) with { IsActive = tenantIsActive });
        var standing = await StandingAsync();
        Assert.False(standing.IsServed);
        Assert.Equal(Rights.None, standing.Rights);
    }

    [Fact]
    public async Task A_change_of_the_tenants_groups_holds_for_its_users_at_once()
    {
        _sources.Set(Facts.User(1) with { Groups = [7] });
        _sources.Set(Facts.OfTenant(1, (7, Right)));
        Assert.True((await StandingAsync()).Rights.Global.Contains(Right));
        _replica.Install(Facts.OfTenant(2, (7, Other)));
        Assert.Equal(AuthoritySet.Of(Other), (await StandingAsync()).Rights.Global);
    }

    [Fact]
    public async Task Pushes_and_fetches_at_once_end_with_the_newest_fact_whatever_the_order()
    {
        const int versions = 2_000;
        _sources.Set(Facts.User(0, Right));
        await StandingAsync();
        var turn = 0L;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (long version; (version = Interlocked.Increment(ref turn)) <= versions;)
            {
                _replica.Install(Facts.User(version) with { CredentialEpoch = version });
                Assert.True((await _replica.StandingAsync(Facts.Ann, 0)).CredentialEpoch >= version);
            }
        })));
        Assert.Equal(versions, (await StandingAsync()).CredentialEpoch);
    }

    private Task<Standing> StandingAsync() => _replica.StandingAsync(Facts.Ann, 1).AsTask();
}
