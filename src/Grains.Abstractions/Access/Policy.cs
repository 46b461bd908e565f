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
    /// <summary>Refused: the user or its tenant is not served. Explanations alone say so; whoever is not served gets as far as no decision.</summary>
    NotServed = 4,
    /// <summary>Refused: whoever must choose a new password does that first, and the bootstrap user does nothing but bootstrap.</summary>
    ShutIn = 5,
    /// <summary>A global authority, held directly or through a group.</summary>
    GlobalAuthority = 10,
    /// <summary>The caller owns the thing.</summary>
    Ownership = 11,
    /// <summary>The object carries c8y_Global.</summary>
    GlobalFragment = 12,
    /// <summary>The platform does its own work.</summary>
    PlatformTask = 13,
    /// <summary>An inventory role on the object or on something above it.</summary>
    InventoryRole = 14,
    /// <summary>A device permission on the object, of the user or of one of its groups; alone or together with inventory roles.</summary>
    DevicePermission = 15,

    // What grains refuse beside the table, each with what it alone knows. All that follows refuses.

    /// <summary>Refused at the gate: the call is for the platform's own work.</summary>
    PlatformOnly = 20,
    /// <summary>Refused at the gate: nothing that the caller holds satisfies what the call takes, on whatever object.</summary>
    NothingAnywhere = 21,
    /// <summary>Refused: this only the user itself does.</summary>
    SelfOnly = 22,
    /// <summary>Refused: who is no administrator manages users below itself, and below whom it acts for.</summary>
    NotBelow = 23,
    /// <summary>Refused: what is handed out or taken away has to be held by who does it, and by the user above who gets it.</summary>
    NotHeld = 24,
    /// <summary>Refused: who is no administrator hands over users directly below itself, and sets none free.</summary>
    NotItsToHandOver = 25,
    /// <summary>Refused: who is no administrator has users act for itself, and for nobody else.</summary>
    NotItsToDelegate = 26,
    /// <summary>Refused: nobody does this to itself.</summary>
    Oneself = 27,
    /// <summary>Refused: the first administrator of a tenant stays.</summary>
    FirstAdministrator = 28,
    /// <summary>Refused: this is the platform operator's alone.</summary>
    OperatorOnly = 29,
    /// <summary>Refused: the platform operator has pinned it.</summary>
    NotEditable = 30,
    /// <summary>Refused: the tenant is being deleted.</summary>
    TenantLeaving = 31,
    /// <summary>Refused: the tenant is there, and what it has is not removed.</summary>
    TenantThere = 32,
}

/// <summary>Yes or no, and the rule that said so.</summary>
[GenerateSerializer, Immutable, Alias("Decision")]
public readonly record struct Decision([property: Id(0)] bool Allowed, [property: Id(1)] Rule Rule);

/// <summary>What of a tenant's objects a list may hold.</summary>
public enum ScopeKind : byte
{
    None = 0,
    /// <summary>What one owns, what carries c8y_Global and what grants reach, each as far as the scope says.</summary>
    Some = 1,
    All = 2,
}

/// <summary>An object on which a list's reader holds something for it.</summary>
/// <param name="ReachesBelow">Whether it holds for everything below the object as well.</param>
/// <param name="Coverage">The fragments that it covers; never none.</param>
public sealed record ScopeGrant(ObjectId Object, bool ReachesBelow, Coverage Coverage);

/// <summary>The answer to a list question: a document shows when any part admits it.</summary>
/// <param name="Owner">Whose objects, and data of whose objects, show; null where owning gives nothing.</param>
/// <param name="WithGlobal">Whether objects that carry c8y_Global show.</param>
/// <param name="Grants">
/// What grants reach. Several may reach one object, by several ways up from it; a document shows when all of its fragments are covered by
/// those together that reach its object.
/// </param>
public sealed record Scope(ScopeKind Kind, string? Owner, bool WithGlobal, IReadOnlyList<ScopeGrant> Grants)
{
    public static readonly Scope None = new(ScopeKind.None, null, false, []);

