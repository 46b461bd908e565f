namespace Bailiwick.Grains.Tests.Access.Oracle;

/// <summary>What is asked about: an object of a tenant, or the tenant as a whole, and the fragments of the documents meant; null where nobody knows them.</summary>
internal sealed record Asked(string Tenant, ModelObject? Object, IReadOnlyList<string[]>? Documents);

/// <summary>
/// Who may do what, a second time: simple and slow, in strings, sets and loops, from the documented rules and not from the policy's code. It
/// shares no line with the policy, so that one mistake is not made twice.
/// </summary>
internal sealed class PolicyOracle(ModelTenant tenant, ModelUser user)
{
    // What opens each door: authorities, then owning the object, then scope and level of a grant on it, then c8y_Global on it. "above" says that
    // the operator's tenant and a tenant's parent may pass it with these authorities of their own.
    private static readonly Dictionary<string, Need> Needs = """
        InventoryRead       | INVENTORY_READ MANAGED_OBJECT_READ | owner | MANAGED_OBJECT:READ | global
        InventoryAdmin      | INVENTORY_ADMIN MANAGED_OBJECT_ADMIN | owner | MANAGED_OBJECT:ADMIN
        InventoryCreate     | INVENTORY_ADMIN INVENTORY_CREATE MANAGED_OBJECT_ADMIN MANAGED_OBJECT_CREATE
        InventoryLinkOwn    | INVENTORY_CREATE MANAGED_OBJECT_CREATE
        DeviceUserRead      | INVENTORY_READ MANAGED_OBJECT_READ | owner | MANAGED_OBJECT:READ
        IdentityRead        | IDENTITY_READ | owner | MANAGED_OBJECT:READ
        IdentityAdmin       | IDENTITY_ADMIN | owner | MANAGED_OBJECT:ADMIN
        MeasurementRead     | MEASUREMENT_READ | owner | MEASUREMENT:READ
        MeasurementAdmin    | MEASUREMENT_ADMIN | owner | MEASUREMENT:ADMIN
        MeasurementAdminAll | MEASUREMENT_ADMIN
        EventRead           | EVENT_READ | owner | EVENT:READ
        EventAdmin          | EVENT_ADMIN | owner | EVENT:ADMIN
        EventAdminAll       | EVENT_ADMIN
        AlarmRead           | ALARM_READ | owner | ALARM:READ
        AlarmAdmin          | ALARM_ADMIN | owner | ALARM:ADMIN
        AlarmAdminAll       | ALARM_ADMIN
        OperationRead       | DEVICE_CONTROL_READ | owner | OPERATION:READ OPERATION:ADMIN
        OperationAdmin      | DEVICE_CONTROL_ADMIN | owner | OPERATION:ADMIN
        OperationAdminAll   | DEVICE_CONTROL_ADMIN
        AuditRead           | AUDIT_READ | AUDIT:READ
        AuditAdmin          | AUDIT_ADMIN SYSTEM | AUDIT:ADMIN
        RegistrationRead    | DEVICE_CONTROL_READ
        RegistrationAdmin   | DEVICE_CONTROL_ADMIN | above
        RegistrationDelete  | USER_MANAGEMENT_ADMIN | owner
        DeviceBootstrap     | DEVICE_BOOTSTRAP | above
        DeviceConnect       | DEVICE INVENTORY_ADMIN INVENTORY_CREATE MANAGED_OBJECT_ADMIN MANAGED_OBJECT_CREATE
        UserRead            | USER_MANAGEMENT_READ
        UserAdmin           | USER_MANAGEMENT_ADMIN
        UserCreate          | USER_MANAGEMENT_ADMIN USER_MANAGEMENT_CREATE
        OwnRead             | USER_MANAGEMENT_OWN_READ SYSTEM
        OwnAdmin            | USER_MANAGEMENT_OWN_ADMIN
        TenantRead          | TENANT_MANAGEMENT_READ | above
        TenantCreate        | TENANT_MANAGEMENT_ADMIN TENANT_MANAGEMENT_CREATE | above
        TenantUpdate        | TENANT_MANAGEMENT_ADMIN TENANT_MANAGEMENT_UPDATE | above
        TenantDelete        | TENANT_MANAGEMENT_ADMIN | above
        RetentionRead       | RETENTION_RULE_READ
        RetentionAdmin      | RETENTION_RULE_ADMIN
        LoginOptionRead     | TENANT_ADMIN TENANT_MANAGEMENT_ADMIN USER_MANAGEMENT_OWN_ADMIN USER_MANAGEMENT_CREATE
        LoginOptionAdmin    | TENANT_ADMIN TENANT_MANAGEMENT_ADMIN
        OptionRead          | OPTION_MANAGEMENT_READ
        OptionAdmin         | OPTION_MANAGEMENT_ADMIN
        OptionPin           | OPTION_MANAGEMENT_ADMIN | above
        """.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToDictionary(cells => cells[0], cells => new Need(
            [.. cells[1].Split(' ').Select(word => "ROLE_" + word)],
            [.. cells[2..].Where(cell => cell.Contains(':', StringComparison.Ordinal)).SelectMany(cell => cell.Split(' '))],
            cells.Contains("owner"), cells.Contains("global"), cells.Contains("above")));

    // Whoever must choose a password may look at itself and do that.
    private static readonly string[] OwnAuthorities = ["ROLE_USER_MANAGEMENT_OWN_READ", "ROLE_USER_MANAGEMENT_OWN_ADMIN"];

    private sealed record Need(string[] Authorities, string[] Grants, bool OwnerMay, bool GlobalMay, bool IsForAbove);

    private readonly HashSet<string> _authorities = AuthoritiesOf(tenant, user);

