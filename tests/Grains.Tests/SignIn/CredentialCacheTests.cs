using Bailiwick.Edge.SigningIn;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Grains.Tests.SignIn;

public sealed class CredentialCacheTests
{
    private static readonly UserId Anna = new(new TenantId("t1"), "anna");
    private readonly FakeTimeProvider _clock = new();
    private readonly CredentialCache _cache;

    public CredentialCacheTests() => _cache = new CredentialCache(_clock, countMax: 8);

    private void Keep(UserId user) => _cache.Keep(user, "secret", new(7), _cache.StampOf(user));

    private bool Knows(UserId user, string secret = "secret") => _cache.TryGet(user, secret, out _);

    [Fact]
    public void It_knows_one_secret_of_one_user_with_its_epoch()
    {
        Keep(Anna);
        Assert.True(_cache.TryGet(Anna, "secret", out var good));
        Assert.Equal(7, good.CredentialEpoch);
        Assert.False(Knows(Anna, "Secret"));
        Assert.False(Knows(new UserId(new TenantId("t2"), "anna")));
        Assert.False(Knows(new UserId(new TenantId("t1"), "ann"), "asecret"));
    }

    [Fact]
    public void An_entry_lives_for_its_time_from_the_check_however_often_it_is_used()
    {
        Keep(Anna);
        _clock.Advance(TimeSpan.FromSeconds(Limits.CredentialCacheSeconds - 1));
        Assert.True(Knows(Anna));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(Knows(Anna));
    }

    [Fact]
    public void A_change_drops_the_entry_and_keeps_out_a_check_that_began_before_it()
    {
        foreach (var change in (Action[])[() => _cache.UserChanged(Anna, false), () => _cache.TenantChanged(Anna.Tenant, true), _cache.LeaseLapsed, () => _cache.Forget(Anna)])
        {
            Keep(Anna);
            var before = _cache.StampOf(Anna);
            change();
            Assert.False(Knows(Anna));
            _cache.Keep(Anna, "secret", new(7), before);
            Assert.False(Knows(Anna));
            Keep(Anna);
            Assert.True(Knows(Anna));
        }
    }

    [Fact]
    public void A_tenants_change_leaves_other_tenants_users()
    {
        var other = new UserId(new TenantId("t2"), "anna");
        Keep(Anna);
        Keep(other);
        _cache.TenantChanged(Anna.Tenant, true);
        Assert.False(Knows(Anna));
        Assert.True(Knows(other));
    }

    [Fact]
    public void It_holds_no_more_than_its_bound_and_keeps_what_is_used()
    {
        var recent = new Recent<int, int>(8);
        for (var i = 0; i < 1_000; i++)
        {
            recent.Set(i, i);
            Assert.True(recent.TryGet(0, out _));
            Assert.InRange(recent.Count, 1, 8);
        }
        Assert.False(recent.TryGet(1, out _));
    }
}
