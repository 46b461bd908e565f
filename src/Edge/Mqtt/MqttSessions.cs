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
    private readonly Lock _lock = new();
    private readonly Dictionary<(TenantId Tenant, string Serial), MqttSession> _byDevice = [];
    // Each user's last session, which leads to those before it: most users have one, and some a whole fleet's.
    private readonly Dictionary<UserId, MqttSession> _byUser = [];
    private int _now;

    /// <summary>Seconds since the start of the process, kept by one timer for all sessions.</summary>
    public int Now => Volatile.Read(ref _now);

    public int Count
    {
        get
        {
            lock (_lock) return _byDevice.Count;
        }
    }

    /// <summary>Enters a session that is about to be admitted: from now on it is put out when its user's rights go.</summary>
    public void Enter(MqttSession session)
    {
        lock (_lock)
        {
            session.LastHeard = Now;
            EdgeMetrics.Sessions.Add(1);
            if (_byUser.TryGetValue(UserOf(session), out var before)) (session.Before, before.After) = (before, session);
            _byUser[UserOf(session)] = session;
        }
    }

    /// <summary>
    /// Gives an entered session its device identifier and puts out the one that had it. A user is put out by the same user only: another one
    /// of the tenant gets false, for otherwise anybody in it could cut any device off by its name.
    /// </summary>
    public bool TryTakeDevice(MqttSession session)
    {
        MqttSession? other;
        lock (_lock)
        {
            if (_byDevice.TryGetValue(KeyOf(session), out other) && UserOf(other) != UserOf(session)) return false;
            _byDevice[KeyOf(session)] = session;
        }
        other?.Abort("another connection took over the client id");
        return true;
    }

    /// <summary>Takes a session out, however far it got.</summary>
    public void Leave(MqttSession session)
    {
        EdgeMetrics.Sessions.Add(-1);
        lock (_lock)
        {
            if (_byDevice.TryGetValue(KeyOf(session), out var current) && current == session) _byDevice.Remove(KeyOf(session));
            if (session.Before is { } before) before.After = session.After;
            if (session.After is { } after) after.Before = session.Before;
            else if (session.Before is { } last) _byUser[UserOf(session)] = last;
            else if (_byUser.GetValueOrDefault(UserOf(session)) == session) _byUser.Remove(UserOf(session));
            (session.Before, session.After) = (null, null);
        }
    }

    public void UserChanged(UserId user, bool lostRights)
    {
        if (lostRights) Abort(session => UserOf(session) == user, user, "the user's rights or credentials changed");
    }

    public void TenantChanged(TenantId tenant, bool lostRights)
    {
        if (lostRights) Abort(session => session.Terms.Caller.Tenant == tenant, null, "the tenant's standing changed");
    }

    public void LeaseLapsed() => Abort(static _ => true, null, "the silo cannot decide safely at the moment");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        // The token stops the timer instead of the wait: to be stopped is no failure of this service.
        await using var stop = stoppingToken.Register(timer.Dispose);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            Interlocked.Increment(ref _now);
            Abort(session => session.IsSilent(Now), null, "nothing was heard for one and a half times the keep-alive");
            RenewListening();
        }
    }

    /// <summary>Puts out whom the question is true of; among one user's sessions when it is given. They are ended when this returns.</summary>
    private void Abort(Func<MqttSession, bool> isMeant, UserId? user, string reason)
    {
        List<MqttSession>? meant = null;
        lock (_lock)
        {
            if (user is { } one) Add(_byUser.GetValueOrDefault(one));
            else
                foreach (var last in _byUser.Values) Add(last);
        }
        foreach (var session in meant ?? []) session.Abort(reason);

        void Add(MqttSession? last)
        {
            for (var session = last; session is not null; session = session.Before)
                if (isMeant(session)) (meant ??= []).Add(session);
        }
    }

    /// <summary>Has those say again that they listen for operations who have not said so for a while.</summary>
    private void RenewListening()
    {
        List<MqttSession>? due = null;
        lock (_lock)
            foreach (var session in _byDevice.Values)
                if (session.Feed is { } feed && feed.IsDue(Now)) (due ??= []).Add(session);
        foreach (var session in due ?? []) session.Feed?.Renew();
    }

    private static UserId UserOf(MqttSession session) => session.Terms.Caller.User;

    private static (TenantId, string) KeyOf(MqttSession session) => (session.Terms.Caller.Tenant, session.Terms.Serial);
}
