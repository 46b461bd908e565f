using System.Globalization;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tenancy;

namespace Bailiwick.Cluster.Tests;

/// <summary>
/// One user whose right comes and goes, in every way that it can, while clients ask on every silo without pause. A call that begins and ends
/// between two changes must be served exactly when the last change that was answered says so.
/// </summary>
internal sealed class Crossfire(GatedCluster cluster, Caller admin, int seed)
{
    private const int ClientsPerSilo = 2;

    private static readonly UserChange Disable = new(null, null, null, null, null, null, IsEnabled: false, null, null);
    private static readonly UserChange Enable = Disable with { IsEnabled = true };

    // Odd while a change is under way; of the even ones, every second stands for "granted".
    private long _phase = 2;
    private volatile Caller? _ann;
    private volatile string? _failure;
    private volatile TaskCompletionSource? _answered;
    private long _granted;
    private long _refused;

    private static bool IsGranted(long phase) => phase % 4 == 0;

    public async Task RunAsync(int rounds)
    {
        var user = await cluster.MakeUserAsync(admin, "ann", []);
        _ann = await CallerNowAsync(user);
        var clients = Enumerable.Range(0, cluster.SiloCount * ClientsPerSilo).Select(n => Task.Run(() => AskAsync(n % cluster.SiloCount))).ToArray();
        try
        {
            var random = new Random(seed);
            for (var round = 0; round < rounds && _failure is null; round++) await ComeAndGoAsync(user, random.Next(3));
        }
        finally
        {
            Interlocked.Exchange(ref _phase, -1);
            await Task.WhenAll(clients);
        }
        Assert.True(_failure is null, $"seed {seed.ToString(CultureInfo.InvariantCulture)}: {_failure}");
        Assert.True(_granted >= rounds && _refused >= rounds, $"Too little fire to prove anything: {_granted} served and {_refused} refused between changes");
    }

    private async Task ComeAndGoAsync(UserId user, int way)
    {
        var grain = cluster.User(user);
        Interlocked.Increment(ref _phase);
        if (way == 1) await grain.AddToGroup(admin, DefaultGroups.Business);
        else await grain.Assign(admin, Authority.AuditRead);
        Interlocked.Increment(ref _phase);
        await PauseAsync();

        Interlocked.Increment(ref _phase);
        if (way == 0) await grain.Unassign(admin, Authority.AuditRead);
        else if (way == 1) await grain.RemoveFromGroup(admin, DefaultGroups.Business);
        else await grain.Update(admin, Disable);
        Interlocked.Increment(ref _phase);
        await PauseAsync();
        if (way != 2) return;

        // The way back leads through the phase of the next change only: nothing is granted here.
        await grain.Unassign(admin, Authority.AuditRead);
        await grain.Update(admin, Enable);
        _ann = await CallerNowAsync(user);
    }

    /// <summary>Until a client has been answered under the present state, so that every state is under fire.</summary>
    private async Task PauseAsync()
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answered = answered;
        if (_failure is not null) return;
        await answered.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task AskAsync(int silo)
    {
        long began;
        while ((began = Interlocked.Read(ref _phase)) >= 0 && _failure is null)
        {
            var outcome = await cluster.AskAsync(silo, _ann!);
            if (began % 2 != 0 || Interlocked.Read(ref _phase) != began) continue;
            var isServed = outcome is null;
            if (isServed != IsGranted(began))
                _failure = $"silo {silo} {(isServed ? "served a call" : $"refused a call as {outcome}")} in phase {began}, when the right was {(IsGranted(began) ? "granted" : "taken")}";
            Interlocked.Increment(ref isServed ? ref _granted : ref _refused);
            _answered?.TrySetResult();
        }
    }

    private async Task<Caller> CallerNowAsync(UserId user)
    {
        var fact = await cluster.On(0).GetGrain<IUserFactSource>(user.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, user.Tenant), user.Name);
        return new Caller(user, SignInMethod.Basic, fact.CredentialEpoch, "192.0.2.1");
    }
}
