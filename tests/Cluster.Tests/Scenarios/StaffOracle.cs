using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>
/// What one user may do to others, from the documented rules: an administrator manages everybody; whoever may only make users manages those below itself
/// and below whom it acts for, and never itself. Nobody hands out what it does not hold but an administrator, and nobody is given what the user above it does not hold.
/// </summary>
internal sealed class StaffOracle(Staff staff, string actor)
{
    private const string Administrator = "ROLE_USER_MANAGEMENT_ADMIN";
    private const string Maker = "ROLE_USER_MANAGEMENT_CREATE";
    private const string ReaderOfApplications = "ROLE_APPLICATION_MANAGEMENT_READ";

    private static readonly string[] Scopes = ["ALARM", "AUDIT", "EVENT", "MANAGED_OBJECT", "MEASUREMENT", "OPERATION"];
    private static readonly string[] Levels = ["READ", "ADMIN"];

    private Realm Realm => staff.Realm;

    public bool IsAdministrator => Opens("UserAdmin");

    /// <summary>The users that a list shows.</summary>
    public IEnumerable<string> Shown => staff.Users.Select(user => user.Name).Where(Sees);

    public RefusalKind? OfList => Enter("UserRead", "UserCreate");

    public RefusalKind? OfRead(string name) => Enter("UserRead", "UserCreate") ?? Exists(name) ?? (Sees(name) ? null : RefusalKind.Denied);

    public RefusalKind? Of(Change change) => change switch
    {
        CreateUser make => OfCreate(make),
        DeleteUser delete => Manage(delete.User) ?? (delete.User == actor ? RefusalKind.Denied : null),
        HandOver hand => OfHandOver(hand),
        ActFor act => OfActFor(act),
        Enable enable => Manage(enable.User),
        DemandNewPassword demand => Manage(demand.User),
        GiveApplications give => Manage(give.User) ?? Exchange(
            give.User, Share.None with { Applications = [.. staff.RankOf(give.User).Applications.Except(give.Applications)] },
            Share.None with { Applications = [.. give.Applications.Except(staff.RankOf(give.User).Applications)] }),
        PermitAnew permit => Manage(permit.User) ?? OfPermissions(permit.User, Realm.Merged(permit.OnDevices)) ?? OfObjects(permit.OnDevices.Where(on => on.Texts.Length > 0), RefusalKind.Invalid),
        PermitOnDevice { User: { } name } on => Manage(name) ?? OfPermissions(name, Realm.With(staff.Find(name)!.OnDevices, on.Object, on.Texts)) ?? OfObject(on),
        PermitOnDevice on => Enter("UserAdmin", "UserCreate") ?? (IsAdministrator ? GroupExists(on.Group) ?? OfObject(on) : RefusalKind.Denied),
        ChangeMembership of => OfMembership(of),
        ChangeAuthority { User: { } name } of => OfAuthority(name, of),
        ChangeAuthority of => Enter("UserAdmin") ?? GroupExists(of.Group) ?? Already(of, Realm.Model.Groups[of.Group].Authorities, RefusalKind.Conflict),
        DeleteGroup of => Enter("UserAdmin") ?? GroupExists(of.Group),
        ChangeRole => Enter("UserAdmin"),
        AssignRoles of => Manage(of.User) ?? HandOut(of.User, Roles(of.Object, of.Roles)) ?? (Realm.Find(of.Object) is null ? RefusalKind.Invalid : null),
        UnassignRoles of => Manage(of.User) ?? (Assigned(of.User, of.Place) is { } one ? TakeAway(of.User, Roles(one.Object, one.Roles)) : RefusalKind.NotFound),
        ReplaceRoles of => Manage(of.User) ?? (Assigned(of.User, of.Place) is { } one
            ? Exchange(of.User, Roles(one.Object, [.. one.Roles.Except(of.Roles)]), Roles(one.Object, [.. of.Roles.Except(one.Roles)])) : RefusalKind.NotFound),
        _ => throw new ArgumentException(Scenario.Words(change)),
    };

    private RefusalKind? OfCreate(CreateUser make)
    {
        if (Enter("UserCreate") is { } shut) return shut;
        var above = IsAdministrator ? make.Owner : actor;
        var isThere = staff.Find(make.User) is not null;
        if (above is not null && !(above == actor && isThere) && OfOwner(make.User, above) is { } wrong) return wrong;
        if (make.Groups.Any(group => !Realm.HasGroup(group))) return RefusalKind.NotFound;
        var share = make.Groups.Select(OfGroup).Aggregate(new Share(make.Authorities, [], [], Realm.Merged(make.OnDevices)), (all, group) => all.With(group));
        if (Pass(above, share) is { } denied) return denied;
        if (OfObjects(make.OnDevices.Where(on => on.Texts.Length > 0), RefusalKind.Invalid) is { } nowhere) return nowhere;
        // Who makes a name again comes into what its last bearer owned: that is for administrators; into whom it managed, and who acted for it, comes nobody.
        return isThere || (staff.IsTaken(make.User) && (!IsAdministrator || staff.RefersTo(make.User))) ? RefusalKind.Conflict : null;
    }

