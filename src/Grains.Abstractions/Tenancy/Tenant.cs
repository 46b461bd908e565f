using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>Whether a tenant is served. Numbers are stored.</summary>
public enum TenantStatus : byte
{
    None = 0,
    Active = 1,
    Suspended = 2,
}

/// <summary>A tenant's standing, as its parent and the platform operator see it.</summary>
[GenerateSerializer, Immutable, Alias("Tenant")]
public sealed record Tenant(
    TenantId Id, string Domain, string Company, string? ContactName, string? ContactPhone, string? AdminEmail, string? AdminName,
    TenantStatus Status, TenantId? Parent, DateTimeOffset CreationTime);

/// <summary>What the platform operator asks for. With an administrator, all three of name, e-mail and password are given.</summary>
[GenerateSerializer, Immutable, Alias("NewTenant")]
public sealed record NewTenant(
    string Domain, string Company, string? AdminName, string? AdminEmail, string? AdminPassword, string? ContactName, string? ContactPhone);

/// <summary>A change of a tenant; null leaves a field as it is.</summary>
[GenerateSerializer, Immutable, Alias("TenantChange")]
public sealed record TenantChange(
    string? Company, string? ContactName, string? ContactPhone, string? AdminEmail, TenantStatus? Status);

/// <summary>A group of a tenant, also called a global role: a named set of authorities.</summary>
[GenerateSerializer, Immutable, Alias("Group")]
public sealed record Group(int Id, string Name, string Description, AuthoritySet Authorities);

/// <summary>One tenant. Key: the tenant.</summary>
[Alias("ITenantGrain")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>The caller's own tenant.</summary>
    [Alias("ReadOwn"), Requires(Permission.OwnRead)]
    Task<Tenant> ReadOwn(Caller caller);

    [Alias("Read"), Requires(Permission.TenantRead), AcrossTenants("the platform operator sees the standing of every tenant")]
    Task<Tenant> Read(Caller caller);

    /// <summary>Changes, suspends or activates. Answered once no silo serves the tenant by its old standing.</summary>
    [Alias("Update"), Requires(Permission.TenantUpdate), AcrossTenants("the platform operator suspends and activates tenants")]
    Task<Tenant> Update(Caller caller, TenantChange change);

    [Alias("Groups"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<IReadOnlyList<Group>> Groups(Caller caller);
}

/// <summary>All tenants of the instance. Key: the management tenant.</summary>
[Alias("ITenantsGrain")]
public interface ITenantsGrain : IGrainWithStringKey
{
    /// <summary>Makes a tenant with its default groups and, where asked, its first administrator.</summary>
    [Alias("Create"), Requires(Permission.TenantCreate)]
    Task<Tenant> Create(Caller caller, NewTenant request);

    [Alias("Find"), Requires(Permission.TenantRead)]
    Task<Page<Tenant>> Find(Caller caller, string? company, string? domain, PageRequest page);

    /// <summary>The tenant whose id or domain label this is, or null.</summary>
    [Alias("Resolve"), Platform("a request's host names a tenant before anybody has signed in", PlatformTask.SignIn)]
    Task<TenantId?> Resolve(Caller caller, string label);
}
