using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Wire;

/// <summary>The user that a device signs in as.</summary>
internal sealed record DeviceUserWire(string UserName, bool Enabled, string Self)
{
    public static DeviceUserWire From(DeviceUser user, string self) => new(user.UserName, user.IsEnabled, self);
}
