using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Tenancy;

/// <summary>
/// One user: what it holds, its verifier, and its place in the hierarchy. Every change goes one way (<see cref="ChangeAsync"/>): decide,
/// record, persist, spread the fact, answer. So nothing changes unrecorded, and a change that is answered holds on every silo.
/// </summary>
[GrainType("user")]
internal sealed partial class UserGrain : Grain, IUserGrain, IUserLineage, IUserFounding, IDeviceUser, IPasswordRecovery, IUserPermissions
{
    private readonly UserId _id;
    private readonly Owned<UserState> _user;
    private readonly IFacts _facts;
    private readonly IFactPublisher _publisher;
    private readonly Secrets _secrets;
    private readonly IInventoryStore _inventory;
    private readonly ILinkStore _links;
    private readonly TimeProvider _clock;
    // Below whom it is being put, while that is under way.
    private string? _coming;

    public UserGrain(
        [PersistentState(UserState.StateName, "documents")] IPersistentState<GrainDocument<UserState>.Cell> document,
        IFacts facts, IFactPublisher publisher, Secrets secrets, IInventoryStore inventory, ILinkStore links, TimeProvider clock)
    {
        _id = UserId.OfGrainKey(this.GetPrimaryKeyString());
        _user = new Owned<UserState>(_id.Tenant, new GrainDocument<UserState>(document));
        _facts = facts;
        _publisher = publisher;
        _secrets = secrets;
        _inventory = inventory;
        _links = links;
        _clock = clock;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _user.LoadAsync();

    public async Task<User> Read(Caller caller) => await ViewAsync(await ReadableAsync(caller));

    public async Task<bool> IsShownTo(Caller caller) => _user.Exists && (Policy.Decide(caller, _user.Resource, Permission.UserRead).Allowed
        || (Policy.Decide(caller, _user.Resource, Permission.UserCreate).Allowed && await IsSeenByMakerAsync(caller, _user.Read(ReadPermit.Demand(caller, _user.Resource, Permission.UserCreate)))));

    private async Task<UserState> ReadableAsync(Caller caller)
    {
        RequireExists();
        if (Policy.Decide(caller, _user.Resource, Permission.UserRead).Allowed)
            return _user.Read(ReadPermit.Demand(caller, _user.Resource, Permission.UserRead));

        var permit = ReadPermit.Demand(caller, _user.Resource, Permission.UserCreate);
        if (!await IsSeenByMakerAsync(caller, _user.Read(permit))) throw NotBelow(caller, Permission.UserRead);
        return _user.Read(permit);
    }

    public Task<User> ReadOwn(Caller caller)
    {
        RequireSelf(caller);
        return ViewAsync(_user.Read(ReadPermit.Demand(caller, _user.Resource, Permission.OwnRead)));
    }

    public async Task<User> Create(Caller caller, NewUser request)
    {
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserCreate);
        Check.That(request.Name == _id.Name);
        UserRules.RequireNewName(request.Name);
        UserRules.RequireProfile(request.Profile);
        Passwords.Require(request.Password);
        // Whoever is no administrator makes users below itself.
        var above = Policy.Decide(caller, _user.Resource, Permission.UserAdmin).Allowed ? request.Owner : caller.User.Name;
        // A name that is taken is refused as that, and not for standing below itself.
        var owner = _user.Exists && above == caller.User.Name ? null : above;
        return await BelowAsync(owner, () => CreateBelowAsync(caller, permit, request, above));
    }

