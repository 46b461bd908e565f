using System.Collections.Frozen;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Tenancy;

/// <summary>A tenant as it is stored: its standing, its groups, its inventory roles, how its users sign in, and its options.</summary>
[GenerateSerializer, Immutable, Alias("TenantState")]
internal sealed record TenantState(
    long Version, string Domain, string Company, string? ContactName, string? ContactPhone, string? AdminEmail, string? AdminName,
    TenantStatus Status, TenantId? Parent, DateTimeOffset CreationTime, IReadOnlyList<Group> Groups) : IOwnable
{
    /// <summary>The highest id that a group of the tenant ever had; 0 in a document from before groups could be made.</summary>
    [Id(0)] public int LastGroupId { get; init; }

    /// <summary>A tenant that was stored before there were inventory roles has the default ones.</summary>
    [Id(1)] public IReadOnlyList<InventoryRole> InventoryRoles { get => field ?? DefaultInventoryRoles.All; init; } = DefaultInventoryRoles.All;

    /// <summary>The highest ids that an inventory role, and a permission of one, ever had; 0 while these are the default ones'.</summary>
    [Id(2)] public int LastInventoryRoleId { get; init; }
    [Id(3)] public int LastInventoryPermissionId { get; init; }

    /// <summary>How the tenant's users sign in; a tenant that was stored before it could say has the default.</summary>
    [Id(4)] public BasicSignIn BasicSignIn { get => field ?? BasicSignIn.Default; init; } = BasicSignIn.Default;

    /// <summary>In the order of category and key; a tenant that was stored before there were options has none. Secrets are sealed.</summary>
    [Id(5)] public IReadOnlyList<TenantOption> Options { get => field ?? []; init; } = [];

    /// <summary>Whether the platform operator has let it have tenants below it.</summary>
    [Id(6)] public bool AllowsSubtenants { get; init; }

    bool IOwnable.IsTombstone => Status == TenantStatus.Deleted;

    /// <summary>A tenant as it begins.</summary>
    public static TenantState Of(TenantPlan plan, DateTimeOffset now) => new(
        1, plan.Domain, plan.Company, plan.ContactName, plan.ContactPhone, plan.AdminEmail, plan.AdminName, TenantStatus.Active, plan.Parent, now, DefaultGroups.All)
        { AllowsSubtenants = plan.AllowsSubtenants };

    public Tenant View(TenantId id) => new(id, Domain, Company, ContactName, ContactPhone, AdminEmail, AdminName, Status, Parent, CreationTime)
        { AllowsSubtenants = AllowsSubtenants || id == TenantId.Management };

    public TenantFact Fact(TenantId id) => Status == TenantStatus.Deleted ? TenantFact.Deleted(id, Version) : Standing(id);

    private TenantFact Standing(TenantId id) => new(id, Version, Status == TenantStatus.Active, Groups.ToFrozenDictionary(g => g.Id, g => g.Authorities))
    {
        DevicePermissions = Groups.Where(g => g.DevicePermissions.Count > 0).ToFrozenDictionary(g => g.Id, g => g.DevicePermissions),
        InventoryRoles = InventoryRoles.ToFrozenDictionary(r => r.Id, r => (IReadOnlyList<Grant>)[.. r.Grants]),
        BasicSignIn = BasicSignIn,
        ShowsCoveredFragments = OptionRules.ShowsCoveredFragments(Options),
        PasswordDays = OptionRules.PasswordDaysOf(Options),
        AllowsSubtenants = AllowsSubtenants || id == TenantId.Management,
    };
}

/// <summary>One tenant. Who stands above it sees and changes its standing; nobody outside sees more of it than that.</summary>
[GrainType("tenant")]
internal sealed partial class TenantGrain : Grain, ITenantGrain, ITenantFactSource, ITenantFounding, ITenantLeaving, IGroupSource, IGroupPermissions
{
    private readonly TenantId _id;
    private readonly Owned<TenantState> _tenant;
    private readonly IFactPublisher _publisher;
    private readonly IDenialLog _denials;
    private readonly IInventoryStore _inventory;
    private readonly OptionSeals _seals;
    private readonly TimeProvider _clock;