    private RefusalKind? OfHandOver(HandOver hand)
    {
        if (Enter("UserAdmin", "UserCreate") is { } shut) return shut;
        if (Exists(hand.User) is { } missing) return missing;
        // Whoever stands directly above may hand over, and sets nobody free.
        if (!IsAdministrator && (hand.Owner is null || staff.RankOf(hand.User).Above != actor)) return RefusalKind.Denied;
        return hand.Owner is { } owner ? OfOwner(hand.User, owner) : null;
    }

    private RefusalKind? OfActFor(ActFor act)
    {
        if (Enter("UserAdmin", "UserCreate") is { } shut) return shut;
        if (Exists(act.User) is { } missing) return missing;
        string?[] concerned = [staff.RankOf(act.User).ActsFor, act.Other];
        var isLeft = act.User == actor && act.Other is null;
        if (!IsAdministrator && !isLeft && concerned.Any(other => other is not null && other != actor)) return RefusalKind.Denied;
        return act.Other is { } whom && (whom == act.User || staff.Find(whom) is null) ? RefusalKind.Invalid : null;
    }

    private RefusalKind? OfMembership(ChangeMembership of)
    {
        if ((Manage(of.User) ?? GroupExists(of.Group)) is { } refused) return refused;
        if (of.Joins) return HandOut(of.User, OfGroup(of.Group));
        return TakeAway(of.User, OfGroup(of.Group)) ?? (staff.Find(of.User)!.Groups.Contains(of.Group) ? null : RefusalKind.NotFound);
    }

    private RefusalKind? OfAuthority(string name, ChangeAuthority of)
    {
        var share = Share.None with { Authorities = [of.Authority] };
        if (Manage(name) is { } refused) return refused;
        return of.IsGiven ? HandOut(name, share) : TakeAway(name, share) ?? Already(of, staff.Find(name)!.Authorities, null);
    }

    private static RefusalKind? Already(ChangeAuthority of, string[] held, RefusalKind? whenHeld) =>
        of.IsGiven ? (held.Contains(of.Authority) ? whenHeld : null) : held.Contains(of.Authority) ? null : RefusalKind.NotFound;

    private RefusalKind? OfPermissions(string name, DevicePermissions[] wanted)
    {
        var before = staff.Find(name)!.OnDevices;
        return Exchange(name, Share.None with { Alone = Without(before, wanted) }, Share.None with { Alone = Without(wanted, before) });
    }

    private RefusalKind? OfObject(PermitOnDevice on) => on.Texts.Length > 0 && Realm.Find(on.Object) is null ? RefusalKind.NotFound : null;

    private RefusalKind? OfObjects(IEnumerable<DevicePermissions> all, RefusalKind missing) => all.All(on => Realm.Find(on.Object) is not null) ? null : missing;

    /// <summary>An owner is there, and does not itself stand below the user.</summary>
    private RefusalKind? OfOwner(string name, string owner) => staff.Find(owner) is null || owner == name || IsBelow(owner, name) ? RefusalKind.Invalid : null;

    private Assignment? Assigned(string name, int place) => staff.Find(name)!.Assignments is var all && place < all.Length ? all[place] : null;

    private RefusalKind? Manage(string name) => Enter("UserAdmin", "UserCreate") ?? Exists(name) ?? (Manages(name) ? null : RefusalKind.Denied);

    private bool Manages(string name) => IsAdministrator || (name != actor && Reaches(name));

    private bool Sees(string name) => Opens("UserRead") || name == actor || Reaches(name);

    private bool Reaches(string name) => IsBelow(name, actor) || (staff.RankOf(actor).ActsFor is { } other && IsManager(other) && IsBelow(name, other));

    /// <summary>Whether somebody is served and may itself manage users; what it is told to change first does not matter.</summary>
    private bool IsManager(string name) => Held(name) is { } held && (held.Contains(Administrator) || held.Contains(Maker));

    private bool IsBelow(string name, string boss)
    {
        for (var above = staff.RankOf(name).Above; above is not null; above = staff.RankOf(above).Above)
            if (above == boss)
                return true;
        return false;
    }

    /// <summary>Takes one thing away and hands out another.</summary>
    private RefusalKind? Exchange(string name, Share taken, Share given) => TakeAway(name, taken) ?? HandOut(name, given);