    private async Task<User> CreateBelowAsync(Caller caller, WritePermit permit, NewUser request, string? above)
    {
        var permissions = DevicePermissionRules.RequireSound("users", request.DevicePermissions);
        await RequireMayHandOutAsync(caller, request with { DevicePermissions = permissions }, above);
        permissions = await DevicePermissionRules.StandingAsync("users", _inventory, _id.Tenant, permissions, []);
        if (_user.Exists) throw Refusal.Conflict("users", $"A user with the name '{_id.Name}' exists already.");

        // Things are owned by name: whoever makes the name again comes into what its last bearer owned, which may be more than the maker has.
        var isNameTaken = _user.Recall(permit) is not null;
        if (isNameTaken && !Policy.Decide(caller, _user.Resource, Permission.UserAdmin).Allowed)
            throw Refusal.Conflict("users", $"The name '{_id.Name}' was that of a user who was deleted: only an administrator gives it again.");
        if (isNameTaken && await GrainFactory.Grain<IUserReferences>(_id.Tenant.Value).AreThere(Caller.Platform(PlatformTask.Facts, _id.Tenant), _id.Name))
            throw Refusal.Conflict("users", $"Users still stand below the deleted user '{_id.Name}', or act for it: put them below others, and end that, before the name is given again.");
        var verifier = await _secrets.MakeAsync(_id, request.Password, isMade: false);
        var next = Newborn(permit) with
        {
            IsEnabled = request.IsEnabled,
            Profile = request.Profile,
            Verifier = verifier,
            Strength = Passwords.Rate(request.Password),
            ShouldResetPassword = request.ShouldResetPassword,
            Direct = request.Direct | DefaultGroups.Own,
            Groups = [.. request.Groups.Distinct().Order()],
            Above = above,
            Applications = request.Applications,
            DevicePermissions = permissions,
        };
        await ChangeAsync(caller, permit, next, "User created", note: isNameTaken ? ", a name of a deleted user, with what it owned" : "");
        return await ViewAsync(next);
    }

    public async Task<User> Update(Caller caller, UserChange change)
    {
        await RequireExistsOrSpreadAsync();
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        if (change.Password is not null)
            throw Refusal.Invalid("users", "The password of a user cannot be set by another. The user changes it, or asks for a reset.");
        if (caller.User != _id) UserRules.RequireSameEmail(before.Profile, change);
        var next = Enabled(before, change.IsEnabled ?? before.IsEnabled) with
        {
            Profile = UserRules.Apply(before.Profile, change),
            ShouldResetPassword = change.ShouldResetPassword ?? before.ShouldResetPassword,
            Applications = await ApplicationsAfterAsync(caller, before, change.Applications),
            DevicePermissions = await DevicePermissionsAfterAsync(caller, before, change.DevicePermissions),
        };
        return await ChangeIfAnyAsync(caller, permit, before, next);
    }

    /// <summary>What was signed in before the user was shut out stays out when the user is let in again.</summary>
    private static UserState Enabled(UserState before, bool isEnabled) =>
        before with { IsEnabled = isEnabled, CredentialEpoch = before.CredentialEpoch + (before.IsEnabled && !isEnabled ? 1 : 0) };

    private async Task<IReadOnlyList<ApplicationAccess>> ApplicationsAfterAsync(Caller caller, UserState before, IReadOnlyList<ApplicationAccess>? wanted)
    {
        if (wanted is null) return before.Applications;
        GroupRules.RequireApplications("users", wanted);
        await RequireMayTakeAwayAsync(caller, before, new Share(AuthoritySet.Empty, [.. before.Applications.Except(wanted)]));
        await RequireMayPassOnAsync(caller, before, new Share(AuthoritySet.Empty, [.. wanted.Except(before.Applications)]));
        return wanted;
    }

