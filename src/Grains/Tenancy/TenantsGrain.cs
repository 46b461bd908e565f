using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;

namespace Bailiwick.Grains.Tenancy;

/// <summary>One line of the directory. A tenant that is not complete was begun and interrupted: it is nobody's yet, and is gone on with.</summary>
[GenerateSerializer, Immutable, Alias("TenantEntry")]
internal sealed record TenantEntry(TenantId Id, string Domain, bool IsComplete)
{
    /// <summary>The tenant above it. One that was entered before a tenant could have others below it stands below the platform operator.</summary>
    [Id(0)] public TenantId? Parent { get => field ?? (Id == TenantId.Management ? null : TenantId.Management); init; }

    /// <summary>When it was deleted; null while it is there. It stays in the directory until nothing of it is left.</summary>
    [Id(1)] public DateTimeOffset? DeletedAt { get; init; }

    public bool IsThere => IsComplete && DeletedAt is null;
}

/// <summary>The directory as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("TenantsState")]
internal sealed record TenantsState(IReadOnlyList<TenantEntry> Entries, long LastNumber, bool IsFirstStartDone) : IOwnable
{
    public static readonly TenantsState Empty = new([], 0, false);

    public TenantsState With(TenantEntry entry) => this with { Entries = [.. Entries.Where(e => e.Id != entry.Id), entry] };

    /// <summary>Without a tenant, and with its number behind those that are given out.</summary>
    public TenantsState Without(TenantId tenant) => this with
    {
        Entries = [.. Entries.Where(e => e.Id != tenant)],
        LastNumber = tenant.Value[0] == 't' && long.TryParse(tenant.Value.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Max(LastNumber, number) : LastNumber,
    };
}

/// <summary>
/// The directory of tenants: which ids and domains are taken. It knows nothing else of a tenant; what lists show is asked of the
/// tenants of the page.
/// </summary>
[GrainType("tenants")]
internal sealed partial class TenantsGrain : Grain, ITenantsGrain, ITenantDirectory
{
    private const string AuditType = "Tenant";
    private readonly Owned<TenantsState> _directory;
    private readonly IDenialLog _denials;
    private readonly TimeProvider _clock;

