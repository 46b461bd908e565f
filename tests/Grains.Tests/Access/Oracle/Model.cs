using System.Globalization;
using System.Text;

namespace Bailiwick.Grains.Tests.Access.Oracle;

// A small world in the interface's own words, for the oracle to judge and for the policy to be asked about. Names mean nothing across tenants,
// so the same ones occur in both.

/// <summary>One permission of an inventory role, as the interface has it.</summary>
internal sealed record RolePermission(string Scope, string Type, string Level);

/// <summary>Roles given to a user on one object, by their place in the tenant's list; a place that is not there is a role that was deleted.</summary>
internal sealed record Assignment(long Object, int[] Roles);

/// <summary>Device permissions on one object, each "API:fragment:permission".</summary>
internal sealed record DevicePermissions(long Object, string[] Texts);

internal sealed record ModelGroup(string[] Authorities, DevicePermissions[] OnDevices);

internal sealed record ModelUser(string Name, string[] Authorities, int[] Groups, Assignment[] Assignments, DevicePermissions[] OnDevices, bool IsDisabled, bool MustChangePassword);

/// <param name="Parents">What it is linked below, by any kind of link; may go round in circles, and may name what is not there.</param>
/// <param name="Data">Its measurements, events and so on, each by the fragments that it has.</param>
internal sealed record ModelObject(long Id, string Owner, string[] Fragments, long[] Parents, string[][] Data);

internal sealed record ModelTenant(string Name, ModelGroup[] Groups, RolePermission[][] Roles, ModelUser[] Users, ModelObject[] Objects);

/// <param name="Stride">Every which pair of a user and a door is asked; 1 for all of them.</param>
/// <param name="Offset">The first that is.</param>
internal sealed record Model(ModelTenant[] Tenants, int Stride, int Offset)
{
    /// <summary>In words, for whoever has to understand why the two disagree.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var tenant in Tenants) Describe(tenant, text);
        return text.ToString();
    }

    public static void Describe(ModelTenant tenant, StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"tenant {tenant.Name}\n");
        for (var group = 0; group < tenant.Groups.Length; group++)
            text.Append(CultureInfo.InvariantCulture, $"  group {group}: {Words(tenant.Groups[group].Authorities)}{Words(tenant.Groups[group].OnDevices)}\n");
        for (var role = 0; role < tenant.Roles.Length; role++)
            text.Append(CultureInfo.InvariantCulture, $"  inventory role {role}: {string.Join(", ", tenant.Roles[role].Select(one => $"{one.Scope}:{one.Type}:{one.Level}"))}\n");
        foreach (var user in tenant.Users)
            text.Append(CultureInfo.InvariantCulture, $"  user {user.Name}{(user.IsDisabled ? ", disabled" : "")}{(user.MustChangePassword ? ", must change its password" : "")}: ")
                .Append(CultureInfo.InvariantCulture, $"{Words(user.Authorities)}{(user.Groups.Length == 0 ? "" : $" in groups {string.Join(' ', user.Groups)}")}")
                .Append(CultureInfo.InvariantCulture, $"{string.Concat(user.Assignments.Select(one => $", roles {string.Join(' ', one.Roles)} on {one.Object}"))}{Words(user.OnDevices)}\n");
        foreach (var one in tenant.Objects)
            text.Append(CultureInfo.InvariantCulture, $"  object {one.Id} of {one.Owner}: {Words(one.Fragments)}{(one.Parents.Length == 0 ? "" : $" below {string.Join(' ', one.Parents)}")}")
                .Append(CultureInfo.InvariantCulture, $"{string.Concat(one.Data.Select(data => $", data {Words(data)}"))}\n");
    }

    public static string Words(IReadOnlyCollection<string> words) => words.Count == 0 ? "nothing" : string.Join(' ', words);

    private static string Words(DevicePermissions[] permissions) => string.Concat(permissions.Select(one => $", on {one.Object} {Words(one.Texts)}"));
}
