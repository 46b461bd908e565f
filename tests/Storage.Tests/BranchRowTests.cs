using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Silo.Embedded;

namespace Bailiwick.Storage.Tests;

/// <summary>The rows by which a walk down goes: none may be missing, whoever links at the same moment and whichever version wrote the store.</summary>
public sealed class BranchRowTests
{
    [Fact]
    public Task Links_made_and_removed_at_once_leave_no_hole() => Seeded.RunAsync(async random =>
    {
        using var kit = new EmbeddedKit();
        const int chain = 5;
        for (var round = 0; round < 150; round++)
        {
            var first = round * chain + 1;
            await Task.WhenAll(Enumerable.Range(first, chain).Select(id => WriteAsync(kit, id)));
            var links = Enumerable.Range(first, chain - 1).Select(id => (Parent: (long)id, Child: id + 1L)).OrderBy(_ => random.Next()).ToList();
            // Some of them are taken away and made again meanwhile, by either end; all are there in the end.
            await Task.WhenAll(links.Select((link, at) => Task.Run(async () =>
            {
                await LinkAsync(kit, link.Parent, link.Child);
                if ((at + round) % 3 < 2) await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, link.Parent), ChildKind.Asset, [new(link.Child)]);
                await LinkAsync(kit, link.Parent, link.Child);
            })));
            Assert.Empty(Holes(kit));
            Assert.Equal(Enumerable.Range(first, chain).Select(id => (long)id), await ListedAsync(kit, first));
        }
    });

    [Theory]
    [InlineData("unlinked")]
    [InlineData("deleted")]
    public async Task What_was_taken_out_of_a_group_does_not_show_through_it_when_it_gets_a_child_before_that_is_durable(string how)
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 3; id++) await WriteAsync(kit, id);
        await LinkAsync(kit, 1, 2);
        var second = (await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 2)))!;
        // The writer stands still while it tells this connection, so that what is handed over meanwhile is queued and not in the database.
        using var held = new HoldingSink();
        await kit.Telemetry.AppendAsync(TelemetryStoreSuite.Write(Ask.T1, 3), [TelemetryStoreSuite.Row(0)], held, 1);
        await held.Reached.WaitAsync(Awaited.Long);
        var taken = how switch
        {
            "unlinked" => kit.Links.UnlinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]),
            _ => kit.Inventory.DeleteAsync(Ask.Write(Ask.T1, 2), second),
        };
        var filled = LinkAsync(kit, 2, 3);
        Assert.False(taken.IsCompleted || filled.IsCompleted);
        held.LetGo();
        await Task.WhenAll(taken, filled).WaitAsync(Awaited.Long);
        Assert.Empty(Branches(kit));
        Assert.Equal([1], await ListedAsync(kit, 1));
    }

    [Fact]
    public async Task A_row_that_was_left_behind_shows_nothing()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 3; id++) await WriteAsync(kit, id);
        await LinkAsync(kit, 2, 3);
        await kit.Store.Writer.CommitAsync(Behind(new StoreChange(), 1, 2));
        Assert.Equal([1], await ListedAsync(kit, 1));
        Assert.Equal([new(1)], (await kit.Inventory.SourcesAsync(Ask.Granted(Ask.T1, "ann", [Ask.On(1)]), null)).Ids!);
        // Nor does a link of another kind stand for it.
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Device, [new(3)]);
        await kit.Store.Writer.CommitAsync(Behind(new StoreChange(), 1, 3));
        Assert.Equal([1, 3], await ListedAsync(kit, 1));
    }

    [Fact]
    public async Task Rows_go_with_their_links_and_their_objects()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 5; id++) await WriteAsync(kit, id);
        foreach (var (parent, child) in ((long, long)[])[(1, 2), (2, 3), (3, 4), (4, 5)]) await LinkAsync(kit, parent, child);
        Assert.Equal([(1, 2), (2, 3), (3, 4)], Branches(kit));
        await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
        Assert.Equal([(2, 3), (3, 4)], Branches(kit));
        await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3)]);
        Assert.Equal([(3, 4)], Branches(kit));
        await LinkAsync(kit, 2, 3);
        Assert.Equal([(2, 3), (3, 4)], Branches(kit));
        await kit.Inventory.DeleteAsync(Ask.Write(Ask.T1, 3), (await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 3)))!);
        Assert.Empty(Branches(kit));
    }

    [Fact]
    public async Task A_store_that_an_older_version_wrote_gets_its_rows_when_it_is_opened_and_again_after_that_version_wrote_on()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 4; id++) await WriteAsync(kit, id);
        foreach (var (parent, child) in ((long, long)[])[(1, 2), (2, 3), (3, 4)]) await LinkAsync(kit, parent, child);
        // As if the version before had written it: no rows, no mark.
        await ForgetAsync(kit, new StoreChange().Delete(Family.Meta, KeySpace.Meta(MetaRow.Branches)));
        Assert.Equal([1], (await ListedAsync(kit, 1)).Take(1));
        Assert.NotEmpty(Holes(kit));
        kit.Reopen();
        Assert.Empty(Holes(kit));
        Assert.Equal([1, 2, 3, 4], await ListedAsync(kit, 1));

        // As if it was opened once more by that version, whose first commit moves its own mark alone. This one's first commit moves both.
        await WriteAsync(kit, 5);
        await ForgetAsync(kit, new StoreChange().Put(Family.Meta, KeySpace.Meta(MetaRow.Sequence), KeySpace.Number(kit.Store.Writer.Sequence + 1_000_000)));
        kit.Reopen();
        Assert.Equal([1, 2, 3, 4], await ListedAsync(kit, 1));
    }

    [Fact]
    public async Task What_an_older_version_has_taken_out_of_a_group_leaves_nothing_behind_when_this_one_opens_the_store_again()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 4; id++) await WriteAsync(kit, id);
        foreach (var (parent, child) in ((long, long)[])[(1, 2), (2, 3), (3, 4)]) await LinkAsync(kit, parent, child);
        // That version knows of the two rows of a link and of its own mark.
        await kit.Store.Writer.CommitAsync(new StoreChange()
            .Delete(Family.Links, KeySpace.Link(Ask.T1, new(1), LinkDirection.Child, ChildKind.Asset, new(2)))
            .Delete(Family.Links, KeySpace.Link(Ask.T1, new(2), LinkDirection.Parent, ChildKind.Asset, new(1)))
            .Put(Family.Meta, KeySpace.Meta(MetaRow.Sequence), KeySpace.Number(kit.Store.Writer.Sequence + 1_000_000)));
        Assert.Equal([(1, 2), (2, 3)], Branches(kit));
        kit.Reopen();
        Assert.Equal([(2, 3)], Branches(kit));
        Assert.Equal([2, 3, 4], await ListedAsync(kit, 2));
    }

    [Fact]
    public async Task A_store_that_only_this_version_wrote_is_not_read_through_again()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 3; id++) await WriteAsync(kit, id);
        await LinkAsync(kit, 1, 2);
        await LinkAsync(kit, 2, 3);
        kit.Reopen();
        await ForgetAsync(kit, new StoreChange());
        for (var i = 0; i < 3; i++)
        {
            await kit.Telemetry.AppendAsync(TelemetryStoreSuite.Write(Ask.T1, 3), [TelemetryStoreSuite.Row(i)]);
            kit.Reopen();
        }
        // Only who read all links through would have brought the row back.
        Assert.NotEmpty(Holes(kit));
    }

    [Fact]
    public Task Many_lanes_are_taken_in_one_order_and_each_once() => Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
    {
        using var turns = new Turns();
        for (var i = 0; i < 2_000; i++)
        {
            var both = Enumerable.Range(0, 4).Select(at => Task.Run(async () =>
            {
                using var turn = await turns.AtAsync(at % 2 == 0 ? [1, 65, 2, 1] : [2L, 1, 66]);
            }));
            await Task.WhenAll(both);
        }
    }))).WaitAsync(Awaited.Long);

    private static Task WriteAsync(EmbeddedKit kit, long id) => kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(id, null, null, "bob"), null);

    private static Task LinkAsync(EmbeddedKit kit, long parent, long child) => kit.Links.LinkAsync(Ask.Write(Ask.T1, parent), ChildKind.Asset, [new(child)]);

    private static async Task<IEnumerable<long>> ListedAsync(EmbeddedKit kit, long top) =>
        (await kit.Inventory.FindAsync(Ask.Granted(Ask.T1, "ann", [Ask.On(top)]), new InventoryQuery(), new(1, 100, false))).Items.Select(one => one.Id.Value);

    private static Task ForgetAsync(EmbeddedKit kit, StoreChange change)
    {
        foreach (var (parent, child) in Branches(kit))
            change.Delete(Family.Links, KeySpace.Link(Ask.T1, new(parent), LinkDirection.Branch, ChildKind.Asset, new(child)));
        return kit.Store.Writer.CommitAsync(change);
    }

    private static StoreChange Behind(StoreChange change, long parent, long child) =>
        change.Put(Family.Links, KeySpace.Link(Ask.T1, new(parent), LinkDirection.Branch, ChildKind.Asset, new(child)), []);

    private static List<(long Parent, long Child)> Branches(EmbeddedKit kit) => Rows(kit, LinkDirection.Branch);

    private static List<(long Parent, long Child)> Holes(EmbeddedKit kit)
    {
        var links = Rows(kit, LinkDirection.Child);
        var holders = links.Select(link => link.Parent).ToHashSet();
        return [.. links.Where(link => holders.Contains(link.Child)).Except(Branches(kit))];
    }

    private static List<(long Parent, long Child)> Rows(EmbeddedKit kit, LinkDirection direction)
    {
        using var session = kit.Store.Read();
        using var links = new LinkRows(session, Ask.T1);
        var (found, others) = (new List<(long, long)>(), new List<long>());
        for (var id = 1L; id <= 1_000; id++)
        {
            links.Read(id, direction, others);
            found.AddRange(others.Select(other => (id, other)));
        }
        return found;
    }
}