    public static readonly Scope All = new(ScopeKind.All, null, false, []);

    /// <summary>Whether a document of which some fragments are covered shows with these, and without the rest.</summary>
    public bool ShowsParts { get; init; }

    /// <summary>Whether an object shows by what it is, wherever it hangs. One that does not may still be reached by a grant.</summary>
    public bool Admits(string? owner, bool isGlobal) =>
        Kind == ScopeKind.All || (Owner is not null && owner == Owner) || (WithGlobal && isGlobal);
}

/// <summary>
/// The decision. It is total and does no I/O; explaining and enforcing are this one code path. Rules add up and none
/// subtracts: any row that grants, grants.
/// </summary>
public static class Policy
{
    /// <summary>One line of the table: what satisfies a permission.</summary>
    private readonly record struct Row(AuthoritySet Authorities, bool OwnerMay, bool GlobalFragmentMay, PlatformTask[] Tasks, bool IsForAbove, GrantKinds Grants);

    private static readonly FrozenDictionary<Permission, Row> Table = new Dictionary<Permission, Row>
    {
        [Permission.InventoryRead] = Held(Authority.InventoryRead, Authority.ManagedObjectRead).OrOwner().OrGrant(GrantKinds.ManagedObjectRead).OrGlobalFragment()
            .OrPlatform(PlatformTask.Upkeep, PlatformTask.Removal, PlatformTask.Availability),
        [Permission.InventoryAdmin] = Held(Authority.InventoryAdmin, Authority.ManagedObjectAdmin).OrOwner().OrGrant(GrantKinds.ManagedObjectAdmin).OrPlatform(PlatformTask.Removal),
        [Permission.InventoryCreate] = Held(Authority.InventoryAdmin, Authority.InventoryCreate, Authority.ManagedObjectAdmin, Authority.ManagedObjectCreate),
        [Permission.InventoryLinkOwn] = Held(Authority.InventoryCreate, Authority.ManagedObjectCreate),
        [Permission.DeviceUserRead] = Held(Authority.InventoryRead, Authority.ManagedObjectRead).OrOwner().OrGrant(GrantKinds.ManagedObjectRead),
        [Permission.IdentityRead] = Held(Authority.IdentityRead).OrOwner().OrGrant(GrantKinds.ManagedObjectRead),
        [Permission.IdentityAdmin] = Held(Authority.IdentityAdmin).OrOwner().OrGrant(GrantKinds.ManagedObjectAdmin).OrPlatform(PlatformTask.Removal),
        [Permission.MeasurementRead] = Held(Authority.MeasurementRead).OrOwner().OrGrant(GrantKinds.MeasurementRead).OrPlatform(PlatformTask.Retention),
        [Permission.MeasurementAdmin] = Held(Authority.MeasurementAdmin).OrOwner().OrGrant(GrantKinds.MeasurementAdmin).OrPlatform(PlatformTask.Removal),
        [Permission.MeasurementAdminAll] = Held(Authority.MeasurementAdmin).OrPlatform(PlatformTask.Retention),
        [Permission.EventRead] = Held(Authority.EventRead).OrOwner().OrGrant(GrantKinds.EventRead).OrPlatform(PlatformTask.Retention),
        [Permission.EventAdmin] = Held(Authority.EventAdmin).OrOwner().OrGrant(GrantKinds.EventAdmin).OrPlatform(PlatformTask.Removal),
        [Permission.EventAdminAll] = Held(Authority.EventAdmin).OrPlatform(PlatformTask.Retention),
        [Permission.AlarmRead] = Held(Authority.AlarmRead).OrOwner().OrGrant(GrantKinds.AlarmRead).OrPlatform(PlatformTask.Retention),
        [Permission.AlarmAdmin] = Held(Authority.AlarmAdmin).OrOwner().OrGrant(GrantKinds.AlarmAdmin).OrPlatform(PlatformTask.Removal, PlatformTask.Availability),
        [Permission.AlarmAdminAll] = Held(Authority.AlarmAdmin).OrPlatform(PlatformTask.Retention),
        [Permission.AuditRead] = Held(Authority.AuditRead).OrGrant(GrantKinds.AuditRead).OrPlatform(PlatformTask.Upkeep),
        [Permission.AuditAdmin] = Held(Authority.AuditAdmin, Authority.System).OrGrant(GrantKinds.AuditAdmin).OrPlatform(PlatformTask.Audit),
        [Permission.RegistrationRead] = Held(Authority.DeviceControlRead).OrPlatform(PlatformTask.Upkeep, PlatformTask.Removal),
        [Permission.RegistrationAdmin] = Held(Authority.DeviceControlAdmin).FromAbove().OrPlatform(PlatformTask.Upkeep),
        [Permission.RegistrationDelete] = Held(Authority.UserManagementAdmin).OrOwner().OrPlatform(PlatformTask.Removal),
        [Permission.DeviceBootstrap] = Held(Authority.DeviceBootstrap).FromAbove(),
        [Permission.DeviceConnect] = Held(Authority.Device, Authority.InventoryAdmin, Authority.InventoryCreate, Authority.ManagedObjectAdmin, Authority.ManagedObjectCreate),
        [Permission.UserRead] = Held(Authority.UserManagementRead).OrPlatform(PlatformTask.SignIn, PlatformTask.Facts),
        [Permission.UserAdmin] = Held(Authority.UserManagementAdmin).OrPlatform(PlatformTask.FirstStart, PlatformTask.Registration,
            PlatformTask.Removal, PlatformTask.Recovery, PlatformTask.Disconnection),
        [Permission.UserCreate] = Held(Authority.UserManagementAdmin, Authority.UserManagementCreate).OrPlatform(PlatformTask.FirstStart, PlatformTask.Registration),
        [Permission.OwnRead] = Held(Authority.UserManagementOwnRead, Authority.System),
        [Permission.OwnAdmin] = Held(Authority.UserManagementOwnAdmin),
        [Permission.TenantRead] = Held(Authority.TenantManagementRead).FromAbove().OrPlatform(PlatformTask.SignIn, PlatformTask.Facts, PlatformTask.Retention, PlatformTask.Availability),
        [Permission.TenantCreate] = Held(Authority.TenantManagementAdmin, Authority.TenantManagementCreate).FromAbove().OrPlatform(PlatformTask.FirstStart),
        [Permission.TenantUpdate] = Held(Authority.TenantManagementAdmin, Authority.TenantManagementUpdate).FromAbove().OrPlatform(PlatformTask.FirstStart),
        [Permission.TenantDelete] = Held(Authority.TenantManagementAdmin).FromAbove().OrPlatform(PlatformTask.Removal),
        [Permission.OperationRead] = Held(Authority.DeviceControlRead).OrOwner().OrGrant(GrantKinds.OperationRead | GrantKinds.OperationAdmin).OrPlatform(PlatformTask.Upkeep, PlatformTask.Retention),
        [Permission.OperationAdmin] = Held(Authority.DeviceControlAdmin).OrOwner().OrGrant(GrantKinds.OperationAdmin).OrPlatform(PlatformTask.Removal),
        [Permission.OperationAdminAll] = Held(Authority.DeviceControlAdmin).OrPlatform(PlatformTask.Retention),
        [Permission.RetentionRead] = Held(Authority.RetentionRuleRead).OrPlatform(PlatformTask.Retention),
        [Permission.RetentionAdmin] = Held(Authority.RetentionRuleAdmin),
        [Permission.LoginOptionRead] = Held(Authority.TenantAdmin, Authority.TenantManagementAdmin, Authority.UserManagementOwnAdmin, Authority.UserManagementCreate),
        [Permission.LoginOptionAdmin] = Held(Authority.TenantAdmin, Authority.TenantManagementAdmin),
        [Permission.OptionRead] = Held(Authority.OptionManagementRead),
        [Permission.OptionAdmin] = Held(Authority.OptionManagementAdmin),
        [Permission.OptionPin] = Held(Authority.OptionManagementAdmin).FromAbove(),
    }.ToFrozenDictionary();

