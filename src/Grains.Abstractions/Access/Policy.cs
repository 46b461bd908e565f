using System.Collections.Frozen;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>The rule that made a decision. Numbers appear in audit records: they only grow.</summary>
public enum Rule : byte
{
    /// <summary>Refused: nothing that the caller holds covers it.</summary>
    NothingGranted = 0,
    /// <summary>Refused: the thing is another tenant's.</summary>
    OtherTenant = 1,
    /// <summary>Refused: the caller did not come through the gate.</summary>
    NotAttested = 2,
    /// <summary>Refused: the platform task has no such row.</summary>
    TaskWithoutRow = 3,
    /// <summary>A global authority, held directly or through a group.</summary>
    GlobalAuthority = 10,
    /// <summary>The caller owns the thing.</summary>
    Ownership = 11,
    /// <summary>The object carries c8y_Global.</summary>
    GlobalFragment = 12,
    /// <summary>The platform does its own work.</summary>
    PlatformTask = 13,
}

/// <summary>Yes or no, and the rule that said so.</summary>
[GenerateSerializer, Immutable, Alias("Decision")]
public readonly record struct Decision([property: Id(0)] bool Allowed, [property: Id(1)] Rule Rule);

/// <summary>What of a tenant's objects a list may hold.</summary>
public enum ScopeKind : byte
{
    None = 0,
    /// <summary>Own objects and, for objects themselves, those with c8y_Global.</summary>
    Owned = 1,
    All = 2,
}

/// <summary>The answer to a list question. <paramref name="WithGlobal"/> adds objects that carry c8y_Global.</summary>
public readonly record struct Scope(ScopeKind Kind, string? Owner, bool WithGlobal)
{
    public bool Admits(string? owner, bool isGlobal) =>
        Kind == ScopeKind.All || (Kind == ScopeKind.Owned && owner is not null && owner == Owner) || (WithGlobal && isGlobal);
}

/// <summary>
/// The decision. It is total and does no I/O; explaining and enforcing are this one code path. Rules add up and none
/// subtracts: any row that grants, grants.
/// </summary>
public static class Policy
{
    /// <summary>One line of the table: what satisfies a permission.</summary>
    private readonly record struct Row(AuthoritySet Authorities, bool OwnerMay, bool GlobalFragmentMay, PlatformTask[] Tasks, bool IsForAbove);