    private RefusalKind? TakeAway(string name, Share share) => IsAdministrator ? null : HandOut(name, share);

    private RefusalKind? HandOut(string name, Share share) => Pass(staff.RankOf(name).Above, share);

    private RefusalKind? Pass(string? above, Share share) =>
        (IsAdministrator || Holds(actor, share)) && (above is null || (above == actor && !IsAdministrator) || Holds(above, share)) ? null : RefusalKind.Denied;

    private bool Holds(string name, Share share)
    {
        var held = Held(name) ?? [];
        var served = staff.Find(name) is { IsDisabled: false } user ? user : null;
        return share.Authorities.All(held.Contains)
            && (held.Contains(ReaderOfApplications) || share.Applications.All((served is null ? [] : staff.RankOf(name).Applications).Contains))
            && share.Below.All(on => Covers(on.Permissions, PermissionsAbove(served, on.Object)))
            && share.Alone.All(on => Covers(on.Texts.Select(Permission), PermissionsOn(served, on.Object)));
    }

    /// <summary>The authorities of somebody who is served.</summary>
    private HashSet<string>? Held(string name) => staff.Find(name) is { IsDisabled: false } user
        ? [.. user.Authorities, .. user.Groups.Where(Realm.HasGroup).SelectMany(group => Realm.Model.Groups[group].Authorities)] : null;

    private IEnumerable<RolePermission> PermissionsAbove(ModelUser? user, long number)
    {
        var above = Realm.Upward(number, ChildKind.Device, ChildKind.Asset, ChildKind.Addition);
        return user is null ? [] : user.Assignments.Where(one => above.Contains(one.Object)).SelectMany(one => one.Roles).SelectMany(role => Realm.Model.Roles[role]);
    }

    private IEnumerable<RolePermission> PermissionsOn(ModelUser? user, long number) => user is null ? [] :
        user.OnDevices.Concat(user.Groups.Where(Realm.HasGroup).SelectMany(group => Realm.Model.Groups[group].OnDevices)).Where(on => on.Object == number).SelectMany(on => on.Texts).Select(Permission);

    /// <summary>Whether each scope and level that some permissions stand for is held, for their fragment or for all.</summary>
    private static bool Covers(IEnumerable<RolePermission> wanted, IEnumerable<RolePermission> held)
    {
        var all = held.SelectMany(Meant).ToHashSet();
        return wanted.SelectMany(Meant).All(one => all.Contains(one) || all.Contains(one with { Type = "*" }));
    }

    private static IEnumerable<RolePermission> Meant(RolePermission one) =>
        from scope in one.Scope == "*" ? Scopes : [one.Scope]
        from level in one.Level == "*" ? Levels : [one.Level]
        select new RolePermission(scope, one.Type, level);

    private static RolePermission Permission(string text) => text.Split(':') is [var scope, var type, var level] ? new(scope, type, level) : throw new ArgumentException(text);

    private Share OfGroup(int place) => new(Realm.Model.Groups[place].Authorities, [], [], Realm.Model.Groups[place].OnDevices);

    private Share Roles(long number, int[] roles) =>
        Share.None with { Below = roles.Length == 0 ? [] : [(number, [.. roles.SelectMany(role => Realm.Model.Roles[role])])] };

    private static DevicePermissions[] Without(DevicePermissions[] some, DevicePermissions[] others) =>
        [.. some.Select(on => on with { Texts = [.. on.Texts.Except(others.Where(other => other.Object == on.Object).SelectMany(other => other.Texts))] }).Where(on => on.Texts.Length > 0)];

    private RefusalKind? Exists(string name) => staff.Find(name) is null ? RefusalKind.NotFound : null;

    private RefusalKind? GroupExists(int place) => Realm.HasGroup(place) ? null : RefusalKind.NotFound;

    private RefusalKind? Enter(params string[] doors) =>
        staff.Find(actor) is not { IsDisabled: false } ? RefusalKind.Unauthenticated : doors.Any(Opens) ? null : RefusalKind.Denied;

    private bool Opens(string door) => staff.Find(actor) is { IsDisabled: false } user && new PolicyOracle(Realm.Model, user).MayEver(door);

    /// <summary>What is handed out or taken away.</summary>
    /// <param name="Below">By inventory roles, from an object on.</param>
    /// <param name="Alone">By device permissions.</param>
    private sealed record Share(string[] Authorities, string[] Applications, (long Object, RolePermission[] Permissions)[] Below, DevicePermissions[] Alone)
    {
        public static readonly Share None = new([], [], [], []);

        public Share With(Share other) =>
            new([.. Authorities, .. other.Authorities], [.. Applications, .. other.Applications], [.. Below, .. other.Below], [.. Alone, .. other.Alone]);
    }
}