    public TenantGrain(
        [PersistentState("tenant", "documents")] IPersistentState<GrainDocument<TenantState>.Cell> document, IFactPublisher publisher, IDenialLog denials,
        IInventoryStore inventory, OptionSeals seals, TimeProvider clock)
    {
        _id = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        _tenant = new Owned<TenantState>(_id, new GrainDocument<TenantState>(document));
        _publisher = publisher;
        _denials = denials;
        _inventory = inventory;
        _seals = seals;
        _clock = clock;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _tenant.LoadAsync();

    public Task<Tenant> ReadOwn(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        return Task.FromResult(_tenant.Read(ReadPermit.Demand(caller, _tenant.Resource, Permission.OwnRead)).View(_id));
    }

    public async Task<Tenant> Read(Caller caller)
    {
        var parent = await RequireAboveAsync(caller, Permission.TenantRead);
        return _tenant.Read(ReadPermit.DemandAcrossTenants(caller, _tenant.Resource, Permission.TenantRead, parent)).View(_id);
    }

    public async Task<Tenant> Update(Caller caller, TenantChange change)
    {
        var parent = await RequireAboveAsync(caller, Permission.TenantUpdate);
        var permit = WritePermit.DemandAcrossTenants(caller, _tenant.Resource, Permission.TenantUpdate, parent);
        var before = _tenant.Read(permit);
        TenantRules.RequireFields(change.Company, change.ContactName, change.ContactPhone, change.AdminEmail);
        if (change.Company?.Length == 0) throw Refusal.Invalid("tenants", "The company cannot be empty.");
        if (change.Status is { } status && status is not (TenantStatus.Active or TenantStatus.Suspended))
            throw Refusal.Invalid("tenants", "The status must be ACTIVE or SUSPENDED.");
        if (_id == TenantId.Management && change.Status == TenantStatus.Suspended)
            throw Refusal.Invalid("tenants", "The management tenant cannot be suspended.");
        if (change.AllowsSubtenants is not null && caller.Tenant != TenantId.Management)
            throw Refusal.Denied($"{caller.User} may not say whether {_id} may have tenants below it", DecisionTrace.Of(Rule.OperatorOnly, Permission.TenantUpdate));

        var after = before with
        {
            Company = change.Company ?? before.Company,
            ContactName = change.ContactName ?? before.ContactName,
            ContactPhone = change.ContactPhone ?? before.ContactPhone,
            AdminEmail = change.AdminEmail ?? before.AdminEmail,
            Status = change.Status ?? before.Status,
            AllowsSubtenants = change.AllowsSubtenants ?? before.AllowsSubtenants,
        };
        if (after == before)
        {
            // An earlier attempt may have been persisted and not answered: its fact may still be on the way.
            await _publisher.PublishAsync(before.Fact(_id));
            return before.View(_id);
        }
        after = after with { Version = before.Version + 1 };
        await ChangeAsync(caller, permit, before, after);
        return after.View(_id);
    }

    public Task<IReadOnlyList<Group>> Groups(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        var seesAll = Policy.Decide(caller, _tenant.Resource, Permission.UserRead).Allowed;
        var groups = _tenant.Read(ReadPermit.Demand(caller, _tenant.Resource, seesAll ? Permission.UserRead : Permission.UserCreate)).Groups;
        return Task.FromResult(seesAll ? groups : [.. groups.Select(group => GroupRules.AsHeld(group, caller))]);
    }

    public Task<AuthoritySet> Authorities(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        var seesAll = Policy.Decide(caller, _tenant.Resource, Permission.UserRead).Allowed;
        _ = ReadPermit.Demand(caller, _tenant.Resource, seesAll ? Permission.UserRead : Permission.UserCreate);
        // Who may only make users hands out what it holds: that is what it sees.
        return Task.FromResult(seesAll || Policy.Decide(caller, _tenant.Resource, Permission.UserAdmin).Allowed ? UserRules.Known : caller.Rights!.Global);
    }

    public Task<TenantFact> ReadFact(Caller caller)
    {
        var state = _tenant.Recall(ReadPermit.Demand(caller, _tenant.Resource, Permission.TenantRead));
        return Task.FromResult(state?.Fact(_id) ?? TenantFact.Unknown(_id));
    }

    public Task<IReadOnlyList<Group>> AllGroups(Caller caller)
    {
        var state = _tenant.Recall(ReadPermit.Demand(caller, _tenant.Resource, Permission.TenantRead));
        return Task.FromResult(state?.Groups ?? []);
    }

    public Task<IReadOnlyList<InventoryRole>> AllInventoryRoles(Caller caller)
    {
        var state = _tenant.Recall(ReadPermit.Demand(caller, _tenant.Resource, Permission.TenantRead));
        return Task.FromResult(state?.InventoryRoles ?? []);
    }

    public async Task<Tenant> Found(Caller caller, TenantPlan plan)
    {
        var permit = WritePermit.Demand(caller, _tenant.Resource, Permission.TenantCreate);
        if (_tenant.Recall(permit) is { } made)
        {
            await _publisher.PublishAsync(made.Fact(_id));
            return made.View(_id);
        }
        var state = TenantState.Of(plan, _clock.GetUtcNow());
        var record = new NewAuditRecord("Tenant", "Tenant created", $"Tenant created: {_id}", Source: _id.Value, Changes: TenantRules.Between(null, state));
        await GrainFactory.RecordThenAsync(_id, caller, record, () => _tenant.WriteAsync(permit, state));
        await _publisher.PublishAsync(state.Fact(_id));
        return state.View(_id);
    }

    public async Task Leave(Caller caller, UserId deletedBy)
    {
        var permit = WritePermit.Demand(caller, _tenant.Resource, Permission.TenantDelete);
        if (_tenant.Recall(permit) is not { } before) return;
        if (before.Status != TenantStatus.Deleted)
        {
            var after = before with { Status = TenantStatus.Deleted, Version = before.Version + 1 };
            var record = new NewAuditRecord("Tenant", "Tenant deleted", $"Tenant deleted: {_id}", Source: _id.Value, User: deletedBy.GrainKey,
                Changes: TenantRules.Between(before, after));
            await GrainFactory.RecordThenAsync(_id, caller, record, () => _tenant.WriteAsync(permit, after));
            before = after;
        }
        await _publisher.PublishAsync(before.Fact(_id));
    }

    /// <summary>
    /// Answers the tenant's parent when the caller stands above it. To everybody else there is no such tenant, whether there is
    /// or not; the policy says who is above. The trail of whoever asked tells of the attempt.
    /// </summary>
    private async ValueTask<TenantId?> RequireAboveAsync(Caller caller, Permission permission)
    {
        if (!_tenant.Exists) throw NotFound();
        var parent = _tenant.Read(ReadPermit.Demand(Caller.Platform(PlatformTask.Facts, _id), _tenant.Resource, Permission.TenantRead)).Parent;
        var trace = Policy.ExplainAcrossTenants(caller, _tenant.Resource, permission, parent);
        if (trace.Decision.Rule != Rule.OtherTenant) return parent;
        await _denials.RecordAsync(caller, nameof(ITenantGrain), _id.Value, Refusal.Denied($"{caller.User} may not {permission} on {_id}, which is not below its tenant", trace));
        throw NotFound();
    }

    private async Task ChangeAsync(Caller caller, WritePermit permit, TenantState before, TenantState after)
    {
        var activity = (before.Status, after.Status) switch
        {
            (TenantStatus.Active, TenantStatus.Suspended) => "Tenant suspended",
            (TenantStatus.Suspended, TenantStatus.Active) => "Tenant activated",
            _ => "Tenant updated",
        };
        var record = new NewAuditRecord("Tenant", activity, $"{activity}: {_id}", Source: _id.Value, Changes: TenantRules.Between(before, after));
        await RecordInBothAsync(caller, record, () => _tenant.WriteAsync(permit, after));
        await _publisher.PublishAsync(after.Fact(_id));
    }

    /// <summary>
    /// A change in both trails: that of whoever did it, and the tenant's own, which must not learn of it from others. Either tells when it failed.
    /// </summary>
    private Task RecordInBothAsync(Caller caller, NewAuditRecord record, Func<Task> write)
    {
        var change = () => GrainFactory.RecordThenAsync(_id, caller, record, write);
        return caller.Tenant == _id ? change() : GrainFactory.RecordThenAsync(caller.Tenant, caller, record, change);
    }

    private Refusal NotFound() => TenantRules.NotFound(_id);
}

/// <summary>What a tenant must look like, and how refusals about tenants are worded.</summary>
internal static class TenantRules
{
    public static Refusal NotFound(TenantId id) => Refusal.NotFound("security", $"There is no tenant with id = {id}");

