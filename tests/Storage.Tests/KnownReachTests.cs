using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Silo.Embedded;

namespace Bailiwick.Storage.Tests;

/// <summary>What a walk down from a reader's roles has met is kept, and never for longer than it is so.</summary>
public sealed class KnownReachTests
{
    [Fact]
    public async Task A_list_that_begins_after_a_link_has_changed_knows_of_it_whoever_lists_meanwhile()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 3; id++) await WriteAsync(kit, id);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3)]);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                // Never one without the other: a link is one change.
                var listed = await ListedAsync(kit, 1);
                Assert.True(listed is [1] or [1, 2, 3], string.Join(", ", listed));
            }
        })).ToList();
        for (var round = 0; round < 400; round++)
        {
            await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
            Assert.Equal([1, 2, 3], await ListedAsync(kit, 1));
            await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
            Assert.Equal([1], await ListedAsync(kit, 1));
        }
        await done.CancelAsync();
        await Task.WhenAll(readers).WaitAsync(Awaited.Long);
    }

    [Fact]
    public async Task A_group_that_is_deleted_shows_nothing_through_it_in_the_next_list()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 3; id++) await WriteAsync(kit, id);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3)]);
        Assert.Equal([1, 2, 3], await ListedAsync(kit, 1));
        await kit.Inventory.DeleteAsync(Ask.Write(Ask.T1, 2), (await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 2)))!);
        Assert.Equal([1], await ListedAsync(kit, 1));
    }

    [Fact]
    public async Task A_list_is_put_together_from_what_the_one_before_has_met()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 3; id++) await WriteAsync(kit, id);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
        using (var session = kit.Store.Read())
            session.Reach.Keep(OfRole, Moment(session.Reach), new([new RunStart(1, ChildKind.Asset, [3], 1)], []));
        Assert.Equal([1, 3], await ListedAsync(kit, 1));
    }

    [Fact]
    public async Task What_a_list_has_met_is_forgotten_only_when_something_hangs_otherwise()
    {
        using var kit = new EmbeddedKit();
        for (var id = 1; id <= 4; id++) await WriteAsync(kit, id);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2), new(3)]);
        Assert.False(IsKnown(kit));
        Assert.Equal([1, 2, 3], await ListedAsync(kit, 1));
        Assert.True(IsKnown(kit));

        // A new object, a changed one, and data of one move nothing.
        await WriteAsync(kit, 5);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1, 2), InventoryStoreSuite.Thing(2, "renamed", "t", "bob"), await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 2)));
        await kit.Telemetry.AppendAsync(TelemetryStoreSuite.Write(Ask.T1, 3), [TelemetryStoreSuite.Row(0)]);
        Assert.True(IsKnown(kit));
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Device, [new(4)]);
        Assert.False(IsKnown(kit));
        Assert.Equal([1, 2, 3, 4], await ListedAsync(kit, 1));
        Assert.True(IsKnown(kit));
        kit.Reopen();
        Assert.False(IsKnown(kit));
    }

    [Fact]
    public void A_snapshot_is_of_no_moment_when_links_moved_while_it_was_taken_or_nobody_knows_what_they_did()
    {
        var reach = new KnownReach();
        Assert.Null(reach.Take(() => Move(reach)).Moment);
        Assert.NotNull(reach.Take(() => 0).Moment);
        reach.BeginChange();
        Assert.Null(reach.Take(() => 0).Moment);
    }

    [Fact]
    public void What_was_met_at_one_moment_is_told_at_no_other()
    {
        var reach = new KnownReach();
        var first = Moment(reach);
        reach.Keep(From(1), first, Met(1));
        Assert.True(reach.TryGet(From(1), first, out _));
        Move(reach);
        Assert.False(reach.TryGet(From(1), Moment(reach), out _));
        reach.Keep(From(2), Moment(reach), null);
        reach.Keep(From(1), first, Met(1));
        Assert.False(reach.TryGet(From(1), Moment(reach), out _));
        Assert.False(reach.TryGet(From(1), first, out _));
        Assert.True(reach.TryGet(From(2), Moment(reach), out var tooMuch));
        Assert.Null(tooMuch);
    }

    [Fact]
    public void Two_walks_are_one_only_when_they_start_at_the_same_objects_of_one_tenant_for_the_same_share()
    {
        var reach = new KnownReach();
        reach.Keep(From(1, 2), Moment(reach), Met(1));
        Assert.True(reach.TryGet(From(2, 1), Moment(reach), out _));
        foreach (var other in new[] { From(1), From(1, 2, 3), new KnownReach.Start(Ask.T10, [1, 2], [], 9), new(Ask.T1, [1], [2], 9), new(Ask.T1, [], [1, 2], 9), new(Ask.T1, [1, 2], [], 8) })
            Assert.False(reach.TryGet(other, Moment(reach), out _));
    }

    [Fact]
    public void No_more_is_kept_than_there_is_room_for()
    {
        var reach = new KnownReach();
        reach.Keep(From(1), Moment(reach), Met(Limits.ReachKept));
        Assert.False(reach.TryGet(From(1), Moment(reach), out _));
        for (var id = 1; id <= 4; id++) reach.Keep(From(id), Moment(reach), Met(Limits.ReachKept / 3));
        Assert.False(reach.TryGet(From(1), Moment(reach), out _));
        Assert.True(reach.TryGet(From(4), Moment(reach), out _));
    }

    private static KnownReach.Start OfRole => new(Ask.T1, [1], [], Limits.BranchesPerListMax);

    private static KnownReach.Start From(params long[] whole) => new(Ask.T1, whole, [], 9);

    private static KnownReach.Runs Met(int count) => new([.. Enumerable.Repeat(new RunStart(1, ChildKind.Asset, [2], 1), count)], []);

    private static long Moment(KnownReach reach) => reach.Take(() => 0).Moment!.Value;

    private static int Move(KnownReach reach)
    {
        reach.BeginChange();
        reach.EndChange();
        return 0;
    }

    private static bool IsKnown(EmbeddedKit kit)
    {
        using var session = kit.Store.Read();
        return session.Reach.TryGet(OfRole, Moment(session.Reach), out _);
    }

    internal static Task WriteAsync(EmbeddedKit kit, long id) => kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(id, null, "t", "bob"), null);

    internal static async Task<List<long>> ListedAsync(EmbeddedKit kit, long role) =>
        [.. (await kit.Inventory.FindAsync(Ask.Granted(Ask.T1, "ann", [Ask.On(role)]), new InventoryQuery(), new PageRequest(1, 100, false))).Items.Select(one => one.Id.Value)];
}
