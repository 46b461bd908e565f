using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Tenancy;

namespace Bailiwick.Grains.Devices;

/// <summary>
/// The registration of one device id: waiting for the device's first call, pending until a user accepts, accepted until the device
/// fetches its credentials, then gone. To every tenant but the one that claimed the id it does not exist.
/// </summary>
[GrainType("device-request")]
internal sealed class DeviceRequestGrain : Grain, IDeviceRequestGrain, IDeviceRequestGlance, IDeviceRequestRemoval
{
    private const string AuditType = "Inventory";
    private readonly string _id;
    private readonly Owned<DeviceRequestState> _request;
    private readonly IFacts _facts;
    private readonly IDenialLog _denials;
    private readonly TokenGuesses _guesses;
    private readonly TimeProvider _clock;

    public DeviceRequestGrain(
        [PersistentState("device-request", "documents")] IPersistentState<GrainDocument<DeviceRequestState>.Cell> document, IFacts facts, IDenialLog denials,
        TimeProvider clock)
    {
        _id = Uri.UnescapeDataString(this.GetPrimaryKeyString());
        _request = new Owned<DeviceRequestState>(null, new GrainDocument<DeviceRequestState>(document));
        _facts = facts;
        _denials = denials;
        _guesses = new TokenGuesses(clock);
        _clock = clock;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _request.LoadAsync();

    public async Task<DeviceRequest> Claim(Caller caller, NewDeviceRequest request)
    {
        var tenant = request.Tenant ?? caller.Tenant;
        var permit = tenant == caller.Tenant
            // Whose it is plays no part in whether the caller may ask, nor in the answer that it is taken.
            ? WritePermit.Demand(caller, _request.Exists ? Resource.OfTenant(tenant) : _request.ResourceIfClaimedBy(caller), Permission.RegistrationAdmin)
            : WritePermit.DemandAcrossTenants(caller, Resource.OfTenant(tenant), Permission.RegistrationAdmin, parent: null);
        DeviceRequestRules.RequireId(request.Id);
        Check.That(request.Id == _id);
        DeviceRequestRules.RequireFields(request);
        if (tenant != caller.Tenant && !(await _facts.TenantAsync(tenant)).IsActive)
            throw Refusal.Invalid(DeviceRequestRules.Subject, $"There is no tenant '{tenant}' for the device to join.");
        await ForgetOrphanAsync();
        if (_request.Exists) throw Refusal.Conflict(DeviceRequestRules.Subject, $"The device id '{_id}' is in use.");

        // Somebody of another tenant owns nothing in this one: no user of it has a name with a slash.
        var state = new DeviceRequestState(tenant, RegistrationStatus.WaitingForConnection, tenant == caller.Tenant ? caller.User.Name : caller.User.GrainKey,
            _clock.GetUtcNow(), request.GroupId, request.Type, null, 0);
        await Index(tenant).Unsettle(Upkeep(tenant), _id);
        var record = Record("Device registration requested", null, state);
        var claim = () => GrainFactory.RecordThenAsync(tenant, caller, record, () => _request.WriteAsync(permit, state));
        await (tenant == caller.Tenant ? claim() : GrainFactory.RecordThenAsync(caller.Tenant, caller, record, claim));
        await Index(tenant).Settle(Upkeep(tenant), _id, isThere: true);
        return state.View(_id);
    }

    public async Task<DeviceRequest> Read(Caller caller)
    {
        await RequireOwnAsync(caller, Permission.RegistrationRead);
        return _request.Read(ReadPermit.Demand(caller, _request.Resource, Permission.RegistrationRead)).View(_id);
    }

    public async Task<DeviceRequest> Accept(Caller caller, string? securityToken)
    {
        await RequireOwnAsync(caller, Permission.RegistrationAdmin);
        var permit = WritePermit.Demand(caller, _request.Resource, Permission.RegistrationAdmin);
        var before = _request.Read(permit);
        var token = DeviceRequestRules.Token(securityToken);
        switch (before.Status)
        {
            case RegistrationStatus.Accepted:
                return before.View(_id);
            case RegistrationStatus.WaitingForConnection:
                throw Refusal.Invalid(DeviceRequestRules.Subject, "The device has not connected yet: it can be accepted once it has.");
            case RegistrationStatus.Blocked:
                throw Blocked();
        }
        // The token is optional: a device that sends one is accepted with that one, and a device that sends none with none.
        var isRight = before.TokenHash is null ? token is null : token is not null && before.TokenIs(_id, token);
        if (!isRight) throw await CountFailureAsync(caller, permit, before, token is null ? "missing token" : "invalid token");

        var after = before with { Status = RegistrationStatus.Accepted };
        await GrainFactory.RecordThenAsync(before.Tenant, caller, Record("Device registration accepted", before, after), () => _request.WriteAsync(permit, after));
        return after.View(_id);
    }

    public async Task Delete(Caller caller)
    {
        await RequireOwnAsync(caller, Permission.RegistrationDelete);
        var permit = WritePermit.Demand(caller, _request.Resource, Permission.RegistrationDelete);
        // Its maker takes it back as long as it might make another.
        if (Policy.Decide(caller, _request.Resource, Permission.RegistrationDelete).Rule == Rule.Ownership)
            _ = WritePermit.Demand(caller, _request.Resource, Permission.RegistrationAdmin);
        await RemoveAsync(caller, permit, "Device registration deleted");
    }

    public async Task<DeviceCredentials> Poll(Caller caller, string? securityToken)
    {
        DeviceRequestRules.RequireId(_id);
        var token = DeviceRequestRules.Token(securityToken);
        if (!_request.Exists) throw DeviceRequestRules.NotFound(_id);
        var isAbove = Policy.DecideAcrossTenants(caller, _request.Resource, Permission.DeviceBootstrap, parent: null);
        if (isAbove.Rule == Rule.OtherTenant) throw await NotTheirsAsync(caller, Permission.DeviceBootstrap);
        var permit = WritePermit.DemandAcrossTenants(caller, _request.Resource, Permission.DeviceBootstrap, parent: null);
        var before = _request.Read(permit);
        var tenant = await _facts.TenantAsync(before.Tenant);

        if (!tenant.IsActive || before.Status == RegistrationStatus.Blocked) throw DeviceRequestRules.NotFound(_id);
        if (before.Status == RegistrationStatus.Accepted) return await HandOverAsync(caller, permit, before, token);
        // The first token is the device's for good. Whoever polls with another one changes nothing: accepting takes the first.
        var after = before with
        {
            Status = RegistrationStatus.PendingAcceptance,
            TokenHash = before.TokenHash ?? (token is null ? null : DeviceRequestState.HashOf(_id, token)),
        };
        if (after != before)
            await GrainFactory.RecordThenAsync(before.Tenant, caller, Record("Device registration pending", before, after), () => _request.WriteAsync(permit, after));
        throw DeviceRequestRules.NotFound(_id);
    }

    public Task<DeviceRequest?> Glance(Caller caller)
    {
        if (!IsOf(caller)) return Task.FromResult<DeviceRequest?>(null);
        var permit = ReadPermit.Demand(caller, _request.Resource, Permission.RegistrationRead);
        return Task.FromResult<DeviceRequest?>(_request.Read(permit).View(_id));
    }

    /// <summary>
    /// A registration whose tenant was deleted is nobody's. It can be there: one that was claimed while the tenant's index was being removed is in no index.
    /// </summary>
    private async Task ForgetOrphanAsync()
    {
        if (!_request.Exists || _request.Tenant is not { } tenant || (await _facts.TenantAsync(tenant)).IsThere) return;
        await Remove(Caller.Platform(PlatformTask.Removal, tenant).Attested(Rights.None));
    }

    // The deletion of the tenant is what the trails tell of, and the index goes with the tenant.
    public Task Remove(Caller caller) =>
        IsOf(caller) ? _request.RemoveAsync(WritePermit.Demand(caller, _request.Resource, Permission.RegistrationDelete)) : Task.CompletedTask;

    /// <summary>
    /// Gives the device's user a password and then forgets the registration. A crash in between leaves it accepted: the next poll makes
    /// another password, and the one before is good for nothing.
    /// </summary>
    private async Task<DeviceCredentials> HandOverAsync(Caller caller, WritePermit permit, DeviceRequestState before, string? token)
    {
        if (before.TokenHash is not null)
        {
            // The user accepted the device that knows the token. Another one may ask; only guessing is counted, and it cannot undo what
            // the user decided: the password for polling is on every device that waits.
            if (token is null || !_guesses.IsHeard(caller.Address)) throw DeviceRequestRules.NotFound(_id);
            if (!before.TokenIs(_id, token))
            {
                _guesses.Count(caller.Address);
                await GrainFactory.RecordInAsync(before.Tenant, caller, Record("Device registration failed due to invalid token", before, before) with { Severity = AuditRules.Warning });
                throw DeviceRequestRules.NotFound(_id);
            }
        }
        var user = new UserId(before.Tenant, UserId.DevicePrefix + _id);
        var password = await GrainFactory.Grain<IDeviceUser>(user.GrainKey).Enroll(Caller.Platform(PlatformTask.Registration, before.Tenant), before.ClaimedBy);
        await RemoveAsync(caller, permit, "Device registered");
        return new DeviceCredentials(_id, before.Tenant, user.Name, password);
    }

    private async Task RemoveAsync(Caller caller, WritePermit permit, string activity)
    {
        var index = Index(permit.Tenant);
        await index.Unsettle(Upkeep(permit.Tenant), _id);
        await GrainFactory.RecordThenAsync(permit.Tenant, caller, Record(activity, _request.Read(permit), null), () => _request.RemoveAsync(permit));
        await index.Settle(Upkeep(permit.Tenant), _id, isThere: false);
    }

    /// <summary>Records and counts a wrong token of a user who accepts; answers the refusal.</summary>
    private async Task<Refusal> CountFailureAsync(Caller caller, WritePermit permit, DeviceRequestState before, string failure)
    {
        var after = before with { TokenFailures = before.TokenFailures + 1 };
        var isBlocked = after.TokenFailures >= Limits.SecurityTokenFailuresMax;
        if (isBlocked) after = after with { Status = RegistrationStatus.Blocked };
        var reason = isBlocked ? "max number of failed attempts reached" : failure;
        var record = Record($"Device registration failed due to {reason}", before, after) with { Severity = AuditRules.Warning };
        await GrainFactory.RecordThenAsync(before.Tenant, caller, record, () => _request.WriteAsync(permit, after));
        if (isBlocked) return Blocked();
        return Refusal.Invalid(DeviceRequestRules.Subject, failure == "missing token"
            ? "The device sends a security token, and it must be repeated to accept the device."
            : "The security token is not the one that the device sends.");
    }

    private static Refusal Blocked() => Refusal.Invalid(DeviceRequestRules.Subject, "The registration is blocked after too many wrong security tokens: delete it and register the device again.");

    private bool IsOf(Caller caller) => _request.Exists && _request.Tenant == caller.Tenant;

    private async ValueTask RequireOwnAsync(Caller caller, Permission permission)
    {
        if (!IsOf(caller)) throw _request.Exists ? await NotTheirsAsync(caller, permission) : DeviceRequestRules.NotFound(_id);
    }

    /// <summary>Answers what somebody of another tenant is told, and has its own trail tell of the attempt.</summary>
    private async ValueTask<Refusal> NotTheirsAsync(Caller caller, Permission permission)
    {
        await _denials.RecordAsync(caller, nameof(IDeviceRequestGrain), _id, Refusal.Denied($"{caller.User} asked for a registration of another tenant", DecisionTrace.Of(Rule.OtherTenant, permission)));
        return DeviceRequestRules.NotFound(_id);
    }

    private NewAuditRecord Record(string activity, DeviceRequestState? before, DeviceRequestState? after) =>
        new(AuditType, activity, $"{activity}: {_id}", Source: _id, Changes: DeviceRequestRules.Between(before, after));

    private IDeviceRequestIndex Index(TenantId tenant) => GrainFactory.Grain<IDeviceRequestIndex>(tenant.Value);

    private static Caller Upkeep(TenantId tenant) => Caller.Platform(PlatformTask.Upkeep, tenant);
}
