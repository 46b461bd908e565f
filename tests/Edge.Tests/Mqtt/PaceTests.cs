using Bailiwick.Edge.Rates;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>A session that sends more than its limit: nothing of it is lost.</summary>
public sealed class PaceTests
{
    private static readonly RateSettings TenASecond = new(0, 10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_came_beyond_the_limit_is_acknowledged_and_what_follows_waits_until_the_debt_is_paid()
    {
        var calls = 0;
        var session = await PipedSession.RunAsync(_ =>
        {
            Interlocked.Increment(ref calls);
            return BatchOutcome.Durable;
        }, TenASecond);

        var slowed = session.Clock.NextTimerAsync();
        await session.PublishAsync(1, 30);
        Assert.Equal(Enumerable.Range(1, 30), (await session.AcksAsync(30)).AsEnumerable());
        await slowed.WaitAsync(Patience);

        await session.PublishAsync(31, 1);
        session.Clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(1, Volatile.Read(ref calls));
        session.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(31, Assert.Single(await session.AcksAsync(1)));
        Assert.False(session.Running.IsCompleted);
    }

    [Fact]
    public async Task A_PINGREQ_behind_a_large_debt_is_answered_within_the_longest_pause()
    {
        var session = await PipedSession.RunAsync(_ => BatchOutcome.Durable, TenASecond);
        var slowed = session.Clock.NextTimerAsync();
        await session.PublishAsync(1, 500);
        Assert.Equal(500, (await session.AcksAsync(500)).Length);
        await slowed.WaitAsync(Patience);

        await session.PingAsync();
        session.Clock.Advance(TimeSpan.FromSeconds(Limits.RatePauseSecondsMax));
        var answer = await session.AnswersAsync(2);
        Assert.Equal([0xD0, 0], answer);
    }

    [Fact]
    public async Task A_session_far_beyond_its_limit_is_closed_after_all_that_came_was_acknowledged()
    {
        var session = await PipedSession.RunAsync(_ => BatchOutcome.Durable, TenASecond);
        var count = 10 * (Limits.RateDebtSecondsMax + 1) + 1;
        await session.PublishAsync(1, count);

        Assert.Equal(Enumerable.Range(1, count), (await session.AcksAsync(count)).AsEnumerable());
        await session.Running.WaitAsync(Patience);
    }
}
