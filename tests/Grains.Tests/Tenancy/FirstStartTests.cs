using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

public sealed class FirstStartTests
{
    private static readonly FirstStartSettings AllMade = new(new TenantId("acme"), null, null, null);

    private static async Task<OneSilo> StartAsync()
    {
        var silo = new OneSilo();
        await silo.StartAsync();
        return silo;
    }

    private static async Task<bool> IsGoodAsync(OneSilo silo, MadeSecret secret) =>
        (await silo.CheckAsync(secret.User, secret.Password)).IsGood;

    [Fact]
    public async Task It_makes_two_tenants_and_three_users_and_answers_the_passwords_that_it_made()
    {
        await using var silo = await StartAsync();
        var made = await new FirstStart(silo.Grains).RunAsync(AllMade with { ManagementPassword = "Given-1234!" });

        Assert.Equal(["acme/admin", "management/devicebootstrap"], made.Select(s => s.User.GrainKey));
        foreach (var secret in made) Assert.True(await IsGoodAsync(silo, secret));
        Assert.True(await IsGoodAsync(silo, new MadeSecret(new UserId(TenantId.Management, "admin"), "Given-1234!")));

        var op = await silo.OperatorAsync();
        Assert.Equal(["acme", "management"], (await silo.Grains.GetGrain<ITenantsGrain>("management").Find(op, new TenantQuery(), PageRequest.First)).Items.Select(t => t.Id.Value));
        Assert.Equal(["admins", "Tenant Manager"], (await silo.User(op.User).ReadOwn(op)).Groups.Select(g => g.Name));
        var bootstrap = await silo.User(UserId.DeviceBootstrap).Read(op);
        Assert.Equal(AuthoritySet.Of(Authority.DeviceBootstrap), bootstrap.Effective);
        await OneSilo.RefusedAsync(RefusalKind.Denied, async () => await silo.User(UserId.DeviceBootstrap).ReadOwn(await silo.CallerAsync(UserId.DeviceBootstrap)));
    }

    [Fact]
    public async Task Until_it_is_confirmed_a_run_makes_passwords_anew_and_the_last_ones_answered_are_the_ones_stored()
    {
        await using var silo = await StartAsync();
        var first = await new FirstStart(silo.Grains).RunAsync(AllMade);
        var second = await new FirstStart(silo.Grains).RunAsync(AllMade);

        Assert.Equal(3, second.Count);
        foreach (var secret in first) Assert.False(await IsGoodAsync(silo, secret));
        foreach (var secret in second) Assert.True(await IsGoodAsync(silo, secret));

        await new FirstStart(silo.Grains).ConfirmAsync();
        Assert.Empty(await new FirstStart(silo.Grains).RunAsync(AllMade with { AdminPassword = "Too-late-1!" }));
        foreach (var secret in second) Assert.True(await IsGoodAsync(silo, secret));
    }

    [Theory]
    [InlineData("tenant", "acme")]
    [InlineData("tenants", "management")]
    [InlineData("user", "acme/admin")]
    [InlineData("user", "management/devicebootstrap")]
    public async Task Interrupted_anywhere_the_next_run_completes_what_is_missing(string state, string key)
    {
        await using var silo = await StartAsync();
        silo.Documents.FailNextWrite(state, key);
        await Assert.ThrowsAnyAsync<Exception>(() => new FirstStart(silo.Grains).RunAsync(AllMade));

        var made = await new FirstStart(silo.Grains).RunAsync(AllMade);
        Assert.Equal(3, made.Count);
        foreach (var secret in made) Assert.True(await IsGoodAsync(silo, secret));
    }

    [Fact]
    public async Task A_given_password_that_breaks_the_rules_stops_it_before_anything_is_made()
    {
        await using var silo = await StartAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => new FirstStart(silo.Grains).RunAsync(AllMade with { DevicePassword = "short" }));
        Assert.False(silo.Audit.Has(TenantId.Management));
    }
}
