using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>A group, also called a global role, with all of its roles. Its id is a JSON number.</summary>
internal sealed record GroupWire(
    int Id, string Self, string Name, string Description, RoleReferenceCollectionWire Roles, SelfWire Users, FragmentsWire CustomProperties,
    FragmentsWire DevicePermissions, IReadOnlyList<string> Applications)
{
    public static GroupWire From(Group group, TenantId tenant, Links links)
    {
        var self = links.Group(tenant, group.Id);
        return new(
            group.Id, self, group.Name, group.Description, RoleReferenceCollectionWire.Whole(group.Authorities, $"{self}/roles", links),
            new SelfWire($"{self}/users"), FragmentsWire.None, FragmentsWire.None, []);
    }
}

/// <summary>A list that is read at its own address.</summary>
internal sealed record SelfWire(string Self);

internal sealed record GroupCollectionWire : PageWire
{
    private GroupCollectionWire(PageWire frame, IReadOnlyList<GroupWire> rows) : base(frame) => Groups = rows;

    public IReadOnlyList<GroupWire> Groups { get; }

    public static GroupCollectionWire From(PageWire frame, Page<Group> page, TenantId tenant, Links links) =>
        new(frame, [.. page.Items.Select(group => GroupWire.From(group, tenant, links))]);
}

/// <summary>A group as one user is in it.</summary>
internal sealed record GroupReferenceWire(GroupWire Group, string Self)
{
    public static GroupReferenceWire From(Group group, UserId user, Links links) =>
        new(GroupWire.From(group, user.Tenant, links), $"{links.User(user)}/groups/{group.Id}");
}

/// <summary>The groups that a user is in: a page of them, or all where they are embedded.</summary>
internal sealed record GroupReferenceCollectionWire(
    string Self, IReadOnlyList<GroupReferenceWire> References, StatisticsWire Statistics, string? Next, string? Prev)
{
    public static GroupReferenceCollectionWire Whole(User user, Links links) => new(
        $"{links.User(user.Id)}/groups", [.. user.Groups.Select(group => GroupReferenceWire.From(group, user.Id, links))],
        StatisticsWire.Whole(user.Groups.Count), null, null);

    public static GroupReferenceCollectionWire From(PageWire frame, Page<Group> page, UserId user, Links links) =>
        new(frame.Self, [.. page.Items.Select(group => GroupReferenceWire.From(group, user, links))], frame.Statistics, frame.Next, frame.Prev);
}
