using Bailiwick.Grains.Abstractions.Access;
using FsCheck;
using FsCheck.Fluent;

namespace Bailiwick.Grains.Tests.Access.Oracle;

/// <summary>
/// Worlds at random, and how a world that shows a mistake is made smaller. What is drawn leans towards grants that meet something: few names, few
/// objects, few fragments.
/// </summary>
internal static class Models
{
    /// <summary>One more than there are, for links, grants and assignments that outlived their object.</summary>
    public const int IdsMax = 6;
    private const int StrideMax = 24;

    public static readonly string[] Names = ["ann", "bob", "Ann"];
    // Names differ by their case, too. One makes an object an agent, for which operations can be made.
    public static readonly string[] FragmentNames = ["c8y_A", "com_cumulocity_model_Agent", "c8y_a"];
    private static readonly string[] Scopes = ["ALARM", "AUDIT", "EVENT", "MANAGED_OBJECT", "MEASUREMENT", "OPERATION", "*"];
    private static readonly string[] Levels = ["READ", "ADMIN", "*"];
    public static readonly string[] AuthorityNames = [.. Authorities.All.Select(authority => authority.Name())];

    private static readonly Gen<string> Type = Gen.Frequency((4, Gen.Elements(FragmentNames)), (2, Gen.Constant("*")), (1, Gen.Constant("c8y_Global")));
    public static readonly Gen<string[]> Documents = Few(Gen.Elements(FragmentNames), 2).Select(names => names.Distinct().ToArray());
    private static readonly Gen<long> Id = Gen.Choose(1, IdsMax).Select(id => (long)id);

    // Many hold nothing at all: for with a few of everything nobody would be refused, and grants would not be asked.
    private static readonly Gen<string[]> SomeAuthorities = Gen.Frequency(
        (4, Gen.Constant(Array.Empty<string>())), (5, Few(Gen.Elements(AuthorityNames), 9)),
        (3, Gen.Choose(10, 30).SelectMany(count => Gen.ArrayOf(Gen.Elements(AuthorityNames), count))), (1, Gen.Constant<string[]>(["ROLE_DEVICE_BOOTSTRAP"])));

    public static readonly Gen<RolePermission> Permission =
        from scope in Gen.Frequency((3, Gen.Elements(Scopes)), (1, Gen.Constant("*")))
        from type in Type
        from level in Gen.Elements(Levels)
        select new RolePermission(scope, type, level);

    private static readonly Gen<DevicePermissions> OnDevice =
        from id in Id
        from permissions in Few(Permission, 6)
        select new DevicePermissions(id, [.. permissions.Select(one => $"{one.Scope}:{one.Type}:{one.Level}")]);

    private static readonly Gen<ModelGroup> Group =
        from authorities in SomeAuthorities
        from onDevices in Few(OnDevice, 1)
        select new ModelGroup(authorities, onDevices);

    private static readonly Gen<Assignment> Assigned =
        from id in Id
        from roles in Few(Gen.Choose(0, 3), 3)
        select new Assignment(id, roles);

    /// <summary>One tenant, which has no name yet.</summary>
    public static readonly Gen<ModelTenant> World =
        from groups in Few(Group, 2)
        from roles in Few(Few(Permission, 6), 4)
        from users in Each(Names, User)
        from objects in Each([.. Enumerable.Range(1, IdsMax - 1).Select(id => (long)id)], ObjectOf)
        select new ModelTenant("", groups, roles, users, objects);

    private static readonly Gen<Model> Any =
        from one in World
        from other in World
        from isManagement in Gen.Elements(true, false, false)
        from offset in Gen.Choose(0, StrideMax - 1)
        select new Model([one with { Name = isManagement ? "management" : "t1" }, other with { Name = "t2" }], StrideMax, offset);

    public static Arbitrary<Model> Arbitrary { get; } = Arb.From(Any, Smaller);

    /// <summary>The same, and a world that shows a mistake stays as large as it was drawn.</summary>
    public static Arbitrary<Model> AsDrawn { get; } = Arb.From(Any);

