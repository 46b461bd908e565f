using System.Globalization;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Http;

/// <summary><c>/user/TENANT/users</c> and what hangs on each user.</summary>
internal static class Users
{
    public static async Task ListAsync(Exchange x)
    {
        var (query, page) = (x.Query, x.Query.Page());
        var wanted = new UserQuery(query.Text("username"), GroupsOf(query), query.Text("owner"), query.Flag("onlyDevices")) { WithSubusersCount = query.Flag("withSubusersCount") };
        var found = await x.Users(x.Realm()).Find(x.Caller, wanted, page);
        await x.AnswerListAsync(MediaType.UserCollection, UserCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task CreateAsync(Exchange x)
    {
        var realm = x.Realm();
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        var wish = UserWire.ToNew(json);
        if (!UserId.IsName(wish.Name))
            throw json.Invalid($"userName must be 1 to {Limits.UserNameCharsMax} characters without white space and without any of / + $ :");
        var made = await x.User(new UserId(realm, wish.Name)).Create(x.Caller, wish);
        await x.CreatedAsync(MediaType.User, x.Links.User(made.Id), UserWire.From(made, x.Links));
    }

    public static async Task ReadAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.User, UserWire.From(await x.User(x.UserId()).Read(x.Caller), x.Links));

    public static async Task UpdateAsync(Exchange x)
    {
        var grain = x.User(x.UserId());
        using var body = await x.BodyAsync();
        var changed = await grain.Update(x.Caller, UserWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.User, UserWire.From(changed, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        await x.User(x.UserId()).Delete(x.Caller);
        await x.Gone();
    }

    public static async Task GroupsAsync(Exchange x)
    {
        var page = x.Query.Page();
        var user = await x.User(x.UserId()).Read(x.Caller);
        var found = Page<Group>.Of([.. user.Groups], page);
        await x.AnswerAsync(MediaType.GroupReferenceCollection, GroupReferenceCollectionWire.From(x.Frame(found, page), found, user.Id, x.Links));
    }

    public static async Task RolesAsync(Exchange x)
    {
        var page = x.Query.Page();
        var user = await x.User(x.UserId()).Read(x.Caller);
        var found = Page<Authority>.Of([.. user.Direct.Members()], page);
        var wire = RoleReferenceCollectionWire.From(x.Frame(found, page), found, RolesOf(x, user.Id), x.Links);
        await x.AnswerAsync(MediaType.RoleReferenceCollection, wire);
    }

    public static async Task AssignAsync(Exchange x)
    {
        var user = x.UserId();
        using var body = await x.BodyAsync();
        var role = Roles.ReferencedBy(x.Json(body));
        await x.User(user).Assign(x.Caller, role);
        var wire = RoleReferenceWire.From(role, RolesOf(x, user), x.Links);
        await x.CreatedAsync(MediaType.RoleReference, wire.Self, wire);
    }

    public static async Task UnassignAsync(Exchange x)
    {
        await x.User(x.UserId()).Unassign(x.Caller, x.Role());
        await x.Gone();
    }

    public static async Task SetOwnerAsync(Exchange x)
    {
        var user = x.UserId();
        using var body = await x.BodyAsync();
        var owner = x.Json(body).Required("owner");
        await x.User(user).SetOwner(x.Caller, owner);
        await x.ChangedAsync(MediaType.UserOwnerReference, new UserOwnerReferenceWire(owner, $"{x.Links.User(user)}/owner"));
    }

    public static async Task RemoveOwnerAsync(Exchange x)
    {
        await x.User(x.UserId()).SetOwner(x.Caller, null);
        await x.Gone();
    }

    public static async Task SetDelegatedByAsync(Exchange x)
    {
        var user = x.UserId();
        using var body = await x.BodyAsync();
        var other = x.Json(body).Required("delegatedBy");
        await x.User(user).SetDelegatedBy(x.Caller, other);
        await x.ChangedAsync(MediaType.UserDelegatedByReference, new UserDelegatedByReferenceWire(other, $"{x.Links.User(user)}/delegatedby"));
    }

    public static async Task RemoveDelegatedByAsync(Exchange x)
    {
        await x.User(x.UserId()).SetDelegatedBy(x.Caller, null);
        await x.Gone();
    }

    private static string RolesOf(Exchange x, UserId user) => $"{x.Links.User(user)}/roles";

    private static List<int>? GroupsOf(RequestQuery query) => query.List("groups")?.Select(text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw query.Refused("groups", $"'{Said.Short(text)}' is not the id of a group.")).ToList();
}
