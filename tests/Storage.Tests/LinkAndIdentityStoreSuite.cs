using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>What every <c>ILinkStore</c> and <c>IIdentityStore</c> promises.</summary>
public abstract class LinkAndIdentityStoreSuite
{
    internal abstract IStorageKit Open();

    [Fact]
    public async Task Links_show_from_both_ends_by_their_kind_after_a_restart()
    {
        using var kit = Open();
        await MakeAsync(kit, 6);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Device, [new(4), new(2), new(3)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 5), ChildKind.Device, [new(2)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Addition, [new(6)]);
        kit.Reopen();
        Assert.Equal([2, 3, 4], Values(await kit.Links.ChildIdsAsync(Ask.Write(Ask.T1, 1), ChildKind.Device)));
        Assert.Equal([6], Values(await kit.Links.ChildIdsAsync(Ask.Write(Ask.T1, 1), ChildKind.Addition)));
        Assert.Empty(await kit.Links.ChildIdsAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset));
        Assert.True(await kit.Links.IsChildAsync(Ask.Read(Ask.T1, 1), ChildKind.Device, new(2)));
        Assert.False(await kit.Links.IsChildAsync(Ask.Read(Ask.T1, 1), ChildKind.Asset, new(2)));
        Assert.False(await kit.Links.IsChildAsync(Ask.Read(Ask.T1, 2), ChildKind.Device, new(1)));
        var parents = await kit.Links.ReferencesAsync(Ask.Read(Ask.T1, 2), Ask.All(Ask.T1), ChildKind.Device, parents: true, 10);
        Assert.Equal([new ObjectReference(new(1), "thing1"), new ObjectReference(new(5), "thing5")], parents);
    }

    [Fact]
    public async Task What_is_below_is_found_at_any_depth_once_and_through_visible_objects_alone()
    {
        using var kit = Open();
        await MakeAsync(kit, 7);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2), new(3)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3), new(1)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 3), ChildKind.Device, [new(4)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 3), ChildKind.Addition, [new(5)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 6), ChildKind.Asset, [new(7)]);
        ChildKind[] both = [ChildKind.Asset, ChildKind.Device];
        Assert.Equal([1, 2, 3], Values((await kit.Links.BelowAsync(Ask.All(Ask.T1), new(1), [ChildKind.Asset], 100))!.Ids!));
        Assert.Equal([1, 2, 3, 4], Values((await kit.Links.BelowAsync(Ask.All(Ask.T1), new(1), both, 4))!.Ids!));
        Assert.Null(await kit.Links.BelowAsync(Ask.All(Ask.T1), new(1), both, 3));
        Assert.Empty((await kit.Links.BelowAsync(Ask.All(Ask.T1), new(99), both, 100))!.Ids!);
        Assert.Empty((await kit.Links.BelowAsync(Ask.All(Ask.T10), new(1), both, 100))!.Ids!);
        Assert.Empty((await kit.Links.BelowAsync(Ask.Nothing(Ask.T1), new(1), both, 100))!.Ids!);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1, 2), InventoryStoreSuite.Thing(2, null, null, "bob"), await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 2)));
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1, 4), InventoryStoreSuite.Thing(4, null, null, "bob"), await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 4)));
        Assert.Equal([2], Values((await kit.Links.BelowAsync(Ask.Own(Ask.T1, "bob"), new(2), both, 100))!.Ids!));
        Assert.Empty((await kit.Links.BelowAsync(Ask.Own(Ask.T1, "bob"), new(3), both, 100))!.Ids!);
    }

    [Fact]
    public async Task What_holds_a_child_is_found_by_it_only_where_the_child_itself_shows()
    {
        using var kit = Open();
        await MakeAsync(kit, 3);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(3)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3)]);
        await GiveAsync(1, "zoe");
        Assert.Equal([1, 2], await HoldersAsync(Ask.All(Ask.T1)));
        Assert.Empty(await HoldersAsync(Ask.Own(Ask.T1, "zoe")));
        await GiveAsync(3, "zoe");
        Assert.Equal([1], await HoldersAsync(Ask.Own(Ask.T1, "zoe")));

        async Task GiveAsync(long id, string owner) => await kit.Inventory.WriteAsync(
            Ask.Write(Ask.T1, id), InventoryStoreSuite.Thing(id, null, null, owner), await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, id)));

        async Task<IEnumerable<long>> HoldersAsync(ListPermit reader)
        {
            var query = new InventoryQuery(ParentsOf: [new ParentOf(ChildKind.Asset, new(3))]);
            var found = await kit.Inventory.FindAsync(reader, query, new PageRequest(1, 10, true));
            Assert.Equal(found.Items.Count, found.Total);
            Assert.Equal(found.Items.Count, await kit.Inventory.CountAsync(reader, query));
            return found.Items.Select(o => o.Id.Value);
        }
    }

    [Fact]
    public async Task Unlinking_removes_the_named_links_both_ways_and_passes_over_others()
    {
        using var kit = Open();
        await MakeAsync(kit, 5);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2), new(3), new(4)]);
        await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(3), new(5)]);
        Assert.Equal([2, 4], Values(await kit.Links.ChildIdsAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset)));
        Assert.Empty(await kit.Links.ReferencesAsync(Ask.Read(Ask.T1, 3), Ask.All(Ask.T1), ChildKind.Asset, parents: true, 10));
        await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(4)]);
        Assert.Equal([2], Values(await kit.Links.ChildIdsAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset)));
    }

    [Fact]
    public async Task Children_come_in_full_pages_of_what_the_reader_may_see()
    {
        using var kit = Open();
        await MakeAsync(kit, 40);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Device, [.. Enumerable.Range(2, 39).Select(i => new ObjectId(i))]);
        var all = await kit.Links.ChildrenAsync(Ask.Read(Ask.T1, 1), Ask.All(Ask.T1), ChildKind.Device, new(2, 10, true));
        Assert.Equal(Enumerable.Range(12, 10).Select(i => (long)i), all.Items.Select(o => o.Id.Value));
        Assert.Equal((39, true), (all.Total, all.HasMore));
        // Odd ones are ann's.
        var anns = await kit.Links.ChildrenAsync(Ask.Read(Ask.T1, 1), Ask.Own(Ask.T1, "ann"), ChildKind.Device, new(2, 10, true));
        Assert.Equal(Enumerable.Range(0, 9).Select(i => 23L + 2 * i), anns.Items.Select(o => o.Id.Value));
        Assert.Equal((19, false), (anns.Total, anns.HasMore));
        Assert.Equal([3, 5, 7], (await kit.Links.ReferencesAsync(Ask.Read(Ask.T1, 1), Ask.Own(Ask.T1, "ann"), ChildKind.Device, false, 3)).Select(r => r.Id.Value));
        Assert.Empty((await kit.Links.ChildrenAsync(Ask.Read(Ask.T1, 1), Ask.Nothing(Ask.T1), ChildKind.Device, new(1, 10, true))).Items);
        Assert.Equal(39, await kit.Links.CountChildrenAsync(Ask.Read(Ask.T1, 1), Ask.All(Ask.T1), ChildKind.Device));
        Assert.Equal(19, await kit.Links.CountChildrenAsync(Ask.Read(Ask.T1, 1), Ask.Own(Ask.T1, "ann"), ChildKind.Device));
        Assert.Equal(0, await kit.Links.CountChildrenAsync(Ask.Read(Ask.T1, 1), Ask.All(Ask.T1), ChildKind.Asset));
        Assert.Equal(0, await kit.Links.CountChildrenAsync(Ask.Read(Ask.T1, 1), Ask.Nothing(Ask.T1), ChildKind.Device));
    }

    [Fact]
    public async Task Roots_are_what_stands_below_nothing_that_the_reader_may_see()
    {
        using var kit = Open();
        await MakeAsync(kit, 7);
        // 1 (ann) > 2 (bob) > 3 (ann); 5 (ann) and 6 (bob) hold each other; 7 (ann) hangs below what is gone; 4 (bob) is free.
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Device, [new(3)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 5), ChildKind.Addition, [new(6)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 6), ChildKind.Addition, [new(5)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 99), ChildKind.Asset, [new(7)]);

        async Task<string> RootsAsync(ListPermit permit, PageRequest page, InventoryQuery? query = null)
        {
            var found = await kit.Inventory.FindAsync(permit, (query ?? new InventoryQuery()) with { OnlyRoots = true }, page);
            return $"{string.Join(',', found.Items.Select(o => o.Id.Value))} of {found.Total}";
        }
        Assert.Equal("1,4,7 of 3", await RootsAsync(Ask.All(Ask.T1), new(1, 10, true)));
        Assert.Equal("7 of 3", await RootsAsync(Ask.All(Ask.T1), new(2, 2, true)));
        Assert.Equal("1,3,5,7 of 4", await RootsAsync(Ask.Own(Ask.T1, "ann"), new(1, 10, true)));
        Assert.Equal("4 of 1", await RootsAsync(Ask.All(Ask.T1), new(1, 10, true), new InventoryQuery(Owner: "bob")));
        Assert.Equal(3, await kit.Inventory.CountAsync(Ask.All(Ask.T1), new InventoryQuery(OnlyRoots: true)));
        Assert.Equal(" of 0", await RootsAsync(Ask.Nothing(Ask.T1), new(1, 10, true)));
    }

    [Fact]
    public async Task All_that_stands_above_an_object_is_found_once_through_circles_and_what_the_reader_may_not_see()
    {
        using var kit = Open();
        await MakeAsync(kit, 6);
        // 1 is a device below 2, which is in the group 3, which is in 4 and in 5; 5 is, by a circle, below 1. 99 is gone.
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Device, [new(1)]);
        foreach (var (parent, child) in ((long, long)[])[(3, 2), (4, 3), (5, 3), (1, 5), (99, 3)])
            await kit.Links.LinkAsync(Ask.Write(Ask.T1, parent), ChildKind.Asset, [new(child)]);

        var all = await kit.Links.AncestorsAsync(Ask.Read(Ask.T1, 1), Ask.All(Ask.T1), 100);
        Assert.Equal(["2", "3,4,5", ""], all.Select(kind => string.Join(',', kind.Select(one => one.Id))));
        Assert.Equal("thing3", all[1][0].Name);
        // Odd ones are ann's: what is above another's is hers to see all the same.
        Assert.Equal(["", "3,5", ""], (await kit.Links.AncestorsAsync(Ask.Read(Ask.T1, 1), Ask.Own(Ask.T1, "ann"), 100)).Select(kind => string.Join(',', kind.Select(one => one.Id))));
        Assert.Equal(2, (await kit.Links.AncestorsAsync(Ask.Read(Ask.T1, 1), Ask.All(Ask.T1), 2)).Sum(kind => kind.Count));
    }

    [Fact]
    public async Task A_link_to_an_object_that_is_not_there_shows_nowhere()
    {
        using var kit = Open();
        await MakeAsync(kit, 2);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Device, [new(2), new(99)]);
        Assert.Equal([2], Values(await kit.Links.ChildIdsAsync(Ask.Write(Ask.T1, 1), ChildKind.Device)));
        Assert.False(await kit.Links.IsChildAsync(Ask.Read(Ask.T1, 1), ChildKind.Device, new(99)));
        Assert.Equal(1, (await kit.Links.ChildrenAsync(Ask.Read(Ask.T1, 1), Ask.All(Ask.T1), ChildKind.Device, new(1, 5, true))).Total);
    }

    [Fact]
    public async Task Relatives_are_all_that_there_are_whoever_owns_them_and_say_whether_they_are_marked()
    {
        using var kit = Open();
        await MakeAsync(kit, 4);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(5, "thing5", "t", "bob", ("mark", "{}")), null);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Device, [new(5), new(2), new(99)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 4), ChildKind.Device, [new(2)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 5), ChildKind.Device, [new(2)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 3), ChildKind.Asset, [new(2)]);
        Assert.Equal([new Relative(new(2), false), new Relative(new(5), true)], await kit.Links.RelativesAsync(Ask.Read(Ask.T1, 1), ChildKind.Device, parents: false, "mark"));
        Assert.Equal([new Relative(new(1), false), new Relative(new(4), false), new Relative(new(5), true)],
            await kit.Links.RelativesAsync(Ask.Read(Ask.T1, 2), ChildKind.Device, parents: true, "mark"));
        Assert.Empty(await kit.Links.RelativesAsync(Ask.Read(Ask.T10, 1), ChildKind.Device, parents: false, "mark"));
    }

    [Fact]
    public async Task Names_find_their_object_and_are_listed_in_order_after_a_restart()
    {
        using var kit = Open();
        ExternalId[] names = [new("b", "1"), new("a", "z"), new("a", "b"), new("a\0", "x"), new("ab", ""), new("\u00fc", "/ ?\U0001F600")];
        foreach (var name in names) await kit.Identity.BindAsync(Ask.Write(Ask.T1, 7), name);
        await kit.Identity.BindAsync(Ask.Write(Ask.T10, 8), names[0]);
        kit.Reopen();
        foreach (var name in names) Assert.Equal(new ObjectId(7), await kit.Identity.FindAsync(Ask.Read(Ask.T1), name));
        Assert.Equal(new ObjectId(8), await kit.Identity.FindAsync(Ask.Read(Ask.T10), names[0]));
        Assert.Null(await kit.Identity.FindAsync(Ask.Read(Ask.T10), names[1]));
        Assert.Equal(
            names.OrderBy(n => n.Type, StringComparer.Ordinal).ThenBy(n => n.Value, StringComparer.Ordinal),
            await kit.Identity.NamesAsync(Ask.Read(Ask.T1, 7)));
    }

    [Fact]
    public async Task A_bound_name_cannot_be_taken_and_a_freed_one_can()
    {
        using var kit = Open();
        var name = ExternalId.Serial("s1");
        await kit.Identity.BindAsync(Ask.Write(Ask.T1, 7), name);
        var refusal = await Assert.ThrowsAsync<Refusal>(() => kit.Identity.BindAsync(Ask.Write(Ask.T1, 8), name));
        Assert.Equal(RefusalKind.Conflict, refusal.Kind);
        await kit.Identity.UnbindAsync(Ask.Write(Ask.T1, 8), name);
        Assert.Equal(new ObjectId(7), await kit.Identity.FindAsync(Ask.Read(Ask.T1), name));
        await kit.Identity.UnbindAsync(Ask.Write(Ask.T1, 7), name);
        Assert.Empty(await kit.Identity.NamesAsync(Ask.Read(Ask.T1, 7)));
        await kit.Identity.BindAsync(Ask.Write(Ask.T1, 8), name);
        Assert.Equal([name], await kit.Identity.NamesAsync(Ask.Read(Ask.T1, 8)));
    }

    // Odd ids are ann's, even ones bob's.
    private static async Task MakeAsync(IStorageKit kit, int count)
    {
        for (var id = 1; id <= count; id++)
            await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(id, "thing" + id, "t", id % 2 == 1 ? "ann" : "bob"), null);
    }

    private static IEnumerable<long> Values(IEnumerable<ObjectId> ids) => ids.Select(i => i.Value);
}
