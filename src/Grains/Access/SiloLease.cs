using System.Runtime.InteropServices;
using Bailiwick.Grains.Abstractions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Access;

/// <summary>
/// Where silos hold their leases: outside all of them. A row is a silo's current term; revoking it ends the term, so that the next
/// renewal fails and the silo must begin a new one with an empty replica.
/// </summary>
internal interface ISiloLeaseTable
{
    /// <summary>Begins a new term and answers its number.</summary>
    Task<long> AcquireAsync(string silo);

    /// <summary>False when the term was revoked.</summary>
    Task<bool> RenewAsync(string silo, long term);

    /// <summary>Ends whatever term the silo has.</summary>
    Task RevokeAsync(string silo);
}

/// <summary>One silo alone: nobody else could change a fact behind its back, and nobody could revoke it.</summary>
internal sealed class LoneSiloLease : ISiloLease, ISiloLeaseTable
{
    public bool IsHeld => true;

    public Task<long> AcquireAsync(string silo) => Task.FromResult(1L);

    public Task<bool> RenewAsync(string silo, long term) => Task.FromResult(true);

    public Task RevokeAsync(string silo) => Task.CompletedTask;
}

/// <summary>A clock that runs while the process is stopped and the machine asleep, in milliseconds since the machine started.</summary>
internal interface ILeaseClock
{
    long Milliseconds { get; }
}

/// <inheritdoc cref="ILeaseClock"/>
internal sealed partial class BootClock : ILeaseClock
{
    private const int ClockBootTime = 7;

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime"), SuppressGCTransition, DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out TimeSpec time);

    public long Milliseconds
    {
        get
        {
            Check.That(GetTime(ClockBootTime, out var now) == 0);
            return now.Seconds * 1000 + now.Nanoseconds / 1_000_000;
        }
    }
}

/// <summary>
/// A silo's licence to decide by the facts that it holds. It is renewed outside the silo and counts from before each request, by a clock
/// that a stopped process cannot stop; once it lapses, the gate refuses every call until a new term begins with an empty replica.
/// </summary>
internal sealed class SiloLease(
    ISiloLeaseTable table, FactReplica replica, ILocalSiloDetails silo, ILeaseClock clock, TimeProvider time, ILogger<SiloLease> log) : BackgroundService, ISiloLease
{
    private readonly string _silo = silo.SiloAddress.ToParsableString();
    private long _heldUntil;
    private long _term;

    public bool IsHeld => clock.Milliseconds < Interlocked.Read(ref _heldUntil);

    /// <summary>What whoever asks is told while nothing can be decided.</summary>
    public static Refusal Lapsed() =>
        new(RefusalKind.Unavailable, "general", "The platform cannot decide safely at the moment. Try again shortly.", "The silo's lease has lapsed");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Limits.SiloLeaseRenewalMilliseconds), time);
        do await RenewAsync();
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One renewal, or the beginning of a new term; a table that cannot be reached leaves the lease to run out.</summary>
    internal async Task RenewAsync()
    {
        try
        {
            if (_term != 0 && IsHeld && await KeepAsync()) return;
            Lapse();
            await BeginAsync();
        }
        // Of any kind: a table's client that runs out of patience cancels, and that must not end the renewals.
        catch (Exception failure)
        {
            log.LogWarning(failure, "The silo's lease could not be renewed");
            if (_term != 0 && !IsHeld) Lapse();
        }
    }

    private async Task<bool> KeepAsync()
    {
        var before = clock.Milliseconds;
        // An answer that comes after the lease is worth nothing, and whoever lives by the lease must hear of its end meanwhile.
        var left = Math.Max(1, Interlocked.Read(ref _heldUntil) - before);
        if (!await table.RenewAsync(_silo, _term).WaitAsync(TimeSpan.FromMilliseconds(left), time)) return false;
        // A renewal that took longer than the lease it extends may have missed a revocation's wait.
        if (IsHeld) Interlocked.Exchange(ref _heldUntil, before + Limits.SiloLeaseMilliseconds);
        return true;
    }

    private async Task BeginAsync()
    {
        var before = clock.Milliseconds;
        var term = await table.AcquireAsync(_silo).WaitAsync(TimeSpan.FromMilliseconds(Limits.SiloLeaseMilliseconds), time);
        // Without a lease no push is confirmed here: what was fetched meanwhile may be of before a change that has been answered.
        replica.Clear();
        _term = term;
        Interlocked.Exchange(ref _heldUntil, before + Limits.SiloLeaseMilliseconds);
    }

    private void Lapse()
    {
        Interlocked.Exchange(ref _heldUntil, 0);
        _term = 0;
        replica.Clear();
    }
}