    private static Gen<ModelUser> User(string name) =>
        from authorities in SomeAuthorities
        from groups in Few(Gen.Choose(0, 2), 2)
        from assignments in Few(Assigned, 4)
        from onDevices in Few(OnDevice, 4)
        from isDisabled in OneIn(12)
        from mustChangePassword in OneIn(12)
        select new ModelUser(name, authorities, [.. groups.Distinct()], assignments, onDevices, isDisabled, mustChangePassword);

    private static Gen<ModelObject> ObjectOf(long id) =>
        from owner in Gen.Elements([.. Names, "carl"])
        from fragments in Documents
        from isGlobal in OneIn(6)
        from parents in Few(Id, 2)
        from data in Few(Documents, 2)
        select new ModelObject(id, owner, isGlobal ? [.. fragments, "c8y_Global"] : fragments, [.. parents.Distinct()], data);

    public static Gen<bool> OneIn(int count) => Gen.Choose(1, count).Select(drawn => drawn == 1);

    public static Gen<T[]> Few<T>(Gen<T> item, int max) => Gen.Choose(0, max).SelectMany(count => Gen.ArrayOf(item, count));

    private static Gen<T[]> Each<TKey, T>(TKey[] keys, Func<TKey, Gen<T>> one) =>
        keys.Aggregate(Gen.Constant(Array.Empty<T>()), (before, key) => from items in before from item in one(key) select (T[])[.. items, item]);

    /// <summary>The same with one thing less, asked about in full: what does not matter goes, piece by piece.</summary>
    private static IEnumerable<Model> Smaller(Model model)
    {
        if (model.Stride > 1)
        {
            yield return model with { Stride = 1, Offset = 0 };
            yield break;
        }
        for (var at = 0; at < model.Tenants.Length; at++)
            foreach (var tenant in Smaller(model.Tenants[at]))
                yield return model with { Tenants = [.. model.Tenants[..at], tenant, .. model.Tenants[(at + 1)..]] };
    }

    public static IEnumerable<ModelTenant> Smaller(ModelTenant tenant) =>
    [
        .. Less(tenant.Users, Smaller).Select(users => tenant with { Users = users }),
        .. Less(tenant.Objects, Smaller).Select(objects => tenant with { Objects = objects }),
        .. Less(tenant.Groups, Smaller).Select(groups => tenant with { Groups = groups }),
        .. Less(tenant.Roles, permissions => Less(permissions)).Select(roles => tenant with { Roles = roles }),
    ];

    private static IEnumerable<ModelUser> Smaller(ModelUser user) =>
    [
        .. Less(user.Authorities).Select(authorities => user with { Authorities = authorities }),
        .. Less(user.Groups).Select(groups => user with { Groups = groups }),
        .. Less(user.Assignments, one => Less(one.Roles).Select(roles => one with { Roles = roles })).Select(assignments => user with { Assignments = assignments }),
        .. Less(user.OnDevices, Smaller).Select(onDevices => user with { OnDevices = onDevices }),
        .. user.IsDisabled ? [user with { IsDisabled = false }] : Array.Empty<ModelUser>(),
        .. user.MustChangePassword ? [user with { MustChangePassword = false }] : Array.Empty<ModelUser>(),
    ];

    private static IEnumerable<ModelObject> Smaller(ModelObject it) =>
    [
        .. Less(it.Fragments).Select(fragments => it with { Fragments = fragments }),
        .. Less(it.Parents).Select(parents => it with { Parents = parents }),
        .. Less(it.Data, fragments => Less(fragments)).Select(data => it with { Data = data }),
    ];

    private static IEnumerable<ModelGroup> Smaller(ModelGroup group) =>
    [
        .. Less(group.Authorities).Select(authorities => group with { Authorities = authorities }),
        .. Less(group.OnDevices, Smaller).Select(onDevices => group with { OnDevices = onDevices }),
    ];

    private static IEnumerable<DevicePermissions> Smaller(DevicePermissions on) => Less(on.Texts).Select(texts => on with { Texts = texts });

    public static IEnumerable<T[]> Less<T>(T[] items, Func<T, IEnumerable<T>>? smaller = null)
    {
        for (var at = 0; at < items.Length; at++) yield return [.. items[..at], .. items[(at + 1)..]];
        if (smaller is null) yield break;
        for (var at = 0; at < items.Length; at++)
            foreach (var less in smaller(items[at]))
                yield return [.. items[..at], less, .. items[(at + 1)..]];
    }
}