    /// <summary>May this caller do this to this thing?</summary>
    public static Decision Decide(Caller caller, in Resource resource, Permission permission)
    {
        if (caller.Tenant != resource.Tenant) return new(false, Rule.OtherTenant);
        return DecideInTenant(caller, resource, permission, null);
    }

    /// <summary>The same decision, made on the same way, with all that it looked at.</summary>
    public static DecisionTrace Explain(Caller caller, in Resource resource, Permission permission)
    {
        var notes = new DecisionNotes();
        var decision = caller.Tenant == resource.Tenant ? DecideInTenant(caller, resource, permission, notes) : Decide(caller, resource, permission);
        return new(permission, resource.Source == default ? null : resource.Source, resource.Owner, decision, notes.Tried, notes.Walked, notes.Met);
    }

    /// <summary>
    /// The same for the doors marked <see cref="AcrossTenantsAttribute"/>, whose caller the gate has let through although
    /// the thing is another tenant's. Only who stands above the thing's tenant passes: the platform operator, and the tenant's parent.
    /// And only with what the table marks for it: no right to data reaches another tenant, whatever door is marked.
    /// Ownership is not asked: names mean nothing across realms.
    /// </summary>
    /// <param name="parent">The tenant above the resource's own, or null where only the platform operator stands above it.</param>
    internal static Decision DecideAcrossTenants(Caller caller, in Resource resource, Permission permission, TenantId? parent) =>
        DecideAcrossTenants(caller, resource, permission, parent, null);