    private static readonly FrozenDictionary<Permission, Row> Table = new Dictionary<Permission, Row>
    {
        [Permission.InventoryRead] = Held(Authority.InventoryRead, Authority.ManagedObjectRead).OrOwner().OrGlobalFragment()
            .OrPlatform(PlatformTask.Upkeep, PlatformTask.Removal, PlatformTask.Availability),
        [Permission.InventoryAdmin] = Held(Authority.InventoryAdmin, Authority.ManagedObjectAdmin).OrOwner().OrPlatform(PlatformTask.Removal),
        [Permission.InventoryCreate] = Held(Authority.InventoryAdmin, Authority.InventoryCreate, Authority.ManagedObjectAdmin, Authority.ManagedObjectCreate),
        [Permission.InventoryLinkOwn] = Held(Authority.InventoryCreate, Authority.ManagedObjectCreate),
        [Permission.DeviceUserRead] = Held(Authority.InventoryRead, Authority.ManagedObjectRead).OrOwner(),
        [Permission.IdentityRead] = Held(Authority.IdentityRead).OrOwner(),
        [Permission.IdentityAdmin] = Held(Authority.IdentityAdmin).OrOwner().OrPlatform(PlatformTask.Removal),
        [Permission.MeasurementRead] = Held(Authority.MeasurementRead).OrOwner().OrPlatform(PlatformTask.Retention),
        [Permission.MeasurementAdmin] = Held(Authority.MeasurementAdmin).OrOwner().OrPlatform(PlatformTask.Removal),
        [Permission.MeasurementAdminAll] = Held(Authority.MeasurementAdmin).OrPlatform(PlatformTask.Retention),
        [Permission.EventRead] = Held(Authority.EventRead).OrOwner().OrPlatform(PlatformTask.Retention),
        [Permission.EventAdmin] = Held(Authority.EventAdmin).OrOwner().OrPlatform(PlatformTask.Removal),
        [Permission.EventAdminAll] = Held(Authority.EventAdmin).OrPlatform(PlatformTask.Retention),
        [Permission.AlarmRead] = Held(Authority.AlarmRead).OrOwner().OrPlatform(PlatformTask.Retention),
        [Permission.AlarmAdmin] = Held(Authority.AlarmAdmin).OrOwner().OrPlatform(PlatformTask.Removal, PlatformTask.Availability),
        [Permission.AlarmAdminAll] = Held(Authority.AlarmAdmin).OrPlatform(PlatformTask.Retention),
        [Permission.AuditRead] = Held(Authority.AuditRead),
        [Permission.AuditAdmin] = Held(Authority.AuditAdmin, Authority.System).OrPlatform(PlatformTask.Audit),
        [Permission.RegistrationRead] = Held(Authority.DeviceControlRead).OrPlatform(PlatformTask.Upkeep),
        [Permission.RegistrationAdmin] = Held(Authority.DeviceControlAdmin).FromAbove().OrPlatform(PlatformTask.Upkeep),
        [Permission.RegistrationDelete] = Held(Authority.UserManagementAdmin).OrOwner(),
        [Permission.DeviceBootstrap] = Held(Authority.DeviceBootstrap).FromAbove(),
        [Permission.DeviceConnect] = Held(Authority.Device, Authority.InventoryAdmin, Authority.InventoryCreate, Authority.ManagedObjectAdmin, Authority.ManagedObjectCreate),
        [Permission.UserRead] = Held(Authority.UserManagementRead).OrPlatform(PlatformTask.SignIn, PlatformTask.Facts),
        [Permission.UserAdmin] = Held(Authority.UserManagementAdmin).OrPlatform(PlatformTask.FirstStart, PlatformTask.Registration,
            PlatformTask.Removal, PlatformTask.Recovery, PlatformTask.Disconnection),
        [Permission.UserCreate] = Held(Authority.UserManagementAdmin, Authority.UserManagementCreate).OrPlatform(PlatformTask.FirstStart, PlatformTask.Registration),
        [Permission.OwnRead] = Held(Authority.UserManagementOwnRead, Authority.System),
        [Permission.OwnAdmin] = Held(Authority.UserManagementOwnAdmin),
        [Permission.TenantRead] = Held(Authority.TenantManagementRead).FromAbove().OrPlatform(PlatformTask.SignIn, PlatformTask.Facts, PlatformTask.Retention, PlatformTask.Availability),
        [Permission.TenantCreate] = Held(Authority.TenantManagementAdmin, Authority.TenantManagementCreate).OrPlatform(PlatformTask.FirstStart),
        [Permission.TenantUpdate] = Held(Authority.TenantManagementAdmin, Authority.TenantManagementUpdate).FromAbove().OrPlatform(PlatformTask.FirstStart),
        [Permission.OperationRead] = Held(Authority.DeviceControlRead).OrOwner().OrPlatform(PlatformTask.Upkeep, PlatformTask.Retention),
        [Permission.OperationAdmin] = Held(Authority.DeviceControlAdmin).OrOwner().OrPlatform(PlatformTask.Removal),
        [Permission.OperationAdminAll] = Held(Authority.DeviceControlAdmin).OrPlatform(PlatformTask.Retention),
        [Permission.RetentionRead] = Held(Authority.RetentionRuleRead).OrPlatform(PlatformTask.Retention),
        [Permission.RetentionAdmin] = Held(Authority.RetentionRuleAdmin),
    }.ToFrozenDictionary();

    /// <summary>May this caller do this to this thing?</summary>
    public static Decision Decide(Caller caller, in Resource resource, Permission permission)
    {
        if (caller.Tenant != resource.Tenant) return new(false, Rule.OtherTenant);
        return DecideInTenant(caller, resource, permission);
    }

