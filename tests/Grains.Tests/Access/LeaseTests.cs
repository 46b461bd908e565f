using System.Net;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tests.Platform;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>A silo decides only while its lease is renewed outside itself; it fails closed and comes back with nothing remembered.</summary>
public sealed class LeaseTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Clock _clock;
    private readonly MemoryLeaseTable _table = new();
    private readonly FactSources _sources = new();
    private readonly ListeningEar _ear = new();
    private readonly FactReplica _replica;
    private readonly SiloLease _lease;
    private readonly Silo _silo = new();

    public LeaseTests()
    {
        _clock = new Clock(_time);
        _sources.Set(Facts.OfTenant(1));
        _replica = new FactReplica(_sources.Grains, [_ear]);
        _lease = new SiloLease(_table, _replica, _silo, _clock, _time, NullLogger<SiloLease>.Instance);
    }

    public void Dispose() => _lease.Dispose();

    /// <summary>Runs with the timers, and also while the process is stopped and no timer runs.</summary>
    private sealed class Clock(FakeTimeProvider time) : ILeaseClock
    {
        private readonly DateTimeOffset _start = time.GetUtcNow();
        private long _stopped;

        public long Milliseconds => 1_000_000 + (long)(time.GetUtcNow() - _start).TotalMilliseconds + Interlocked.Read(ref _stopped);

        public void PassWhileStopped(long milliseconds) => Interlocked.Add(ref _stopped, milliseconds);
    }

    private sealed class Silo : ILocalSiloDetails
    {
        public string Name => "silo";
        public string ClusterId => "cluster";
        public string DnsHostName => "localhost";
        public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 1, 1);
        public SiloAddress GatewayAddress => SiloAddress;
    }

    [Fact]
    public async Task Nothing_is_decided_before_the_first_term()
    {
        Assert.False(_lease.IsHeld);
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
    }

    [Fact]
    public async Task The_lease_holds_while_it_is_renewed_and_to_the_millisecond_no_longer()
    {
        await _lease.RenewAsync();
        for (var renewals = 0; renewals < 10; renewals++)
        {
            Pass(Limits.SiloLeaseMilliseconds - 1);
            Assert.True(_lease.IsHeld);
            await _lease.RenewAsync();
        }
        Pass(Limits.SiloLeaseMilliseconds - 1);
        Assert.True(_lease.IsHeld);
        Pass(1);
        Assert.False(_lease.IsHeld);
    }

    [Fact]
    public async Task A_term_counts_from_before_it_was_asked_for()
    {
        var answers = _table.HoldAnswers();
        var renewing = _lease.RenewAsync();
        Pass(1_000);
        answers.SetResult();
        await renewing;
        Pass(Limits.SiloLeaseMilliseconds - 1_001);
        Assert.True(_lease.IsHeld);
        Pass(1);
        Assert.False(_lease.IsHeld);
    }

    [Fact]
    public async Task A_renewal_counts_from_before_it_was_asked_for()
    {
        await _lease.RenewAsync();
        var answers = _table.HoldAnswers();
        var renewing = _lease.RenewAsync();
        Pass(2_000);
        answers.SetResult();
        await renewing;
        Pass(Limits.SiloLeaseMilliseconds - 2_001);
        Assert.True(_lease.IsHeld);
        Pass(1);
        Assert.False(_lease.IsHeld);
    }

    [Fact]
    public async Task A_stopped_process_wakes_without_its_lease_and_begins_anew_with_nothing_remembered()
    {
        await _lease.RenewAsync();
        _sources.Set(Facts.User(1, Authority.InventoryRead));
        await StandingAsync();
        Assert.NotEmpty(_ear.Heard);
        _sources.Set(Facts.User(2));
        // No timer has run: this is the first thing that the process does.
        _clock.PassWhileStopped(Limits.SiloLeaseMilliseconds);
        Assert.False(_lease.IsHeld);
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
        Assert.Contains("lapsed", _ear.Heard);
        Assert.Equal(AuthoritySet.Empty, (await StandingAsync()).Rights.Global);
    }

    [Fact]
    public async Task A_revoked_silo_forgets_everything_and_begins_a_new_term()
    {
        await _lease.RenewAsync();
        _sources.Set(Facts.User(1, Authority.InventoryRead));
        await StandingAsync();
        _sources.Set(Facts.User(2));
        _ = _ear.Heard;
        await _table.RevokeAsync(_silo.SiloAddress.ToParsableString());
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
        Assert.Contains("lapsed", _ear.Heard);
        Assert.Equal(AuthoritySet.Empty, (await StandingAsync()).Rights.Global);
    }

    [Fact]
    public async Task A_silo_barred_for_good_decides_nothing_any_more()
    {
        await _lease.RenewAsync();
        await _table.BarAsync(_silo.SiloAddress.ToParsableString());
        for (var tries = 0; tries < 3; tries++)
        {
            await _lease.RenewAsync();
            Assert.False(_lease.IsHeld);
        }
    }

    [Fact]
    public async Task A_table_out_of_reach_leaves_the_lease_to_run_out_and_the_silo_comes_back_with_it()
    {
        await _lease.RenewAsync();
        _ = _ear.Heard;
        _table.FailWith = new IOException("The lease table cannot be reached");
        Pass(Limits.SiloLeaseMilliseconds - 1);
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
        Assert.Empty(_ear.Heard);
        Pass(1);
        await _lease.RenewAsync();
        Assert.False(_lease.IsHeld);
        Assert.Contains("lapsed", _ear.Heard);
        _table.FailWith = null;
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
    }

    [Fact]
    public async Task A_renewal_that_took_longer_than_the_lease_does_not_bring_it_back()
    {
        await _lease.RenewAsync();
        Pass(Limits.SiloLeaseMilliseconds - 100);
        var answers = _table.HoldAnswers();
        var renewing = _lease.RenewAsync();
        _clock.PassWhileStopped(200);
        answers.SetResult();
        await renewing;
        Assert.False(_lease.IsHeld);
        _table.AnswerAtOnce();
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
        Assert.Contains("lapsed", _ear.Heard);
    }

    [Fact]
    public async Task A_term_that_took_longer_to_begin_than_it_lasts_is_none()
    {
        var answers = _table.HoldAnswers();
        var renewing = _lease.RenewAsync();
        _clock.PassWhileStopped(Limits.SiloLeaseMilliseconds);
        answers.SetResult();
        await renewing;
        Assert.False(_lease.IsHeld);
    }

    [Fact]
    public async Task A_table_that_never_answers_does_not_keep_the_lapse_from_being_noticed()
    {
        await _lease.RenewAsync();
        _ = _ear.Heard;
        _table.HoldAnswers();
        var renewing = _lease.RenewAsync();
        Assert.Empty(_ear.Heard);
        Pass(Limits.SiloLeaseMilliseconds);
        await renewing.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(_lease.IsHeld);
        Assert.Contains("lapsed", _ear.Heard);
        _table.AnswerAtOnce();
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
    }

    [Fact]
    public async Task A_table_whose_client_gave_up_is_only_out_of_reach()
    {
        await _lease.RenewAsync();
        _table.FailWith = new TaskCanceledException("The request took too long");
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
    }

    [Fact]
    public async Task What_was_learnt_between_two_terms_is_forgotten_too()
    {
        await _lease.RenewAsync();
        _clock.PassWhileStopped(Limits.SiloLeaseMilliseconds);
        var answers = _table.HoldAnswers();
        var renewing = _lease.RenewAsync();
        // A call that was under way fetches a fact while no push reaches this silo, for it has no lease; then the fact changes.
        _sources.Set(Facts.User(1, Authority.InventoryRead));
        await StandingAsync();
        _sources.Set(Facts.User(2));
        answers.SetResult();
        await renewing;
        Assert.True(_lease.IsHeld);
        Assert.Equal(AuthoritySet.Empty, (await StandingAsync()).Rights.Global);
    }

    [Fact]
    public async Task A_listener_that_cannot_close_what_it_has_keeps_the_silo_from_deciding_and_no_longer()
    {
        _ear.Acting = () => throw new InvalidOperationException("a session would not close");
        await _lease.RenewAsync();
        Assert.False(_lease.IsHeld);
        _ear.Acting = null;
        await _lease.RenewAsync();
        Assert.True(_lease.IsHeld);
    }

    [Fact]
    public async Task The_service_begins_a_term_at_once_and_renews_it_by_itself()
    {
        await _lease.StartAsync(CancellationToken.None);
        await Wait.UntilAsync(() => _lease.IsHeld, "the first term");
        for (var renewals = 0; renewals < 10; renewals++)
        {
            var asked = _table.Asked;
            Pass(Limits.SiloLeaseRenewalMilliseconds);
            await Wait.UntilAsync(() => _table.Asked > asked, "a renewal");
            Assert.True(_lease.IsHeld);
        }
        await _lease.StopAsync(CancellationToken.None);
    }

    [Fact]
    public void Limits_agree_a_push_is_given_up_and_a_renewal_repeated_well_within_one_lease()
    {
        Assert.True(Limits.SiloLeaseRenewalMilliseconds * 3 < Limits.SiloLeaseMilliseconds);
        Assert.True(Limits.FactPushMillisecondsMax < Limits.SiloLeaseMilliseconds);
    }

    [Fact]
    public void The_real_clock_runs()
    {
        var clock = new BootClock();
        var first = clock.Milliseconds;
        Assert.True(first > 0);
        Assert.True(SpinWait.SpinUntil(() => clock.Milliseconds > first, TimeSpan.FromSeconds(10)), "The clock since boot stood still for 10 s");
    }

    private void Pass(long milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));

    private Task<Standing> StandingAsync() => _replica.StandingAsync(Facts.Ann, 1).AsTask();
}
