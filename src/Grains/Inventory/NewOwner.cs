using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Inventory;

/// <summary>An object is given to a user that there is; otherwise nobody could ever answer for it.</summary>
internal static class NewOwner
{
    public static async Task RequireExistsAsync(IGrainFactory grains, UserId user)
    {
        var fact = UserId.IsName(user.Name)
            ? await grains.Grain<IUserFactSource>(user.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, user.Tenant), user.Name)
            : UserFact.Unknown(user);
        if (!fact.IsActive) throw Refusal.Invalid("inventory", $"There is no active user '{user.Name}' to own the managed object.");
    }
}
