using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>Whether a tenant is served. Numbers are stored.</summary>
public enum TenantStatus : byte
{
    None = 0,
    Active = 1,
    Suspended = 2,
    /// <summary>It is gone for everybody; what it left behind is being removed.</summary>
    Deleted = 3,
}

/// <summary>A tenant's standing, as its parent and the platform operator see it.</summary>
[GenerateSerializer, Immutable, Alias("Tenant")]
public sealed record Tenant(
    TenantId Id, string Domain, string Company, string? ContactName, string? ContactPhone, string? AdminEmail, string? AdminName,
    TenantStatus Status, TenantId? Parent, DateTimeOffset CreationTime)
{
    /// <summary>Whether it may have tenants below it. The management tenant may, and whom the platform operator has let.</summary>
    [Id(0)] public bool AllowsSubtenants { get; init; }
}

/// <summary>What is asked for. With an administrator, all three of name, e-mail and password are given.</summary>
[GenerateSerializer, Immutable, Alias("NewTenant")]
public sealed record NewTenant(
    string Domain, string Company, string? AdminName, string? AdminEmail, string? AdminPassword, string? ContactName, string? ContactPhone)
{
    /// <inheritdoc cref="TenantChange.AllowsSubtenants"/>
    [Id(0)] public bool AllowsSubtenants { get; init; }

    // A record would print the password.
    public override string ToString() => Domain;
}

/// <summary>A change of a tenant; null leaves a field as it is.</summary>
[GenerateSerializer, Immutable, Alias("TenantChange")]
public sealed record TenantChange(
    string? Company, string? ContactName, string? ContactPhone, string? AdminEmail, TenantStatus? Status)
{
    /// <summary>Whether the tenant may have tenants below it: the platform operator alone decides.</summary>
    [Id(0)] public bool? AllowsSubtenants { get; init; }
}

/// <summary>Which tenants are wanted; every filter given must hold.</summary>
/// <param name="Parent">The id of the tenant above.</param>
[GenerateSerializer, Immutable, Alias("TenantQuery")]
public sealed record TenantQuery(string? Company = null, string? Domain = null, string? Parent = null);

