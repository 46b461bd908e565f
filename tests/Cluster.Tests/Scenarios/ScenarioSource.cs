using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;
using FsCheck;
using FsCheck.Fluent;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>Scenarios at random, and how one that shows a mistake is made smaller. Worlds are drawn as for single decisions.</summary>
internal static class ScenarioSource
{
    private const int StepsMin = 3;
    private const int StepsMax = 10;

    // Now and then one that is deleted before the first question, or that only a step may make.
    private static readonly Gen<long> Object = Gen.Frequency((8, Gen.Choose(1, Models.IdsMax - 1)), (1, Gen.Choose(Models.IdsMax, Models.IdsMax + 2))).Select(id => (long)id);
    private static readonly Gen<string> User = Gen.Elements(Models.Names);
    private static readonly Gen<int> Group = Gen.Choose(0, 1);
    private static readonly Gen<int> Silo = Gen.Choose(0, 1);
    private static readonly Gen<ChildKind> Kind = Gen.Elements(ChildKind.Device, ChildKind.Asset, ChildKind.Addition);
    private static readonly Gen<string[]> FragmentNames = Models.Few(Gen.Frequency((4, Gen.Elements(Models.FragmentNames)), (1, Gen.Constant(ManagedObject.GlobalFragment))), 2)
        .Select(names => names.Distinct().ToArray());

    private static readonly Gen<RolePermission[]> Permissions = Models.Few(Models.Permission, 4);

    private static readonly Gen<Change> Linking =
        from kind in Kind
        from parent in Object
        from child in Object
        from place in Gen.Choose(0, 99)
        from which in Gen.Choose(0, 9)
        select which switch
        {
            < 5 => new Link(kind, parent, child),
            < 9 => new UnlinkOne(place),
            _ => (Change)new Unlink(kind, parent, child),
        };

    private static readonly Gen<Change> Editing =
        from id in Object
        from added in FragmentNames
        from removed in FragmentNames
        from isGiven in Models.OneIn(3)
        from owner in Gen.Elements([.. Models.Names, Realm.Bystander, "nobody"])
        select (Change)new Edit(id, added, [.. removed.Except(added)], isGiven ? owner : null);

    private static readonly Gen<Change> Data =
        from kind in Gen.Elements(Enum.GetValues<DataKind>())
        from id in Object
        from fragments in Models.Documents
        select (Change)new AddData(kind, id, fragments);

    private static readonly Gen<Change> OtherData =
        from place in Gen.Choose(0, 99)
        from fragments in Models.Documents
        select (Change)new ChangeData(place, fragments);

    private static readonly Gen<Change> Reporting =
        from id in Object
        from fragments in Models.Documents
        select (Change)new Report(id, fragments);

    private static readonly Gen<Change> OfAnybody = Gen.Frequency(
        (5, Linking), (3, Editing), (3, Data), (2, OtherData), (2, Reporting),
        (1, Models.Documents.Select(fragments => (Change)new Make(fragments))), (1, Object.Select(id => (Change)new Delete(id))));

    private static readonly Gen<Change> Assigning =
        from user in User
        from id in Object
        from roles in Models.Few(Gen.Choose(0, 3), 2)
        from place in Gen.Choose(0, 2)
        from isTaken in Gen.Elements(true, false)
        select isTaken ? (Change)new UnassignRoles(user, place) : new AssignRoles(user, id, [.. roles.Distinct()]);

    private static readonly Gen<Change> OnDevices =
        from user in User
        from isGroups in Models.OneIn(3)
        from at in Group
        from id in Object
        from permissions in Permissions
        select (Change)new PermitOnDevice(isGroups ? null : user, at, id, [.. permissions.Select(one => $"{one.Scope}:{one.Type}:{one.Level}").Distinct()]);

    private static readonly Gen<Change> OfRole =
        from role in Gen.Choose(0, 3)
        from permissions in Permissions
        from isDeleted in Models.OneIn(3)
        select (Change)new ChangeRole(role, isDeleted ? null : permissions);

