using System.Security.Cryptography;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.SigningIn;

/// <summary>
/// The secrets that were checked and found good a short while ago, so that a client that sends its password with every request costs one
/// dear check every <see cref="Limits.CredentialCacheSeconds"/>. It keeps no secret: an entry is an HMAC under a key that
/// this process made and tells nobody. A user has one password, hence one entry.
/// </summary>
/// <remarks>
/// An entry never outlives the credentials it stands for: it is dropped while the change of its user is being answered
/// (<see cref="IFactListener"/>), and a check that began before a change cannot insert after it (<see cref="Stamp"/>). Should the
/// gate find a caller outdated all the same, <see cref="Forget"/> drops the entry that it came from.
/// </remarks>
public sealed class CredentialCache : IFactListener
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly Recent<UserId, Entry> _entries;
    // One counter for many users, and for many tenants: a change of one makes a few others' checks insert nothing, which costs them one
    // more check.
    private readonly long[] _userChanges = new long[1024];
    private readonly long[] _tenantChanges = new long[1024];
    private long _allTenantChanges;
    private long _lapses;

    public CredentialCache(TimeProvider clock) : this(clock, Limits.CredentialCacheMax)
    {
    }

    internal CredentialCache(TimeProvider clock, int countMax)
    {
        _clock = clock;
        _entries = new Recent<UserId, Entry>(countMax);
    }

    /// <summary>What is known of a secret that was found good.</summary>
    /// <param name="Agents">See <see cref="SecretCheck.Agents"/>.</param>
    public readonly record struct Good(long CredentialEpoch, AgentRules? Agents = null);

    private readonly record struct Entry(byte[] Digest, Good Good, DateTimeOffset GoodUntil);

    /// <summary>What was known of a user's changes when a check began.</summary>
    public readonly record struct Stamp(long OfUser, long OfTenant, long OfLease);

    /// <summary>Take it before a check whose outcome is to be kept. It takes no lock: one of the counters may be a change ahead of another.</summary>
    public Stamp StampOf(UserId user) =>
        new(Volatile.Read(ref _userChanges[Slot(user)]), Volatile.Read(ref _tenantChanges[Slot(user.Tenant)]), Volatile.Read(ref _lapses));

    /// <summary>How often any tenant has changed: for what is remembered from before the tenant was known.</summary>
    internal long TenantChanges => Volatile.Read(ref _allTenantChanges);

    internal long Timestamp => _clock.GetTimestamp();

    internal long TimestampFrequency => _clock.TimestampFrequency;

    /// <summary>True when this very secret was found good for this user and nothing has changed since.</summary>
    public bool TryGet(UserId user, string secret, out Good good)
    {
        good = default;
        Entry entry;
        lock (_lock)
            if (!_entries.TryGet(user, out entry))
                return false;
        if (entry.GoodUntil <= _clock.GetUtcNow() || !CryptographicOperations.FixedTimeEquals(entry.Digest, DigestOf(user, secret))) return false;
        good = entry.Good;
        return true;
    }

    /// <summary>Keeps a good outcome, unless something of the user changed since the stamp was taken.</summary>
    public void Keep(UserId user, string secret, Good good, Stamp stamp)
    {
        var entry = new Entry(DigestOf(user, secret), good, _clock.GetUtcNow().AddSeconds(Limits.CredentialCacheSeconds));
        lock (_lock)
            if (stamp == StampOf(user))
                _entries.Set(user, entry);
    }

    /// <summary>Drops a user's entry: the gate refused the caller that was made from it.</summary>
    public void Forget(UserId user)
    {
        lock (_lock)
        {
            _userChanges[Slot(user)]++;
            _entries.Remove(user);
        }
    }

    public void UserChanged(UserId user, bool lostRights) => Forget(user);

    public void TenantChanged(TenantId tenant, bool lostRights)
    {
        lock (_lock)
        {
            _tenantChanges[Slot(tenant)]++;
            _allTenantChanges++;
            _entries.RemoveWhere(user => user.Tenant == tenant);
        }
    }

    public void LeaseLapsed()
    {
        lock (_lock)
        {
            _lapses++;
            _entries.Clear();
        }
    }

    private static int Slot<T>(T changed) where T : notnull => changed.GetHashCode() & 1023;

    // A name holds no zero character, so that no two triples read the same.
    private byte[] DigestOf(UserId user, string secret) =>
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user.Tenant.Value}\0{user.Name}\0{secret}"));
}