    /// <summary>The same decision, made on the same way, with all that it looked at.</summary>
    internal static DecisionTrace ExplainAcrossTenants(Caller caller, in Resource resource, Permission permission, TenantId? parent)
    {
        var notes = new DecisionNotes();
        var decision = DecideAcrossTenants(caller, resource, permission, parent, notes);
        return new(permission, null, null, decision, notes.Tried, notes.Walked, notes.Met);
    }

    private static Decision DecideAcrossTenants(Caller caller, in Resource resource, Permission permission, TenantId? parent, DecisionNotes? notes)
    {
        var isAbove = (caller.Tenant == TenantId.Management || caller.Tenant == parent) && Table[permission].IsForAbove;
        if (!isAbove && !(caller.IsPlatform && caller.Tenant == resource.Tenant)) return new(false, Rule.OtherTenant);
        return DecideInTenant(caller, Resource.OfTenant(caller.Tenant), permission, notes);
    }

    /// <summary>Of which of an object's data is this caller allowed a permission? For lists of one object's data; a single piece is decided on.</summary>
    public static Coverage CoverageOf(Caller caller, in Resource resource, Permission permission)
    {
        if (Decide(caller, resource.Holding(null), permission).Allowed) return Coverage.Whole;
        if (caller.Tenant != resource.Tenant || caller.IsPlatform || caller.Rights is not { } rights || IsShutIn(rights)) return Coverage.None;
        var kinds = Table[permission].Grants;
        var byRole = CoverageByRoles(caller, resource, kinds, rights.Objects, null);
        return rights.Objects.Alone.TryGetValue(resource.Source, out var alone) ? byRole | alone.Of(kinds) : byRole;
    }

    /// <summary>
    /// Whether a piece of data that is covered in part shows this caller that part. A tenant may have it so for measurements: what is not covered is then
    /// left out of them as if it had never been there.
    /// </summary>
    public static bool ShowsParts(Caller caller, Permission permission) => permission == Permission.MeasurementRead && caller.Rights is { ShowsCoveredFragments: true };

