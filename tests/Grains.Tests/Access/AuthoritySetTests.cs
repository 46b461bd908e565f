using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>Authorities as sets, and by their names.</summary>
public sealed class AuthoritySetTests
{
    private static readonly AuthoritySet Two = AuthoritySet.Of(Authority.InventoryRead, Authority.MqttServiceAdmin);

    [Fact]
    public void A_set_holds_what_it_was_made_of_and_nothing_else()
    {
        Assert.Equal([Authority.InventoryRead, Authority.MqttServiceAdmin], Two.Members());
        Assert.Equal(2, Two.Count);
        Assert.All(Authorities.All, authority => Assert.Equal(Two.Members().Contains(authority), Two.Contains(authority)));
        Assert.Empty(AuthoritySet.Empty.Members());
        Assert.Equal(Authorities.All, AuthoritySet.Of([.. Authorities.All]).Members());
    }

    [Fact]
    public void One_more_and_one_less()
    {
        Assert.Equal([Authority.InventoryRead, Authority.EventRead, Authority.MqttServiceAdmin], Two.With(Authority.EventRead).Members());
        Assert.Equal(Two, Two.With(Authority.InventoryRead));
        Assert.Equal([Authority.MqttServiceAdmin], Two.Without(Authority.InventoryRead).Members());
        Assert.Equal([Authority.InventoryRead], Two.Without(Authority.MqttServiceAdmin).Members());
        Assert.Equal(Two, Two.Without(Authority.EventRead));
    }

    [Fact]
    public void Sets_join_meet_and_cover()
    {
        var other = AuthoritySet.Of(Authority.InventoryRead, Authority.EventRead);
        Assert.Equal([Authority.InventoryRead, Authority.EventRead, Authority.MqttServiceAdmin], (Two | other).Members());
        Assert.Equal([Authority.InventoryRead], (Two & other).Members());
        Assert.Equal((Two | other, Two & other), (AuthoritySet.BitwiseOr(Two, other), AuthoritySet.BitwiseAnd(Two, other)));
        Assert.True(Two.Intersects(other));
        Assert.False(Two.Intersects(AuthoritySet.Of(Authority.EventRead)));
        Assert.False(Two.Intersects(AuthoritySet.Empty));
        Assert.True((Two | other).Covers(Two));
        Assert.True(Two.Covers(Two));
        Assert.True(Two.Covers(AuthoritySet.Empty));
        Assert.False(Two.Covers(other));
        Assert.False(AuthoritySet.Empty.Covers(Two));
    }

    [Theory]
    [InlineData(Authority.InventoryRead, "ROLE_INVENTORY_READ")]
    [InlineData(Authority.Notification2Admin, "ROLE_NOTIFICATION_2_ADMIN")]
    [InlineData(Authority.Device, "ROLE_DEVICE")]
    [InlineData(Authority.MqttServiceAdmin, "ROLE_MQTT_SERVICE_ADMIN")]
    public void An_authority_has_the_interfaces_name_and_is_found_by_it(Authority authority, string name)
    {
        Assert.Equal(name, authority.Name());
        Assert.True(Authorities.TryParse(name, out var found));
        Assert.Equal(authority, found);
    }

    [Theory]
    [InlineData("XRay", "X_RAY")]
    [InlineData("A", "A")]
    [InlineData("", "")]
    public void A_word_of_one_letter_is_a_word(string pascal, string words) => Assert.Equal(words, WireWords.Of(pascal));

    [Fact]
    public void What_is_no_authoritys_name_is_none()
    {
        foreach (var name in (string?[])[null, "", "ROLE_", "ROLE_NOBODY", "role_device", "Device"]) Assert.False(Authorities.TryParse(name, out _), name);
        Assert.Equal(Authorities.All.Count, Authorities.All.Select(authority => authority.Name()).Distinct(StringComparer.Ordinal).Count());
    }
}
