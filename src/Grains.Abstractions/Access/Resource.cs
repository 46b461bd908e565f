using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>
/// What a decision needs to know of the thing asked for. Only the grain that owns the thing builds one, from what it
/// stores, so a request cannot describe its own target.
/// </summary>
public readonly record struct Resource
{
    internal Resource(TenantId tenant, ObjectId source, string? owner, bool isGlobal, IFragmentNames? document = null)
    {
        Tenant = tenant;
        Source = source;
        Owner = owner;
        IsGlobal = isGlobal;
        Document = document;
    }

    public TenantId Tenant { get; }

    /// <summary>The managed object meant, or 0 where the resource is none (a user, a tenant, the audit log).</summary>
    public ObjectId Source { get; }

    /// <summary>The user who owns it, or null.</summary>
    public string? Owner { get; }

    /// <summary>Whether the object carries <c>c8y_Global</c>: every user of its tenant may see it, and no more.</summary>
    public bool IsGlobal { get; }

    /// <summary>What is asked for of it: the object itself, or one piece of its data. Null where it is not known which, and for what is no object.</summary>
    public IFragmentNames? Document { get; private init; }

    /// <summary>One piece of the same object's data.</summary>
    internal Resource Holding(IFragmentNames? document) => this with { Document = document };

    /// <summary>A tenant as a whole: what is made in it, listed in it, or decided for all of it.</summary>
    internal static Resource OfTenant(TenantId tenant) => new(tenant, default, null, false);
}
