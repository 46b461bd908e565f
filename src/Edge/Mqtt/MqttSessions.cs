using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.Extensions.Hosting;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// The sessions of this silo: one for each device identifier of a tenant. It puts out who falls silent, who is taken over, and, before
/// the change is answered, whose rights went.
/// </summary>
internal sealed class MqttSessions(TimeProvider time) : BackgroundService, IFactListener
{
    private readonly ConcurrentDictionary<(TenantId Tenant, string Serial), MqttSession> _byDevice = new();
    private readonly ConcurrentDictionary<UserId, ConcurrentDictionary<MqttSession, byte>> _byUser = new();
    private int _now;

    /// <summary>Seconds since the start of the process, kept by one timer for all sessions.</summary>
    public int Now => Volatile.Read(ref _now);

    public int Count => _byDevice.Count;

    /// <summary>
    /// Enters a session and puts out the one that had its device identifier. A user is put out by the same user only: another one of the
    /// tenant gets false, for otherwise anybody in it could cut any device off by its name.
    /// </summary>
    public bool TryEnter(MqttSession session)
    {
        var key = KeyOf(session);
        while (true)
        {
            if (_byDevice.TryGetValue(key, out var other))
            {
                if (other.Terms.Caller.User != session.Terms.Caller.User) return false;
                if (!_byDevice.TryUpdate(key, session, other)) continue;
                other.Abort("another connection took over the client id");
            }
            else if (!_byDevice.TryAdd(key, session)) continue;
            session.LastHeard = Now;
            _byUser.GetOrAdd(session.Terms.Caller.User, _ => new()).TryAdd(session, 0);
            return true;
        }
    }

    public void Leave(MqttSession session)
    {
        _byDevice.TryRemove(new(KeyOf(session), session));
        if (!_byUser.TryGetValue(session.Terms.Caller.User, out var sessions)) return;
        // An empty set stays: removing it could lose a session that is just entering, and users are few beside sessions.
        sessions.TryRemove(session, out _);
    }

    public void UserChanged(UserId user, bool lostRights)
    {
        if (!lostRights || !_byUser.TryGetValue(user, out var sessions)) return;
        foreach (var session in sessions.Keys) session.Abort("the user's rights or credentials changed");
    }

    public void TenantChanged(TenantId tenant, bool lostRights)
    {
        if (!lostRights) return;
        foreach (var (user, sessions) in _byUser)
            if (user.Tenant == tenant)
                foreach (var session in sessions.Keys)
                    session.Abort("the tenant's standing changed");
    }

    public void LeaseLapsed()
    {
        foreach (var session in All()) session.Abort("the silo cannot decide safely at the moment");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        // The token stops the timer instead of the wait: to be stopped is no failure of this service.
        await using var stop = stoppingToken.Register(timer.Dispose);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            Interlocked.Increment(ref _now);
            foreach (var session in All())
                if (IsSilent(session))
                    session.Abort("nothing was heard for one and a half times the keep-alive");
                else session.Feed.Tick(Now);
        }
    }

    private IEnumerable<MqttSession> All()
    {
        foreach (var (_, sessions) in _byUser)
            foreach (var session in sessions.Keys)
                yield return session;
    }

    private bool IsSilent(MqttSession session)
    {
        var keepAlive = session.Terms.KeepAliveSeconds;
        return keepAlive > 0 && Now - session.LastHeard > keepAlive + keepAlive / 2 + 1;
    }

    private static (TenantId, string) KeyOf(MqttSession session) => (session.Terms.Caller.Tenant, session.Terms.Serial);
}
