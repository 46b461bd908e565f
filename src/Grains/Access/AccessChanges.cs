using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Grains.Access;

/// <summary>
/// One change of what decisions rest on: of what users hold and of what groups and roles give, also of both at once; of an object's owner and fragments; of
/// links; or of what goes, also with the user of a device. The rest is null.
/// </summary>
[GenerateSerializer, Immutable, Alias("AccessChange")]
internal sealed record AccessChange
{
    [Id(0)] public IReadOnlyList<UserFactChange> Users { get; init; } = [];
    [Id(1)] public TenantFact? TenantBefore { get; init; }
    [Id(2)] public TenantFact? TenantAfter { get; init; }
    [Id(3)] public DocumentChange? Document { get; init; }
    [Id(4)] public LinkChange? Links { get; init; }
    [Id(5)] public DeletionChange? Deletion { get; init; }

    /// <summary>Whether it is of what single users hold, and of nothing that concerns others.</summary>
    public bool IsOfUsersAlone => Users.Count > 0 && (TenantAfter, Document, Links, Deletion) is (null, null, null, null);

    /// <summary>Whether somebody may lose something by it that was given to it, by way of a group or a role also.</summary>
    public bool TakesAway => Users.Any(user => TakesFrom(user.Before, user.After)) || (TenantBefore, TenantAfter) is ({ } before, { } after) && TakesFrom(before, after);

    private static bool TakesFrom(UserFact before, UserFact after) =>
        (before.IsActive && !after.IsActive) || !after.Direct.Covers(before.Direct) || before.Groups.Except(after.Groups).Any()
        || before.Assignments.SelectMany(Pairs).Except(after.Assignments.SelectMany(Pairs)).Any() || TakesFrom(before.DevicePermissions, after.DevicePermissions);

    private static bool TakesFrom(TenantFact before, TenantFact after) =>
        before.Groups.Any(group => !after.Groups.GetValueOrDefault(group.Key).Covers(group.Value))
        || before.InventoryRoles.Any(role => role.Value.Except(after.InventoryRoles.GetValueOrDefault(role.Key) ?? []).Any())
        || before.DevicePermissions.Any(group => TakesFrom(group.Value, after.DevicePermissions.GetValueOrDefault(group.Key) ?? []));

    private static bool TakesFrom(IReadOnlyList<ObjectGrants> before, IReadOnlyList<ObjectGrants> after) => before.SelectMany(Pairs).Except(after.SelectMany(Pairs)).Any();

    private static IEnumerable<(ObjectId, int)> Pairs(AssignedRoles assigned) => assigned.Roles.Select(role => (assigned.Object, role));

    private static IEnumerable<(ObjectId, Grant)> Pairs(ObjectGrants on) => on.Grants.Select(grant => (on.Object, grant));
}

/// <summary>A user holds something else, is shut out or let in.</summary>
[GenerateSerializer, Immutable, Alias("UserFactChange")]
internal sealed record UserFactChange([property: Id(0)] UserFact Before, [property: Id(1)] UserFact After);

/// <summary>An object changes hands, or gets or loses fragments: what decisions see of it before and after.</summary>
[GenerateSerializer, Immutable, Alias("DocumentChange")]
internal sealed record DocumentChange([property: Id(0)] ManagedObject Before, [property: Id(1)] ManagedObject After);

/// <summary>Children are hung below an object, or taken out.</summary>
[GenerateSerializer, Immutable, Alias("LinkChange")]
internal sealed record LinkChange([property: Id(0)] ChildKind Kind, [property: Id(1)] ObjectId Parent, [property: Id(2)] IReadOnlyList<ObjectId> Children, [property: Id(3)] bool IsRemoval);

/// <summary>Objects are deleted: nobody has anything on them any more, and what hangs below and stays is reached through them no more.</summary>
/// <param name="Top">The one below which all the others hang.</param>
/// <param name="Gone">All that go, it among them.</param>
[GenerateSerializer, Immutable, Alias("DeletionChange")]
internal sealed record DeletionChange([property: Id(0)] ObjectId Top, [property: Id(1)] HashSet<ObjectId> Gone);

/// <summary>Works out what a change would come to (key: the tenant).</summary>
[Alias("IAccessEffects")]
internal interface IAccessEffects : IGrainWithStringKey
{
    /// <param name="seenBy">Who is told, where it does not see all objects: those that it does not see are neither named nor counted. Null where it sees all.</param>
    [Alias("EffectOf"), ResponseTimeout(Limits.LongWork), Platform("a change that is only tried says what it would come to", PlatformTask.Upkeep)]
    Task<AccessEffect> EffectOf(Caller caller, AccessChange change, UserId? seenBy);