    /// <summary>What may a list show this caller?</summary>
    public static Scope Scope(Caller caller, Permission permission)
    {
        var row = Table[permission];
        if (DecideInTenant(caller, Resource.OfTenant(caller.Tenant), permission, null).Allowed) return Access.Scope.All;
        if (caller.Rights is not { } rights || caller.IsPlatform || IsShutIn(rights)) return Access.Scope.None;
        var grants = GrantsFor(rights.Objects, row.Grants);
        return row.OwnerMay || row.GlobalFragmentMay || grants.Count > 0
            ? new(ScopeKind.Some, row.OwnerMay ? caller.User.Name : null, row.GlobalFragmentMay, grants) { ShowsParts = ShowsParts(caller, permission) }
            : Access.Scope.None;
    }

    /// <summary>Could a caller with these rights pass for some resource? The gate asks this before it knows the resource.</summary>
    public static bool MayEver(Caller caller, Permission permission)
    {
        var row = Table[permission];
        if (caller.IsPlatform) return Array.IndexOf(row.Tasks, caller.Task) >= 0;
        if (caller.Rights is not { } rights) return row.OwnerMay || row.GlobalFragmentMay || row.Grants != GrantKinds.None;
        return rights.Global.Intersects(row.Authorities)
            || (!IsShutIn(rights) && (row.OwnerMay || row.GlobalFragmentMay || (rights.Objects.Kinds & row.Grants) != GrantKinds.None));
    }

    /// <summary>
    /// Why a caller could pass with none of these permissions for any resource, and each authority with which it could. Whoever must choose a new
    /// password holds hardly anything until then, whatever it is given.
    /// </summary>
    internal static DecisionTrace ExplainNever(Caller caller, IReadOnlyList<Permission> anyOf)
    {
        if (caller.IsPlatform) return DecisionTrace.Of(Rule.TaskWithoutRow, anyOf[0]);
        var rights = caller.Rights!;
        return DecisionTrace.Of(IsShutIn(rights) ? Rule.ShutIn : Rule.NothingAnywhere, anyOf[0]) with
        {
            Tried = [new(Rule.GlobalAuthority, false)],
            NearMisses = rights.MustChangePassword ? [] : Reason.Authorities(anyOf.Aggregate(AuthoritySet.Empty, (all, permission) => all | Table[permission].Authorities)),
        };
    }

    /// <summary>The authorities that satisfy a permission by themselves: for documents, refusals and the interface description.</summary>
    public static AuthoritySet AuthoritiesFor(Permission permission) => Table[permission].Authorities;

    /// <summary>Whether owning an object satisfies a permission on it: for documents and the interface description.</summary>
    public static bool OwnerMay(Permission permission) => Table[permission].OwnerMay;

    /// <summary>Whether the mark <c>c8y_Global</c> satisfies a permission on an object that carries it: for explanations.</summary>
    public static bool GlobalFragmentMay(Permission permission) => Table[permission].GlobalFragmentMay;

    /// <summary>Whether a permission is about single managed objects, so that it makes sense to ask for it on one.</summary>
    public static bool IsAboutObjects(Permission permission) => Table[permission].Grants != GrantKinds.None;

    /// <summary>Which grants on an object satisfy a permission on it: for documents and the interface description.</summary>
    public static GrantKinds GrantsFor(Permission permission) => Table[permission].Grants;

    private static Decision DecideInTenant(Caller caller, in Resource resource, Permission permission, DecisionNotes? notes)
    {
        if (caller.Rights is not { } rights) return new(false, Rule.NotAttested);
        var row = Table[permission];
        if (caller.IsPlatform)
            return Array.IndexOf(row.Tasks, caller.Task) >= 0 ? new(true, Rule.PlatformTask) : new(false, Rule.TaskWithoutRow);
        if (Holds(Rule.GlobalAuthority, rights.Global.Intersects(row.Authorities), notes)) return new(true, Rule.GlobalAuthority);
        if (IsShutIn(rights)) return new(false, Rule.ShutIn);
        if (row.OwnerMay && Holds(Rule.Ownership, resource.Owner is not null && resource.Owner == caller.User.Name, notes)) return new(true, Rule.Ownership);
        if (row.GlobalFragmentMay && Holds(Rule.GlobalFragment, resource.IsGlobal, notes)) return new(true, Rule.GlobalFragment);
        return row.Grants == GrantKinds.None || (notes is null && (rights.Objects.Kinds & row.Grants) == GrantKinds.None)
            ? new(false, Rule.NothingGranted)
            : DecideByGrants(caller, resource, row.Grants, rights.Objects, notes);
    }

