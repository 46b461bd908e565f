using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Edge.Wire;

/// <summary>An authority, which the interface calls a role. Its id is its name.</summary>
internal sealed record RoleWire(string Id, string Name, string Self)
{
    public static RoleWire From(Authority authority, Links links) => new(authority.Name(), authority.Name(), links.Role(authority.Name()));
}

internal sealed record RoleCollectionWire : PageWire
{
    private RoleCollectionWire(PageWire frame, IReadOnlyList<RoleWire> rows) : base(frame) => Roles = rows;

    public IReadOnlyList<RoleWire> Roles { get; }

    public static RoleCollectionWire From(PageWire frame, Page<Authority> page, Links links) => new(frame, [.. page.Items.Select(role => RoleWire.From(role, links))]);
}

/// <summary>A role as a user or a group holds it.</summary>
internal sealed record RoleReferenceWire(RoleWire Role, string Self)
{
    /// <param name="collection">The address of the holder's list of roles.</param>
    public static RoleReferenceWire From(Authority authority, string collection, Links links) =>
        new(RoleWire.From(authority, links), $"{collection}/{authority.Name()}");
}

/// <summary>The roles that a user or a group holds: a page of them, or all where they are embedded.</summary>
internal sealed record RoleReferenceCollectionWire(
    string Self, IReadOnlyList<RoleReferenceWire> References, StatisticsWire Statistics, string? Next, string? Prev)
{
    public static RoleReferenceCollectionWire Whole(AuthoritySet held, string collection, Links links) =>
        new(collection, [.. held.Members().Select(role => RoleReferenceWire.From(role, collection, links))], StatisticsWire.Whole(held.Count), null, null);

    /// <summary>The authorities that the references in a body's <c>roles</c> name.</summary>
    public static AuthoritySet To(JsonBody body)
    {
        var authorities = AuthoritySet.Empty;
        foreach (var reference in body.Object("roles")?.Objects("references", Limits.LinksPerRequestMax) ?? [])
        {
            var name = reference.Object("role")?.ReferencedName() ?? throw Refusal.Missing("roles.references.role");
            authorities = authorities.With(Authorities.TryParse(name, out var authority) ? authority : throw body.Invalid($"There is no role '{Said.Short(name)}'."));
        }
        return authorities;
    }

    public static RoleReferenceCollectionWire From(PageWire frame, Page<Authority> page, string collection, Links links) =>
        new(frame.Self, [.. page.Items.Select(role => RoleReferenceWire.From(role, collection, links))], frame.Statistics, frame.Next, frame.Prev);
}
