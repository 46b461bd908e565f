using System.Net;
using System.Net.Sockets;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.SigningIn;

/// <summary>
/// Slows guessing down. After <see cref="Limits.SignInFailuresFree"/> failures a user is locked for the address that failed, for one second
/// and then twice as long at each further failure, up to <see cref="Limits.SignInLockSecondsMax"/>; other addresses notice nothing,
/// so nobody can lock others out. An address that fails over many users is locked as a whole in the same way, later; for all but devices, whose
/// secrets nobody guesses, while a whole fleet may come from one address. What was quiet for <see cref="Limits.SignInFailuresForgottenSeconds"/> is
/// forgotten. An IPv6 address counts as its /64, which one host commands.
/// </summary>
public sealed class SignInThrottle
{
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly Recent<(UserId User, string Address), Failures> _ofUsers;
    private readonly Recent<string, Failures> _ofAddresses;
    private readonly Dictionary<string, int> _underWay = new(StringComparer.Ordinal);
    private readonly Dictionary<(UserId User, string Address), Turn> _turns = [];

    public SignInThrottle(TimeProvider clock) : this(clock, Limits.SignInFailuresTrackedMax)
    {
    }

    internal SignInThrottle(TimeProvider clock, int countMax)
    {
        _clock = clock;
        _ofUsers = new Recent<(UserId, string), Failures>(countMax);
        _ofAddresses = new Recent<string, Failures>(countMax);
    }

    private readonly record struct Failures(int Count, DateTimeOffset Last, DateTimeOffset LockedUntil);

    /// <summary>
    /// A turn to check a secret; dispose of it when the check is done. The checks of one user from one address go one after the other: so a
    /// burst of guesses is not through before the first failure counts, and of a client's burst of requests only the first is dear. A device's
    /// check is never dear, and waits for nobody.
    /// </summary>
    /// <exception cref="Refusal">
    /// Busy: the address has the checks of <see cref="Limits.SignInUsersPerAddressMax"/> users under way, or
    /// <see cref="Limits.SignInWaitersPerTurnMax"/> wait for this user's turn.
    /// </exception>
    public async ValueTask<IDisposable?> EnterAsync(UserId user, string address)
    {
        if (user.IsDevice) return null;
        var from = Group(address);
        Turn? turn;
        lock (_lock)
        {
            if (!_turns.TryGetValue((user, from), out turn))
            {
                var users = _underWay.GetValueOrDefault(from);
                if (users >= Limits.SignInUsersPerAddressMax) throw Busy($"{address} has the sign-ins of {users} users under way");
                _underWay[from] = users + 1;
                _turns.Add((user, from), turn = new Turn());
            }
            else if (turn.Count > Limits.SignInWaitersPerTurnMax) throw Busy($"{address} has {turn.Count} sign-ins of {user} under way");
            turn.Count++;
        }
        await turn.Semaphore.WaitAsync();
        return new Place(this, user, from);
    }

    public bool IsLocked(UserId user, string address)
    {
        var from = Group(address);
        var now = _clock.GetUtcNow();
        lock (_lock)
            return (_ofUsers.TryGet((user, from), out var ofUser) && now < ofUser.LockedUntil)
                || (!user.IsDevice && _ofAddresses.TryGet(from, out var ofAddress) && now < ofAddress.LockedUntil);
    }

    public void Failed(UserId user, string address)
    {
        var from = Group(address);
        lock (_lock)
        {
            _ofUsers.TryGet((user, from), out var ofUser);
            _ofUsers.Set((user, from), OneMore(ofUser, Limits.SignInFailuresFree));
            if (user.IsDevice) return;
            _ofAddresses.TryGet(from, out var ofAddress);
            _ofAddresses.Set(from, OneMore(ofAddress, Limits.SignInAddressFailuresFree));
        }
    }

    /// <summary>
    /// The user proved itself from there: its failures are forgotten. The address' own are not, or an attacker who knows one password
    /// could go on guessing all others.
    /// </summary>
    public void Succeeded(UserId user, string address)
    {
        lock (_lock) _ofUsers.Remove((user, Group(address)));
    }

    private Failures OneMore(Failures before, int free)
    {
        var now = _clock.GetUtcNow();
        var isForgotten = now - before.Last > TimeSpan.FromSeconds(Limits.SignInFailuresForgottenSeconds);
        var count = isForgotten ? 1 : before.Count + 1;
        if (count < free) return new Failures(count, now, default);
        var doublings = Math.Min(count - free, 30);
        var seconds = Math.Min((long)Limits.SignInLockSecondsFirst << doublings, Limits.SignInLockSecondsMax);
        return new Failures(count, now, now.AddSeconds(seconds));
    }

    private void Leave(UserId user, string from)
    {
        lock (_lock)
        {
            var turn = _turns[(user, from)];
            turn.Semaphore.Release();
            if (--turn.Count > 0) return;
            _turns.Remove((user, from));
            if (_underWay[from] == 1) _underWay.Remove(from);
            else _underWay[from]--;
            turn.Semaphore.Dispose();
        }
    }

    private static Refusal Busy(string why) => new(RefusalKind.Busy, "security", "Too many sign-ins at the moment. Try again shortly.", why);

    private static string Group(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed)) return address;
        if (parsed.IsIPv4MappedToIPv6) return parsed.MapToIPv4().ToString();
        if (parsed.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = parsed.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }

    private sealed class Turn
    {
        public SemaphoreSlim Semaphore { get; } = new(1, 1);
        public int Count { get; set; }
    }

    private sealed class Place(SignInThrottle throttle, UserId user, string from) : IDisposable
    {
        private SignInThrottle? _throttle = throttle;

        public void Dispose() => Interlocked.Exchange(ref _throttle, null)?.Leave(user, from);
    }
}