    /// <summary>
    /// The same for the doors marked <see cref="AcrossTenantsAttribute"/>, whose caller the gate has let through although
    /// the thing is another tenant's. Only who stands above the thing's tenant passes: the platform operator, and the tenant's parent.
    /// And only with what the table marks for it: no right to data reaches another tenant, whatever door is marked.
    /// Ownership is not asked: names mean nothing across realms.
    /// </summary>
    /// <param name="parent">The tenant above the resource's own, or null where only the platform operator stands above it.</param>
    internal static Decision DecideAcrossTenants(Caller caller, in Resource resource, Permission permission, TenantId? parent)
    {
        var isAbove = (caller.Tenant == TenantId.Management || caller.Tenant == parent) && Table[permission].IsForAbove;
        if (!isAbove && !(caller.IsPlatform && caller.Tenant == resource.Tenant)) return new(false, Rule.OtherTenant);
        return DecideInTenant(caller, Resource.OfTenant(caller.Tenant), permission);
    }

    /// <summary>What may a list show this caller?</summary>
    public static Scope Scope(Caller caller, Permission permission)
    {
        var row = Table[permission];
        if (DecideInTenant(caller, Resource.OfTenant(caller.Tenant), permission).Allowed) return new(ScopeKind.All, null, false);
        if (caller.Rights is null || caller.IsPlatform || IsShutIn(caller.Rights)) return default;
        return new(row.OwnerMay ? ScopeKind.Owned : ScopeKind.None, row.OwnerMay ? caller.User.Name : null, row.GlobalFragmentMay);
    }

    /// <summary>Could a caller with these rights pass for some resource? The gate asks this before it knows the resource.</summary>
    public static bool MayEver(Caller caller, Permission permission)
    {
        var row = Table[permission];
        if (caller.IsPlatform) return Array.IndexOf(row.Tasks, caller.Task) >= 0;
        if (caller.Rights is not { } rights) return row.OwnerMay || row.GlobalFragmentMay;
        return rights.Global.Intersects(row.Authorities) || (!IsShutIn(rights) && (row.OwnerMay || row.GlobalFragmentMay));
    }

    /// <summary>The authorities that satisfy a permission by themselves: for documents, refusals and the interface description.</summary>
    public static AuthoritySet AuthoritiesFor(Permission permission) => Table[permission].Authorities;

    /// <summary>Whether owning an object satisfies a permission on it: for documents and the interface description.</summary>
    public static bool OwnerMay(Permission permission) => Table[permission].OwnerMay;

    private static Decision DecideInTenant(Caller caller, in Resource resource, Permission permission)
    {
        if (caller.Rights is not { } rights) return new(false, Rule.NotAttested);
        var row = Table[permission];
        if (caller.IsPlatform)
            return Array.IndexOf(row.Tasks, caller.Task) >= 0 ? new(true, Rule.PlatformTask) : new(false, Rule.TaskWithoutRow);
        if (rights.Global.Intersects(row.Authorities)) return new(true, Rule.GlobalAuthority);
        if (IsShutIn(rights)) return new(false, Rule.NothingGranted);
        if (row.OwnerMay && resource.Owner is not null && resource.Owner == caller.User.Name) return new(true, Rule.Ownership);
        if (row.GlobalFragmentMay && resource.IsGlobal) return new(true, Rule.GlobalFragment);
        return new(false, Rule.NothingGranted);
    }

    /// <summary>
    /// Whether ownership and marks give nothing. Whoever holds the bootstrap authority and no other is nobody beyond its one door, not even a
    /// reader of what every user may see: its password is on each device that waits. And whoever must change the password does that first.
    /// </summary>
    private static bool IsShutIn(Rights rights) => rights.MustChangePassword || rights.Global == BootstrapOnly;

    private static readonly AuthoritySet BootstrapOnly = AuthoritySet.Of(Authority.DeviceBootstrap);

    private static Row Held(params ReadOnlySpan<Authority> authorities) => new(AuthoritySet.Of(authorities), false, false, [], false);

    private static Row OrOwner(this Row row) => row with { OwnerMay = true };

    private static Row OrGlobalFragment(this Row row) => row with { GlobalFragmentMay = true };

    private static Row FromAbove(this Row row) => row with { IsForAbove = true };

    private static Row OrPlatform(this Row row, params PlatformTask[] tasks) => row with { Tasks = tasks };
}
