using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>An application that a user or the members of a group may open.</summary>
internal sealed record ApplicationAccessWire(string Id, string? Type)
{
    public static IReadOnlyList<ApplicationAccessWire> From(IReadOnlyList<ApplicationAccess> applications) =>
        [.. applications.Select(application => new ApplicationAccessWire(application.Id, application.Type))];

    /// <summary>The applications that a body names, none where it says null, and null where it does not speak of them.</summary>
    public static IReadOnlyList<ApplicationAccess>? To(JsonBody body) => body.IsNull("applications") ? []
        : body.Objects("applications", Limits.ApplicationsPerHolderMax)?
            .Select(application => new ApplicationAccess(application.ReferencedName() ?? throw Refusal.Missing("applications.id"), application.Text("type")))
            .DistinctBy(application => application.Id).ToList();
}

/// <summary>A group, also called a global role, with all of its roles. Its id is a JSON number.</summary>
internal sealed record GroupWire(
    int Id, string Self, string Name, string Description, RoleReferenceCollectionWire Roles, SelfWire Users, FragmentsWire CustomProperties,
    IReadOnlyDictionary<string, IReadOnlyList<string>> DevicePermissions, IReadOnlyList<ApplicationAccessWire> Applications)
{
    public static GroupWire From(Group group, TenantId tenant, Links links)
    {
        var self = links.Group(tenant, group.Id);
        return new(
            group.Id, self, group.Name, group.Description, RoleReferenceCollectionWire.Whole(group.Authorities, $"{self}/roles", links),
            new SelfWire($"{self}/users"), new FragmentsWire(group.CustomProperties), DevicePermissionsWire.From(group.DevicePermissions), ApplicationAccessWire.From(group.Applications));
    }

    public static NewGroup ToNew(JsonBody body)
    {
        body.Require("name");
        return new NewGroup(
            body.Text("name")!, body.Text("description") ?? "", RoleReferenceCollectionWire.To(body), ApplicationAccessWire.To(body) ?? [],
            UserWire.CustomPropertiesOf(body) ?? Fragments.None)
        {
            DevicePermissions = DevicePermissionsWire.To(body) ?? [],
        };
    }

    /// <summary>Roles and members have addresses of their own: what a body repeats of them is passed over.</summary>
    public static GroupChange ToChange(JsonBody body) => new(
        UserWire.Cleared(body, "name"), UserWire.Cleared(body, "description"), ApplicationAccessWire.To(body), UserWire.CustomPropertiesOf(body))
    {
        DevicePermissions = DevicePermissionsWire.To(body),
    };
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
