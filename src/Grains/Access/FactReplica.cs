using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Access;

/// <summary>
/// This silo's copies of the facts. It is no grain: a holder that called a source while the source called it would wait for
/// itself. Versions decide every race, so a slow fetch never overwrites a push that overtook it. Reading takes no lock; whatever installs does,
/// so that a push which finds its fact in place already returns no sooner than those who live by it have heard.
/// </summary>
/// <remarks>
/// It holds a bounded number of users; tenants are bounded themselves. A user that was not asked for lately makes room for another and is
/// fetched again when it comes back: nobody is told, for nothing changed. News of a user that is not held are taken and told like any other.
/// </remarks>
internal sealed class FactReplica(IGrainFactory grains, IEnumerable<IFactListener> listeners, int usersHeldMax = Limits.FactUsersHeldMax, TimeProvider? time = null) : IFacts
{
    // How often a fetch is repeated that was overtaken, and how many users are looked at for one that may go.
    private const int FetchesMax = 8;
    private const int SparedMax = 64;
    private static readonly AuthoritySet Own = AuthoritySet.Of(Authority.UserManagementOwnRead, Authority.UserManagementOwnAdmin);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentDictionary<UserId, HeldUser> _users = new();
    private readonly ConcurrentDictionary<TenantId, HeldTenant> _tenants = new();
    private readonly IFactListener[] _listeners = [.. listeners];
    private readonly Lock _installing = new();
    // Who is held, in the order in which they came or were spared.
    private readonly Queue<UserId> _line = new();
    // One counter for many users: what was forgotten while a fetch was under way may have been newer than what it brings.
    private readonly long[] _forgotten = new long[1024];
    private long _lapses;

    private sealed class HeldTenant(TenantFact fact)
    {
        public TenantFact Fact { get; } = fact;

        /// <summary>Whether the listeners have heard of it. What was fetched where nothing was held is told to nobody, until it is pushed.</summary>
        public bool IsTold { get; set; }
    }

    /// <summary>A user's fact and what it comes to under the tenant's; worked out again when either is replaced.</summary>
    private sealed class HeldUser(UserFact fact)
    {
        private volatile Verdict? _verdict;
        private volatile bool _isInUse;

        public UserFact Fact { get; } = fact;

        /// <summary>Whether it was asked for since the last look.</summary>
        public bool TakeIsInUse()
        {
            var isInUse = _isInUse;
            _isInUse = false;
            return isInUse;
        }

        /// <inheritdoc cref="HeldTenant.IsTold"/>
        public bool IsTold { get; set; }

        public Standing Under(TenantFact tenant)
        {
            if (!_isInUse) _isInUse = true;
            var verdict = _verdict;
            if (verdict is null || !ReferenceEquals(verdict.Tenant, tenant)) _verdict = verdict = new Verdict(tenant, Weigh(Fact, tenant));
            return verdict.Standing;
        }

        private sealed record Verdict(TenantFact Tenant, Standing Standing);
    }

    /// <summary>How many users' facts are held.</summary>
    internal int UsersHeld => _users.Count;

    public ValueTask<Standing> StandingAsync(UserId user, long credentialEpochMin)
    {
        if (_users.TryGetValue(user, out var held) && held.Fact.CredentialEpoch >= credentialEpochMin && _tenants.TryGetValue(user.Tenant, out var tenant))
            return new(AsOfNow(held.Under(tenant.Fact)));
        return FetchAsync(user);
    }

    public ValueTask<TenantFact> TenantAsync(TenantId tenant) =>
        _tenants.TryGetValue(tenant, out var held) ? new(held.Fact) : FetchAsync(tenant);

    /// <summary>
    /// Takes a pushed fact, for users not held yet as well, and tells who lives by it. Returns when they have acted. When one of them
    /// fails, the others are told all the same, and the push fails: it can be repeated.
    /// </summary>
    public void Install(UserFact fact)
    {
        lock (_installing) Take(fact, isPushed: true);
    }

