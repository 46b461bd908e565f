using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Edge.Rates;

/// <summary>What the operator decides about rates: messages a second, 0 for no limit.</summary>
/// <param name="TenantMessagesPerSecond">Of all users and devices of a tenant together, on this silo.</param>
/// <param name="DeviceMessagesPerSecond">Of one device, or of one user of the REST interface.</param>
public sealed record RateSettings(int TenantMessagesPerSecond, int DeviceMessagesPerSecond)
{
    public static readonly RateSettings Default = new(Limits.TenantMessagesPerSecond, Limits.DeviceMessagesPerSecond);
}

/// <summary>
/// Keeps one tenant, and one device, from taking what is another's. An MQTT packet and a REST request each count one. A request beyond the limit is
/// refused and costs nothing; an MQTT message has come already, so it is carried out, and its connection is not read from until the debt is paid.
/// The management tenant has no limit as a whole: or whoever knows the bootstrap user's password could lock the operator out.
/// </summary>
public sealed class RateLimits : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger<RateLimits> _log;
    private readonly Rate _ofTenant;
    private readonly Rate _ofDevice;
    private readonly long _debtMax;
    private readonly ConcurrentDictionary<TenantId, RateBucket> _tenants = new();
    private readonly ConcurrentDictionary<(UserId User, string Serial), RateBucket> _devices = new();
    private readonly ITimer _sweeper;
    // The dictionary counts itself by taking all its locks.
    private int _deviceCount;

    public RateLimits(RateSettings settings, TimeProvider time, ILogger<RateLimits> log)
    {
        (_time, _log) = (time, log);
        _ofTenant = new Rate(settings.TenantMessagesPerSecond, time.TimestampFrequency);
        _ofDevice = new Rate(settings.DeviceMessagesPerSecond, time.TimestampFrequency);
        _debtMax = Limits.RateDebtSecondsMax * time.TimestampFrequency;
        var interval = TimeSpan.FromSeconds(Limits.RateSweepSeconds);
        _sweeper = time.CreateTimer(static limits => ((RateLimits)limits!).Sweep(), this, interval, interval);
    }

    /// <summary>Devices and users that are remembered at the moment.</summary>
    internal int DeviceCount => Volatile.Read(ref _deviceCount);

    /// <summary>Counts a request of the REST interface, unless it is too many; then it answers after how many seconds another may be let in.</summary>
    public int? Refuses(Caller caller) => Refuses(caller, "");

    /// <summary>The same for a request that comes before any signing in: it counts for the address that it comes from, and for no tenant.</summary>
    public int? RefusesStranger(string address) => Refuses(Caller.SigningIn(TenantId.Management), address);

    private int? Refuses(Caller caller, string serial)
    {
        var now = _time.GetTimestamp();
        var (tenant, device) = (TenantOf(caller), DeviceOf(caller, serial));
        var (ofTenant, ofDevice) = (tenant?.Debt(now) ?? 0, device?.Debt(now) ?? 0);
        if (ofTenant == 0 && ofDevice == 0)
        {
            tenant?.Charge(_ofTenant, 1, now, _debtMax);
            device?.Charge(_ofDevice, 1, now, _debtMax);
            return null;
        }
        Tell(caller, serial, ofTenant > 0 ? tenant! : device!, ofTenant > 0, "refused", now);
        return (int)((Math.Max(ofTenant, ofDevice) + _time.TimestampFrequency - 1) / _time.TimestampFrequency);
    }

    /// <summary>
    /// Counts packets that came over MQTT, and answers for how long nothing more is to be read from that connection; null when it is to be closed, for its
    /// debt or its tenant's has passed <see cref="Limits.RateDebtSecondsMax"/>.
    /// </summary>
    public TimeSpan? Charge(Caller caller, string serial, int packets)
    {
        var now = _time.GetTimestamp();
        var (tenant, device) = (TenantOf(caller), DeviceOf(caller, serial));
        var ofTenant = tenant?.Charge(_ofTenant, packets, now, _debtMax) ?? 0;
        var ofDevice = device?.Charge(_ofDevice, packets, now, _debtMax) ?? 0;
        var debt = Math.Max(ofTenant, ofDevice);
        if (debt == 0) return TimeSpan.Zero;
        Tell(caller, serial, ofTenant > 0 ? tenant! : device!, ofTenant > 0, debt > _debtMax ? "closed" : "slowed", now);
        if (debt > _debtMax) return null;
        return PauseFor(debt);
    }

    public void Dispose() => _sweeper.Dispose();

    /// <summary>Forgets whoever has been quiet for so long that its bucket is like a new one. Who sends just then loses a second's memory at most.</summary>
    internal void Sweep()
    {
        var now = _time.GetTimestamp();
        foreach (var (key, bucket) in _devices)
            if (bucket.IsFull(_ofDevice, now) && _devices.TryRemove(new(key, bucket)))
                Interlocked.Decrement(ref _deviceCount);
        foreach (var (key, bucket) in _tenants)
            if (bucket.IsFull(_ofTenant, now))
                _tenants.TryRemove(new(key, bucket));
    }

    private RateBucket? TenantOf(Caller caller) =>
        _ofTenant.IsLimited && caller.Tenant != TenantId.Management ? _tenants.GetOrAdd(caller.Tenant, static _ => new RateBucket()) : null;

    /// <summary>How long a connection that has just been made is not to be read from, for what its device or tenant owes from before. It counts nothing.</summary>
    public TimeSpan Owed(Caller caller, string serial)
    {
        var now = _time.GetTimestamp();
        var ofDevice = _devices.TryGetValue((caller.User, serial), out var device) ? device.Debt(now) : 0;
        var debt = Math.Max(ofDevice, TenantOf(caller)?.Debt(now) ?? 0);
        return PauseFor(debt);
    }

    // No longer at a time than a client waits for the answer to its PINGREQ.
    private TimeSpan PauseFor(long debt) => TimeSpan.FromSeconds(Math.Min((double)debt / _time.TimestampFrequency, Limits.RatePauseSecondsMax));

    /// <summary>A fleet may share a user: so a device is a user and what it calls itself. Beyond the bound only the tenant's limit holds.</summary>
    private RateBucket? DeviceOf(Caller caller, string serial)
    {
        if (!_ofDevice.IsLimited) return null;
        if (_devices.TryGetValue((caller.User, serial), out var bucket)) return bucket;
        if (DeviceCount >= Limits.RateDevicesTrackedMax) return null;
        bucket = new RateBucket();
        if (!_devices.TryAdd((caller.User, serial), bucket)) return _devices.GetValueOrDefault((caller.User, serial));
        Interlocked.Increment(ref _deviceCount);
        return bucket;
    }

    private void Tell(Caller caller, string serial, RateBucket bucket, bool isTenants, string outcome, long now)
    {
        EdgeMetrics.Limited.Add(1, new KeyValuePair<string, object?>("limit", isTenants ? "tenant" : "device"), new KeyValuePair<string, object?>("outcome", outcome));
        if (!bucket.MayTell(now, Limits.RateLogSeconds * _time.TimestampFrequency)) return;
        _log.LogWarning(
            "More messages than the limit of {Limit} of {Rate} a second: {User} {Serial} is {Outcome}", isTenants ? "a tenant" : "a device",
            (isTenants ? _ofTenant : _ofDevice).MessagesPerSecond, caller.User, serial, outcome);
    }
}
