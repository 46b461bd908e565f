using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tests.Platform;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Grains.Tests.Audit;

public sealed class DenialLogTests(OneSilo silo)
{
    private const int Listed = Limits.DenialsRecordedPerUserAndMinute;

    private List<string> Texts(Caller caller) => [.. silo.Records(caller.Tenant, "Access denied").Where(r => r.User == caller.User.Name).Select(r => r.Text)];

    private DenialLog Log(TimeProvider clock) => new(silo.Grains, clock, NullLogger<DenialLog>.Instance);

    private static async Task DenyAsync(DenialLog log, Caller caller, int count)
    {
        for (var i = 0; i < count; i++) await log.RecordAsync(caller, "IThing.Touch", "t1/7", Refusal.Denied("because", DecisionTrace.Of(Rule.NothingGranted, Permission.InventoryRead)));
    }

    [Fact]
    public async Task A_refusal_stands_in_the_trail_of_the_callers_tenant_before_it_is_answered()
    {
        var (_, admin) = await silo.TenantAsync();
        var (_, victim) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(victim.User).Read(anna));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.Grains.GetGrain<IUsersGrain>(anna.Tenant.Value)
            .Find(anna, new UserQuery(null, null, null, false), PageRequest.First));

        var texts = Texts(anna);
        Assert.Equal(2, texts.Count);
        Assert.Contains(victim.User.GrainKey, texts[0], StringComparison.Ordinal);
        Assert.Empty(silo.Records(victim.Tenant, "Access denied"));
    }

    [Fact]
    public async Task Beyond_the_limit_refusals_are_counted_and_told_when_the_minute_is_over()
    {
        var (_, admin) = await silo.TenantAsync();
        var clock = new FakeTimeProvider();
        await using var log = Log(clock);
        await DenyAsync(log, admin, Listed + 7);
        Assert.Equal(Listed + 1, Texts(admin).Count);

        clock.Advance(TimeSpan.FromMinutes(1));
        await DenyAsync(log, admin, 1);

        // Whether the timer or the next refusal closed the minute, its summary is written once.
        await Wait.UntilAsync(() => Texts(admin).Count == Listed + 3, "the summary and the refusal after it");
        Assert.Single(Texts(admin), t => t == "Access denied 7 more times within a minute");
    }

    [Fact]
    public async Task What_was_counted_is_told_when_the_silo_stops()
    {
        var (_, admin) = await silo.TenantAsync();
        await using var log = Log(new FakeTimeProvider());
        await DenyAsync(log, admin, Listed + 3);
        await log.CloseAsync();
        Assert.Equal("Access denied 3 more times within a minute", Texts(admin)[^1]);
    }

    [Fact]
    public async Task One_users_refusals_do_not_use_up_anothers()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        await using var log = Log(new FakeTimeProvider());
        await DenyAsync(log, admin, Listed + 1);
        await DenyAsync(log, anna, 1);
        Assert.Single(Texts(anna));
    }
}
