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
        var groups = await TenantsGroupsAsync();
        await RequireMayPassOnAsync(caller, before, ShareOf(groups, group));
        // What the tenant has deleted since goes from the list as well.
        var stillThere = before.Groups.Where(id => groups.Any(g => g.Id == id)).ToList();
        if (stillThere.Count >= Limits.GroupsPerUserMax) throw Refusal.Invalid("groups", $"A user is in at most {Limits.GroupsPerUserMax} groups.");
        return await ChangeIfAnyAsync(caller, permit, before, before with { Groups = [.. stillThere.Append(group).Distinct().Order()] });
    }

    public async Task RemoveFromGroup(Caller caller, int group)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        await RequireMayTakeAwayAsync(caller, before, ShareOf(await TenantsGroupsAsync(), group));
        await ChangeIfAnyAsync(caller, permit, before, before with { Groups = [.. before.Groups.Where(g => g != group)] });
        if (!before.Groups.Contains(group)) throw Refusal.NotFound("groups", "The user is not in the specified group.");
    }

    public async Task<User> Assign(Caller caller, Authority authority)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        UserRules.RequireKnown(authority);
        await RequireMayPassOnAsync(caller, before, new Share(AuthoritySet.Of(authority), []));
        return await ChangeIfAnyAsync(caller, permit, before, before with { Direct = before.Direct.With(authority) });
    }

    public async Task Unassign(Caller caller, Authority authority)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        UserRules.RequireKnown(authority);
        await RequireMayTakeAwayAsync(caller, before, new Share(AuthoritySet.Of(authority), []));
        await ChangeIfAnyAsync(caller, permit, before, before with { Direct = before.Direct.Without(authority) });
        if (!before.Direct.Contains(authority)) throw UserRules.NoSuchRole();
    }

    public async Task<User> SetOwner(Caller caller, string? owner)
    {
        await RequireExistsOrSpreadAsync();
        var permit = DemandHandOver(caller, owner);
        var before = _user.Read(permit);
        return await BelowAsync(owner, () => ChangeIfAnyAsync(caller, permit, before, before with { Above = owner }));
    }

    public async Task<User> SetDelegatedBy(Caller caller, string? delegatedBy)
    {
        await RequireExistsOrSpreadAsync();
        var permit = DemandDelegate(caller, delegatedBy);
        var before = _user.Read(permit);
        if (delegatedBy == _id.Name || _id.IsDevice) throw Refusal.Invalid("users", $"'{_id.Name}' cannot act for itself, and no device acts for anybody.");
        if (delegatedBy is not null && !(UserId.IsName(delegatedBy) && (await PlaceOfAsync(delegatedBy)).Exists))
            throw Refusal.Invalid("users", $"There is no user '{delegatedBy}' to act for.");
        return await ChangeIfAnyAsync(caller, permit, before, before with { DelegatedBy = delegatedBy });
    }

    /// <summary>
    /// An administrator has anybody act for anybody; everybody else hands over what is its own, and takes back what it handed over. Whoever acts for another may
    /// leave it.
    /// </summary>
    private WritePermit DemandDelegate(Caller caller, string? delegatedBy)
    {
        if (WritePermit.Ask(caller, _user.Resource, Permission.UserAdmin) is { } administers) return administers;
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserCreate);
        if (caller.User == _id && delegatedBy is null) return permit;
        var now = _user.Read(permit).DelegatedBy;
        if ((now is not null && now != caller.User.Name) || (delegatedBy is not null && delegatedBy != caller.User.Name))
            throw OfMaker($"{caller.User} may have {_id} act for itself only, and not for {delegatedBy ?? now}", Rule.NotItsToDelegate, Permission.UserAdmin);
        return permit;
    }

    public Task<UserPlace> Place(Caller caller)
    {
        var permit = ReadPermit.Demand(caller, _user.Resource, Permission.UserRead);
        if (!_user.Exists) return Task.FromResult(default(UserPlace) with { Coming = _coming });
        var state = _user.Read(permit);
        return Task.FromResult(new UserPlace(true, state.Above, state.Applications, _coming));
    }

    /// <summary>An administrator puts a user below anybody; whoever it stands directly below hands it over and never sets it free.</summary>
    private WritePermit DemandHandOver(Caller caller, string? owner)
    {
        if (WritePermit.Ask(caller, _user.Resource, Permission.UserAdmin) is { } administers) return administers;
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserCreate);
        if (owner is null || _user.Read(permit).Above != caller.User.Name)
            throw OfMaker($"{caller.User} may hand over users directly below itself only, and {_id} is none or was to stand below nobody", Rule.NotItsToHandOver, Permission.UserAdmin);
        return permit;
    }

    /// <summary>
    /// Makes a change that puts this user below another, or below nobody. Two such changes at once do not see each other's outcome: each says first where it is
    /// going and looks then, so that of those that would stand below each other one at least sees it.
    /// </summary>
    private async Task<User> BelowAsync(string? owner, Func<Task<User>> change)
    {
        _coming = owner;
        try
        {
            if (owner is not null) await RequireOwnerAsync(owner);
            return await change();
        }
        finally
        {
            _coming = null;
        }
    }

    /// <summary>An owner is another user of the tenant that does not itself stand below this one, now or in a moment.</summary>
    private async Task RequireOwnerAsync(string owner)
    {
        if (!UserId.IsName(owner) || !(await PlaceOfAsync(owner)).Exists) throw Refusal.Invalid("users", $"There is no user '{owner}' to own another.");
        var (met, layer) = (new HashSet<string>(StringComparer.Ordinal), new List<string> { owner });
        for (var depth = 0; layer.Count > 0; depth++)
        {
            if (layer.Contains(_id.Name)) throw Refusal.Invalid("users", $"'{owner}' stands below '{_id.Name}' and cannot own it.");
            if (depth >= Limits.UserHierarchyDepthMax) throw Refusal.Invalid("users", $"Users stand at most {Limits.UserHierarchyDepthMax} deep below each other.");
            var above = new List<string>();
            foreach (var name in layer)
            {
                if (!met.Add(name)) continue;
                var place = await PlaceOfAsync(name);
                if (place.Above is { } now) above.Add(now);
                if (place.Coming is { } soon) above.Add(soon);
            }
            layer = above;
        }
    }

    private Task<UserPlace> PlaceOfAsync(string userName) =>
        GrainFactory.Grain<IUserLineage>(new UserId(_id.Tenant, userName).GrainKey).Place(Caller.Platform(PlatformTask.Facts, _id.Tenant));

    /// <summary>An administrator manages everybody; who may only make users manages those below, and never itself.</summary>
    private async Task<WritePermit> DemandManageAsync(Caller caller)
    {
        if (Policy.Decide(caller, _user.Resource, Permission.UserAdmin).Allowed)
            return WritePermit.Demand(caller, _user.Resource, Permission.UserAdmin);
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserCreate);
        return await IsBelowAsync(caller, _user.Read(permit)) ? permit : throw NotBelow(caller, Permission.UserAdmin);
    }

    /// <summary>What refuses who may make users, and not whoever holds the wider permission.</summary>
    private Refusal OfMaker(string text, Rule rule, Permission wider) =>
        Refusal.Denied(text, DecisionTrace.Of(rule, wider, _id.Name) with { NearMisses = Reason.Authorities(Policy.AuthoritiesFor(wider)) });

    private Refusal NotBelow(Caller caller, Permission wider) => OfMaker($"{caller.User} manages users below itself only, and {_id} is none", Rule.NotBelow, wider);

    /// <summary>Who may only make users sees itself as well.</summary>
    private async ValueTask<bool> IsSeenByMakerAsync(Caller caller, UserState state) => caller.User == _id || await IsBelowAsync(caller, state);

    private async Task<bool> IsBelowAsync(Caller caller, UserState state)
    {
        // Nobody stands below itself, whatever stands above it; nor does it come to manage itself by acting for whom it stands below.
        if (caller.User == _id) return false;
        var actsFor = caller.Rights!.ActsFor is { } other && await ManagesAsync(other) ? other : null;
        // To the very top: what was moved with all that is below it may stand deeper than a user can be put.
        var met = new HashSet<string>(StringComparer.Ordinal);
        for (var above = state.Above; above is not null && met.Add(above); above = (await PlaceOfAsync(above)).Above)
            if (above == caller.User.Name || above == actsFor)
                return true;
        return false;
    }

    /// <summary>
    /// What a new user is given: an administrator gives anything, everybody else what they hold themselves; and a user above it, where there
    /// is one, holds all of it as well.
    /// </summary>
    private async Task RequireMayHandOutAsync(Caller caller, NewUser request, string? above)
    {
        if (request.Groups.Count > Limits.GroupsPerUserMax) throw Refusal.Invalid("groups", $"A user is in at most {Limits.GroupsPerUserMax} groups.");
        UserRules.RequireKnown(request.Direct);
        GroupRules.RequireApplications("users", request.Applications);
        var groups = request.Groups.Count == 0 ? [] : await TenantsGroupsAsync();
        var handedOut = request.Groups.Aggregate(new Share(request.Direct, request.Applications) { Alone = request.DevicePermissions }, (all, group) => all.With(ShareOf(groups, group)));
        await RequireMayPassOnAsync(caller, above, handedOut);
    }

    /// <summary>An administrator takes anything from anybody: also what the user above has lost in the meantime.</summary>
    private Task RequireMayTakeAwayAsync(Caller caller, UserState target, Share taken) =>
        Policy.Decide(caller, _user.Resource, Permission.UserAdmin).Allowed ? Task.CompletedTask : RequireMayPassOnAsync(caller, target, taken);

    private Task RequireMayPassOnAsync(Caller caller, UserState target, Share passed) => RequireMayPassOnAsync(caller, target.Above, passed);

    /// <summary>
    /// What is given to a user below another must be held by that other, whoever gives it; and by the caller, too, unless it is an
    /// administrator. The same goes for what others than administrators take away.
    /// </summary>
    private async Task RequireMayPassOnAsync(Caller caller, string? above, Share passed)
    {
        var isAdmin = Policy.Decide(caller, _user.Resource, Permission.UserAdmin).Allowed;
        if (!isAdmin && !await IsHeldAsync(caller.User.Name, caller.Rights!, passed)) throw await NotHeldAsync(caller.User.Name, caller.Rights!, passed);
        if (above is null || (!isAdmin && above == caller.User.Name)) return;
        var held = await HoldingsAsync(above);
        if (!await IsHeldAsync(above, held, passed)) throw await NotHeldAsync(above, held, passed);
    }

    /// <summary>It names who does not hold it, and each role that alone would be enough; whoever is shut out holds nothing, whatever it is given.</summary>
    private async Task<Refusal> NotHeldAsync(string userName, Rights held, Share passed)
    {
        var enough = new List<Reason>();
        var isServed = (await FactOfAsync(userName)).IsActive;
        var missing = passed.Authorities.Members().Where(authority => !held.Global.Contains(authority)).Take(2).ToList();
        // With two missing neither is enough. None is missing where it is objects or applications.
        var tried = !isServed || missing.Count > 1 ? [] : missing.Append(Authority.ApplicationManagementRead).Distinct();
        foreach (var authority in tried)
            if (!held.Global.Contains(authority) && await IsHeldAsync(userName, held with { Global = held.Global.With(authority) }, passed))
                enough.Add(new Reason(Rule.GlobalAuthority) { Authority = authority, Holder = userName });
        return Refusal.Denied(
            $"{userName} {(isServed ? "does not hold all of what would be handed out or taken away" : "is shut out or deleted, holds nothing, and has nothing to be handed out below it")}",
            DecisionTrace.Of(Rule.NotHeld, Permission.UserCreate, userName) with { NearMisses = enough });
    }

    /// <summary>Whether a user is served and may itself manage users: who acts for it can do no more.</summary>
    private async Task<bool> ManagesAsync(string userName) => (await HoldingsAsync(userName)).Global.Intersects(Policy.AuthoritiesFor(Permission.UserCreate));

    /// <summary>What a user holds, or will once it has changed the password that it has to.</summary>
    private async Task<Rights> HoldingsAsync(string userName)
    {
        var fact = await FactOfAsync(userName);
        var tenant = await GrainFactory.Grain<ITenantFactSource>(_id.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, _id.Tenant));
        return FactReplica.HoldingsOf(fact, tenant);
    }

    /// <summary>The applications given to a user directly and through its groups.</summary>
    private async Task<IEnumerable<string>> ApplicationsAsync(string userName)
    {
        var fact = await FactOfAsync(userName);
        var place = await PlaceOfAsync(userName);
        var groups = await TenantsGroupsAsync();
        return (place.Applications ?? []).Concat(groups.Where(g => fact.Groups.Contains(g.Id)).SelectMany(g => g.Applications)).Select(a => a.Id);
    }

    private Task<UserFact> FactOfAsync(string userName) =>
        GrainFactory.Grain<IUserFactSource>(_id.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, _id.Tenant), userName);

    private static Share ShareOf(IReadOnlyList<Group> groups, int group) =>
        groups.FirstOrDefault(g => g.Id == group) is { } found ? new Share(found.Authorities, found.Applications) { Alone = found.DevicePermissions } : throw GroupRules.NotFound();

    private async Task<bool> IsHeldAsync(string userName, Rights held, Share passed)
    {
        var isHeld = held.Global.Covers(passed.Authorities) && GrantRules.AreHeldAlone(held.Objects, passed.Alone);
        foreach (var roles in passed.Below) isHeld = isHeld && await AreHeldBelowAsync(held.Objects, roles);
        // Who may see all applications has access to each.
        if (isHeld && passed.Applications.Count > 0 && !held.Global.Contains(Authority.ApplicationManagementRead))
            isHeld = !passed.Applications.Select(a => a.Id).Except(await ApplicationsAsync(userName)).Any();
        return isHeld;
    }

    /// <summary>What is handed out or taken away in one go.</summary>
    private readonly record struct Share(AuthoritySet Authorities, IReadOnlyList<ApplicationAccess> Applications)
    {
        /// <summary>Inventory roles, by the object on which they begin to reach.</summary>
        public IReadOnlyList<ObjectGrants> Below { get => field ?? []; init; }

        /// <summary>Device permissions.</summary>
        public IReadOnlyList<ObjectGrants> Alone { get => field ?? []; init; }

        public Share With(Share other) => new(Authorities | other.Authorities, [.. Applications, .. other.Applications])
        {
            Below = [.. Below, .. other.Below], Alone = [.. Alone, .. other.Alone],
        };
    }
}
