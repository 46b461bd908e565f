using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Http;

/// <summary><c>/user/TENANT/groups</c>: the groups, also called global roles, and who is in them.</summary>
internal static class Groups
{
    public static async Task ListAsync(Exchange x)
    {
        var (realm, page) = (x.Realm(), x.Query.Page());
        var found = Page<Group>.Of([.. await x.TenantGrain(realm).Groups(x.Caller)], page);
        await x.AnswerListAsync(MediaType.GroupCollection, GroupCollectionWire.From(x.Frame(found, page), found, realm, x.Links));
    }

    public static async Task CreateAsync(Exchange x)
    {
        var realm = x.Realm();
        using var body = await x.BodyAsync();
        var made = await x.TenantGrain(realm).CreateGroup(x.Caller, GroupWire.ToNew(x.Json(body)));
        await x.CreatedAsync(MediaType.Group, x.Links.Group(realm, made.Id), GroupWire.From(made, realm, x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        var (realm, group) = (x.Realm(), x.GroupId());
        using var body = await x.BodyAsync();
        var changed = await x.TenantGrain(realm).UpdateGroup(x.Caller, group, GroupWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.Group, GroupWire.From(changed, realm, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        await x.TenantGrain(x.Realm()).DeleteGroup(x.Caller, x.GroupId());
        await x.Gone();
    }

    public static async Task ReadAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.Group, GroupWire.From(await FindAsync(x), x.Realm(), x.Links));

    public static async Task ReadByNameAsync(Exchange x)
    {
        var groups = await x.TenantGrain(x.Realm()).Groups(x.Caller);
        var group = groups.FirstOrDefault(group => group.Name == x.Part("name")) ?? throw NoSuchGroup(x.Part("name"));
        await x.AnswerAsync(MediaType.Group, GroupWire.From(group, x.Realm(), x.Links));
    }

    public static async Task RolesAsync(Exchange x)
    {
        var page = x.Query.Page();
        var group = await FindAsync(x);
        var found = Page<Authority>.Of([.. group.Authorities.Members()], page);
        var wire = RoleReferenceCollectionWire.From(x.Frame(found, page), found, RolesOf(x, group.Id), x.Links);
        await x.AnswerAsync(MediaType.RoleReferenceCollection, wire);
    }

    public static async Task AssignAsync(Exchange x)
    {
        var (realm, group) = (x.Realm(), x.GroupId());
        using var body = await x.BodyAsync();
        var role = Roles.ReferencedBy(x.Json(body));
        await x.TenantGrain(realm).AssignToGroup(x.Caller, group, role);
        var wire = RoleReferenceWire.From(role, RolesOf(x, group), x.Links);
        await x.CreatedAsync(MediaType.RoleReference, wire.Self, wire);
    }

    public static async Task UnassignAsync(Exchange x)
    {
        await x.TenantGrain(x.Realm()).UnassignFromGroup(x.Caller, x.GroupId(), x.Role());
        await x.Gone();
    }

    public static async Task UsersAsync(Exchange x)
    {
        var page = x.Query.Page();
        var group = await FindAsync(x);
        var found = await x.Users(x.Realm()).Find(x.Caller, new UserQuery(null, [group.Id], null, OnlyDevices: group.Id == Group.Devices), page);
        var wire = UserReferenceCollectionWire.From(x.Frame(found, page), found, UsersOf(x, group.Id), x.Links);
        await x.AnswerListAsync(MediaType.UserReferenceCollection, wire);
    }

    public static async Task AddUserAsync(Exchange x)
    {
        var (realm, group) = (x.Realm(), x.GroupId());
        using var body = await x.BodyAsync();
        var name = x.Json(body).Object("user")?.ReferencedName() ?? throw Refusal.Missing("user.self");
        var user = await x.User(PathParts.NamedUser(realm, name)).AddToGroup(x.Caller, group);
        var wire = UserReferenceWire.From(user, UsersOf(x, group), x.Links);
        await x.CreatedAsync(MediaType.UserReference, wire.Self, wire);
    }

    public static async Task RemoveUserAsync(Exchange x)
    {
        await x.User(x.UserId()).RemoveFromGroup(x.Caller, x.GroupId());
        await x.Gone();
    }

    public static Refusal NoSuchGroup(string name) => Refusal.NotFound("groups", $"There is no group '{Said.Short(name)}'.");

    private static async Task<Group> FindAsync(Exchange x)
    {
        var (realm, id) = (x.Realm(), x.GroupId());
        var groups = await x.TenantGrain(realm).Groups(x.Caller);
        return groups.FirstOrDefault(group => group.Id == id) ?? throw NoSuchGroup(x.Part("groupId"));
    }

    private static string RolesOf(Exchange x, int group) => $"{x.Links.Group(x.Realm(), group)}/roles";

    private static string UsersOf(Exchange x, int group) => $"{x.Links.Group(x.Realm(), group)}/users";
}

/// <summary><c>/user/roles</c>: the authorities there are. Who may read users may read these; who may only make users, those that it holds.</summary>
internal static class Roles
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var shown = await x.TenantGrain(x.Tenant).Authorities(x.Caller);
        var found = Page<Authority>.Of([.. shown.Members()], page);
        await x.AnswerAsync(MediaType.RoleCollection, RoleCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var (shown, role) = (await x.TenantGrain(x.Tenant).Authorities(x.Caller), x.Role());
        await x.AnswerAsync(MediaType.Role, RoleWire.From(shown.Contains(role) ? role : throw PathParts.NoSuchRole(), x.Links));
    }

    /// <summary>The role that a body hands out.</summary>
    public static Authority ReferencedBy(JsonBody body)
    {
        var role = body.Object("role") ?? throw Refusal.Missing("role.self");
        return PathParts.NamedRole(role.ReferencedName() ?? role.Text("name") ?? throw Refusal.Missing("role.self"));
    }
}
