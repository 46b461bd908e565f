using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Grains.Devices;

/// <summary>
/// The connections that want to hear of an agent's operations, in memory: they say so again and again, and one that has not done so for
/// several renewals is gone.
/// </summary>
internal sealed class ListeningSessions(TimeProvider time)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(Limits.SessionRenewalSeconds * Limits.SessionRenewalsMissedMax);

    private readonly Dictionary<IDeviceSession, long> _heardAt = [];

    public bool Any
    {
        get
        {
            ForgetSilent();
            return _heardAt.Count > 0;
        }
    }

    /// <summary>Remembers a connection; false when it was known. Of too many the one that was heard longest ago goes.</summary>
    public bool Hear(IDeviceSession session)
    {
        ForgetSilent();
        var isNew = !_heardAt.ContainsKey(session);
        if (isNew && _heardAt.Count == Limits.SessionsPerDeviceMax) _heardAt.Remove(_heardAt.MinBy(heard => heard.Value).Key);
        _heardAt[session] = time.GetTimestamp();
        return isNew;
    }

    public void Forget(IDeviceSession session) => _heardAt.Remove(session);

    public void Clear() => _heardAt.Clear();

    public void Tell(OperationId id)
    {
        foreach (var session in _heardAt.Keys) session.OperationWaits(id);
    }

    private void ForgetSilent()
    {
        foreach (var (session, at) in _heardAt)
            if (time.GetElapsedTime(at) > KeptFor)
                _heardAt.Remove(session);
    }
}
