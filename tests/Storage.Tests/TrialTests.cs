using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;

namespace Bailiwick.Storage.Tests;

/// <summary>A change that is only tried leaves no trace on any silo.</summary>
public sealed class TrialTests(StoredSilo silo) : IClassFixture<StoredSilo>
{
    [Fact]
    public async Task A_trial_spreads_no_fact_so_that_it_shuts_nobody_out_and_ends_no_session()
    {
        var admin = await silo.AdminAsync();
        var tenant = silo.Grains.GetGrain<ITenantGrain>(StoredSilo.T1.Value);
        await tenant.ReadOwn(admin);
        var fact = await silo.Grains.GetGrain<ITenantFactSource>(StoredSilo.T1.Value).ReadFact(Caller.Platform(PlatformTask.Facts, StoredSilo.T1));
        var publisher = silo.Service<IFactPublisher>();

        Rehearsal.Begin();
        await publisher.PublishAsync(fact with { Version = fact.Version + 1, IsActive = false });
        Rehearsal.End();
        Assert.Equal(StoredSilo.T1, (await tenant.ReadOwn(admin)).Id);

        // The same outside a trial bites at once: so the test would see it.
        await publisher.PublishAsync(fact with { Version = fact.Version + 1, IsActive = false });
        await StoredSilo.RefusedAsync(Grains.Abstractions.RefusalKind.Unauthenticated, () => tenant.ReadOwn(admin));
    }
}
