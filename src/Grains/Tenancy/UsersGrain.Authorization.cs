using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Inventory;

namespace Bailiwick.Grains.Tenancy;

// Who may do what, and why. Users and tenant say what they hold, the object says what it is and where it hangs, and the policy decides.
internal sealed partial class UsersGrain
{
    private const int UsersPerQuestion = 256;
    private const string Subject = "authorization";

    public async Task<Explanation> Explain(Caller caller, AccessQuestion question)
    {
        RequireSensible(question.Permission, question.Object, question.Fragments);
        await RequireMayAskAsync(caller, question.User, question.Object);
        var asked = new Suppositions(await TenantsFactAsync(), [await FactOfAsync(question.User)], [question.Permission], question.Fragments, false, true, _clock.GetUtcNow());
        return (await AsSeenAsync(caller, await NamedAsync(await AskAsync(question.Object, asked))))[0];
    }

    /// <summary>Who may only make users does not see all groups, inventory roles and objects, and learns of none by asking why.</summary>
    private async Task<IReadOnlyList<Explanation>> AsSeenAsync(Caller caller, IReadOnlyList<Explanation> explanations)
    {
        if (SeesAll(caller) || explanations.Count == 0) return explanations;
        var seen = await SeenOfAsync(caller, explanations.Select(explanation => explanation.Trace));
        return [.. explanations.Select(explanation => explanation with
        {
            Trace = Seen(explanation.Trace, seen),
            Reasons = [.. explanation.Reasons.Select(reason => reason.At is { } at && !seen.Contains(at) ? reason with { At = null } : reason)],
            NearMisses = [.. explanation.NearMisses.Where(miss => miss is { Group: null, InventoryRole: null } && (miss.At is not { } at || seen.Contains(at)))],
        })];
    }

    /// <summary>Of the objects that decisions were about and went past, those that the caller sees.</summary>
    private async Task<HashSet<ObjectId>> SeenOfAsync(Caller caller, IEnumerable<DecisionTrace> traces)
    {
        var seen = new HashSet<ObjectId>();
        foreach (var id in traces.SelectMany(trace => trace.Object is { } about ? trace.Walked.Prepend(about) : trace.Walked).Distinct())
            if (await SeesAsync(caller, id))
                seen.Add(id);
        return seen;
    }

    private static DecisionTrace Seen(DecisionTrace trace, HashSet<ObjectId> seen) =>
        trace with { Walked = [.. trace.Walked.Where(seen.Contains)], Met = [.. trace.Met.Where(grant => seen.Contains(grant.At))] };

    public async Task<Page<Explanation>> WhoCan(Caller caller, Permission permission, ObjectId? target, IReadOnlyList<string> fragments, PageRequest page)
    {
        RequireSensible(permission, target, fragments);
        var permit = ReadPermit.Demand(caller, Resource.OfTenant(_tenant), Permission.UserRead);
        var asked = new Suppositions(await TenantsFactAsync(), [], [permission], fragments, true, false, _clock.GetUtcNow());
        var found = new List<Explanation>();
        long count = 0;
        await foreach (var users in InBatchesAsync(permit))
        {
            foreach (var explanation in await AskAsync(target, asked with { Users = users }))
                if (++count > page.Skip && found.Count < page.Size)
                    found.Add(explanation);
            if (count > page.Skip + page.Size && !page.WithTotal) break;
        }
        // Of an object that is not there nobody may do anything, and that is not the same as nobody.
        if (count == 0) await AskAsync(target, asked);
        return new(await NamedAsync(found), count > page.Skip + found.Count, page.WithTotal ? count : null);
    }

    public async Task<Page<Explanation>> WhatCan(Caller caller, string user, ObjectId? target, PageRequest page)
    {
        await RequireMayAskAsync(caller, user, target);
        var permissions = Page<Permission>.Of([.. Enum.GetValues<Permission>().Where(permission => target is null || Policy.IsAboutObjects(permission))], page);
        var asked = new Suppositions(await TenantsFactAsync(), [await FactOfAsync(user)], permissions.Items, [], false, false, _clock.GetUtcNow());
        return new(await AsSeenAsync(caller, await NamedAsync(await AskAsync(target, asked))), permissions.HasMore, permissions.Total);
    }