    /// <summary>The users who would keep what the user above them loses by a change.</summary>
    [Alias("Outlasting"), Platform("the trail says who keeps what the user above has lost", PlatformTask.Upkeep)]
    Task<OutlastingReport> Outlasting(Caller caller, AccessChange change);
}

/// <summary>Who keeps what.</summary>
/// <param name="IsWhole">Whether all were looked at: it is done for a while, and up to so many.</param>
[GenerateSerializer, Immutable, Alias("OutlastingReport")]
internal sealed record OutlastingReport([property: Id(0)] IReadOnlyList<OutlastingRights> Found, [property: Id(1)] bool IsWhole);

/// <summary>What a user keeps that the one above it has lost.</summary>
/// <param name="Objects">Those on which it has more by inventory roles or device permissions.</param>
[GenerateSerializer, Immutable, Alias("OutlastingRights")]
internal sealed record OutlastingRights(
    [property: Id(0)] string User, [property: Id(1)] string Above, [property: Id(2)] AuthoritySet Authorities, [property: Id(3)] IReadOnlyList<ObjectId> Objects)
{
    public bool IsNothing => Authorities == AuthoritySet.Empty && Objects.Count == 0;
}

/// <summary>Where one of several changes of a request ends that are only tried: everything allows it, and whoever asked for all of them says what they come to.</summary>
[GenerateSerializer, Alias("RehearsedPart")]
internal sealed class RehearsedPart(AccessChange change) : Exception("One of several changes was rehearsed, and not made.")
{
    [Id(0)] public AccessChange Change { get; } = change;
}

internal static class Rehearsals
{
    /// <summary>
    /// Ends a rehearsal with what the change would come to; passes where none is on. A change that touches others than one user tells of all whom it
    /// concerns, so that whoever tries it must be allowed to see them. Who may only make users is told of no object that it does not see.
    /// </summary>
    /// <exception cref="Rehearsed">A rehearsal is on.</exception>
    /// <exception cref="RehearsedPart">One is on of which this change is a part.</exception>
    public static async ValueTask EndRehearsalAsync(this IGrainFactory grains, Caller caller, TenantId tenant, AccessChange change)
    {
        if (!Rehearsal.IsOn) return;
        if (!change.IsOfUsersAlone) _ = ReadPermit.Demand(caller, Resource.OfTenant(tenant), Permission.UserRead);
        if (Rehearsal.IsPart) throw new RehearsedPart(change);
        UserId? seenBy = Policy.Decide(caller, Resource.OfTenant(tenant), Permission.UserRead).Allowed ? null : caller.User;
        throw new Rehearsed(await grains.Grain<IAccessEffects>(tenant.Value).EffectOf(Caller.Platform(PlatformTask.Upkeep, tenant), change, seenBy));
    }

    /// <summary>What one of several changes of a request that is only tried would change; null where that is nothing.</summary>
    public static async Task<AccessChange?> PartOfAsync(Func<Task> change)
    {
        Rehearsal.BeginParts();
        try
        {
            await change();
            return null;
        }
        catch (RehearsedPart part)
        {
            return part.Change;
        }
        finally
        {
            Rehearsal.EndParts();
        }
    }
}

/// <summary>Counts shifts and keeps the first.</summary>
internal sealed class ShiftTally
{
    private readonly List<AccessShift> _first = [];
    private long _gained;
    private long _lost;

    public void Add(string user, Permission permission, ObjectId? target, Coverage before, Coverage after)
    {
        Add(true, user, permission, target, Beyond(before, after));
        Add(false, user, permission, target, Beyond(after, before));
    }

    public AccessEffect Effect(bool isComplete) => new(_gained, _lost, isComplete, _first);

    private void Add(bool isGain, string user, Permission permission, ObjectId? target, IReadOnlyList<string> fragments)
    {
        if (fragments.Count == 0) return;
        if (isGain) _gained++;
        else _lost++;
        if (_first.Count < Limits.ShiftsShownMax) _first.Add(new(isGain, user, permission, target, fragments));
    }

    /// <summary>What the one covers and the other does not.</summary>
    private static IReadOnlyList<string> Beyond(Coverage one, Coverage other)
    {
        if (one.IsWhole || other.IsNone) return [];
        if (other.IsWhole) return [Grant.AnyType];
        return [.. other.Types!.Except(one.IsNone ? [] : one.Types!).Order(StringComparer.Ordinal)];
    }
}
