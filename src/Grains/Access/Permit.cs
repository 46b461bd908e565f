using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Access;

/// <summary>
/// Proof that the policy allowed a caller to see one resource. State and ports demand it, so a grain method that forgot to
/// ask can touch nothing. A store takes tenant and source from the permit: another tenant's or a sibling's row cannot be spelled.
/// It is made by <see cref="Demand"/> alone, kept in no field, and has no serializer.
/// </summary>
public sealed class ReadPermit
{
    private ReadPermit(in Resource resource) => (Tenant, Source) = (resource.Tenant, resource.Source);

    public TenantId Tenant { get; }

    /// <summary>The managed object that the permit is for; 0 when it is for something tenant-wide.</summary>
    public ObjectId Source { get; }

    /// <summary>Asks the policy.</summary>
    /// <exception cref="Refusal">Denied.</exception>
    internal static ReadPermit Demand(Caller caller, in Resource resource, Permission permission)
    {
        Permits.Require(Policy.Decide(caller, resource, permission), caller, resource, permission);
        return new ReadPermit(resource);
    }

    /// <inheritdoc cref="ListPermit.Shown"/>
    internal static ReadPermit Shown(ListPermit list, ObjectId found) => new(new Resource(list.Tenant, found, null, false));

    /// <summary>The same behind a door marked across tenants: the caller must stand above the resource's tenant.</summary>
    internal static ReadPermit DemandAcrossTenants(Caller caller, in Resource resource, Permission permission, TenantId? parent)
    {
        Permits.RequireAcrossTenants(caller, resource, permission, parent);
        return new ReadPermit(resource);
    }
}

/// <summary>Proof that the policy allowed a caller to change one resource; otherwise as <see cref="ReadPermit"/>.</summary>
public sealed class WritePermit
{
    private WritePermit(in Resource resource) => (Tenant, Source) = (resource.Tenant, resource.Source);

    public TenantId Tenant { get; }

    /// <summary>The managed object that the permit is for; 0 when it is for something tenant-wide.</summary>
    public ObjectId Source { get; }

    /// <summary>Asks the policy.</summary>
    /// <exception cref="Refusal">Denied.</exception>
    internal static WritePermit Demand(Caller caller, in Resource resource, Permission permission)
    {
        Permits.Require(Policy.Decide(caller, resource, permission), caller, resource, permission);
        return new WritePermit(resource);
    }

    /// <summary>The same behind a door marked across tenants: the caller must stand above the resource's tenant.</summary>
    internal static WritePermit DemandAcrossTenants(Caller caller, in Resource resource, Permission permission, TenantId? parent)
    {
        Permits.RequireAcrossTenants(caller, resource, permission, parent);
        return new WritePermit(resource);
    }

    /// <summary>The permit if the policy allows, or null: for batches, where one refused row must not throw.</summary>
    internal static WritePermit? Ask(Caller caller, in Resource resource, Permission permission) =>
        Policy.Decide(caller, resource, permission).Allowed ? new WritePermit(resource) : null;
}

/// <summary>What of one tenant's rows a list may show its caller. Never refused: the scope may be empty.</summary>
public sealed class ListPermit
{
    private ListPermit(TenantId tenant, Scope scope) => (Tenant, Scope) = (tenant, scope);

    public TenantId Tenant { get; }

    public Scope Scope { get; }

    internal static ListPermit Demand(Caller caller, Permission permission) => new(caller.Tenant, Policy.Scope(caller, permission));

    /// <summary>
    /// What a list would show a user who is not the caller: for whoever may see users and asks on which objects one of them has a permission. Where it is about
    /// data, grants that cover some fragments count in full, for what they cover of an object's data does not stand in the object.
    /// </summary>
    internal static ListPermit Supposed(Caller supposed, Permission permission)
    {
        var scope = Policy.Scope(supposed, permission);
        return new(supposed.Tenant, Explanations.IsOfDocument(permission) ? scope : scope with { Grants = [.. scope.Grants.Select(grant => grant with { Coverage = Coverage.Whole })] });
    }

    /// <summary>Proof for one object that a store has shown to this permit: its scope has admitted it.</summary>
    internal ReadPermit Shown(ObjectId found) => ReadPermit.Shown(this, found);
}

internal static class Permits
{
    public static void Require(Decision decision, Caller caller, in Resource resource, Permission permission)
    {
        if (!decision.Allowed) throw Denied(caller, resource, Policy.Explain(caller, resource, permission));
    }

    public static void RequireAcrossTenants(Caller caller, in Resource resource, Permission permission, TenantId? parent)
    {
        if (!Policy.DecideAcrossTenants(caller, resource, permission, parent).Allowed)
            throw Denied(caller, resource, Policy.ExplainAcrossTenants(caller, resource, permission, parent));
    }

    /// <summary>What the policy refused, in the words of every such refusal.</summary>
    public static Refusal Denied(Caller caller, in Resource resource, DecisionTrace trace) =>
        Refusal.Denied($"{caller.User} may not {trace.Permission} on {resource.Tenant}/{resource.Source}: {trace.Decision.Rule}", trace);
}