    private static readonly Gen<Change> OfAuthority =
        from user in User
        from isGroups in Gen.Elements(true, false)
        from at in Group
        from authority in Gen.Frequency(
            (2, Gen.Elements(Models.AuthorityNames)),
            (3, Gen.Elements("ROLE_INVENTORY_READ", "ROLE_INVENTORY_ADMIN", "ROLE_INVENTORY_CREATE", "ROLE_MEASUREMENT_READ", "ROLE_EVENT_READ", "ROLE_ALARM_READ", "ROLE_DEVICE_CONTROL_READ")))
        from isGiven in Gen.Elements(true, false)
        select (Change)new ChangeAuthority(isGroups ? null : user, at, authority, isGiven);

    private static readonly Gen<Change> OfUser =
        from user in User
        from at in Group
        from isOn in Gen.Elements(true, false)
        from which in Gen.Choose(0, 9)
        select which switch
        {
            < 6 => new ChangeMembership(user, at, isOn),
            < 8 => new Enable(user, isOn),
            8 => new DemandNewPassword(user, isOn),
            _ => (Change)new DeleteGroup(at),
        };

    private static readonly Gen<Change> OfRoot = Gen.Frequency((4, OfAnybody), (4, Assigning), (2, OnDevices), (2, OfRole), (2, OfAuthority), (2, OfUser),
        (1, Gen.Elements(true, false).Select(isOn => (Change)new ShowParts(isOn))));

    private static readonly Gen<Step> Step =
        from tenant in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Constant(1)))
        from isRoot in Gen.Elements(true, true, true, false, false)
        from actor in User
        from silo in Silo
        from change in isRoot ? OfRoot : OfAnybody
        from question in QuestionIn(tenant)
        from asksWhoIsConcerned in Gen.Elements(true, true, false)
        select new Step(tenant, isRoot ? Scenario.Root : actor, silo, change, asksWhoIsConcerned && UserOf(change) is { } user ? question with { User = user } : question);

    private static readonly Gen<Scenario> Any =
        from one in Models.World
        from other in Models.World
        from first in QuestionIn(0)
        from count in Gen.Choose(StepsMin, StepsMax)
        from steps in Gen.ArrayOf(Step, count)
        from showsParts in Models.OneIn(3)
        select new Scenario([one with { Name = "t1" }, other with { Name = "t2" }], first,
            showsParts ? [new Step(0, Scenario.Root, 0, new ShowParts(true), first), .. steps] : steps);

    public static Arbitrary<Scenario> Arbitrary { get; } = Arb.From(Any, Smaller);

    /// <summary>Whose rights a change is about, where it is about one user's.</summary>
    private static string? UserOf(Change change) => change switch
    {
        AssignRoles of => of.User,
        UnassignRoles of => of.User,
        PermitOnDevice of => of.User,
        ChangeAuthority of => of.User,
        ChangeMembership of => of.User,
        Enable of => of.User,
        DemandNewPassword of => of.User,
        Edit of => of.Owner is { } owner && Models.Names.Contains(owner) ? owner : null,
        _ => null,
    };

    private static Gen<Question> QuestionIn(int tenant) =>
        from user in User
        from id in Object
        from size in Gen.Choose(1, 5)
        from silo in Silo
        from narrowing in Narrowing.Any
        from fragments in Models.Documents
        from draw in Gen.Choose(0, 9_999)
        select new Question(tenant, user, id, size, silo, narrowing, fragments, draw);

    /// <summary>The same with fewer steps, or one thing less to begin with.</summary>
    private static IEnumerable<Scenario> Smaller(Scenario scenario)
    {
        var half = scenario.Steps.Length / 2;
        if (half > 1)
        {
            yield return scenario with { Steps = scenario.Steps[..half] };
            yield return scenario with { Steps = scenario.Steps[half..] };
        }
        foreach (var steps in Models.Less(scenario.Steps)) yield return scenario with { Steps = steps };
        for (var at = 0; at < scenario.Tenants.Length; at++)
        {
            var tenant = scenario.Tenants[at];
            if (tenant.Objects.Length > 0) yield return With(tenant with { Objects = [] });
            if (tenant.Users.Length > 1)
                foreach (var user in tenant.Users)
                    yield return With(tenant with { Users = [user] });
            foreach (var smaller in Models.Smaller(tenant)) yield return With(smaller);

            Scenario With(ModelTenant smaller) => scenario with { Tenants = [.. scenario.Tenants[..at], smaller, .. scenario.Tenants[(at + 1)..]] };
        }
    }
}
