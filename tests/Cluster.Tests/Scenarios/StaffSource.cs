using Bailiwick.Grains.Tests.Access.Oracle;
using FsCheck;
using FsCheck.Fluent;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>Users who manage users, at random: few things to hold, so that some hold what others are to be given.</summary>
internal static class StaffSource
{
    private const int GroupsMax = 2;
    private const int RolesMax = 3;
    private const int ObjectsMax = 3;
    private const int StepsMax = 14;

    private static readonly string[] Everybody = [.. Models.Names, .. Staff.Newcomers];
    private static readonly string[] AuthorityNames = ["ROLE_USER_MANAGEMENT_READ", "ROLE_INVENTORY_READ", "ROLE_ALARM_ADMIN", "ROLE_APPLICATION_MANAGEMENT_READ"];

    private static readonly Gen<string> Authority = Gen.Frequency(
        (3, Gen.Constant("ROLE_USER_MANAGEMENT_CREATE")), (1, Gen.Constant("ROLE_USER_MANAGEMENT_ADMIN")), (5, Gen.Elements(AuthorityNames)));

    private static readonly Gen<string> User = Gen.Elements(Everybody);
    private static readonly Gen<int> Group = Gen.Choose(0, GroupsMax - 1);
    // Now and then one that was deleted.
    private static readonly Gen<long> Object = Gen.Frequency((9, Gen.Choose(1, ObjectsMax).Select(id => (long)id)), (1, Gen.Constant(Realm.Gone)));
    private static readonly Gen<long> Standing = Gen.Choose(1, ObjectsMax).Select(id => (long)id);
    private static readonly Gen<string[]> Authorities = Distinct(Models.Few(Authority, 3));
    private static readonly Gen<string[]> Applications = Distinct(Models.Few(Gen.Elements("1", "2"), 2));
    private static readonly Gen<int[]> Roles = Distinct(Models.Few(Gen.Choose(0, RolesMax - 1), 2)).Where(roles => roles.Length > 0);

    private static readonly Gen<RolePermission> Permission =
        from scope in Gen.Elements("ALARM", "EVENT", "*")
        from type in Gen.Elements("*", "c8y_A", "c8y_A")
        from level in Gen.Elements("READ", "ADMIN", "*")
        select new RolePermission(scope, type, level);

    private static readonly Gen<RolePermission[]> Permissions = Models.Few(Permission, 2).Where(permissions => permissions.Length > 0);
    private static readonly Gen<string[]> Texts = Models.Few(Permission, 2).Select(permissions => permissions.Select(one => $"{one.Scope}:{one.Type}:{one.Level}").Distinct().ToArray());

    private static Gen<DevicePermissions[]> OnDevices(Gen<long> ids) => Models.Few(from id in ids from texts in Texts select new DevicePermissions(id, texts), 2);

    private static readonly Gen<ModelUser> Member =
        from isMaker in Models.OneIn(2)
        from authorities in Authorities
        from groups in Distinct(Models.Few(Group, 2))
        from assignments in Models.Few(from id in Standing from roles in Roles select new Assignment(id, roles), 2)
        from onDevices in OnDevices(Standing)
        from isDisabled in Models.OneIn(10)
        from mustChange in Models.OneIn(10)
        select new ModelUser("", isMaker ? [.. authorities.Union(["ROLE_USER_MANAGEMENT_CREATE"])] : authorities, groups, assignments, onDevices, isDisabled, mustChange);

    // The second below the first, the third below the second, or not: objects in circles are what other scenarios are about.
    private static readonly Gen<ModelObject[]> Objects =
        from isSecondBelow in Models.OneIn(2)
        from isThirdBelow in Models.OneIn(2)
        select (ModelObject[])
        [
            new(1, Realm.Bystander, [], [], []), new(2, Realm.Bystander, [], isSecondBelow ? [1] : [], []), new(3, Realm.Bystander, [], isThirdBelow ? [2] : [], []),
        ];

    private static readonly Gen<ModelTenant> World =
        from groups in Gen.ArrayOf(from authorities in Distinct(Models.Few(Authority, 2)) from onDevices in OnDevices(Standing) select new ModelGroup(authorities, onDevices), GroupsMax)
        from roles in Gen.ArrayOf(Permissions, RolesMax)
        from users in Gen.ArrayOf(Member, Models.Names.Length)
        from objects in Objects
        select new ModelTenant("", groups, roles, [.. users.Index().Select(at => at.Item with { Name = Models.Names[at.Index] })], objects);

