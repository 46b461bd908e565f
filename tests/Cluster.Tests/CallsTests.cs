using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tests.Access;
using Orleans.Serialization;

namespace Bailiwick.Cluster.Tests;

/// <summary>What may travel in a grain call, and what may not.</summary>
public sealed class CallsTests
{
    private static readonly AuthoritySet Everything = AuthoritySet.Of([.. Authorities.All]);

    [Fact]
    public async Task A_caller_travels_without_rights()
    {
        await using var cluster = await GatedCluster.StartAsync(1);
        var serializer = cluster.Of<Serializer>(0);
        var attested = new Caller(new UserId(GatedCluster.Tenant, "ann"), SignInMethod.MqttPassword, 7, "192.0.2.1").Attested(new Rights(Everything));
        var arrived = serializer.Deserialize<Caller>(serializer.SerializeToArray(attested));
        Assert.NotNull(attested.Rights);
        Assert.NotNull(arrived);
        Assert.Null(arrived.Rights);
        Assert.Equal((attested.User, attested.Method, 7L, "192.0.2.1", PlatformTask.None), (arrived.User, arrived.Method, arrived.CredentialEpoch, arrived.Address, arrived.Task));
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task A_grain_is_handed_the_rights_of_the_silo_and_never_those_that_a_caller_brings(int silos)
    {
        await using var cluster = await GatedCluster.StartAsync(silos);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var ann = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", [Authority.InventoryRead]));
        var held = (await cluster.User(ann.User).Read(admin)).Effective;
        for (var silo = 0; silo < silos; silo++)
        {
            var handed = await cluster.On(silo).GetGrain<IProbeGrain>("t1/probe").Holdings(ann.Attested(new Rights(Everything)));
            Assert.Equal(held, handed);
        }
    }

    [Fact]
    public async Task A_stream_of_results_is_no_way_past_the_gate()
    {
        await using var cluster = await GatedCluster.StartAsync(1);
        var admin = await cluster.SignInAsAdminAsync(GatedCluster.Tenant);
        var ann = await cluster.SignInAsync(await cluster.MakeUserAsync(admin, "ann", []));
        var refusal = await Assert.ThrowsAsync<Refusal>(async () =>
        {
            await foreach (var _ in cluster.On(0).GetGrain<IProbeGrain>("t2/probe").Count(ann)) Assert.Fail("The grain was reached");
        });
        Assert.Equal(RefusalKind.Denied, refusal.Kind);
    }

    [Fact]
    public async Task A_silo_with_a_door_that_a_permit_could_pass_through_does_not_start()
    {
        await using var cluster = GatedCluster.Build(1, new MemoryLeaseTable(), withoutSmuggler: false);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => cluster.DeployAsync());
        Assert.Contains(nameof(ReadPermit), failure.ToString(), StringComparison.Ordinal);
        Assert.Contains(nameof(ISmuggler), failure.ToString(), StringComparison.Ordinal);
    }

}