/// <summary>One tenant. Key: the tenant.</summary>
[Alias("ITenantGrain")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>The caller's own tenant.</summary>
    [Alias("ReadOwn"), Requires(Permission.OwnRead)]
    Task<Tenant> ReadOwn(Caller caller);

    /// <summary>The tenant as who stands above it sees it. It answers while a change is under way: lists of tenants wait for none of them.</summary>
    [Alias("Read"), AlwaysInterleave, Requires(Permission.TenantRead), AcrossTenants("the platform operator sees the standing of every tenant, and a tenant that of those below it")]
    Task<Tenant> Read(Caller caller);

    /// <summary>Changes, suspends or activates. Answered once no silo serves the tenant by its old standing.</summary>
    [Alias("Update"), Requires(Permission.TenantUpdate), AcrossTenants("the platform operator suspends and activates tenants, and a tenant those below it")]
    Task<Tenant> Update(Caller caller, TenantChange change);

    [Alias("Groups"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<IReadOnlyList<Group>> Groups(Caller caller);

    /// <summary>The authorities that there are; a caller who may only make users sees those that it holds.</summary>
    [Alias("Authorities"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<AuthoritySet> Authorities(Caller caller);

    /// <summary>Makes a group. Its name is free, or the answer is a conflict; its id is one that no group of the tenant ever had.</summary>
    [Alias("CreateGroup"), Requires(Permission.UserAdmin)]
    Task<Group> CreateGroup(Caller caller, NewGroup request);

    [Alias("UpdateGroup"), Requires(Permission.UserAdmin)]
    Task<Group> UpdateGroup(Caller caller, int group, GroupChange change);

    /// <summary>Deletes a group. When it is answered, no member holds anything by it on any silo. The platform's own groups stay.</summary>
    [Alias("DeleteGroup"), Requires(Permission.UserAdmin)]
    Task DeleteGroup(Caller caller, int group);

    /// <summary>Adds an authority to a group; one that it holds already is a conflict.</summary>
    [Alias("AssignToGroup"), Requires(Permission.UserAdmin)]
    Task<Group> AssignToGroup(Caller caller, int group, Authority authority);

    /// <summary>Takes an authority from a group. When it is answered, no member holds it by that group on any silo.</summary>
    [Alias("UnassignFromGroup"), Requires(Permission.UserAdmin)]
    Task UnassignFromGroup(Caller caller, int group, Authority authority);

    /// <summary>The inventory roles in the order of their ids; a caller who may only make users sees those that it holds on some object in full.</summary>
    [Alias("InventoryRoles"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<IReadOnlyList<InventoryRole>> InventoryRoles(Caller caller);

    /// <summary>Makes an inventory role. Its name is free, or the answer is a conflict; its id is one that no inventory role of the tenant ever had.</summary>
    [Alias("CreateInventoryRole"), Requires(Permission.UserAdmin)]
    Task<InventoryRole> CreateInventoryRole(Caller caller, NewInventoryRole request);

    /// <summary>Changes an inventory role. When it is answered, no assignment gives anywhere what the role has lost.</summary>
    [Alias("UpdateInventoryRole"), Requires(Permission.UserAdmin)]
    Task<InventoryRole> UpdateInventoryRole(Caller caller, int role, InventoryRoleChange change);

    /// <summary>Deletes an inventory role. When it is answered, nobody holds anything by it on any silo.</summary>
    [Alias("DeleteInventoryRole"), Requires(Permission.UserAdmin)]
    Task DeleteInventoryRole(Caller caller, int role);

    /// <summary>How the tenant's users sign in by name and password.</summary>
    [Alias("BasicSignIn"), Requires(Permission.LoginOptionRead)]
    Task<BasicSignIn> BasicSignIn(Caller caller);

    /// <summary>Changes it. When it is answered, no silo lets a client in that is now kept out.</summary>
    [Alias("UpdateBasicSignIn"), Requires(Permission.LoginOptionAdmin)]
    Task<BasicSignIn> UpdateBasicSignIn(Caller caller, BasicSignInChange change);

    /// <summary>The tenant's options in the order of category and key; secrets are masked.</summary>
    [Alias("Options"), Requires(Permission.OptionRead)]
    Task<IReadOnlyList<TenantOption>> Options(Caller caller);

    /// <summary>
    /// Sets options of one category, all or none; others stay. When it is answered, every silo decides by them. One that is not editable is refused. A
    /// secret that is given as it is shown stays what it is.
    /// </summary>
    [Alias("SetOptions"), Requires(Permission.OptionAdmin)]
    Task<IReadOnlyList<TenantOption>> SetOptions(Caller caller, string category, IReadOnlyList<OptionSetting> settings);

    /// <summary>Deletes an option; one that is not editable is refused.</summary>
    [Alias("DeleteOption"), Requires(Permission.OptionAdmin)]
    Task DeleteOption(Caller caller, string category, string key);

    /// <summary>Decides whether the tenant may change an option that it has. Of another tenant's option no value is shown.</summary>
    [Alias("PinOption"), Requires(Permission.OptionPin), AcrossTenants("the platform operator decides which of its options a tenant may change")]
    Task<TenantOption> PinOption(Caller caller, string category, string key, bool isEditable);

    /// <summary>What the platform says of itself to this caller: secured values are masked unless it may set options.</summary>
    [Alias("SystemOptions"), Requires(Permission.OwnRead)]
    Task<IReadOnlyList<SystemOption>> SystemOptions(Caller caller);

    /// <summary>One of these; a secured one is refused to whom it would be masked. Null where there is none such.</summary>
    [Alias("SystemOption"), Requires(Permission.OwnRead)]
    Task<SystemOption?> SystemOption(Caller caller, string category, string key);
}

/// <summary>All tenants of the instance. Key: the management tenant.</summary>
[Alias("ITenantsGrain")]
public interface ITenantsGrain : IGrainWithStringKey
{
    /// <summary>Makes a tenant below the caller's, with its default groups and, where asked, its first administrator.</summary>
    /// <exception cref="Refusal">Denied: the caller's tenant may have none below it. Conflict: the domain is taken.</exception>
    [Alias("Create"), Requires(Permission.TenantCreate), AcrossTenants("a tenant that the platform operator has let makes tenants below it")]
    Task<Tenant> Create(Caller caller, NewTenant request);

    /// <summary>The tenants right below the caller's; for the platform operator all there are.</summary>
    [Alias("Find"), Requires(Permission.TenantRead), AcrossTenants("a tenant sees the standing of those below it")]
    Task<Page<Tenant>> Find(Caller caller, TenantQuery query, PageRequest page);

    /// <summary>
    /// Deletes a tenant. When it is answered, no silo serves anybody of it, and its domain is free; its id never is. All that it has
    /// is removed from then on, its audit log excepted.
    /// </summary>
    /// <exception cref="Refusal">Denied to all but the platform operator. Conflict: there are tenants below it.</exception>
    [Alias("Delete"), Requires(Permission.TenantDelete), AcrossTenants("who stands above a tenant is told that only the platform operator deletes it")]
    Task Delete(Caller caller, TenantId tenant);

    /// <summary>The tenant whose id or domain label this is, or null.</summary>
    [Alias("Resolve"), Platform("a request's host names a tenant before anybody has signed in", PlatformTask.SignIn)]
    Task<TenantId?> Resolve(Caller caller, string label);
}