    private static readonly Gen<Rank> Rank =
        from above in Gen.Elements<string?>([null, .. Models.Names])
        from isAgent in Models.OneIn(3)
        from actsFor in Gen.Elements(Models.Names)
        from applications in Applications
        select new Rank(above, isAgent ? actsFor : null, applications);

    private static readonly Gen<Change> Making =
        from user in Gen.Frequency((6, Gen.Elements(Staff.Newcomers)), (1, Gen.Elements(Models.Names)))
        from owner in Gen.Elements<string?>([null, .. Everybody])
        from groups in Distinct(Models.Few(Group, 1))
        from authorities in Authorities
        from onDevices in Gen.Frequency((2, Gen.Constant(Array.Empty<DevicePermissions>())), (1, OnDevices(Object)))
        select (Change)new CreateUser(user, owner, groups, authorities, onDevices);

    private static readonly Gen<Change> OfRank =
        from user in User
        from other in Gen.Elements<string?>([null, .. Everybody])
        from applications in Applications
        from which in Gen.Choose(0, 2)
        select which switch
        {
            0 => new HandOver(user, other),
            1 => new ActFor(user, other),
            _ => (Change)new GiveApplications(user, applications),
        };

    private static readonly Gen<Change> OfStanding =
        from user in User
        from isOn in Gen.Elements(true, false)
        from which in Gen.Choose(0, 4)
        select which switch
        {
            0 or 1 => new DeleteUser(user),
            2 or 3 => new Enable(user, isOn),
            _ => (Change)new DemandNewPassword(user, isOn),
        };

    private static readonly Gen<Change> OfRights =
        from user in User
        from at in Group
        from authority in Authority
        from isGiven in Gen.Elements(true, true, false)
        from which in Gen.Choose(0, 11)
        select which switch
        {
            < 5 => new ChangeAuthority(user, 0, authority, isGiven),
            < 10 => new ChangeMembership(user, at, isGiven),
            10 => new ChangeAuthority(null, at, authority, isGiven),
            _ => (Change)new DeleteGroup(at),
        };

    private static readonly Gen<Change> OnObjects =
        from user in User
        from id in Object
        from roles in Roles
        from place in Gen.Choose(0, 1)
        from texts in Texts
        from onDevices in OnDevices(Object)
        from permissions in Permissions
        from isGroups in Models.OneIn(5)
        from which in Gen.Choose(0, 11)
        select which switch
        {
            < 4 => new AssignRoles(user, id, roles),
            < 6 => new ReplaceRoles(user, place, roles),
            6 => new UnassignRoles(user, place),
            < 9 => new PermitOnDevice(isGroups ? null : user, 0, id, texts),
            < 11 => new PermitAnew(user, onDevices),
            _ => (Change)new ChangeRole(roles[0], permissions),
        };

    private static readonly Gen<StaffStep> Step =
        from actor in Gen.Frequency((6, Gen.Elements(Models.Names)), (2, Gen.Elements(Staff.Newcomers)), (1, Gen.Constant(Scenario.Root)))
        from silo in Gen.Choose(0, 1)
        from change in Gen.Frequency((3, Making), (3, OfRank), (2, OfStanding), (4, OfRights), (4, OnObjects))
        from asker in User
        select new StaffStep(actor, silo, change, asker);

    private static readonly Gen<StaffScenario> Any =
        from tenant in World
        from ranks in Gen.ArrayOf(Rank, Models.Names.Length)
        from count in Gen.Choose(4, StepsMax)
        from steps in Gen.ArrayOf(Step, count)
        select new StaffScenario(tenant, ranks, steps);

    public static Arbitrary<StaffScenario> Arbitrary { get; } = Arb.From(Any, Smaller);

    /// <summary>The same with fewer steps, or with less of what somebody is or holds.</summary>
    private static IEnumerable<StaffScenario> Smaller(StaffScenario scenario) =>
    [
        .. Models.Less(scenario.Steps).Select(steps => scenario with { Steps = steps }),
        .. scenario.Ranks.Index().Where(at => at.Item != Scenarios.Rank.None)
            .Select(at => scenario with { Ranks = [.. scenario.Ranks[..at.Index], Scenarios.Rank.None, .. scenario.Ranks[(at.Index + 1)..]] }),
        // Groups, roles and objects stay, for steps name them by their place.
        .. Models.Smaller(scenario.Tenant).Where(less => (less.Groups.Length, less.Objects.Length) == (GroupsMax, ObjectsMax) && less.Roles.Length == RolesMax && less.Roles.All(role => role.Length > 0))
            .Select(tenant => scenario with { Tenant = tenant }),
    ];

    private static Gen<T[]> Distinct<T>(Gen<T[]> items) => items.Select(all => all.Distinct().ToArray());
}
