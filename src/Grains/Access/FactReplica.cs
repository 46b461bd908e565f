using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Access;

/// <summary>
/// This silo's copies of the facts. It is no grain: a holder that called a source while the source called it would wait for
/// itself. Versions decide every race, so a slow fetch never overwrites a push that overtook it.
/// </summary>
internal sealed class FactReplica(IGrainFactory grains, IEnumerable<IFactListener> listeners) : IFacts
{
    private readonly ConcurrentDictionary<UserId, HeldUser> _users = new();
    private readonly ConcurrentDictionary<TenantId, TenantFact> _tenants = new();
    private readonly IFactListener[] _listeners = [.. listeners];
    private long _generation;

    /// <summary>A user's fact and what it comes to under the tenant's; worked out again when either is replaced.</summary>
    private sealed class HeldUser(UserFact fact)
    {
        private volatile Verdict? _verdict;

        public UserFact Fact { get; } = fact;

        public Standing Under(TenantFact tenant)
        {
            var verdict = _verdict;
            if (verdict is null || !ReferenceEquals(verdict.Tenant, tenant)) _verdict = verdict = new Verdict(tenant, Weigh(Fact, tenant));
            return verdict.Standing;
        }

        private sealed record Verdict(TenantFact Tenant, Standing Standing);
    }

    public ValueTask<Standing> StandingAsync(UserId user, long credentialEpochMin)
    {
        if (_users.TryGetValue(user, out var held) && held.Fact.CredentialEpoch >= credentialEpochMin && _tenants.TryGetValue(user.Tenant, out var tenant))
            return new(held.Under(tenant));
        return FetchAsync(user);
    }

    public ValueTask<TenantFact> TenantAsync(TenantId tenant) =>
        _tenants.TryGetValue(tenant, out var fact) ? new(fact) : FetchAsync(tenant);

    /// <summary>Takes a pushed fact, for users not held yet as well, and tells who lives by it. Returns when they have acted.</summary>
    public void Install(UserFact fact)
    {
        if (!Replace(fact, out var old)) return;
        var lost = old is null || Lost(old, fact);
        foreach (var listener in _listeners) listener.UserChanged(fact.User, lost);
    }

    /// <inheritdoc cref="Install(UserFact)"/>
    public void Install(TenantFact fact)
    {
        if (!Replace(fact, out var old)) return;
        var lost = old is null || Lost(old, fact);
        foreach (var listener in _listeners) listener.TenantChanged(fact.Tenant, lost);
    }

    /// <summary>Forgets everything: the lease lapsed, so changes may have been missed. Fetches under way are not kept.</summary>
    public void Clear()
    {
        Interlocked.Increment(ref _generation);
        _users.Clear();
        _tenants.Clear();
        foreach (var listener in _listeners) listener.LeaseLapsed();
    }

    private async ValueTask<Standing> FetchAsync(UserId user)
    {
        var generation = Interlocked.Read(ref _generation);
        var tenant = await TenantAsync(user.Tenant);
        var fact = await grains.GetGrain<IUserFactSource>(user.GrainKey).ReadFact(Caller.Platform(PlatformTask.Facts, user.Tenant));
        if (generation == Interlocked.Read(ref _generation)) Replace(fact, out _);
        // What is held now may be newer than what was fetched, by a push in between.
        return _users.TryGetValue(user, out var held) && _tenants.TryGetValue(user.Tenant, out var heldTenant) ? held.Under(heldTenant) : Weigh(fact, tenant);
    }

    private async ValueTask<TenantFact> FetchAsync(TenantId tenant)
    {
        var generation = Interlocked.Read(ref _generation);
        var fact = await grains.GetGrain<ITenantFactSource>(tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, tenant));
        if (generation == Interlocked.Read(ref _generation)) Replace(fact, out _);
        return _tenants.TryGetValue(tenant, out var held) ? held : fact;
    }

    private bool Replace(UserFact fact, out UserFact? old)
    {
        while (true)
        {
            if (!_users.TryGetValue(fact.User, out var held))
            {
                old = null;
                if (_users.TryAdd(fact.User, new HeldUser(fact))) return true;
                continue;
            }
            old = held.Fact;
            if (held.Fact.Version >= fact.Version) return false;
            if (_users.TryUpdate(fact.User, new HeldUser(fact), held)) return true;
        }
    }

    private bool Replace(TenantFact fact, out TenantFact? old)
    {
        while (true)
        {
            if (!_tenants.TryGetValue(fact.Tenant, out old))
            {
                if (_tenants.TryAdd(fact.Tenant, fact)) return true;
                continue;
            }
            if (old.Version >= fact.Version) return false;
            if (_tenants.TryUpdate(fact.Tenant, fact, old)) return true;
        }
    }

    private static Standing Weigh(UserFact user, TenantFact tenant)
    {
        if (!tenant.IsActive) return new Standing(user.CredentialEpoch, Rights.None, "the tenant is not served");
        if (!user.IsActive) return new Standing(user.CredentialEpoch, Rights.None, "the user is not served");
        var all = user.Direct;
        foreach (var group in user.Groups) all |= tenant.Groups.GetValueOrDefault(group);
        return new Standing(user.CredentialEpoch, new Rights(all), null);
    }

    private static bool Lost(UserFact old, UserFact now) =>
        (old.IsActive && !now.IsActive) || old.CredentialEpoch != now.CredentialEpoch
        || !now.Direct.Covers(old.Direct) || old.Groups.Except(now.Groups).Any();

    private static bool Lost(TenantFact old, TenantFact now) =>
        (old.IsActive && !now.IsActive) || old.Groups.Any(group => !now.Groups.GetValueOrDefault(group.Key).Covers(group.Value));
}
