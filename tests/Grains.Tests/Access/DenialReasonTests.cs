using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Retention;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>What a denial says of rules that stand beside the policy's table: which one refused, about whom, and what alone would have satisfied it.</summary>
public sealed class DenialReasonTests(OneSilo silo)
{
    private static readonly UserChange Renamed = new(null, "New", null, null, null, null, null, null, null);

    private IAuthorizationGrain Authorization(Caller caller) => silo.Grains.GetGrain<IAuthorizationGrain>(caller.Tenant.Value);

    private List<Denial> DenialsOf(Caller caller) => [.. silo.Records(caller.Tenant, DenialRecords.Activity).Select(DenialRecords.Of).OfType<Denial>().Where(denial => denial.User == caller.User.Name)];

    private async Task<DecisionTrace> DeniedAsync(Caller caller, Func<Task> act, RefusalKind kind = RefusalKind.Denied)
    {
        var before = DenialsOf(caller).Count;
        await OneSilo.RefusedAsync(kind, act);
        return Assert.Single(DenialsOf(caller).Skip(before)).Trace ?? throw new InvalidOperationException("Nothing says why.");
    }

    private static string Misses(DecisionTrace trace) => string.Join(' ', trace.NearMisses.Select(miss => miss.Holder is { } holder ? $"{miss.Authority} of {holder}" : $"{miss.Authority}"));

    private Task<Page<User>> ListUsersAsync(Caller caller) => silo.Grains.GetGrain<IUsersGrain>(caller.Tenant.Value).Find(caller, new UserQuery(null, null, null, false), PageRequest.First);

    [Fact]
    public async Task Who_can_hold_nothing_that_a_call_takes_is_told_each_role_that_is_enough()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var trace = await DeniedAsync(anna, () => ListUsersAsync(anna));

