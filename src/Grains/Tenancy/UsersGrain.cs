using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Tenancy;

/// <summary>Lists of a tenant's users, read from their documents in order of name: no user grain is woken for a list.</summary>
[StatelessWorker, Reentrant, GrainType("users")]
internal sealed partial class UsersGrain : Grain, IUsersGrain, IAuthorizationGrain, IAccessEffects, IUserReferences
{
    // No character sorts behind it, so that a scan can begin behind all names of one beginning.
    private const string Last = "\U0010FFFF";
    private readonly TenantId _tenant;
    private readonly IGrainDocuments _documents;
    private readonly IInventoryStore _inventory;
    private readonly ILinkStore _links;
    private readonly IAuditLog _audit;
    private readonly Hierarchy _hierarchy;
    private readonly TimeProvider _clock;

    public UsersGrain(IGrainDocuments documents, IInventoryStore inventory, ILinkStore links, IAuditLog audit, Hierarchy hierarchy, TimeProvider clock)
    {
        (_inventory, _links, _audit, _hierarchy, _clock) = (inventory, links, audit, hierarchy, clock);
        _tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        _documents = documents;
    }

    public async Task<Page<User>> Find(Caller caller, UserQuery query, PageRequest page)
    {
        var (permit, visible) = await DemandViewAsync(caller);
        var groups = await TenantsGroupsAsync();
        // Users keep the ids of groups that the tenant has deleted: nobody is in those.
        if (query.Groups is { } wanted) query = query with { Groups = [.. wanted.Where(id => groups.Any(g => g.Id == id))] };

        var found = new List<(string Name, UserState State)>();
        long count = 0;
        await foreach (var (name, state) in ScanAsync(permit, query))
        {
            if (state.IsDeleted || !Matches(query, name, state) || visible?.Contains(name) == false) continue;
            count++;
            if (count > page.Skip && found.Count < page.Size) found.Add((name, state));
            else if (count > page.Skip && !page.WithTotal) break;
        }
        var below = query.WithSubusersCount ? await CountBelowAsync(permit, found.Select(f => f.Name)) : null;
        return new Page<User>([.. found.Select(f => f.State.View(new UserId(_tenant, f.Name), groups) with { SubusersCount = below?[f.Name] })],
            count > page.Skip + found.Count, page.WithTotal ? count : null);
    }

    /// <summary>The names that the caller may see; null for all.</summary>
    private async Task<(ReadPermit Permit, HashSet<string>? Visible)> DemandViewAsync(Caller caller)
    {
        var resource = Resource.OfTenant(_tenant);
        var seesAll = Policy.Decide(caller, resource, Permission.UserRead).Allowed;
        var permit = ReadPermit.Demand(caller, resource, seesAll ? Permission.UserRead : Permission.UserCreate);
        return (permit, seesAll ? null : await SelfAndBelowAsync(permit, caller.User.Name, await ActsForAsync(caller)));
    }

    /// <summary>For whom the caller manages users, while that one may itself.</summary>
    private async Task<string?> ActsForAsync(Caller caller)
    {
        if (caller.Rights!.ActsFor is not { } other) return null;
        var rights = FactReplica.HoldingsOf(await FactOfAsync(other), await TenantsFactAsync());
        return rights.Global.Intersects(Policy.AuthoritiesFor(Permission.UserCreate)) ? other : null;
    }

    private Task<IReadOnlyList<Group>> TenantsGroupsAsync() =>
        GrainFactory.Grain<IGroupSource>(_tenant.Value).AllGroups(Caller.Platform(PlatformTask.Facts, _tenant));

    /// <summary>How many users stand directly below each of these.</summary>
    private async Task<Dictionary<string, int>> CountBelowAsync(ReadPermit permit, IEnumerable<string> names)
    {
        var counts = names.ToDictionary(name => name, _ => 0, StringComparer.Ordinal);
        if (counts.Count == 0) return counts;
        await foreach (var (_, state) in ScanAsync(permit, new UserQuery(null, null, null, false)))
            if (state is { IsDeleted: false, Above: { } above } && counts.TryGetValue(above, out var count))
                counts[above] = count + 1;
        return counts;
    }

    public async Task<bool> AreThere(Caller caller, string userName)
    {
        var permit = ReadPermit.Demand(caller, Resource.OfTenant(_tenant), Permission.UserRead);
        await foreach (var (_, state) in ScanAsync(permit, new UserQuery(null, null, null, false)))
            if (!state.IsDeleted && (state.Above == userName || state.DelegatedBy == userName))
                return true;
        return false;
    }

    /// <summary>The documents from the first that the query can want to the last; it steps over devices, which may be a million.</summary>
    private async IAsyncEnumerable<(string Name, UserState State)> ScanAsync(ReadPermit permit, UserQuery query)
    {
        var prefix = query.OnlyDevices ? UserId.DevicePrefix : query.NamePrefix ?? "";
        if (query is { OnlyDevices: true, NamePrefix: { } narrower })
        {
            if (narrower.StartsWith(prefix, StringComparison.Ordinal)) prefix = narrower;
            else if (!prefix.StartsWith(narrower, StringComparison.Ordinal)) yield break;
        }
        // Behind everything shorter than the prefix, hence at most a little before it.
        var after = prefix.Length > 1 ? prefix[..^1] : null;
        var isThere = false;
        var stepsOver = !query.OnlyDevices;
        while (true)
        {
            string? resumeAfter = null;
            await foreach (var (name, state) in _documents.ScanAsync<UserState>(permit, UserState.StateName, after))
            {
                if (!name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    if (isThere) yield break;
                    continue;
                }
                isThere = true;
                if (stepsOver && name.StartsWith(UserId.DevicePrefix, StringComparison.Ordinal))
                {
                    resumeAfter = UserId.DevicePrefix + Last;
                    break;
                }
                yield return (name, state);
            }
            if (resumeAfter is null) yield break;
            after = resumeAfter;
            stepsOver = false;
        }
    }

    private static bool Matches(UserQuery query, string name, UserState state) =>
        IsDevice(name) == query.OnlyDevices
        && (query.NamePrefix is null || name.StartsWith(query.NamePrefix, StringComparison.Ordinal))
        && (query.Groups is null || query.Groups.Any(g => state.Groups.Contains(g)))
        && (query.Owner is null || state.Above == query.Owner);

    /// <summary>Who may only make users sees itself and everybody below.</summary>
    private async Task<HashSet<string>> SelfAndBelowAsync(ReadPermit permit, string self, string? actsFor)
    {
        var below = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        await foreach (var (name, state) in ScanAsync(permit, new UserQuery(null, null, null, false)))
            if (state is { IsDeleted: false, Above: { } above })
            {
                if (!below.TryGetValue(above, out var names)) below.Add(above, names = []);
                names.Add(name);
            }
        var visible = new HashSet<string>(StringComparer.Ordinal) { self };
        var pending = new Queue<string>(visible);
        if (actsFor is not null) pending.Enqueue(actsFor);
        while (pending.TryDequeue(out var next))
            foreach (var name in below.GetValueOrDefault(next, []))
                if (visible.Add(name))
                    pending.Enqueue(name);
        return visible;
    }
}
