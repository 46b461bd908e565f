using Bailiwick.Edge.Rates;
using Bailiwick.Edge.Tests.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Edge.Tests.Rates;

/// <summary>The arithmetic of the limits, by a clock that stands still.</summary>
public sealed class RateLimitsTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly LogLines _lines = new();
    private readonly LoggerFactory _logs = new();
    private RateLimits? _limits;

    [Fact]
    public void A_second_of_requests_is_let_in_at_once_and_then_one_whenever_there_is_room()
    {
        var limits = Limited(tenant: 0, device: 10);
        for (var i = 0; i < 10; i++) Assert.Null(limits.Refuses(Of("t1", "smith")));
        // One more is let in on credit: a bucket that is just empty owes nothing.
        Assert.Null(limits.Refuses(Of("t1", "smith")));

        for (var i = 0; i < 100; i++) Assert.Equal(1, limits.Refuses(Of("t1", "smith")));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Null(limits.Refuses(Of("t1", "smith")));
        Assert.Equal(1, limits.Refuses(Of("t1", "smith")));
    }

    [Fact]
    public void One_tenants_and_one_devices_flood_is_nobody_elses()
    {
        var limits = Limited(tenant: 100, device: 10);
        Assert.NotEqual(TimeSpan.Zero, limits.Charge(Of("t1", "device_a"), "a", 20));
        Assert.Equal(TimeSpan.Zero, limits.Charge(Of("t1", "device_b"), "b", 1));
        Assert.Equal(TimeSpan.Zero, limits.Charge(Of("t1", "device_a"), "another", 1));
        for (var i = 0; i < 20; i++) limits.Charge(Of("t1", $"device_{i}"), "", 10);

        Assert.NotNull(limits.Refuses(Of("t1", "smith")));
        Assert.Null(limits.Refuses(Of("t2", "smith")));
        Assert.Equal(TimeSpan.Zero, limits.Charge(Of("t2", "device_a"), "a", 1));
    }

    [Fact]
    public void The_operator_is_not_locked_out_by_who_floods_as_the_bootstrap_user()
    {
        var limits = Limited(tenant: 10, device: 1_000);
        limits.Charge(new Caller(UserId.DeviceBootstrap, SignInMethod.MqttPassword, 1, ""), "x", 1_000);

        Assert.Null(limits.Refuses(Of("management", "admin")));
    }

    [Fact]
    public void A_debt_is_waited_for_in_pieces_closes_beyond_its_bound_and_grows_no_further()
    {
        var limits = Limited(tenant: 0, device: 10);
        Assert.Equal(TimeSpan.FromSeconds(3), limits.Charge(Of("t1", "a"), "a", 40));
        Assert.Equal(TimeSpan.FromSeconds(Limits.RatePauseSecondsMax), limits.Charge(Of("t1", "a"), "a", 10 * Limits.RateDebtSecondsMax - 30));
        Assert.Null(limits.Charge(Of("t1", "a"), "a", 1));
        Assert.Null(limits.Charge(Of("t1", "a"), "a", 1_000_000));

        _clock.Advance(TimeSpan.FromSeconds(Limits.RateDebtSecondsMax - 2));
        Assert.Equal(TimeSpan.FromSeconds(2), limits.Charge(Of("t1", "a"), "a", 0));
    }

    [Fact]
    public void Whoever_is_quiet_again_is_forgotten_and_whoever_owes_is_not()
    {
        var limits = Limited(tenant: 0, device: 10);
        limits.Charge(Of("t1", "quiet"), "quiet", 1);
        limits.Charge(Of("t1", "loud"), "loud", 500);
        Assert.Equal(2, limits.DeviceCount);
        _clock.Advance(TimeSpan.FromSeconds(Limits.RateSweepSeconds));

        Assert.Equal(1, limits.DeviceCount);
        Assert.NotEqual(TimeSpan.Zero, limits.Charge(Of("t1", "loud"), "loud", 0));
    }

    [Fact]
    public void A_flood_is_one_line_a_minute()
    {
        var limits = Limited(tenant: 0, device: 10);
        limits.Charge(Of("t1", "loud"), "loud", 500);
        for (var i = 0; i < 100; i++) limits.Charge(Of("t1", "loud"), "loud", 1);

        Assert.Contains("t1/loud", Assert.Single(_lines.Lines).Text, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromSeconds(Limits.RateLogSeconds));
        limits.Charge(Of("t1", "loud"), "loud", 500);
        Assert.Equal(2, _lines.Lines.Count);
    }

    public void Dispose()
    {
        _limits?.Dispose();
        _logs.Dispose();
    }

    private RateLimits Limited(int tenant, int device)
    {
        _logs.AddProvider(_lines);
        return _limits = new RateLimits(new RateSettings(tenant, device), _clock, _logs.CreateLogger<RateLimits>());
    }

    private static Caller Of(string tenant, string user) => new(new UserId(new TenantId(tenant), user), SignInMethod.Basic, 1, "127.0.0.1");
}