        Assert.Equal((Permission.UserRead, Rule.NothingAnywhere), (trace.Permission, trace.Decision.Rule));
        Assert.Equal("UserManagementRead UserManagementAdmin UserManagementCreate", string.Join(' ', Misses(trace).Split(' ').OrderBy(name => Enum.Parse<Authority>(name))));
        foreach (var miss in trace.NearMisses)
        {
            await silo.User(anna.User).Assign(admin, miss.Authority!.Value);
            await ListUsersAsync(anna);
            await silo.User(anna.User).Unassign(admin, miss.Authority!.Value);
            await OneSilo.RefusedAsync(RefusalKind.Denied, () => ListUsersAsync(anna));
        }
    }

    [Fact]
    public async Task Who_must_choose_a_password_is_told_that_and_of_no_role()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna", Authority.UserManagementRead);
        await silo.User(anna.User).Update(admin, Renamed with { ShouldResetPassword = true });

        var trace = await DeniedAsync(anna, () => ListUsersAsync(anna));
        Assert.Equal((Rule.ShutIn, ""), (trace.Decision.Rule, Misses(trace)));
    }

    [Fact]
    public async Task What_no_grant_gives_has_a_rule_that_says_so_and_no_near_miss()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna", Authority.UserManagementAdmin, Authority.UserManagementOwnRead);
        var facts = Caller.Platform(PlatformTask.Audit, tenant);
        var refused = new (Rule Rule, string? About, DecisionTrace Trace)[]
        {
            (Rule.SelfOnly, "boss", await DeniedAsync(anna, () => silo.User(admin.User).ReadOwn(anna))),
            (Rule.PlatformOnly, null, await DeniedAsync(anna, () => silo.Grains.GetGrain<IUserLineage>(admin.User.GrainKey).Place(anna))),
            (Rule.TaskWithoutRow, null, await DeniedAsync(facts, () => silo.User(admin.User).Read(facts))),
            (Rule.OtherTenant, null, await DeniedAsync(anna, () => silo.User(new UserId(TenantId.Management, "admin")).Read(anna))),
            (Rule.Oneself, "anna", await DeniedAsync(anna, () => silo.User(anna.User).Delete(anna))),
            (Rule.FirstAdministrator, "boss", await DeniedAsync(anna, () => silo.User(admin.User).Delete(anna))),
        };
        Assert.All(refused, one => Assert.Equal((one.Rule, one.About, ""), (one.Trace.Decision.Rule, one.Trace.About, Misses(one.Trace))));
    }

    [Fact]
    public async Task What_is_the_operators_has_a_rule_that_says_so()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var (other, stranger) = await silo.TenantAsync();
        var founder = await silo.MakeAsync(admin, "founder", Authority.TenantManagementRead, Authority.TenantManagementAdmin, Authority.OptionManagementAdmin, Authority.DeviceControlAdmin);
        var registration = silo.Grains.GetGrain<IDeviceRequestGrain>($"of-{other}");
        await registration.Claim(stranger, new NewDeviceRequest($"of-{other}", null, null));
        var @operator = await silo.OperatorAsync();
        var rules = silo.Grains.GetGrain<IRetentionGrain>(TenantId.Management.Value);
        var pinned = await rules.Create(@operator, new NewRetentionRule(RetainedData.All, null, null, null, 7, false));

        Assert.Equal((Rule.NotEditable, Permission.RetentionAdmin), Of(await DeniedAsync(@operator, () => rules.Delete(@operator, pinned.Id))));
        Assert.Equal((Rule.OperatorOnly, Permission.OptionPin), Of(await DeniedAsync(founder, () => Tenant(tenant).PinOption(founder, "a", "b", false))));
        Assert.Equal((Rule.OtherTenant, Permission.TenantRead), Of(await DeniedAsync(founder, () => Tenant(other).Read(founder), RefusalKind.NotFound)));
        Assert.Equal((Rule.OtherTenant, Permission.RegistrationAdmin), Of(await DeniedAsync(founder, () => registration.Accept(founder, null), RefusalKind.NotFound)));

        static (Rule, Permission?) Of(DecisionTrace trace) => (trace.Decision.Rule, trace.Permission);
        ITenantGrain Tenant(TenantId id) => silo.Grains.GetGrain<ITenantGrain>(id.Value);
    }

    [Fact]
    public async Task A_tenant_whose_deletion_has_begun_makes_none_below_it_and_is_told_that_no_grant_helps()
    {
        var tenants = silo.Grains.GetGrain<ITenantsGrain>(TenantId.Management.Value);
        var @operator = await silo.OperatorAsync();
        var parent = (await tenants.Create(@operator, new NewTenant("leaving", "Test", "boss", "boss@test.example", "Boss-12345!", null, null) { AllowsSubtenants = true })).Id;
        var boss = await silo.CallerAsync(new UserId(parent, "boss"));
        await silo.User(boss.User).Assign(boss, Authority.TenantManagementAdmin);
        silo.Audit.TakeDown(parent);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => tenants.Delete(@operator, parent));
        silo.Audit.BringUp(parent);

        var trace = await DeniedAsync(boss, () => tenants.Create(boss, new NewTenant("late", "Test", null, null, null, null, null)));
        Assert.Equal((Rule.TenantLeaving, Permission.TenantCreate, ""), (trace.Decision.Rule, trace.Permission, Misses(trace)));
    }

    [Fact]
    public async Task Who_manages_nobody_but_users_below_is_told_the_role_that_reaches_further()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var anna = await silo.MakeAsync(admin, "anna");
        var refused = new (Rule Rule, Func<Task> Act)[]
        {
            (Rule.NotBelow, () => silo.User(anna.User).Read(maker)),
            (Rule.NotBelow, () => silo.User(anna.User).Update(maker, Renamed)),
            (Rule.NotItsToHandOver, () => silo.User(anna.User).SetOwner(maker, "maker")),
            (Rule.NotItsToDelegate, () => silo.User(anna.User).SetDelegatedBy(maker, "boss")),
        };
        foreach (var (rule, act) in refused)
        {
            var trace = await DeniedAsync(maker, act);
            Assert.Equal((rule, "anna"), (trace.Decision.Rule, trace.About));
            var role = Assert.Single(trace.NearMisses).Authority!.Value;
            await silo.User(maker.User).Assign(admin, role);
            await act();
            await silo.User(maker.User).Unassign(admin, role);
        }
    }

    [Fact]
    public async Task Who_hands_out_what_it_does_not_hold_is_told_what_is_missing_and_whom_it_is_missing()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var sub = await silo.MakeAsync(maker, "sub");
        async Task RefusedByNotHeldAsync(Caller caller, string missing, Func<Task> act)
        {
            var trace = await DeniedAsync(caller, act);
            Assert.Equal((Rule.NotHeld, "maker", missing), (trace.Decision.Rule, trace.About, Misses(trace)));
        }

        await RefusedByNotHeldAsync(maker, "AlarmRead of maker", () => silo.User(sub.User).Assign(maker, Authority.AlarmRead));
        // An administrator is held to what the user above holds, and told so.
        await RefusedByNotHeldAsync(admin, "AlarmRead of maker", () => silo.User(sub.User).Assign(admin, Authority.AlarmRead));
        // Of a group with many roles no single one is enough.
        await RefusedByNotHeldAsync(admin, "", () => silo.User(sub.User).AddToGroup(admin, 1));
        await silo.User(maker.User).Assign(admin, Authority.AlarmRead);
        await silo.User(sub.User).Assign(maker, Authority.AlarmRead);
    }

    [Fact]
    public async Task Who_only_makes_users_is_told_by_a_denial_of_no_user_that_it_does_not_see()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.AlarmRead);
        var acting = await silo.MakeAsync(maker, "acting", Authority.UserManagementCreate, Authority.AlarmRead);
        var other = await silo.MakeAsync(admin, "other", Authority.UserManagementCreate);
        var sub = await silo.MakeAsync(other, "sub");
        await silo.User(acting.User).SetDelegatedBy(admin, "other");
        // It holds the role itself; the user above the sub does not, and is no user of the maker's.
        var trace = await DeniedAsync(acting, () => silo.User(sub.User).Assign(acting, Authority.AlarmRead));
        Assert.Equal("other", trace.About);

        var id = DenialsOf(acting)[^1].Id;
        var seen = await Authorization(maker).ReadDenial(maker, id);
        Assert.Equal((Rule.NotHeld, null, "", null), (seen.Trace!.Decision.Rule, seen.Trace.About, Misses(seen.Trace), seen.Target));
        Assert.DoesNotContain("other", seen.ToString(), StringComparison.Ordinal);
        Assert.Equal("AlarmRead of other", Misses((await Authorization(admin).ReadDenial(admin, id)).Trace!));
    }

    [Fact]
    public async Task What_is_missing_to_somebody_who_is_shut_out_is_no_role()
    {
        var (_, admin) = await silo.TenantAsync();
        var boss = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate, Authority.AlarmRead);
        var sub = await silo.MakeAsync(boss, "sub");
        await silo.User(boss.User).Update(admin, new UserChange(null, null, null, null, null, null, false, null, null));

        var trace = await DeniedAsync(admin, () => silo.User(sub.User).Assign(admin, Authority.AlarmRead));

        Assert.Equal((Rule.NotHeld, "maker", ""), (trace.Decision.Rule, trace.About, Misses(trace)));
        Assert.Contains("is shut out or deleted", DenialsOf(admin)[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_hands_out_an_application_that_it_has_not_is_told_the_role_over_all_of_them()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var sub = await silo.MakeAsync(maker, "sub");
        Task GiveAsync() => silo.User(sub.User).Update(maker, new UserChange(null, null, null, null, null, null, null, null, null) { Applications = [new ApplicationAccess("7", null)] });

        Assert.Equal("ApplicationManagementRead of maker", Misses(await DeniedAsync(maker, GiveAsync)));
        await silo.User(maker.User).Assign(admin, Authority.ApplicationManagementRead);
        await GiveAsync();
    }

    [Fact]
    public async Task A_user_who_is_called_as_an_object_is_numbered_is_not_taken_for_one()
    {
        var (tenant, admin) = await silo.TenantAsync();
        silo.Service<DeviceStores>().Put(tenant, new ManagedObject(new ObjectId(4711), null, null, "maker", default, default, Fragments.None));
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var acting = await silo.MakeAsync(maker, "acting", Authority.UserManagementCreate);
        await silo.MakeAsync(admin, "4711");
        await DeniedAsync(acting, () => silo.User(new UserId(tenant, "4711")).Read(acting));

        // The maker sees the object of that number, which is its own, and not the user of that name.
        var seen = await Authorization(maker).ReadDenial(maker, DenialsOf(acting)[^1].Id);

        Assert.Null(seen.Target);
        Assert.DoesNotContain("4711", seen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Looking_up_denials_that_are_not_shown_refuses_nobody()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var anna = await silo.MakeAsync(admin, "anna");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => ListUsersAsync(anna));

        for (var i = 0; i < Limits.DenialsRecordedPerUserAndMinute + 5; i++)
            await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Authorization(maker).ReadDenial(maker, DenialsOf(anna)[0].Id));

        Assert.Empty(DenialsOf(maker));
        // So that the first real one is told with what it looked at.
        Assert.Equal(Rule.NotBelow, (await DeniedAsync(maker, () => silo.User(anna.User).Read(maker))).Decision.Rule);
    }

    [Fact]
    public async Task A_denial_reads_back_from_the_trail_as_it_was_made()
    {
        var made = new DecisionTrace(Permission.UserCreate, new ObjectId(7), "ann", new(false, Rule.NotHeld), [new(Rule.GlobalAuthority, false)], [new(7)], [new(new(7), Rule.InventoryRole, ["c8y_A"])])
        {
            About = "bob", NearMisses = [new(Rule.GlobalAuthority) { Authority = Authority.AlarmRead, Holder = "bob" }],
        };
        var (_, admin) = await silo.TenantAsync();
        await silo.Service<IDenialLog>().RecordAsync(admin, "IThing.Touch", "t1/7", Refusal.Denied("because", made));

        var read = DenialsOf(admin)[^1].Trace!;
        Assert.Equal(made.ToString(), (read with { Tried = made.Tried, Walked = made.Walked, Met = made.Met, NearMisses = made.NearMisses }).ToString());
        Assert.Equal((made.Tried, made.Walked, made.NearMisses), (read.Tried, read.Walked, read.NearMisses), Same);
        Assert.Equal("7 InventoryRole c8y_A", Assert.Single(read.Met.Select(met => $"{met.At} {met.Rule} {string.Join(' ', met.Types)}")));

        static bool Same((IReadOnlyList<TriedRule>, IReadOnlyList<ObjectId>, IReadOnlyList<Reason>) one, (IReadOnlyList<TriedRule>, IReadOnlyList<ObjectId>, IReadOnlyList<Reason>) other) =>
            one.Item1.SequenceEqual(other.Item1) && one.Item2.SequenceEqual(other.Item2) && one.Item3.SequenceEqual(other.Item3);
    }
}
