using Bailiwick.Edge.Wire;

namespace Bailiwick.Edge.Http;

/// <summary><c>/user/currentUser</c>: the caller's own user, in either of two shapes.</summary>
internal static class CurrentUser
{
    public static async Task ReadAsync(Exchange x)
    {
        var user = await x.User(x.Caller.User).ReadOwn(x.Caller);
        await (WantsUser(x)
            ? x.AnswerAsync(MediaType.User, UserWire.From(user, x.Links))
            : x.AnswerAsync(MediaType.CurrentUser, CurrentUserWire.From(user, x.Links)));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var user = await x.User(x.Caller.User).UpdateOwn(x.Caller, UserWire.ToChange(x.Json(body)));
        await (WantsUser(x)
            ? x.ChangedAsync(MediaType.User, UserWire.From(user, x.Links))
            : x.ChangedAsync(MediaType.CurrentUser, CurrentUserWire.From(user, x.Links)));
    }

    /// <summary>The caller's own credentials are void once this is done, so there is nothing more to show.</summary>
    public static async Task ChangePasswordAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        json.Require("currentUserPassword", "newPassword");
        await x.User(x.Caller.User).ChangeOwnPassword(x.Caller, json.Text("currentUserPassword")!, json.Text("newPassword")!);
        await x.ChangedAsync(MediaType.CurrentUser, new NothingWire());
    }

    /// <summary>Plain JSON, and no wish at all, get the shape with the effective roles.</summary>
    private static bool WantsUser(Exchange x) => MediaType.User.IsAsked(x.Request);
}
