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
    /// <summary>How long a connection is remembered without a word of it.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(Limits.SessionRenewalSeconds * Limits.SessionRenewalsMissedMax);

    private readonly Dictionary<IDeviceSession, long> _heardAt = [];

    public bool Any
    {
        get
        {
            ForgetSilent();
            return _heardAt.Count > 0;
        }
    }

    /// <summary>After which time there is none any more, unless one is heard of until then.</summary>
    public TimeSpan TimeLeft => Any ? KeptFor - time.GetElapsedTime(_heardAt.Values.Max()) : TimeSpan.Zero;

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

    /// <summary>
    /// Tells all of them; whether any heard. Whoever awaits that before telling the next has them hear it in this order, on whatever silo they are. One that
    /// does not answer is forgotten: if it is there after all, it is new when it renews, and fetches what it missed.
    /// </summary>
    public async Task<bool> TellAsync(OperationId id) => Array.Exists(await Task.WhenAll(_heardAt.Keys.Select(session => TellAsync(session, id))), heard => heard);

    private async Task<bool> TellAsync(IDeviceSession session, OperationId id)
    {
        try
        {
            await session.OperationWaits(id);
            return true;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            _heardAt.Remove(session);
            return false;
        }
    }

    private void ForgetSilent()
    {
        foreach (var (session, at) in _heardAt)
            if (time.GetElapsedTime(at) >= KeptFor)
                _heardAt.Remove(session);
    }
}
