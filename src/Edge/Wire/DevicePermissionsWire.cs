using System.Globalization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>Device permissions as users and groups show them: a list of <c>SCOPE:fragment:LEVEL</c> under the id of each object.</summary>
internal static class DevicePermissionsWire
{
    private const string Member = "devicePermissions";

    public static IReadOnlyDictionary<string, IReadOnlyList<string>> From(IReadOnlyList<ObjectGrants> permissions) =>
        permissions.ToDictionary(on => on.Object.ToString(), on => (IReadOnlyList<string>)[.. on.Grants.Select(grant => grant.Text())]);

    /// <summary>The device permissions that a body names, none where it says null, and null where it does not speak of them.</summary>
    public static IReadOnlyList<ObjectGrants>? To(JsonBody body)
    {
        if (body.IsNull(Member)) return [];
        if (body.Object(Member) is not { } members) return null;
        if (members.Count > Limits.DevicePermissionObjectsMax) throw body.Invalid($"{Member} names at most {Limits.DevicePermissionObjectsMax} objects.");
        return [.. members.Names.Select(name => new ObjectGrants(
            ObjectId.TryParse(name, out var id) ? id : throw body.Invalid($"{Member}: '{Said.Short(name)}' is no id of a managed object."),
            [.. (members.Texts(name, Limits.DevicePermissionsPerObjectMax) ?? []).Select(text => GrantOf(body, text))]))];
    }

    private static Grant GrantOf(JsonBody body, string text) => GrantWords.TryParse(text, out Grant grant) ? grant
        : throw body.Invalid($"{Member}: '{Said.Short(text)}' is no device permission, which is one of {GrantWords.AllScopes}, the name of a fragment or *, and one of {GrantWords.AllLevels}, with colons between them.");
}

/// <summary>Who has device permissions on one object.</summary>
internal sealed record DevicePermissionHoldersWire(IReadOnlyList<UserWire> Users, IReadOnlyList<GroupWire> Groups)
{
    public static DevicePermissionHoldersWire From(DevicePermissionHolders holders, TenantId tenant, Links links) =>
        new([.. holders.Users.Select(user => UserWire.From(user, links))], [.. holders.Groups.Select(group => GroupWire.From(group, tenant, links))]);

    /// <summary>What a body says of one object. What its documents hold of others, as a client repeats them, is passed over.</summary>
    public static DevicePermissionsChange ToChange(JsonBody body, ObjectId target)
    {
        return new DevicePermissionsChange(
            [.. (body.Objects("users", Limits.DevicePermissionHoldersPerRequestMax) ?? []).Select(user => new UserPermissions(
                user.Text("userName") ?? user.ReferencedName() ?? throw Refusal.Missing("users.userName"), GrantsOn(user, "users.devicePermissions")))],
            [.. (body.Objects("groups", Limits.DevicePermissionHoldersPerRequestMax) ?? []).Select(group => new GroupPermissions(
                GroupOf(group), GrantsOn(group, "groups.devicePermissions")))]);

        IReadOnlyList<Grant> GrantsOn(JsonBody holder, string path) =>
            (DevicePermissionsWire.To(holder) ?? throw Refusal.Missing(path)).FirstOrDefault(on => on.Object == target)?.Grants ?? [];

        int GroupOf(JsonBody group)
        {
            var name = group.ReferencedName() ?? throw Refusal.Missing("groups.id");
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw body.Invalid($"'{Said.Short(name)}' is not the id of a group.");
        }
    }
}