    /// <inheritdoc cref="Install(UserFact)"/>
    public void Install(TenantFact fact)
    {
        lock (_installing) Take(fact, isPushed: true);
    }

    /// <summary>Forgets everything: the lease lapsed, so changes may have been missed. Fetches under way are not kept.</summary>
    public void Clear()
    {
        lock (_installing)
        {
            _lapses++;
            _users.Clear();
            _line.Clear();
            _tenants.Clear();
            Tell(listener => listener.LeaseLapsed());
        }
    }

    public FactReading BeginReading(UserId user) => new(Interlocked.Read(ref _lapses), Volatile.Read(ref _forgotten[Slot(user)]));

    public void Offer(UserFact fact, FactReading reading)
    {
        lock (_installing)
            if (reading.Lapses == _lapses && !IsOvertaken(fact.User, reading))
                Take(fact, isPushed: false);
    }

    private async ValueTask<Standing> FetchAsync(UserId user)
    {
        for (var fetch = 0; fetch < FetchesMax; fetch++)
        {
            var reading = BeginReading(user);
            await TenantAsync(user.Tenant);
            var fact = await grains.Grain<IUserFactSource>(user.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, user.Tenant), user.Name);
            lock (_installing)
            {
                RequireNoLapseSince(reading.Lapses);
                if (IsOvertaken(user, reading)) continue;
                // What never was is not kept: a stranger may ask for as many names as it likes.
                if (fact.Version == 0 || !_tenants.TryGetValue(user.Tenant, out var tenant)) return Weigh(fact, TenantFact.Unknown(user.Tenant));
                Take(fact, isPushed: false);
                // What is held now may be newer than what was fetched, by a push in between.
                return AsOfNow(_users[user].Under(tenant.Fact));
            }
        }
        throw new Refusal(RefusalKind.Busy, "general", "Too much at the moment. Try again shortly.", $"The fact of {user} was forgotten as often as it was fetched");
    }

    private async ValueTask<TenantFact> FetchAsync(TenantId tenant)
    {
        var lapses = Interlocked.Read(ref _lapses);
        var fact = await grains.Grain<ITenantFactSource>(tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, tenant));
        lock (_installing)
        {
            RequireNoLapseSince(lapses);
            if (fact.Version == 0) return fact;
            Take(fact, isPushed: false);
            return _tenants[tenant].Fact;
        }
    }

    // A change may have been answered during the lapse without this silo: what was read before it is worth nothing.
    private void RequireNoLapseSince(long lapses)
    {
        if (lapses != _lapses) throw SiloLease.Lapsed();
    }

    // What is held takes nothing older; where nothing is, what was forgotten since may have been newer than what was read.
    private bool IsOvertaken(UserId user, FactReading reading) => !_users.ContainsKey(user) && reading.Forgotten != _forgotten[Slot(user)];

    private void Take(UserFact fact, bool isPushed)
    {
        var old = _users.GetValueOrDefault(fact.User);
        if (old?.Fact.Version > fact.Version) return;
        var held = old?.Fact.Version == fact.Version ? old : _users[fact.User] = new HeldUser(fact);
        if (old is null) MakeRoomFor(fact.User);
        var replaced = ReferenceEquals(held, old) ? null : old;
        if (held.IsTold || (replaced is null && !isPushed)) return;
        var lost = replaced is null || Lost(replaced.Fact, fact);
        Tell(listener => listener.UserChanged(fact.User, lost));
        held.IsTold = true;
    }

    private void Take(TenantFact fact, bool isPushed)
    {
        var old = _tenants.GetValueOrDefault(fact.Tenant);
        if (old?.Fact.Version > fact.Version) return;
        var held = old?.Fact.Version == fact.Version ? old : _tenants[fact.Tenant] = new HeldTenant(fact);
        var replaced = ReferenceEquals(held, old) ? null : old;
        if (held.IsTold || (replaced is null && !isPushed)) return;
        var lost = replaced is null || (replaced.Fact.IsActive && !fact.IsActive);
        // A session or stream rests on a user that is held: the gate looked it up when it began.
        var losers = lost ? [] : UsersWhoLose(replaced!.Fact, fact);
        Tell(listener =>
        {
            listener.TenantChanged(fact.Tenant, lost);
            foreach (var user in losers) listener.UserChanged(user, true);
        });
        held.IsTold = true;
    }

    /// <summary>The users held here whom a change of their tenant's groups and inventory roles leaves with less.</summary>
    private List<UserId> UsersWhoLose(TenantFact old, TenantFact now)
    {
        var shrunk = old.Groups.Where(group => !now.Groups.GetValueOrDefault(group.Key).Covers(group.Value)).Select(group => group.Key).ToHashSet();
        shrunk.UnionWith(old.DevicePermissions.Where(group => Grants(group.Value).Except(Grants(now.DevicePermissions.GetValueOrDefault(group.Key, []))).Any())
            .Select(group => group.Key));
        var narrowed = old.InventoryRoles.Where(role => role.Value.Except(now.InventoryRoles.GetValueOrDefault(role.Key, [])).Any()).Select(role => role.Key).ToHashSet();
        var isSooner = now.PasswordDays > 0 && (old.PasswordDays == 0 || now.PasswordDays < old.PasswordDays);
        if (shrunk.Count + narrowed.Count == 0 && !isSooner) return [];
        return [.. _users.Values.Select(held => held.Fact).Where(user => user.User.Tenant == now.Tenant && Loses(user)).Select(user => user.User)];

        bool Loses(UserFact user) => (isSooner && PasswordUntilMs(user, now) <= _time.GetUtcNow().ToUnixTimeMilliseconds()) || LosesGrants(user);

        bool LosesGrants(UserFact user) =>
            (user.Groups.Any(shrunk.Contains) || user.Assignments.Any(assigned => assigned.Roles.Any(narrowed.Contains)))
            && (!Weigh(user, now).Rights.Global.Covers(Weigh(user, old).Rights.Global)
                || Grants(Below(user, old)).Except(Grants(Below(user, now))).Any() || Grants(Alone(user, old)).Except(Grants(Alone(user, now))).Any());
    }

    /// <summary>
    /// Puts a user in line, and forgets the first in it that was not asked for since the last time that somebody had to go; when all were, the
    /// one that was spared longest ago.
    /// </summary>
    private void MakeRoomFor(UserId user)
    {
        for (var spared = 0; _line.Count >= usersHeldMax;)
        {
            var first = _line.Dequeue();
            if (spared++ < SparedMax && _users[first].TakeIsInUse()) _line.Enqueue(first);
            else
            {
                _users.TryRemove(first, out _);
                _forgotten[Slot(first)]++;
            }
        }
        _line.Enqueue(user);
    }

    private static int Slot(UserId user) => user.GetHashCode() & 1023;

    /// <summary>Tells everybody, whoever fails, and then fails itself.</summary>
    private void Tell(Action<IFactListener> news)
    {
        List<Exception>? failures = null;
        foreach (var listener in _listeners)
        {
            try
            {
                news(listener);
            }
            catch (Exception failure)
            {
                (failures ??= []).Add(failure);
            }
        }
        if (failures is not null) throw new AggregateException("Not everybody who lives by the facts has acted", failures);
    }

    /// <summary>What a user's fact comes to under its tenant's.</summary>
    internal static Standing Weigh(UserFact user, TenantFact tenant)
    {
        if (!tenant.IsActive) return new Standing(user.CredentialEpoch, Rights.None, "the tenant is not served");
        if (!user.IsActive) return new Standing(user.CredentialEpoch, Rights.None, "the user is not served");
        var all = user.Direct;
        foreach (var group in user.Groups) all |= tenant.Groups.GetValueOrDefault(group);
        if (user.MustChangePassword) return new Standing(user.CredentialEpoch, new Rights(all & Own, true), null);
        var rights = new Rights(all) { Objects = ObjectsOf(user, tenant), ShowsCoveredFragments = tenant.ShowsCoveredFragments, ActsFor = user.ActsFor };
        return new Standing(user.CredentialEpoch, rights, null) { PasswordUntilMs = PasswordUntilMs(user, tenant) };
    }

    /// <summary>What a user holds, or will once it has changed the password that it has to.</summary>
    internal static Rights HoldingsOf(UserFact user, TenantFact tenant) => Weigh(user with { MustChangePassword = false }, tenant).Rights;

    /// <summary>What a user is given on single objects, grant by grant; nothing where that gives it nothing.</summary>
    internal static (IEnumerable<ObjectGrants> Below, IEnumerable<ObjectGrants> Alone) Held(UserFact user, TenantFact tenant) =>
        Weigh(user, tenant) is { IsServed: true, Rights: var rights } && !Policy.IsShutIn(rights) ? (Below(user, tenant), Alone(user, tenant)) : ([], []);

    private static long PasswordUntilMs(UserFact user, TenantFact tenant) =>
        tenant.PasswordDays == 0 || user.PasswordSinceMs == 0 ? long.MaxValue : user.PasswordSinceMs + tenant.PasswordDays * (long)TimeSpan.FromDays(1).TotalMilliseconds;

    /// <summary>Whoever's password has run out is as if told to choose a new one: no change of any fact says so, only the clock does.</summary>
    private Standing AsOfNow(Standing standing) => standing.PasswordUntilMs == long.MaxValue ? standing : AsOf(standing, _time.GetUtcNow());

    /// <summary>The same for whoever weighs facts without serving the user.</summary>
    internal static Standing AsOf(Standing standing, DateTimeOffset now) => now.ToUnixTimeMilliseconds() < standing.PasswordUntilMs
        ? standing : standing with { Rights = new Rights(standing.Rights.Global & Own, true) };

    private static ObjectRights ObjectsOf(UserFact user, TenantFact tenant)
    {
        // Most users hold nothing of the kind, devices above all.
        var mayHold = user.Assignments.Count > 0 || user.DevicePermissions.Count > 0 || (tenant.DevicePermissions.Count > 0 && user.Groups.Any(tenant.DevicePermissions.ContainsKey));
        return mayHold ? new ObjectRights(Below(user, tenant), Alone(user, tenant)) : ObjectRights.None;
    }

    private static IEnumerable<ObjectGrants> Below(UserFact user, TenantFact tenant) => user.Assignments.SelectMany(assigned =>
        assigned.Roles.Where(tenant.InventoryRoles.ContainsKey).Select(role => new ObjectGrants(assigned.Object, tenant.InventoryRoles[role])));

    private static IEnumerable<ObjectGrants> Alone(UserFact user, TenantFact tenant) =>
        user.DevicePermissions.Concat(user.Groups.SelectMany(group => tenant.DevicePermissions.GetValueOrDefault(group, [])));

    private static bool Lost(UserFact old, UserFact now) =>
        (old.IsActive && !now.IsActive) || old.CredentialEpoch != now.CredentialEpoch
        || (now.MustChangePassword && !old.MustChangePassword) || !now.Direct.Covers(old.Direct) || old.Groups.Except(now.Groups).Any()
        || Roles(old.Assignments).Except(Roles(now.Assignments)).Any() || Grants(old.DevicePermissions).Except(Grants(now.DevicePermissions)).Any();

    private static IEnumerable<(ObjectId, int)> Roles(IReadOnlyList<AssignedRoles> assignments) =>
        assignments.SelectMany(assigned => assigned.Roles.Select(role => (assigned.Object, role)));

    private static IEnumerable<(ObjectId, Grant)> Grants(IEnumerable<ObjectGrants> permissions) =>
        permissions.SelectMany(on => on.Grants.Select(grant => (on.Object, grant)));
}