    public async Task<Page<Explanation>> WhereCan(Caller caller, string user, Permission permission, PageRequest page)
    {
        if (!Policy.IsAboutObjects(permission)) throw NotAboutObjects(permission);
        await RequireMayAskAsync(caller, user, null);
        var (fact, tenant) = (await FactOfAsync(user), await TenantsFactAsync());
        if (StandingOf(fact, tenant) is not { IsServed: true, Rights: var rights }) return new([], false, page.WithTotal ? 0 : null);
        var permit = ListPermit.Supposed(Caller.Supposed(fact.User, rights, null), permission);
        var objects = await _inventory.FindAsync(permit, new InventoryQuery(), page);
        var asked = new Suppositions(tenant, [fact], [permission], [], false, false, _clock.GetUtcNow());
        var explanations = new List<Explanation>(objects.Items.Count);
        foreach (var shown in objects.Items) explanations.AddRange(await AskIfThereAsync(shown.Id, asked));
        return new(await NamedAsync(explanations), objects.HasMore, objects.Total);
    }

    /// <summary>Nothing of an object that was deleted since it was listed.</summary>
    private async Task<IReadOnlyList<Explanation>> AskIfThereAsync(ObjectId id, Suppositions asked)
    {
        try
        {
            return await AskAsync(id, asked);
        }
        catch (Refusal refusal) when (refusal.Kind is RefusalKind.NotFound)
        {
            return [];
        }
    }

    public async Task<Denial> ReadDenial(Caller caller, long id)
    {
        var denial = await _audit.ReadAsync(DemandTrail(), id) is { } record ? DenialRecords.Of(record) : null;
        if (denial is null || !await MaySeeAsync(caller, denial.User)) throw Refusal.NotFound(Subject, $"There is no denial with id = {id}");
        return await AsSeenAsync(caller, denial);
    }

    public async Task<Page<Denial>> Denials(Caller caller, DenialQuery query, PageRequest page)
    {
        if (!SeesAll(caller))
        {
            if (query.User is not { } user)
                throw Refusal.Denied($"{caller.User} may see the denials of users below it, one at a time", Policy.Explain(caller, Resource.OfTenant(_tenant), Permission.UserRead));
            await RequireSeesAsync(caller, user);
        }
        var records = await _audit.FindAsync(
            DemandTrail(), new AuditQuery(DenialRecords.Type, query.User, null, null, query.From, query.To, false), page, record => DenialRecords.Of(record) is not null);
        var denials = new List<Denial>(records.Items.Count);
        foreach (var record in records.Items) denials.Add(await AsSeenAsync(caller, DenialRecords.Of(record)!));
        return new(denials, records.HasMore, records.Total);
    }

    /// <summary>
    /// Who may only make users learns by a denial that it was one, and of which permission: of the object, of whose it is and of where it hangs only what it sees itself.
    /// </summary>
    private async Task<Denial> AsSeenAsync(Caller caller, Denial denial)
    {
        if (SeesAll(caller)) return denial;
        var trace = denial.Trace is { } whole ? await WithUsersSeenAsync(caller, whole) : null;
        // Where a user is not to be seen, the words that name it are not either.
        if (trace?.About != denial.Trace?.About || !await SeesAllNamedAsync(caller, denial))
            return denial with { Text = DenialRecords.Activity, Target = null, Trace = trace is null ? null : trace with { Object = null, Owner = null, Walked = [], Met = [] } };
        return trace is null ? denial : denial with { Trace = Seen(trace, await SeenOfAsync(caller, [trace])) };
    }

    /// <summary>Whether a denial is about objects, and the caller sees each that it names: what was asked for, and what refused, such as a child to be linked.</summary>
    private async Task<bool> SeesAllNamedAsync(Caller caller, Denial denial)
    {
        var named = new HashSet<ObjectId>();
        if (denial.Target is { } target && IsOfObject(denial.Door) && TenantId.OfGrainKey(target) == _tenant && ObjectId.TryOfGrainKey(target, out var asked)) named.Add(asked);
        if (denial.Trace?.Object is { } about) named.Add(about);
        foreach (var id in named)
            if (!await SeesAsync(caller, id))
                return false;
        return named.Count > 0;
    }

    // A user or a registration may be called as an object is numbered.
    private static bool IsOfObject(string? door) =>
        door?.Split('.')[0] is nameof(IManagedObjectGrain) or nameof(IManagedObjectUpkeep) or nameof(IDeviceGrain) or nameof(IDeviceOperationsGrain) or nameof(IDeviceUpkeep);

    /// <summary>Of users no more than of objects: only those that the caller sees.</summary>
    private async Task<DecisionTrace> WithUsersSeenAsync(Caller caller, DecisionTrace trace)
    {
        if (trace.About is not { } about || await MaySeeAsync(caller, about)) return trace;
        return trace with { About = null, NearMisses = [.. trace.NearMisses.Where(miss => miss.Holder is null)] };
    }

    private async Task<bool> SeesAsync(Caller caller, ObjectId id) => (await ObjectOf(id).Judge(caller, Permission.InventoryRead)).Decision.Allowed;

