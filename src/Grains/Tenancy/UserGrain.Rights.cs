using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Tenancy;

// Who manages whom, and what they may hand out and take away.
internal sealed partial class UserGrain
{
    public async Task<User> AddToGroup(Caller caller, int group)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        await RequireMayPassOnAsync(caller, before, await AuthoritiesOfAsync(group));
        if (before.Groups.Count >= Limits.GroupsPerUserMax) throw Refusal.Invalid("groups", $"A user is in at most {Limits.GroupsPerUserMax} groups.");
        return await ChangeIfAnyAsync(caller, permit, before, before with { Groups = [.. before.Groups.Append(group).Distinct().Order()] });
    }

    public async Task RemoveFromGroup(Caller caller, int group)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        await RequireMayPassOnAsync(caller, before, await AuthoritiesOfAsync(group));
        await ChangeIfAnyAsync(caller, permit, before, before with { Groups = [.. before.Groups.Where(g => g != group)] });
        if (!before.Groups.Contains(group)) throw Refusal.NotFound("groups", "The user is not in the specified group.");
    }

    public async Task<User> Assign(Caller caller, Authority authority)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        UserRules.RequireKnown(authority);
        await RequireMayPassOnAsync(caller, before, AuthoritySet.Of(authority));
        return await ChangeIfAnyAsync(caller, permit, before, before with { Direct = before.Direct.With(authority) });
    }

    public async Task Unassign(Caller caller, Authority authority)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        UserRules.RequireKnown(authority);
        await RequireMayPassOnAsync(caller, before, AuthoritySet.Of(authority));
        await ChangeIfAnyAsync(caller, permit, before, before with { Direct = before.Direct.Without(authority) });
        if (!before.Direct.Contains(authority)) throw UserRules.NoSuchRole();
    }

    public Task<string?> Above(Caller caller)
    {
        var permit = ReadPermit.Demand(caller, _user.Resource, Permission.UserRead);
        return Task.FromResult(_user.Exists ? _user.Read(permit).Above : null);
    }

    /// <summary>An administrator manages everybody; who may only make users manages those below, and never itself.</summary>
    private async Task<WritePermit> DemandManageAsync(Caller caller)
    {
        if (Policy.Decide(caller, _user.Resource, Permission.UserAdmin).Allowed)
            return WritePermit.Demand(caller, _user.Resource, Permission.UserAdmin);
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserCreate);
        await RequireBelowAsync(caller, _user.Read(permit));
        return permit;
    }

    private async Task RequireBelowAsync(Caller caller, UserState state)
    {
        var above = state.Above;
        for (var depth = 0; above is not null && depth < Limits.UserHierarchyDepthMax; depth++)
        {
            if (above == caller.User.Name) return;
            var next = new UserId(_id.Tenant, above);
            above = await GrainFactory.GetGrain<IUserLineage>(next.GrainKey).Above(Caller.Platform(PlatformTask.Facts, _id.Tenant));
        }
        throw Refusal.Denied($"{caller.User} manages users below itself only, and {_id} is none");
    }

    /// <summary>Groups and authorities of a new user: an administrator gives any, everybody else what they hold themselves.</summary>
    private async Task RequireMayHandOutAsync(Caller caller, NewUser request)
    {
        if (request.Groups.Count > Limits.GroupsPerUserMax) throw Refusal.Invalid("groups", $"A user is in at most {Limits.GroupsPerUserMax} groups.");
        var handedOut = request.Direct;
        UserRules.RequireKnown(request.Direct);
        foreach (var group in request.Groups) handedOut |= await AuthoritiesOfAsync(group);
        if (!Policy.Decide(caller, _user.Resource, Permission.UserAdmin).Allowed) RequireHeld(caller.User.Name, caller.Rights!.Global, handedOut);
    }

    /// <summary>
    /// What is given to or taken from a user below another must be held by that other, whoever does it; and by the caller, too, unless
    /// it is an administrator.
    /// </summary>
    private async Task RequireMayPassOnAsync(Caller caller, UserState target, AuthoritySet passed)
    {
        if (!Policy.Decide(caller, _user.Resource, Permission.UserAdmin).Allowed) RequireHeld(caller.User.Name, caller.Rights!.Global, passed);
        if (target.Above is not null) RequireHeld(target.Above, await HoldingsAsync(target.Above), passed);
    }

    private async Task<AuthoritySet> HoldingsAsync(string userName)
    {
        var fact = await GrainFactory.GetGrain<IUserFactSource>(_id.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, _id.Tenant), userName);
        if (!fact.IsActive) return AuthoritySet.Empty;
        var groups = await TenantsGroupsAsync();
        return groups.Where(g => fact.Groups.Contains(g.Id)).Aggregate(fact.Direct, (all, group) => all | group.Authorities);
    }

    private async Task<AuthoritySet> AuthoritiesOfAsync(int group)
    {
        foreach (var candidate in await TenantsGroupsAsync())
            if (candidate.Id == group)
                return candidate.Authorities;
        throw Refusal.NotFound("groups", "Cannot find the specified group.");
    }

    private static void RequireHeld(string userName, AuthoritySet held, AuthoritySet passed)
    {
        if (!held.Covers(passed)) throw Refusal.Denied($"{userName} does not hold all of what would be handed out or taken away");
    }
}
