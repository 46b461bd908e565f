using Bailiwick.Edge.Wire;

namespace Bailiwick.Edge.Http;

/// <summary><c>/inventory/managedObjects/ID/user</c>: the user that a device signs in as, and whether it may.</summary>
internal static class DeviceUsers
{
    public static async Task ReadAsync(Exchange x)
    {
        var user = await x.ManagedObject(x.ObjectId()).ReadDeviceUser(x.Caller);
        await x.AnswerAsync(MediaType.ManagedObjectUser, DeviceUserWire.From(user, Self(x)));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        var grain = x.ManagedObject(x.ObjectId());
        using var body = await x.BodyAsync();
        var user = await grain.EnableDeviceUser(x.Caller, x.Json(body).Flag("enabled"));
        await x.ChangedAsync(MediaType.ManagedObjectUser, DeviceUserWire.From(user, Self(x)));
    }

    private static string Self(Exchange x) => $"{x.Links.ManagedObject(x.ObjectId())}/user";
}
