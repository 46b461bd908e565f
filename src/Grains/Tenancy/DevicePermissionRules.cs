using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Tenancy;

/// <summary>What the device permissions of a user or a group must look like, and how they are compared.</summary>
internal static class DevicePermissionRules
{
    public static Refusal NoSuchObject(string subject, ObjectId id) => Refusal.Invalid(subject, $"There is no managed object with id = {id}.");

    /// <summary>Refuses what is out of bounds; answers the rest in the order of the objects, each with what is said of it once.</summary>
    public static IReadOnlyList<ObjectGrants> RequireSound(string subject, IReadOnlyList<ObjectGrants> permissions)
    {
        IReadOnlyList<ObjectGrants> sound =
        [
            .. permissions.GroupBy(on => on.Object).Select(on => new ObjectGrants(on.Key, [.. on.SelectMany(some => some.Grants).Distinct()]))
                .Where(on => on.Grants.Count > 0).OrderBy(on => on.Object),
        ];
        if (sound.Count > Limits.DevicePermissionObjectsMax)
            throw Refusal.Invalid(subject, $"Device permissions are given on at most {Limits.DevicePermissionObjectsMax} objects.");
        foreach (var on in sound)
        {
            if (on.Grants.Count > Limits.DevicePermissionsPerObjectMax)
                throw Refusal.Invalid(subject, $"At most {Limits.DevicePermissionsPerObjectMax} device permissions are given on one object.");
            foreach (var grant in on.Grants) GrantRules.RequireSound(subject, grant);
        }
        return sound;
    }

    /// <summary>Those on objects that are there. What was given on one that has gone since is dropped; on one that is not there nothing is given.</summary>
    public static async Task<IReadOnlyList<ObjectGrants>> StandingAsync(
        string subject, IInventoryStore inventory, TenantId tenant, IReadOnlyList<ObjectGrants> wanted, IReadOnlyList<ObjectGrants> before)
    {
        var standing = new List<ObjectGrants>(wanted.Count);
        foreach (var on in wanted)
        {
            if (await inventory.ExistsAsync(tenant, on.Object)) standing.Add(on);
            else if (!before.Any(old => old.Object == on.Object)) throw NoSuchObject(subject, on.Object);
        }
        return standing;
    }

    /// <summary>These with what is to hold on one object in place of what did.</summary>
    public static IReadOnlyList<ObjectGrants> With(IReadOnlyList<ObjectGrants> permissions, ObjectId target, IReadOnlyList<Grant> grants) =>
        [.. permissions.Where(on => on.Object != target), new ObjectGrants(target, grants)];

    /// <summary>What the first say and the second do not.</summary>
    public static IReadOnlyList<ObjectGrants> Without(IReadOnlyList<ObjectGrants> some, IReadOnlyList<ObjectGrants> others)
    {
        var there = others.ToDictionary(on => on.Object, on => on.Grants);
        return [.. some.Select(on => on with { Grants = [.. on.Grants.Except(there.GetValueOrDefault(on.Object, []))] }).Where(on => on.Grants.Count > 0)];
    }

    public static async ValueTask<bool> ExistsAsync(this IInventoryStore inventory, TenantId tenant, ObjectId id) =>
        id != default && await inventory.ReadStoredAsync(StoredObjects.UpkeepPermit(tenant, id)) is not null;
}
