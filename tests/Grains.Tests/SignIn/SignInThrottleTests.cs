using Bailiwick.Edge.SigningIn;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Tests.Platform;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Grains.Tests.SignIn;

public sealed class SignInThrottleTests
{
    private const string Here = "198.51.100.7";
    private static readonly UserId Anna = new(new TenantId("t1"), "anna");
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly SignInThrottle _throttle;

    public SignInThrottleTests() => _throttle = new SignInThrottle(_clock);

    private void Fail(int count, UserId? user = null, string address = Here)
    {
        for (var i = 0; i < count; i++) _throttle.Failed(user ?? Anna, address);
    }

    private double LockedSeconds()
    {
        var seconds = 0;
        for (; _throttle.IsLocked(Anna, Here); seconds++) _clock.Advance(TimeSpan.FromSeconds(1));
        return seconds;
    }

    [Fact]
    public void The_lock_doubles_with_each_failure_up_to_its_bound()
    {
        Fail(Limits.SignInFailuresFree - 1);
        Assert.False(_throttle.IsLocked(Anna, Here));
        var lengths = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            Fail(1);
            lengths.Add(LockedSeconds());
        }
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900], lengths);
    }

    [Fact]
    public void A_lock_is_the_users_from_that_address_alone()
    {
        Fail(10);
        Assert.True(_throttle.IsLocked(Anna, Here));
        Assert.False(_throttle.IsLocked(Anna, "198.51.100.8"));
        Assert.False(_throttle.IsLocked(new UserId(Anna.Tenant, "bob"), Here));
        Assert.False(_throttle.IsLocked(new UserId(new TenantId("t2"), "anna"), Here));
    }

    [Fact]
    public void Failures_are_forgotten_after_a_quiet_time_and_after_a_success()
    {
        Fail(Limits.SignInFailuresFree - 1);
        _clock.Advance(TimeSpan.FromSeconds(Limits.SignInFailuresForgottenSeconds + 1));
        Fail(1);
        Assert.False(_throttle.IsLocked(Anna, Here));
        Fail(Limits.SignInFailuresFree - 2);
        _throttle.Succeeded(Anna, Here);
        Fail(1);
        Assert.False(_throttle.IsLocked(Anna, Here));
    }

    [Fact]
    public void An_address_that_fails_over_many_users_is_locked_for_all_of_them_and_one_good_password_does_not_open_it()
    {
        for (var i = 0; i < Limits.SignInAddressFailuresFree; i++) Fail(1, new UserId(Anna.Tenant, $"user{i}"));
        _throttle.Succeeded(new UserId(Anna.Tenant, "user0"), Here);
        Assert.True(_throttle.IsLocked(Anna, Here));
        Assert.False(_throttle.IsLocked(Anna, "198.51.100.8"));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7", true)]
    public void Addresses_that_one_host_commands_count_as_one(string failed, string asked, bool same)
    {
        Fail(10, address: failed);
        Assert.Equal(same, _throttle.IsLocked(Anna, asked));
    }

    [Fact]
    public async Task Checks_of_one_user_from_one_address_go_one_after_the_other()
    {
        var first = await _throttle.EnterAsync(Anna, Here);
        var second = _throttle.EnterAsync(Anna, Here).AsTask();
        using (await _throttle.EnterAsync(new UserId(Anna.Tenant, "bob"), Here)) Assert.False(second.IsCompleted);
        first!.Dispose();
        first.Dispose();
        (await second.WaitAsync(TimeSpan.FromSeconds(30)))!.Dispose();
    }

    [Fact]
    public async Task One_address_has_only_so_many_users_checks_under_way()
    {
        var places = new List<IDisposable?>();
        for (var i = 0; i < Limits.SignInUsersPerAddressMax; i++) places.Add(await _throttle.EnterAsync(new UserId(Anna.Tenant, $"user{i}"), Here));
        await OneSilo.RefusedAsync(RefusalKind.Busy, () => _throttle.EnterAsync(Anna, Here).AsTask());
        (await _throttle.EnterAsync(Anna, "198.51.100.8"))!.Dispose();
        foreach (var place in places) place!.Dispose();
        (await _throttle.EnterAsync(Anna, Here))!.Dispose();
    }

    [Fact]
    public async Task One_users_many_requests_at_once_wait_for_one_check_and_none_is_refused()
    {
        var first = await _throttle.EnterAsync(Anna, Here);
        var others = Enumerable.Range(0, 500).Select(_ => _throttle.EnterAsync(Anna, Here).AsTask()).ToList();
        Assert.DoesNotContain(others, other => other.IsCompleted);
        first!.Dispose();
        foreach (var other in others) (await other.WaitAsync(TimeSpan.FromSeconds(30)))!.Dispose();
        (await _throttle.EnterAsync(new UserId(Anna.Tenant, "bob"), Here))!.Dispose();
    }

    [Fact]
    public async Task A_fleet_behind_one_address_waits_for_nobody_whatever_is_guessed_there()
    {
        var places = new List<IDisposable?>();
        for (var i = 0; i < 10_000; i++) places.Add(await _throttle.EnterAsync(Device(i), Here));
        Assert.All(places, Assert.Null);
        for (var i = 0; i < Limits.SignInAddressFailuresFree * 2; i++) Fail(1, i % 2 == 0 ? Device(i) : new UserId(Anna.Tenant, $"user{i}"));
        Assert.False(_throttle.IsLocked(Device(20_000), Here));
        Fail(10, Device(7));
        Assert.True(_throttle.IsLocked(Device(7), Here));

        static UserId Device(int number) => new(Anna.Tenant, $"device_{number}");
    }
}
