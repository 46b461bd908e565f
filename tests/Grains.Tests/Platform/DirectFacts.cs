using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tests.Platform;

/// <summary>Facts straight from their sources, and a publisher that tells what was published; both without a replica in between.</summary>
internal sealed class DirectFacts(IGrainFactory grains) : IFacts, IFactPublisher, ISiloLease
{
    private readonly ConcurrentQueue<object> _published = new();
    private readonly ConcurrentDictionary<UserId, bool> _failing = new();

    public ConcurrentBag<IFactListener> Listeners { get; } = [];

    public bool IsHeld => true;

    public IEnumerable<UserFact> PublishedOf(UserId user) => _published.OfType<UserFact>().Where(f => f.User == user);

    public IEnumerable<TenantFact> PublishedOf(TenantId tenant) => _published.OfType<TenantFact>().Where(f => f.Tenant == tenant);

    /// <summary>The next time that this user's fact is published, that fails: as if a silo went down in between.</summary>
    public void FailNextPublication(UserId user) => _failing[user] = true;

    public async ValueTask<Standing> StandingAsync(UserId user, long credentialEpochMin)
    {
        var tenant = await TenantAsync(user.Tenant);
        var fact = await grains.GetGrain<IUserFactSource>(user.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, user.Tenant), user.Name);
        return FactReplica.Weigh(fact, tenant);
    }

    public async ValueTask<TenantFact> TenantAsync(TenantId tenant) =>
        await grains.GetGrain<ITenantFactSource>(tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, tenant));

    public FactReading BeginReading(UserId user) => default;

    /// <summary>Nothing is held here.</summary>
    public void Offer(UserFact fact, FactReading reading)
    {
    }

    public Task PublishAsync(UserFact fact)
    {
        if (_failing.TryRemove(fact.User, out _)) throw new IOException("No silo answered, as the test told it to.");
        _published.Enqueue(fact);
        foreach (var listener in Listeners) listener.UserChanged(fact.User, true);
        return Task.CompletedTask;
    }

    public Task PublishAsync(TenantFact fact)
    {
        _published.Enqueue(fact);
        foreach (var listener in Listeners) listener.TenantChanged(fact.Tenant, true);
        return Task.CompletedTask;
    }

    /// <summary>There is no replica here whose view of the links could be old.</summary>
    public Task PublishLinksAsync(TenantId tenant) => Task.CompletedTask;
}
