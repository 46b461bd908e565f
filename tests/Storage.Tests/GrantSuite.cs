using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;

namespace Bailiwick.Storage.Tests;

/// <summary>What every store promises a reader who holds grants on single objects: lists of objects, and of data, hold what these reach and nothing else.</summary>
public abstract class GrantSuite
{
    private static readonly ChildKind[] Kinds = [ChildKind.Device, ChildKind.Asset, ChildKind.Addition];

    internal abstract IStorageKit Open();

    [Fact]
    public async Task A_role_reaches_below_by_every_kind_of_link_and_way_and_a_device_permission_does_not()
    {
        using var kit = Open();
        // 1 > 2 > 3 by three kinds of link; 4 > 3 as well; 5 stands by itself; all are bob's.
        for (var id = 1; id <= 5; id++) await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(id, "n" + id, "t", "bob"), null);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Device, [new(3)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 4), ChildKind.Addition, [new(3)]);
        Assert.Equal([1, 2, 3], await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [Ask.On(1)])));
        Assert.Equal([3, 4], await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [Ask.On(4)])));
        Assert.Equal([1, 5], await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [Ask.On(5)], [Ask.On(1)])));
        Assert.Empty(await ListedAsync(kit, Ask.Granted(Ask.T10, "ann", [Ask.On(1)])));
        Assert.Empty(await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [Ask.On(1, GrantScope.Alarm), Ask.On(99)])));
        await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
        Assert.Equal([1], await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [Ask.On(1)])));
        kit.Reopen();
        Assert.Equal([2, 3], await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [Ask.On(2)])));
    }

    [Fact]
    public async Task Fragments_covered_by_several_grants_on_several_ways_add_up()
    {
        using var kit = Open();
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(1, null, "t", "bob", ("a", "1")), null);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(2, null, "t", "bob"), null);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(3, null, "t", "bob", ("a", "1"), ("b", "1"), ("c", "1")), null);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(3)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3)]);
        var (a, b, c) = (Ask.On(1, types: "a"), Ask.On(2, types: "b"), Ask.On(3, types: "c"));
        Assert.Equal([1, 3], await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [a, b], [c])));
        Assert.Equal([1], await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [a, b])));
        // 2 has no fragment: it asks for a grant of everything.
        Assert.Empty(await ListedAsync(kit, Ask.Granted(Ask.T1, "ann", [b], [c])));
    }

    [Fact]
    public async Task What_stands_above_is_all_that_exists_each_once_or_nothing_where_there_is_too_much()
    {
        using var kit = Open();
        for (var id = 1; id <= 5; id++) await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(id, null, "t", "bob"), null);
        // 1 > 2 > 4, 1 > 3 > 4, 4 > 1: a circle. 5 > 99 > 4, of which 99 is not there.
        foreach (var (parent, child) in ((long, long)[])[(1, 2), (2, 4), (1, 3), (3, 4), (4, 1), (99, 4), (5, 99)])
            await kit.Links.LinkAsync(Ask.Write(Ask.T1, parent), Kinds[child % 3], [new(child)]);
        Assert.Equal([1, 2, 3], (await kit.Links.AboveAsync(Ask.Read(Ask.T1, 4), 3))!.Select(id => id.Value).Order());
        Assert.Null(await kit.Links.AboveAsync(Ask.Read(Ask.T1, 4), 2));
        Assert.Equal([2, 3, 4], (await kit.Links.AboveAsync(Ask.Read(Ask.T1, 1), 100))!.Select(id => id.Value).Order());
        Assert.Empty((await kit.Links.AboveAsync(Ask.Read(Ask.T1, 5), 0))!);
        Assert.Empty((await kit.Links.AboveAsync(Ask.Read(Ask.T10, 4), 100))!);
    }

    [Fact]
    public async Task Groups_of_hundreds_that_overlap_are_listed_page_by_page_and_counted()
    {
        using var kit = Open();
        const int count = 1_500;
        await Task.WhenAll(Enumerable.Range(1, count).Select(id =>
            kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(id, null, id % 100 == 0 ? "rare" : "t", "bob", ("f", "1")), null)));
        // Of four groups the first two are ann's, the third is within the second; every seventh object hangs in two of them, and some below a device.
        List<ObjectId> Every(int step, int from) => [.. Enumerable.Range(10, count - 9).Where(id => id % step == from).Select(id => new ObjectId(id))];
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, Every(4, 1));
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Device, Every(7, 0));
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 3), ChildKind.Addition, Every(5, 2));
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 3), ChildKind.Device, Every(9, 0));
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 4), ChildKind.Device, Every(2, 0));
        var expected = Enumerable.Range(1, count).Where(id => id < 4 || (id > 9 && (id % 4 == 1 || id % 7 == 0 || id % 5 == 2 || id % 9 == 0))).Select(id => (long)id).ToList();
        foreach (var (permit, inPart) in new[] { (Ask.Granted(Ask.T1, "ann", [Ask.On(1), Ask.On(2)]), false), (Ask.Granted(Ask.T1, "ann", [Ask.On(1, types: "f"), Ask.On(2)]), true) })
        {
            foreach (var size in (int[])[7, 100, 499]) await ComparePagesAsync(expected, page => kit.Inventory.FindAsync(permit, new(), page).AsTask(), size);
            await ComparePagesAsync([.. expected.Where(id => id > 777)], page => kit.Inventory.FindAsync(permit, new(After: new(777)), page).AsTask(), 50);
            await ComparePagesAsync([.. expected.Where(id => id % 100 == 0)], page => kit.Inventory.FindAsync(permit, new(Type: "rare"), page).AsTask(), 3);
            await ComparePagesAsync([1, 2], page => kit.Inventory.FindAsync(permit, new(OnlyRoots: true), page).AsTask(), 2);
            await ComparePagesAsync([.. expected.Where(id => id > 9 && id % 9 == 0)], page => kit.Links.ChildrenAsync(Ask.Read(Ask.T1, 3), permit, ChildKind.Device, page).AsTask(), 60);
            var shared = expected.Where(id => id > 9 && id % 2 == 0).ToList();
            await ComparePagesAsync(shared, page => kit.Links.ChildrenAsync(Ask.Read(Ask.T1, 4), permit, ChildKind.Device, page).AsTask(), 200);
            Assert.Equal(shared.Count, await kit.Links.CountChildrenAsync(Ask.Read(Ask.T1, 4), permit, ChildKind.Device));
            var scope = Ask.Granted(Ask.T1, "ann", inPart ? [Ask.On(1, GrantScope.Event, "f"), Ask.On(2, GrantScope.Event)] : [Ask.On(1, GrantScope.Event), Ask.On(2, GrantScope.Event)], permission: Permission.EventRead);
            if ((await kit.Inventory.SourcesAsync(scope, null)) is { Ids: { } told } sources)
            {
                Assert.Equal(expected, told.Select(id => id.Value));
                Assert.Equal(inPart, sources.HasPartly);
            }
        }
    }

    [Fact]
    public async Task What_stands_far_apart_is_filtered_exactly_page_by_page_whether_or_not_the_page_shows_it()
    {
        using var kit = Open();
        const int count = 1_500;
        await Task.WhenAll(Enumerable.Range(1, count).Select(id => kit.Inventory.WriteAsync(
            Ask.Write(Ask.T1), InventoryStoreSuite.Thing(id, null, id % 3 == 0 ? "t" : "u", id % 5 == 0 ? "eve" : "bob", (id % 4 == 0 ? "f" : "g", "1")), null)));
        var hanging = Enumerable.Range(1, count).Where(id => id % 20 == 0).ToList();
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [.. hanging.Select(id => new ObjectId(id))]);
        List<long> Expected(Predicate<int> holds) => [.. hanging.Prepend(1).Where(id => holds(id)).Select(id => (long)id)];
        var permit = Ask.Granted(Ask.T1, "ann", [Ask.On(1)]);
        foreach (var (query, expected) in new (InventoryQuery, List<long>)[]
        {
            (new(Type: "t"), Expected(id => id % 3 == 0)), (new(Owner: "eve"), Expected(id => id % 5 == 0)), (new(FragmentType: "f"), Expected(id => id % 4 == 0)),
            (new(FragmentType: "g"), Expected(id => id % 4 != 0)), (new(Type: "t", Owner: "eve", FragmentType: "f"), Expected(id => id % 60 == 0)), (new(Type: "t", Owner: "bob"), []),
            (new(Type: "u", Text: "eve"), Expected(id => id % 3 != 0 && id % 5 == 0)),
        })
            foreach (var size in (int[])[1, 7, 100]) await ComparePagesAsync(expected, page => kit.Inventory.FindAsync(permit, query, page).AsTask(), size);
    }

    [Fact]
    public Task Every_list_of_objects_agrees_with_plain_sets_for_every_reader() => Seeded.RunAsync(async random =>
    {
        using var kit = Open();
        var model = new GrantModel();
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 80; i++) await model.ChangeAsync(kit, random);
            if (round == 2) kit.Reopen();
            for (var i = 0; i < 12; i++) await CompareObjectsAsync(kit, model, model.Reader(random), random);
        }
    });

    [Fact]
    public Task Every_list_of_data_agrees_with_plain_sets_for_every_reader() => Seeded.RunAsync(async random =>
    {
        using var kit = Open();
        var model = new GrantModel();
        for (var i = 0; i < 160; i++) await model.ChangeAsync(kit, random);
        await model.AddDataAsync(kit, random);
        for (var i = 0; i < 25; i++)
        {
            var reader = model.Reader(random);
            foreach (var scope in GrantModel.DataScopes)
            {
                await CompareSourcesAsync(kit, model, reader, scope, random);
                await model.CompareDataAsync(kit, reader, scope, random);
            }
        }
    });

    private static async Task CompareObjectsAsync(IStorageKit kit, GrantModel model, GrantReader reader, Random random)
    {
        var permit = reader.Permit(Permission.InventoryRead);
        var visible = model.Visible(reader);
        for (var size = 1; size <= visible.Count + 1; size++) await ComparePagesAsync(visible, page => kit.Inventory.FindAsync(permit, new(), page).AsTask(), size);
        Assert.Equal(visible.Count, await kit.Inventory.CountAsync(permit, new()));
        for (var i = 0; i < 12; i++)
        {
            var query = GrantModel.Query(random);
            var expected = visible.Where(id => model.Matches(id, query, visible)).ToList();
            await ComparePagesAsync(expected, page => kit.Inventory.FindAsync(permit, query, page).AsTask(), random.Next(1, 8));
            Assert.Equal(expected.Count, await kit.Inventory.CountAsync(permit, query));
        }
        for (var id = 1L; id <= GrantModel.IdsMax; id++)
        {
            await CompareRelativesAsync(kit, model, permit, visible, id, random);
            var above = model.Above(id);
            Assert.Equal(above, (await kit.Links.AboveAsync(Ask.Read(Ask.T1, id), above.Count))!.Select(one => one.Value).Order());
            if (above.Count > 0) Assert.Null(await kit.Links.AboveAsync(Ask.Read(Ask.T1, id), above.Count - 1));
        }
    }

    private static async Task CompareRelativesAsync(IStorageKit kit, GrantModel model, ListPermit permit, List<long> visible, long id, Random random)
    {
        var of = Ask.Read(Ask.T1, id);
        var ancestors = await kit.Links.AncestorsAsync(of, permit, 1_000);
        foreach (var kind in Kinds)
        {
            var children = visible.Where(child => model.Links.Contains((kind, id, child))).ToList();
            await ComparePagesAsync(children, page => kit.Links.ChildrenAsync(of, permit, kind, page).AsTask(), random.Next(1, 6));
            Assert.Equal(children.Count, await kit.Links.CountChildrenAsync(of, permit, kind));
            Assert.Equal(children, (await kit.Links.ReferencesAsync(of, permit, kind, parents: false, 1_000)).Select(one => one.Id.Value));
            var parents = visible.Where(parent => model.Links.Contains((kind, parent, id)));
            Assert.Equal(parents, (await kit.Links.ReferencesAsync(of, permit, kind, parents: true, 1_000)).Select(one => one.Id.Value));
            var upward = model.Above(id).Append(id).ToList();
            Assert.Equal(
                visible.Where(above => above != id && upward.Exists(below => model.Links.Contains((kind, above, below)))),
                ancestors[Array.IndexOf(Kinds, kind)].Select(one => one.Id.Value));
        }
    }

    private static async Task CompareSourcesAsync(IStorageKit kit, GrantModel model, GrantReader reader, GrantScope scope, Random random)
    {
        var permit = reader.Permit(GrantModel.ReadOf(scope));
        var expected = model.Objects.Keys.Order().Where(id => model.DataTypes(reader, scope, id).Count > 0).ToList();
        var all = await kit.Inventory.SourcesAsync(permit, null);
        if (all.Ids is { } told)
        {
            Assert.False(all.AreOfScope);
            Assert.Equal(expected, told.Select(id => id.Value));
            foreach (var id in told) Same(model.DataTypes(reader, scope, id.Value), all.Of(id));
        }
        for (var id = 1L; id <= GrantModel.IdsMax; id++)
        {
            var only = await kit.Inventory.SourcesAsync(permit, new ObjectId(id));
            Assert.Equal(expected.Contains(id) ? [id] : [], only.Ids!.Select(one => one.Value));
            if (expected.Contains(id)) Same(model.DataTypes(reader, scope, id), only.Of(new(id)));
        }
        ChildKind[] kinds = random.Next(2) == 0 ? [ChildKind.Asset, ChildKind.Device] : [ChildKind.Asset];
        var top = random.Next(1, GrantModel.IdsMax + 1);
        var below = model.Below(top, kinds, expected);
        var found = (await kit.Links.BelowAsync(permit, new(top), kinds, below.Count))!;
        Assert.Equal(below, found.Ids!.Select(id => id.Value));
        foreach (var id in found.Ids!) Same(model.DataTypes(reader, scope, id.Value), found.Of(id));
        if (below.Count > 0) Assert.Null(await kit.Links.BelowAsync(permit, new(top), kinds, below.Count - 1));
    }

    private static void Same(HashSet<string> types, Coverage coverage)
    {
        Assert.Equal(types.Contains("*"), coverage.IsWhole);
        if (!coverage.IsWhole) Assert.Equal(types.Order(StringComparer.Ordinal), coverage.Types!.Order(StringComparer.Ordinal));
    }

    internal static async Task ComparePagesAsync<T>(IReadOnlyList<T> expected, Func<PageRequest, Task<Page<T>>> find, int size)
    {
        for (var number = 1; number == 1 || (number - 1) * size <= expected.Count; number++)
        {
            var found = await find(new PageRequest(number, size, number % 2 == 1));
            Assert.Equal(expected.Skip((number - 1) * size).Take(size), found.Items);
            Assert.Equal(expected.Count > number * size, found.HasMore);
            Assert.Equal(number % 2 == 1 ? expected.Count : null, found.Total);
        }
    }

    private static Task ComparePagesAsync(List<long> expected, Func<PageRequest, Task<Page<ManagedObject>>> find, int size) =>
        ComparePagesAsync(expected, async page => (await find(page)).Select(found => found.Id.Value), size);

    private static async Task<IEnumerable<long>> ListedAsync(IStorageKit kit, ListPermit permit)
    {
        var found = await kit.Inventory.FindAsync(permit, new InventoryQuery(), new PageRequest(1, 100, true));
        Assert.Equal(found.Items.Count, found.Total);
        Assert.Equal(found.Items.Count, await kit.Inventory.CountAsync(permit, new InventoryQuery()));
        return found.Items.Select(one => one.Id.Value);
    }
}