    public async Task<User> UpdateOwn(Caller caller, UserChange change)
    {
        RequireSelf(caller);
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.OwnAdmin);
        if (change.Password is not null)
            throw Refusal.Invalid("users", "The password is changed with the current password only.");
        var before = _user.Read(permit);
        return await ChangeIfAnyAsync(caller, permit, before, before with { Profile = UserRules.Apply(before.Profile, change) });
    }

    public async Task Delete(Caller caller)
    {
        await RequireExistsOrSpreadAsync();
        if (caller.User == _id) throw Refusal.Denied($"{caller.User} may not delete itself", DecisionTrace.Of(Rule.Oneself, Permission.UserAdmin, _id.Name));
        var permit = await DemandManageAsync(caller);
        var before = _user.Read(permit);
        if (before.IsFirstAdmin)
            throw Refusal.Denied($"{caller.User} may not delete the tenant's first administrator {_id}", DecisionTrace.Of(Rule.FirstAdministrator, Permission.UserAdmin, _id.Name));
        await ChangeAsync(caller, permit, before.Tombstone(), "User deleted");
    }

    /// <summary>The one way of every change. <paramref name="next"/> carries the version that it is to have.</summary>
    private async Task ChangeAsync(Caller caller, WritePermit permit, UserState next, string activity, string? by = null, string note = "")
    {
        var before = _user.Recall(permit);
        Check.That(before is null || (next.Version > before.Version && next.CredentialEpoch >= before.CredentialEpoch));
        var change = new AccessChange { Users = [new(before?.Fact(_id) ?? UserFact.Unknown(_id), next.Fact(_id))] };
        await GrainFactory.EndRehearsalAsync(caller, _id.Tenant, change);
        var record = new NewAuditRecord("User", activity, $"{activity}: {_id.Name}{note}", Source: _id.Name, User: by,
            Changes: UserChanges.Between(before is { IsDeleted: false } ? before : new UserState(), next));
        await GrainFactory.RecordThenAsync(_id.Tenant, caller, await GrainFactory.WithOutlastingAsync(_id.Tenant, change, record), () => _user.WriteAsync(permit, next));
        await _publisher.PublishAsync(next.Fact(_id));
    }

    private async Task<User> ChangeIfAnyAsync(Caller caller, WritePermit permit, UserState before, UserState next, string? by = null)
    {
        if (UserChanges.Between(before, next).Count == 0)
        {
            // An earlier attempt may have been persisted and not answered: its fact may still be on the way.
            await _publisher.PublishAsync(before.Fact(_id));
            return await ViewAsync(before);
        }
        next = next with { Version = before.Version + 1 };
        await ChangeAsync(caller, permit, next, "User updated", by);
        return await ViewAsync(next);
    }

    /// <summary>An empty user that goes on from the numbers of whoever had the name before.</summary>
    private UserState Newborn(WritePermit permit)
    {
        var past = _user.Recall(permit);
        var now = _clock.GetUtcNow();
        return new UserState
        {
            Version = (past?.Version ?? 0) + 1,
            CredentialEpoch = (past?.CredentialEpoch ?? 0) + 1,
            IsEnabled = true,
            CreationTime = now,
            LastPasswordChange = now,
            LastAssignmentId = past?.LastAssignmentId ?? 0,
        };
    }

    private void RequireExists()
    {
        if (!_user.Exists) throw UserRules.NotFound(_id);
    }

    // A deletion may have been persisted and not answered: whoever tries again is told "not found" only when no silo serves the user.
    private async Task RequireExistsOrSpreadAsync()
    {
        if (_user.Exists) return;
        var remains = _user.Recall(ReadPermit.Demand(Caller.Platform(PlatformTask.Facts, _id.Tenant), _user.Resource, Permission.UserRead));
        if (remains is not null) await _publisher.PublishAsync(remains.Fact(_id));
        throw UserRules.NotFound(_id);
    }

    private void RequireSelf(Caller caller)
    {
        if (caller.User != _id) throw Refusal.Denied($"{caller.User} asked {_id} for what only the user itself may", DecisionTrace.Of(Rule.SelfOnly, null, _id.Name));
        RequireExists();
    }

    private async Task<User> ViewAsync(UserState state) => state.View(_id, state.Groups.Count == 0 ? [] : await TenantsGroupsAsync());

    private Task<IReadOnlyList<Group>> TenantsGroupsAsync() =>
        GrainFactory.Grain<IGroupSource>(_id.Tenant.Value).AllGroups(Caller.Platform(PlatformTask.Facts, _id.Tenant));
}