    public static IReadOnlyCollection<string> Doors => Needs.Keys;

    public bool IsServed => !user.IsDisabled;

    /// <summary>Each rule that allows it, in the order of the documented steps; none when it is refused.</summary>
    public List<string> Reasons(string door, Asked asked)
    {
        var (need, reasons) = (Needs[door], new List<string>());
        if (asked.Tenant != tenant.Name) return reasons;
        if (need.Authorities.Any(_authorities.Contains)) reasons.Add("GlobalAuthority");
        if (asked.Object is not { } it || IsShutIn) return reasons;
        if (need.OwnerMay && it.Owner == user.Name) reasons.Add("Ownership");
        if (need.GlobalMay && it.Fragments.Contains("c8y_Global")) reasons.Add("GlobalFragment");
        var types = TypesByRoles(need, it);
        if (Covers(types, asked.Documents)) reasons.Add("InventoryRole");
        var alone = TypesByDevicePermissions(need, it);
        types.UnionWith(alone);
        if (alone.Count > 0 && Covers(types, asked.Documents)) reasons.Add("DevicePermission");
        return reasons;
    }

    /// <summary>Whether there may be an object for which the answer is yes.</summary>
    public bool MayEver(string door)
    {
        var need = Needs[door];
        if (need.Authorities.Any(_authorities.Contains)) return true;
        return !IsShutIn && (need.OwnerMay || need.GlobalMay || TypesByRoles(need, null).Count > 0 || TypesByDevicePermissions(need, null).Count > 0);
    }

    /// <summary>Whether it may be done to another tenant, which has this parent or none but the operator's.</summary>
    public bool MayFromAbove(string door, string? parent) =>
        (tenant.Name == "management" || tenant.Name == parent) && Needs[door].IsForAbove && Needs[door].Authorities.Any(_authorities.Contains);

    /// <summary>Whether an authority that the user holds opens a door.</summary>
    public bool IsOpenedBy(string door, string authority) => _authorities.Contains(authority) && Needs[door].Authorities.Contains(authority);

    /// <summary>Whether a grant of this scope and level, for whichever types, bears on a door.</summary>
    public static bool IsOpenedBy(string door, string scope, string level) => Means(Needs[door], scope, level);

    /// <summary>Whether roles or device permissions reach an object, whatever they are for.</summary>
    public bool IsGivenSomethingOn(ModelObject it) =>
        IsServed && !IsShutIn && Needs.Values.Any(need => TypesByRoles(need, it).Count > 0 || TypesByDevicePermissions(need, it).Count > 0);

    /// <summary>Whether a grant on an object may satisfy it.</summary>
    public static bool MayBeGranted(string door) => Needs[door].Grants is not [];

    public static bool IsAboutObjects(string door) => Needs[door] is { OwnerMay: true } or { GlobalMay: true } or { Grants: not [] };

    // The bootstrap user may fetch credentials and nothing else.
    public bool IsShutIn => user.MustChangePassword || (_authorities.Count == 1 && _authorities.Contains("ROLE_DEVICE_BOOTSTRAP"));

    private static HashSet<string> AuthoritiesOf(ModelTenant tenant, ModelUser user)
    {
        var held = new HashSet<string>(user.Authorities);
        foreach (var group in user.Groups)
            if (group < tenant.Groups.Length)
                held.UnionWith(tenant.Groups[group].Authorities);
        if (user.MustChangePassword) held.IntersectWith(OwnAuthorities);
        return held;
    }

    /// <summary>The types that inventory roles give on an object, from it and from whatever it is below; null: on whichever object.</summary>
    private HashSet<string> TypesByRoles(Need need, ModelObject? it)
    {
        var types = new HashSet<string>();
        foreach (var assignment in user.Assignments)
        {
            if (it is not null && !Below(assignment.Object).Contains(it.Id)) continue;
            foreach (var role in assignment.Roles)
                if (role < tenant.Roles.Length)
                    foreach (var permission in tenant.Roles[role])
                        if (Means(need, permission.Scope, permission.Level))
                            types.Add(permission.Type);
        }
        return types;
    }

    private HashSet<string> TypesByDevicePermissions(Need need, ModelObject? it)
    {
        var all = new List<DevicePermissions>(user.OnDevices);
        foreach (var group in user.Groups)
            if (group < tenant.Groups.Length)
                all.AddRange(tenant.Groups[group].OnDevices);
        var types = new HashSet<string>();
        foreach (var on in all)
        {
            if (it is not null && on.Object != it.Id) continue;
            foreach (var text in on.Texts)
            {
                var parts = text.Split(':');
                if (Means(need, parts[0], parts[2])) types.Add(parts[1]);
            }
        }
        return types;
    }

    private static bool Means(Need need, string scope, string level)
    {
        foreach (var grant in need.Grants)
        {
            var wanted = grant.Split(':');
            if ((scope == wanted[0] || scope == "*") && (level == wanted[1] || level == "*")) return true;
        }
        return false;
    }

    /// <summary>An object and all that hangs below it, grown until it grows no more.</summary>
    private HashSet<long> Below(long top)
    {
        var reached = new HashSet<long> { top };
        for (var before = 0; before != reached.Count;)
        {
            before = reached.Count;
            foreach (var it in tenant.Objects)
                if (it.Parents.Any(reached.Contains))
                    reached.Add(it.Id);
        }
        return reached;
    }

    private static bool Covers(HashSet<string> types, IReadOnlyList<string[]>? documents)
    {
        if (types.Contains("*")) return true;
        return documents is not null && documents.All(fragments => fragments.Length > 0 && fragments.All(types.Contains));
    }
}