    private static bool Holds(Rule rule, bool holds, DecisionNotes? notes)
    {
        notes?.Tried.Add(new(rule, holds));
        return holds;
    }

    /// <summary>
    /// What grants come to on one object: by inventory roles on it or on anything above it, and by device permissions on it. Each alone may
    /// cover a document only in part, and all together the whole of it.
    /// </summary>
    private static Decision DecideByGrants(Caller caller, in Resource resource, GrantKinds kinds, ObjectRights held, DecisionNotes? notes)
    {
        var byRole = CoverageByRoles(caller, resource, kinds, held, notes);
        if (Holds(Rule.InventoryRole, byRole.Covers(resource.Document), notes)) return new(true, Rule.InventoryRole);
        var alone = held.Alone.TryGetValue(resource.Source, out var permissions) ? permissions.Of(kinds) : Coverage.None;
        notes?.Meet(resource.Source, Rule.DevicePermission, alone);
        return Holds(Rule.DevicePermission, (byRole | alone).Covers(resource.Document), notes) ? new(true, Rule.DevicePermission) : new(false, Rule.NothingGranted);
    }

    private static Coverage CoverageByRoles(Caller caller, in Resource resource, GrantKinds kinds, ObjectRights held, DecisionNotes? notes)
    {
        var coverage = Coverage.None;
        // Where an object hangs is known of the one that the call is about. On any other no role reaches.
        if (held.Below.Count == 0 || caller.Ancestry is not { } ancestry || ancestry.Object != resource.Source) return coverage;
        foreach (var at in ancestry.Upward)
        {
            notes?.Walked.Add(at);
            if (!held.Below.TryGetValue(at, out var grants)) continue;
            var here = grants.Of(kinds);
            notes?.Meet(at, Rule.InventoryRole, here);
            if ((coverage |= here).IsWhole) break;
        }
        return coverage;
    }

    private static List<ScopeGrant> GrantsFor(ObjectRights held, GrantKinds kinds)
    {
        var grants = new List<ScopeGrant>();
        if ((held.Kinds & kinds) == GrantKinds.None) return grants;
        foreach (var (at, set) in held.Below)
            if (set.Of(kinds) is { IsNone: false } coverage)
                grants.Add(new(at, true, coverage));
        foreach (var (at, set) in held.Alone)
            if (set.Of(kinds) is { IsNone: false } coverage)
                grants.Add(new(at, false, coverage));
        return grants;
    }

    /// <summary>
    /// Whether ownership and marks give nothing. Whoever holds the bootstrap authority and no other is nobody beyond its one door, not even a
    /// reader of what every user may see: its password is on each device that waits. And whoever must change the password does that first.
    /// </summary>
    internal static bool IsShutIn(Rights rights) => rights.MustChangePassword || rights.Global == BootstrapOnly;

    private static readonly AuthoritySet BootstrapOnly = AuthoritySet.Of(Authority.DeviceBootstrap);

    private static Row Held(params ReadOnlySpan<Authority> authorities) => new(AuthoritySet.Of(authorities), false, false, [], false, GrantKinds.None);

    private static Row OrOwner(this Row row) => row with { OwnerMay = true };

    private static Row OrGlobalFragment(this Row row) => row with { GlobalFragmentMay = true };

    private static Row OrGrant(this Row row, GrantKinds grants) => row with { Grants = grants };

    private static Row FromAbove(this Row row) => row with { IsForAbove = true };

    private static Row OrPlatform(this Row row, params PlatformTask[] tasks) => row with { Tasks = tasks };
}
