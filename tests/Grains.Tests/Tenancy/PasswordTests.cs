using System.Diagnostics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

public sealed class PasswordTests(OneSilo silo)
{
    private static readonly UserChange Nothing = new(null, null, null, null, null, null, null, null, null);

    private Task<SecretCheck> CheckAsync(UserId user, string secret) => silo.CheckAsync(user, secret);

    private Task<string> EnrollAsync(UserId user) =>
        silo.Grains.GetGrain<IDeviceUser>(user.GrainKey).Enroll(Caller.Platform(PlatformTask.Registration, user.Tenant), "boss");

    [Fact]
    public async Task Who_must_change_the_password_may_do_nothing_else_until_it_is_changed()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = new UserId(admin.Tenant, "anna");
        await silo.User(anna).Create(admin, OneSilo.NewUser("anna", null, Authority.UserManagementRead) with { ShouldResetPassword = true });
        var caller = await silo.CallerAsync(anna);
        Assert.True((await silo.User(anna).ReadOwn(caller)).ShouldResetPassword);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(admin.User).Read(caller));

        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(anna).ChangeOwnPassword(caller, "Pass-anna-1", "Pass-anna-1"));
        await silo.User(anna).ChangeOwnPassword(caller, "Pass-anna-1", "Pass-anna-2");
        caller = await silo.CallerAsync(anna);
        Assert.False((await silo.User(anna).ReadOwn(caller)).ShouldResetPassword);
        await silo.User(admin.User).Read(caller);
        await silo.User(anna).Update(admin, new UserChange(null, null, null, null, null, null, null, true, null));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(admin.User).Read(caller));
    }

    [Fact]
    public async Task Passwords_of_people_run_out_and_those_of_devices_never_do()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await silo.Grains.GetGrain<ITenantGrain>(tenant.Value).SetOptions(admin, "password", [new OptionSetting("limit.validity", "1")]);
        var anna = await silo.MakeAsync(admin, "anna", Authority.AlarmRead);
        var member = new UserId(tenant, "gateway");
        await silo.User(member).Create(admin, OneSilo.NewUser("gateway", [DefaultGroups.Devices], Authority.AlarmRead));
        var device = new UserId(tenant, "device_pump");
        await EnrollAsync(device);

        Assert.Equal((true, true, true), (await MayWorkAsync(anna.User, days: 0), await MayWorkAsync(member, days: 0), await MayWorkAsync(device, days: 0)));
        Assert.Equal((false, true, true), (await MayWorkAsync(anna.User, days: 2), await MayWorkAsync(member, days: 2), await MayWorkAsync(device, days: 2)));
    }

    /// <summary>Whether so many days from now a user has more than what it takes to choose another password.</summary>
    private async Task<bool> MayWorkAsync(UserId user, int days)
    {
        var facts = Caller.Platform(PlatformTask.Facts, user.Tenant);
        var fact = await silo.Grains.GetGrain<IUserFactSource>(user.Tenant.Value).ReadFact(facts, user.Name);
        var tenant = await silo.Grains.GetGrain<ITenantFactSource>(user.Tenant.Value).ReadFact(facts);
        return !FactReplica.AsOf(FactReplica.Weigh(fact, tenant), silo.Clock.GetUtcNow().AddDays(days)).Rights.MustChangePassword;
    }

    [Fact]
    public async Task The_right_secret_is_good_and_everything_else_answers_alike()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var disabled = await silo.MakeAsync(admin, "disabled");
        await silo.User(disabled.User).Update(admin, Nothing with { IsEnabled = false });

        var good = await CheckAsync(anna.User, "Pass-anna-1");
        Assert.Equal((true, anna.CredentialEpoch), (good.IsGood, good.CredentialEpoch));
        var refused = new SecretCheck(false, 0, tenant);
        Assert.Equal(refused, await CheckAsync(anna.User, "Pass-anna-2"));
        Assert.Equal(refused, await CheckAsync(anna.User, new string('x', 100_000)));
        Assert.Equal(refused, await CheckAsync(disabled.User, "Pass-disabled-1"));
        Assert.Equal(refused, await CheckAsync(new UserId(tenant, "nobody"), "Pass-nobody-1"));
        Assert.Equal(refused, await CheckAsync(new UserId(tenant, "device_none"), "Pass-anna-1"));
        // The operator's trail tells of it; who asked is not told.
        Assert.Equal(refused with { Trail = TenantId.Management }, await CheckAsync(new UserId(new TenantId("nosuch"), "anna"), "Pass-anna-1"));
    }

    [Fact]
    public async Task An_unknown_user_takes_as_long_as_a_wrong_password()
    {
        using var lane = new HashingLane(1);
        var secrets = new Secrets(new TestKey(), lane);
        var anna = new UserId(new TenantId("t1"), "anna");
        var chosen = await secrets.MakeAsync(anna, "a secret", isMade: false);
        var (known, unknown) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        // The quickest of several, and of many where something else has the machine: what it does only adds, so a check that does less stays below.
        for (var round = 0; round < 8 || (round < 64 && !AreAlike()); round++)
        {
            known = Quicker(known, await TimeAsync(chosen));
            unknown = Quicker(unknown, await TimeAsync(null));
        }
        Assert.True(AreAlike(), $"a wrong password took {known}, an unknown user {unknown}");

        bool AreAlike() => unknown / known is > 0.5 and < 2;

        async Task<TimeSpan> TimeAsync(Verifier? verifier)
        {
            var start = Stopwatch.GetTimestamp();
            Assert.False(await secrets.MatchesAsync(anna, verifier, "another"));
            return Stopwatch.GetElapsedTime(start);
        }

        static TimeSpan Quicker(TimeSpan one, TimeSpan other) => one < other ? one : other;
    }

    [Fact]
    public async Task Nobody_but_sign_in_may_have_a_secret_checked()
    {
        var (_, admin) = await silo.TenantAsync();
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.CheckAsync(admin, admin.User, "Boss-12345!"));
        await OneSilo.RefusedAsync(RefusalKind.Denied,
            () => silo.CheckAsync(Caller.Platform(PlatformTask.Audit, admin.Tenant), admin.User, "Boss-12345!"));
    }

    [Fact]
    public async Task Changing_ones_password_takes_the_current_one_and_ends_what_was_signed_in_with_it()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var grain = silo.User(anna.User);
        await grain.Update(admin, Nothing with { ShouldResetPassword = true });
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => grain.ChangeOwnPassword(anna, "wrong", "Another-1!"));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => grain.ChangeOwnPassword(anna, "Pass-anna-1", "short"));

        await grain.ChangeOwnPassword(anna, "Pass-anna-1", "Another-1!");

        Assert.False((await CheckAsync(anna.User, "Pass-anna-1")).IsGood);
        Assert.True((await CheckAsync(anna.User, "Another-1!")).IsGood);
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => grain.ReadOwn(anna));
        Assert.False((await grain.ReadOwn(await silo.CallerAsync(anna.User))).ShouldResetPassword);
        Assert.Single(silo.Records(anna.Tenant, "Password update failed"));
    }

    [Fact]
    public async Task Guessing_the_current_password_through_an_open_session_is_stopped()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var grain = silo.User(anna.User);
        for (var i = 0; i < Limits.OwnPasswordFailuresMax; i++)
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => grain.ChangeOwnPassword(anna, "wrong", "Another-1!"));

        await OneSilo.RefusedAsync(RefusalKind.Busy, () => grain.ChangeOwnPassword(anna, "Pass-anna-1", "Another-1!"));
        silo.Clock.Advance(TimeSpan.FromSeconds(Limits.OwnPasswordFailuresForgottenSeconds + 1));
        await grain.ChangeOwnPassword(anna, "Pass-anna-1", "Another-1!");
    }

    [Fact]
    public async Task An_administrator_sets_a_password_at_creation_only()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(anna.User).Update(admin, Nothing with { Password = "Another-1!" }));
        Assert.True((await CheckAsync(anna.User, "Pass-anna-1")).IsGood);
    }

    [Fact]
    public async Task A_device_gets_a_made_password_and_a_new_one_ends_the_old_and_leaves_it_disabled_if_it_was()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var device = new UserId(tenant, "device_pump");
        var first = await EnrollAsync(device);
        Assert.True((await CheckAsync(device, first)).IsGood);
        Assert.Equal("devices", Assert.Single((await silo.User(device).Read(admin)).Groups).Name);

        var second = await EnrollAsync(device);
        Assert.NotEqual(first, second);
        Assert.False((await CheckAsync(device, first)).IsGood);
        Assert.True((await CheckAsync(device, second)).IsGood);

        await silo.User(device).Update(admin, Nothing with { IsEnabled = false });
        Assert.False((await CheckAsync(device, await EnrollAsync(device))).IsGood);
    }

    [Fact]
    public async Task Nobody_chooses_the_password_of_a_device()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var device = new UserId(tenant, "device_pump");
        var password = await EnrollAsync(device);
        var caller = await silo.CallerAsync(device);

        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(device).ChangeOwnPassword(caller, password, "Another-1!"));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(device).Update(admin, Nothing with { Password = "Another-1!" }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.Grains.GetGrain<IPasswordRecovery>(device.GrainKey)
            .Reset(Caller.Platform(PlatformTask.Recovery, tenant)));
    }

    [Fact]
    public async Task A_device_user_goes_with_its_device_and_a_second_removal_finds_nothing_to_do()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var device = new UserId(tenant, "device_pump");
        await EnrollAsync(device);
        var caller = await silo.CallerAsync(device);
        var grain = silo.Grains.GetGrain<IDeviceUser>(device.GrainKey);

        await grain.Remove(Caller.Platform(PlatformTask.Removal, tenant), "anna");
        await grain.Remove(Caller.Platform(PlatformTask.Removal, tenant), "anna");

        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => silo.User(device).ReadOwn(caller));
        Assert.Equal("anna", Assert.Single(silo.Records(tenant, "User deleted")).User);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => grain.Remove(admin, "anna"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => grain.Enroll(admin, "anna"));
    }

    [Fact]
    public async Task The_way_back_in_sets_a_made_password_and_says_so_in_the_trail()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var recovery = silo.Grains.GetGrain<IPasswordRecovery>(admin.User.GrainKey);

        var password = await recovery.Reset(Caller.Platform(PlatformTask.Recovery, tenant));

        Assert.True((await CheckAsync(admin.User, password)).IsGood);
        Assert.False((await CheckAsync(admin.User, "Boss-12345!")).IsGood);
        var record = silo.Records(tenant, "User updated").Last();
        Assert.Equal((Caller.PlatformName, "password"), (record.User, Assert.Single(record.Changes).Attribute));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Grains.GetGrain<IPasswordRecovery>($"{tenant}/nobody")
            .Reset(Caller.Platform(PlatformTask.Recovery, tenant)));
        await OneSilo.RefusedAsync(RefusalKind.Denied, async () => await recovery.Reset(await silo.CallerAsync(admin.User)));
    }

    [Fact]
    public async Task No_secret_is_stored_or_recorded()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await silo.User(anna.User).ChangeOwnPassword(anna, "Pass-anna-1", "Another-secret-1!");
        var made = await EnrollAsync(new UserId(tenant, "device_pump"));

        var stored = silo.Documents.AllText();
        var recorded = string.Concat(silo.Audit.Of(tenant).Select(r => r.Text + string.Concat(r.Changes)));
        foreach (var secret in (string[])["Pass-anna-1", "Another-secret-1!", made])
        {
            Assert.DoesNotContain(secret, stored, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, recorded, StringComparison.Ordinal);
        }
        Assert.Contains("boss@test.example", stored, StringComparison.Ordinal);
    }

    [Fact]
    public void Made_passwords_are_long_unlike_each_other_and_have_no_look_alikes()
    {
        var made = Enumerable.Range(0, 100).Select(_ => Passwords.Make()).ToList();
        Assert.Equal(100, made.Distinct().Count());
        Assert.All(made, p => Assert.Equal(Limits.PasswordMadeChars, p.Length));
        Assert.DoesNotContain(string.Concat(made), c => "lIO01o".Contains(c, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_hashing_lane_cannot_queue_is_told_to_come_back()
    {
        using var gate = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        using var lane = new HashingLane(1);
        var first = lane.RunAsync(() =>
        {
            started.Set();
            return gate.Wait(TimeSpan.FromSeconds(30));
        });
        Assert.True(started.Wait(TimeSpan.FromSeconds(30)), "the lane's thread did not start");
        var queued = Enumerable.Range(0, Limits.HashingQueueMax).Select(i => lane.RunAsync(() => i)).ToList();

        await OneSilo.RefusedAsync(RefusalKind.Busy, () => lane.RunAsync(() => 0));

        gate.Set();
        Assert.True(await first.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(Enumerable.Range(0, Limits.HashingQueueMax), await Task.WhenAll(queued).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_verifier_is_good_for_one_user_and_is_checked_by_the_parameters_that_made_it()
    {
        using var lane = new HashingLane(1);
        var secrets = new Secrets(new TestKey(), lane);
        var device = new UserId(new TenantId("t1"), "device_a");
        var made = await secrets.MakeAsync(device, "a secret", isMade: true);
        Assert.Equal(VerifierKind.KeyedHmac, made.Kind);
        Assert.True(await secrets.MatchesAsync(device, made, "a secret"));
        Assert.False(await secrets.MatchesAsync(new UserId(new TenantId("t2"), "device_a"), made, "a secret"));

        var anna = new UserId(new TenantId("t1"), "anna");
        var chosen = await secrets.MakeAsync(anna, "a secret", isMade: true);
        Assert.Equal((VerifierKind.Argon2id, Limits.HashMemoryKiB, Limits.HashPasses), (chosen.Kind, chosen.MemoryKiB, chosen.Passes));
        Assert.True(await secrets.MatchesAsync(anna, chosen, "a secret"));
        Assert.False(await secrets.MatchesAsync(anna, chosen with { Passes = chosen.Passes + 1 }, "a secret"));
    }
}
