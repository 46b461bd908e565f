using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Cluster.Tests;

/// <summary>No right outlives its removal: once the change is answered, no call that starts later is served by it, on any silo.</summary>
public sealed class RevocationTests
{
    [Theory, InlineData(1), InlineData(2)]
    public async Task A_right_taken_a_thousand_times_under_fire_is_gone_each_time_it_is_answered(int silos)
    {
        const int rounds = 500;
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed.ToString(CultureInfo.InvariantCulture)}");
        await using var cluster = await GatedCluster.StartAsync(silos);
        var fire = new Crossfire(cluster, await cluster.SignInAsAdminAsync(GatedCluster.Tenant), seed);
        await fire.RunAsync(rounds);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_silo_that_no_push_reaches_delays_the_answer_by_its_lease_and_is_then_refused_by_its_own_gate(bool hangs)
    {
        await using var cluster = await GatedCluster.StartAsync(2);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var ann = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", [Authority.AuditRead]));
        await cluster.AssertEverywhereAsync(null, ann);

        var never = new TaskCompletionSource();
        cluster.Of<PushFault>(1).Instead = hangs ? never.Task : Task.CompletedTask;
        var start = Stopwatch.GetTimestamp();
        var change = cluster.User(ann.User).Unassign(admin, Authority.AuditRead);
        Assert.Null(await cluster.AskAsync(1, ann));
        await change;
        Assert.True(Stopwatch.GetElapsedTime(start) >= GatedCluster.Lease, $"Answered after {Stopwatch.GetElapsedTime(start)}, while the silo could hold its lease");
        await cluster.AssertNeverServedAsync(ann);

        never.TrySetResult();
        cluster.Of<PushFault>(1).Instead = null;
        await Wait.UntilAsync(async () => await cluster.AskAsync(1, ann) == RefusalKind.Denied, "the silo to decide again");
    }

    [Fact]
    public async Task A_change_that_this_silo_itself_could_not_act_on_is_not_answered_as_done()
    {
        await using var cluster = await GatedCluster.StartAsync(1);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var ann = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", [Authority.AuditRead]));
        await cluster.AssertEverywhereAsync(null, ann);

        cluster.Of<DeafListener>(0).IsDeaf = true;
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.User(ann.User).Unassign(admin, Authority.AuditRead));
        cluster.Of<DeafListener>(0).IsDeaf = false;
        await Assert.ThrowsAsync<Refusal>(() => cluster.User(ann.User).Unassign(admin, Authority.AuditRead));
        await cluster.AssertEverywhereAsync(RefusalKind.Denied, ann);
        Assert.True(cluster.Of<DeafListener>(0).Heard > 0);
    }

    [Fact]
    public async Task A_silo_whose_lease_cannot_be_renewed_refuses_everything_within_5_seconds_and_comes_back()
    {
        await using var cluster = await GatedCluster.StartAsync(2);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var ann = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", [Authority.AuditRead]));
        await cluster.AssertEverywhereAsync(null, ann);

        cluster.Leases.CutOff(cluster.NameOf(1));
        var cut = Stopwatch.GetTimestamp();
        await Wait.UntilAsync(async () =>
        {
            var started = Stopwatch.GetElapsedTime(cut);
            if (await cluster.AskAsync(1, ann) == RefusalKind.Unavailable) return true;
            Assert.True(started < GatedCluster.Lease, $"Served {started} after the last renewal that could have been");
            return false;
        }, "the lease to run out");
        Assert.Null(await cluster.AskAsync(0, ann));
        await cluster.User(ann.User).Unassign(admin, Authority.AuditRead);
        Assert.Equal(RefusalKind.Unavailable, await cluster.AskAsync(1, ann));

        cluster.Leases.Reconnect(cluster.NameOf(1));
        await cluster.UntilHeldAsync(1);
        await cluster.AssertEverywhereAsync(RefusalKind.Denied, ann);
    }

    [Fact]
    public async Task A_silo_that_left_counts_as_serving_until_its_lease_has_run_out_and_no_longer()
    {
        await using var cluster = await GatedCluster.StartAsync(2);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var ann = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", [Authority.AuditRead]));
        var start = Stopwatch.GetTimestamp();
        // Whether it left for good, or was only declared to have left and still runs, nobody here can know.
        var departed = cluster.NameOf(1);
        await cluster.StopAsync(1);
        await cluster.User(ann.User).Unassign(admin, Authority.AuditRead);
        Assert.True(Stopwatch.GetElapsedTime(start) >= GatedCluster.Lease, $"Answered after {Stopwatch.GetElapsedTime(start)}, while the silo could hold its lease");

        // Did it begin a new term now, it would hear of no change that comes.
        await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.Leases.AcquireAsync(departed));

        start = Stopwatch.GetTimestamp();
        await cluster.User(ann.User).Assign(admin, Authority.AuditRead);
        Assert.True(Stopwatch.GetElapsedTime(start) < GatedCluster.Lease, "A silo that is gone was waited for twice");
        Assert.Null(await cluster.AskAsync(0, ann));
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task A_suspended_tenants_users_are_nobody_on_any_silo_until_it_is_activated(int silos)
    {
        await using var cluster = await GatedCluster.StartAsync(silos);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var operators = await cluster.SignInAsAdminAsync(TenantId.Management);
        var tenant = cluster.On(0).GetGrain<ITenantGrain>(GatedCluster.Tenant.Value);
        await cluster.AssertEverywhereAsync(null, admin);
        await tenant.Update(operators, new TenantChange(null, null, null, null, TenantStatus.Suspended));
        await cluster.AssertEverywhereAsync(RefusalKind.Unauthenticated, admin);
        await cluster.AssertEverywhereAsync(null, operators);
        await tenant.Update(operators, new TenantChange(null, null, null, null, TenantStatus.Active));
        await cluster.AssertEverywhereAsync(null, admin);
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task A_changed_password_ends_whatever_was_signed_in_by_the_old_one(int silos)
    {
        const string another = "Another-horse-8-battery";
        await using var cluster = await GatedCluster.StartAsync(silos);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var ann = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", [Authority.AuditRead]));
        await cluster.AssertEverywhereAsync(null, ann);
        await cluster.User(ann.User).ChangeOwnPassword(ann, GatedCluster.Password, another);
        await cluster.AssertEverywhereAsync(RefusalKind.Unauthenticated, ann);
        await cluster.AssertEverywhereAsync(null, await cluster.SignInAsync(ann.User, another));
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task Who_is_given_a_deleted_users_name_gets_nothing_of_the_old_one_and_the_old_one_nothing_of_the_new(int silos)
    {
        await using var cluster = await GatedCluster.StartAsync(silos);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var old = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", [Authority.AuditRead]));
        await cluster.User(old.User).AddToGroup(admin, DefaultGroups.Business);
        await cluster.AssertEverywhereAsync(null, old);
        await cluster.User(old.User).Delete(admin);
        await cluster.AssertEverywhereAsync(RefusalKind.Unauthenticated, old);

        var now = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", []));
        await cluster.AssertEverywhereAsync(RefusalKind.Denied, now);
        await cluster.AssertEverywhereAsync(RefusalKind.Unauthenticated, old);
        await cluster.User(old.User).Assign(admin, Authority.AuditRead);
        await cluster.AssertEverywhereAsync(null, now);
        await cluster.AssertEverywhereAsync(RefusalKind.Unauthenticated, old);
    }
}
