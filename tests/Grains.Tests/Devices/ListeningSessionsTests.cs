using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Devices;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Grains.Tests.Devices;

/// <summary>Which connections an agent remembers, and for how long.</summary>
public sealed class ListeningSessionsTests
{
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(Limits.SessionRenewalSeconds);

    private readonly FakeTimeProvider _clock = new();
    private readonly ListeningSessions _sessions;

    public ListeningSessionsTests() => _sessions = new ListeningSessions(_clock);

    [Fact]
    public async Task One_that_renews_is_known_and_one_that_is_silent_for_too_long_is_forgotten()
    {
        var (faithful, silent) = (new Session(), new Session());
        Assert.False(_sessions.Any);
        Assert.True(_sessions.Hear(faithful));
        Assert.True(_sessions.Hear(silent));
        for (var renewal = 0; renewal < Limits.SessionRenewalsMissedMax; renewal++)
        {
            _clock.Advance(Renewal);
            Assert.False(_sessions.Hear(faithful));
        }
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_sessions.Any);
        await _sessions.TellAsync(Id(1));
        Assert.Equal([Id(1)], faithful.Heard);
        Assert.Empty(silent.Heard);
        Assert.True(_sessions.Hear(silent));
    }

    [Fact]
    public void The_time_that_is_left_is_that_of_the_one_heard_last()
    {
        Assert.Equal(TimeSpan.Zero, _sessions.TimeLeft);
        var (first, last) = (new Session(), new Session());
        _sessions.Hear(first);
        _clock.Advance(Renewal);
        _sessions.Hear(last);
        _clock.Advance(Renewal);
        Assert.Equal(Renewal * (Limits.SessionRenewalsMissedMax - 1), _sessions.TimeLeft);
        _sessions.Forget(last);
        Assert.Equal(Renewal * (Limits.SessionRenewalsMissedMax - 2), _sessions.TimeLeft);
        _clock.Advance(Renewal * Limits.SessionRenewalsMissedMax);
        Assert.Equal(TimeSpan.Zero, _sessions.TimeLeft);
    }

    [Fact]
    public async Task Of_too_many_the_one_heard_longest_ago_goes()
    {
        var all = Enumerable.Range(0, Limits.SessionsPerDeviceMax + 1).Select(_ => new Session()).ToList();
        foreach (var session in all)
        {
            _sessions.Hear(session);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        await _sessions.TellAsync(Id(2));
        Assert.Equal([0, .. Enumerable.Repeat(1, Limits.SessionsPerDeviceMax)], all.Select(session => session.Heard.Count));
    }

    [Fact]
    public async Task One_that_says_goodbye_hears_no_more()
    {
        var session = new Session();
        _sessions.Hear(session);
        _sessions.Forget(session);
        Assert.False(_sessions.Any);
        await _sessions.TellAsync(Id(3));
        Assert.Empty(session.Heard);
    }

    [Fact]
    public async Task One_that_does_not_answer_is_forgotten_and_keeps_nobody_else_from_hearing()
    {
        var (there, deaf) = (new Session(), new Session { IsDeaf = true });
        _sessions.Hear(deaf);
        Assert.False(await _sessions.TellAsync(Id(4)));
        Assert.False(_sessions.Any);
        _sessions.Hear(deaf);
        _sessions.Hear(there);
        Assert.True(await _sessions.TellAsync(Id(5)));
        Assert.Equal([Id(5)], there.Heard);
        Assert.True(_sessions.Hear(deaf));
        Assert.False(_sessions.Hear(there));
    }

    private static OperationId Id(long sequence) => new(new ObjectId(1), 1, sequence);

    private sealed class Session : IDeviceSession
    {
        public List<OperationId> Heard { get; } = [];

        public bool IsDeaf { get; init; }

        public Task OperationWaits(OperationId id)
        {
            if (IsDeaf) return Task.FromException(new TimeoutException());
            Heard.Add(id);
            return Task.CompletedTask;
        }
    }
}