    /// <summary>A user whom the caller may read, and an object that it may know of.</summary>
    private async Task RequireMayAskAsync(Caller caller, string user, ObjectId? target)
    {
        await RequireSeesAsync(caller, user);
        if (target is not { } id || SeesAll(caller)) return;
        if (!await SeesAsync(caller, id)) throw ManagedObjectGrain.NoSuch(id);
    }

    private bool SeesAll(Caller caller) => Policy.Decide(caller, Resource.OfTenant(_tenant), Permission.UserRead).Allowed;

    /// <summary>The same refusals as for reading the user.</summary>
    private Task<User> RequireSeesAsync(Caller caller, string user) => GrainFactory.Grain<IUserGrain>(new UserId(_tenant, user).GrainKey).Read(caller);

    /// <summary>The same without a refusal, which would stand in the trail as if somebody had been refused.</summary>
    private async ValueTask<bool> MaySeeAsync(Caller caller, string user) =>
        SeesAll(caller) || await GrainFactory.Grain<IUserLineage>(new UserId(_tenant, user).GrainKey).IsShownTo(caller);

    private static void RequireSensible(Permission permission, ObjectId? target, IReadOnlyList<string> fragments)
    {
        if (target is not null && !Policy.IsAboutObjects(permission)) throw NotAboutObjects(permission);
        if (target is null && fragments.Count > 0) throw Refusal.Invalid(Subject, "fragment needs managedObject: fragments are those of one object's data.");
    }

    private static Refusal NotAboutObjects(Permission permission) =>
        Refusal.Invalid(Subject, $"{WireWords.Of(permission.ToString())} is not a permission on managed objects: ask without managedObject.");

    private async Task<IReadOnlyList<Explanation>> AskAsync(ObjectId? target, Suppositions asked) => target is { } id
        ? await ObjectOf(id).Explain(Caller.Platform(PlatformTask.Upkeep, _tenant), asked)
        : Explanations.Of(asked, Resource.OfTenant(_tenant), null, null);

    /// <summary>Everybody's facts, some at a time: what a user holds is stored with the user.</summary>
    private async IAsyncEnumerable<List<UserFact>> InBatchesAsync(ReadPermit permit)
    {
        var batch = new List<UserFact>(UsersPerQuestion);
        await foreach (var (name, state) in _documents.ScanAsync<UserState>(permit, UserState.StateName, null))
        {
            if (state.IsDeleted) continue;
            batch.Add(state.Fact(new UserId(_tenant, name)));
            if (batch.Count < UsersPerQuestion) continue;
            yield return batch;
            batch = new List<UserFact>(UsersPerQuestion);
        }
        if (batch.Count > 0) yield return batch;
    }

    /// <summary>Decisions know groups and roles by their numbers; people by their names.</summary>
    private async Task<IReadOnlyList<Explanation>> NamedAsync(IReadOnlyList<Explanation> explanations)
    {
        if (explanations.Count == 0) return explanations;
        var groups = (await TenantsGroupsAsync()).ToDictionary(group => group.Id, group => group.Name);
        var roles = (await Source.AllInventoryRoles(Facts)).ToDictionary(role => role.Id, role => role.Name);
        return [.. explanations.Select(explanation => explanation with { Reasons = Named(explanation.Reasons), NearMisses = Named(explanation.NearMisses) })];

        IReadOnlyList<Reason> Named(IReadOnlyList<Reason> reasons) => [.. reasons.Select(reason => reason with
        {
            GroupName = reason.Group is { } group ? groups.GetValueOrDefault(group) : null,
            InventoryRoleName = reason.InventoryRole is { } role ? roles.GetValueOrDefault(role) : null,
        })];
    }

    private Standing StandingOf(UserFact user, TenantFact tenant) => FactReplica.AsOf(FactReplica.Weigh(user, tenant), _clock.GetUtcNow());

    private Task<TenantFact> TenantsFactAsync() => GrainFactory.Grain<ITenantFactSource>(_tenant.Value).ReadFact(Facts);

    private Task<UserFact> FactOfAsync(string user) => GrainFactory.Grain<IUserFactSource>(_tenant.Value).ReadFact(Facts, user);

    private IManagedObjectUpkeep ObjectOf(ObjectId id) => GrainFactory.Grain<IManagedObjectUpkeep>(id.GrainKey(_tenant));

    private IGroupSource Source => GrainFactory.Grain<IGroupSource>(_tenant.Value);

    private Caller Facts => Caller.Platform(PlatformTask.Facts, _tenant);

    private ReadPermit DemandTrail() => ReadPermit.Demand(Caller.Platform(PlatformTask.Upkeep, _tenant), Resource.OfTenant(_tenant), Permission.AuditRead);
}