    public TenantsGrain(
        [PersistentState("tenants", "documents")] IPersistentState<GrainDocument<TenantsState>.Cell> document, IDenialLog denials, TimeProvider clock)
    {
        Check.That(this.GetPrimaryKeyString() == TenantId.Management.Value);
        _denials = denials;
        _clock = clock;
        _directory = new Owned<TenantsState>(TenantId.Management, new GrainDocument<TenantsState>(document));
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _directory.LoadAsync();

    public async Task<Tenant> Create(Caller caller, NewTenant request)
    {
        var permit = WritePermit.DemandAcrossTenants(caller, _directory.Resource, Permission.TenantCreate, await ParentAsync(caller, mayHaveLost: false));
        RequireSound(request);
        if (request.AllowsSubtenants && caller.Tenant != TenantId.Management)
            throw Refusal.Denied($"{caller.User} may not let a new tenant have others below it", DecisionTrace.Of(Rule.OperatorOnly, Permission.TenantCreate));
        var directory = _directory.Recall(permit) ?? TenantsState.Empty;
        RequireRoom(caller, directory);
        var entry = directory.Entries.FirstOrDefault(e => e.DeletedAt is null && (e.Domain == request.Domain || e.Id.Value == request.Domain));
        // Whoever began a tenant goes on with it, and nobody else.
        if (entry is not null && (entry.IsComplete || entry.Parent != caller.Tenant)) throw Refusal.Conflict("tenants", $"The domain '{request.Domain}' is taken.");

        if (entry is null)
        {
            var number = NextNumber(directory);
            entry = new TenantEntry(new TenantId($"t{number.ToString(CultureInfo.InvariantCulture)}"), request.Domain, false) { Parent = caller.Tenant };
            directory = directory.With(entry) with { LastNumber = number };
        }
        var plan = new TenantPlan(request.Domain, request.Company, request.ContactName, request.ContactPhone, request.AdminEmail, request.AdminName, caller.Tenant)
        {
            AllowsSubtenants = request.AllowsSubtenants,
        };
        var record = new NewAuditRecord(AuditType, "Tenant created", $"Tenant created: {entry.Id} with the domain {entry.Domain}", Source: entry.Id.Value,
            Changes: TenantRules.Between(null, TenantState.Of(plan, default)));
        Tenant? tenant = null;
        await GrainFactory.RecordThenAsync(caller.Tenant, caller, record, async () =>
        {
            // The name is taken first: a crash further on leaves an entry that the next attempt goes on with.
            await _directory.WriteAsync(permit, directory);
            tenant = await FoundAsync(entry.Id, plan, request.AdminPassword);
            await _directory.WriteAsync(permit, directory.With(entry with { IsComplete = true }));
        });
        return tenant!;
    }

    public async Task<Page<Tenant>> Find(Caller caller, TenantQuery query, PageRequest page)
    {
        var permit = ReadPermit.DemandAcrossTenants(caller, _directory.Resource, Permission.TenantRead, await ParentAsync(caller, mayHaveLost: true));
        var entries = (_directory.Recall(permit) ?? TenantsState.Empty).Entries
            .Where(e => e.IsThere && (caller.Tenant == TenantId.Management || e.Parent == caller.Tenant) && (query.Domain is null || e.Domain == query.Domain))
            .OrderBy(e => e.Id.Value, StringComparer.Ordinal).ToList();
        if (query is { Company: null, Parent: null }) return await ReadAsync(caller, Page<TenantEntry>.Of(entries, page));

        var all = await ReadAsync(caller, new Page<TenantEntry>(entries, false, null));
        return Page<Tenant>.Of([.. all.Items.Where(t =>
            (query.Company is null || t.Company == query.Company) && (query.Parent is null || t.Parent?.Value == query.Parent))], page);
    }

    public Task<TenantId?> Resolve(Caller caller, string label)
    {
        var permit = ReadPermit.Demand(caller, _directory.Resource, Permission.TenantRead);
        var entries = (_directory.Recall(permit) ?? TenantsState.Empty).Entries;
        var entry = entries.FirstOrDefault(e => e.IsThere && (e.Id.Value == label || e.Domain == label));
        return Task.FromResult(entry?.Id);
    }

    public Task<bool> IsFirstStartDone(Caller caller)
    {
        var permit = WritePermit.Demand(caller, _directory.Resource, Permission.TenantCreate);
        return Task.FromResult(_directory.Recall(permit)?.IsFirstStartDone ?? false);
    }

    public Task Enter(Caller caller, TenantId tenant, string domain)
    {
        var permit = WritePermit.Demand(caller, _directory.Resource, Permission.TenantCreate);
        var directory = _directory.Recall(permit) ?? TenantsState.Empty;
        return _directory.WriteAsync(permit, directory.With(new TenantEntry(tenant, domain, true)));
    }

    public Task ConfirmFirstStart(Caller caller)
    {
        var permit = WritePermit.Demand(caller, _directory.Resource, Permission.TenantCreate);
        return _directory.WriteAsync(permit, _directory.Read(permit) with { IsFirstStartDone = true });
    }

    /// <summary>A tenant that is being deleted makes no other, and none takes up the room of all.</summary>
    private static void RequireRoom(Caller caller, TenantsState directory)
    {
        if (directory.Entries.Count >= Limits.TenantsPerInstanceMax) throw Refusal.Conflict("tenants", $"There are {Limits.TenantsPerInstanceMax} tenants already.");
        if (caller.Tenant == TenantId.Management) return;
        if (!directory.Entries.Any(e => e.Id == caller.Tenant && e.IsThere))
            throw Refusal.Denied($"{caller.Tenant} is being deleted and makes no tenant", DecisionTrace.Of(Rule.TenantLeaving, Permission.TenantCreate));
        if (directory.Entries.Count(e => e.Parent == caller.Tenant) >= Limits.TenantsBelowOneMax)
            throw Refusal.Conflict("tenants", $"There are {Limits.TenantsBelowOneMax} tenants below {caller.Tenant} already.");
    }

    /// <summary>
    /// The caller's tenant if it may have tenants below it: it then stands above the part of the directory that is about those. Null otherwise.
    /// </summary>
    /// <param name="mayHaveLost">Whether it is enough to have some.</param>
    private async ValueTask<TenantId?> ParentAsync(Caller caller, bool mayHaveLost)
    {
        if (caller.Tenant == TenantId.Management) return null;
        var lookup = ReadPermit.Demand(Caller.Platform(PlatformTask.Facts, TenantId.Management), _directory.Resource, Permission.TenantRead);
        if (mayHaveLost && _directory.Recall(lookup)?.Entries.Any(e => e.IsThere && e.Parent == caller.Tenant) == true) return caller.Tenant;
        var fact = await GrainFactory.Grain<ITenantFactSource>(caller.Tenant.Value).ReadFact(Caller.Platform(PlatformTask.Facts, caller.Tenant));
        return fact.AllowsSubtenants ? caller.Tenant : null;
    }

    private static void RequireSound(NewTenant request)
    {
        var missing = new List<string>(2);
        if (string.IsNullOrEmpty(request.Domain)) missing.Add("domain");
        if (string.IsNullOrEmpty(request.Company)) missing.Add("company");
        if (missing.Count > 0) throw Refusal.Missing([.. missing]);
        TenantRules.RequireDomain(request.Domain);
        TenantRules.RequireFields(request.Company, request.AdminEmail, request.ContactName, request.ContactPhone);
        if (request.AdminName is null && request.AdminPassword is null) return;

        if (string.IsNullOrEmpty(request.AdminName)) missing.Add("adminName");
        if (string.IsNullOrEmpty(request.AdminEmail)) missing.Add("adminEmail");
        if (string.IsNullOrEmpty(request.AdminPassword)) missing.Add("adminPass");
        if (missing.Count > 0) throw Refusal.Missing([.. missing]);
        UserRules.RequireNewName(request.AdminName!);
        Passwords.Require(request.AdminPassword);
    }

    // Ids are never used again, and may have been taken by the first start.
    private static long NextNumber(TenantsState directory)
    {
        var number = directory.LastNumber + 1;
        while (directory.Entries.Any(e => e.Id.Value == $"t{number.ToString(CultureInfo.InvariantCulture)}")) number++;
        return number;
    }

    private async Task<Tenant> FoundAsync(TenantId id, TenantPlan plan, string? adminPassword)
    {
        var platform = Caller.Platform(PlatformTask.FirstStart, id);
        var tenant = await GrainFactory.Grain<ITenantFounding>(id.Value).Found(platform, plan);
        if (plan.AdminName is { } name)
            await GrainFactory.Grain<IUserFounding>(new UserId(id, name).GrainKey).Found(platform, new FoundingUser(
                adminPassword, plan.AdminEmail, DefaultGroups.Own, [DefaultGroups.Admins], IsFirstAdmin: true));
        return tenant;
    }

    private async Task<Page<Tenant>> ReadAsync(Caller caller, Page<TenantEntry> page)
    {
        var tenants = new List<Tenant>(page.Items.Count);
        foreach (var some in page.Items.Chunk(32))
            tenants.AddRange(await Task.WhenAll(some.Select(e => GrainFactory.Grain<ITenantGrain>(e.Id.Value).Read(caller))));
        return new Page<Tenant>(tenants, page.HasMore, page.Total);
    }
}