    public static void RequireFields(params ReadOnlySpan<string?> fields)
    {
        foreach (var field in fields)
            if (field is not null && (field.Length > Limits.TenantFieldCharsMax || field.Any(char.IsControl)))
                throw Refusal.Invalid("tenants", $"A field of a tenant must have at most {Limits.TenantFieldCharsMax} characters and hold no control character.");
    }

    /// <summary>A domain is one label of a host name; those that read as a tenant's id are kept for ids.</summary>
    public static void RequireDomain(string domain)
    {
        var isLabel = domain.Length is >= Limits.TenantDomainCharsMin and <= Limits.TenantDomainCharsMax && char.IsAsciiLetterLower(domain[0])
            && domain[^1] != '-' && domain.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
        if (!isLabel)
            throw Refusal.Invalid("tenants", $"The domain must have {Limits.TenantDomainCharsMin} to {Limits.TenantDomainCharsMax} lower-case letters, digits and hyphens, and begin with a letter.");
        if (domain == TenantId.Management.Value || (domain[0] == 't' && domain.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0))
            throw Refusal.Invalid("tenants", "The domain reads like the id of a tenant.");
    }

    /// <summary>What the trail is told of a change, or of a tenant's beginning (null before).</summary>
    public static IReadOnlyList<AuditChange> Between(TenantState? before, TenantState after)
    {
        var changes = new List<AuditChange>();
        Add("domain", before?.Domain, after.Domain);
        Add("company", before?.Company, after.Company);
        Add("contactName", before?.ContactName, after.ContactName);
        Add("contactPhone", before?.ContactPhone, after.ContactPhone);
        Add("adminEmail", before?.AdminEmail, after.AdminEmail);
        Add("status", before?.Status.ToString().ToUpperInvariant(), after.Status.ToString().ToUpperInvariant());
        Add("allowCreateTenants", Flag(before), Flag(after));
        return changes;

        static string? Flag(TenantState? state) => state is null ? null : state.AllowsSubtenants ? "true" : "false";

        void Add(string attribute, string? from, string? to)
        {
            if (from != to) changes.Add(new AuditChange(attribute, "String", from, to));
        }
    }
}
