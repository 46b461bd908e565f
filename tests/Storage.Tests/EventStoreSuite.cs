using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>What every <c>IEventStore</c> promises.</summary>
public abstract class EventStoreSuite
{
    private static readonly EventQuery Everything = new();
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    internal abstract IStorageKit Open();

    [Fact]
    public async Task An_event_reads_back_as_it_came_after_a_restart()
    {
        using var kit = Open();
        var sent = Sent(1_700_000_000_123, "c8y_Door", "c8y_Position", "{\"lat\": 51.10}", TimeSpan.FromMinutes(-210)) with { Text = "Tür auf" };
        var stored = Assert.Single(await kit.Events.AppendAsync(Write(Ask.T1, 7), [sent], Now));
        kit.Reopen();
        var read = await kit.Events.ReadAsync(Read(Ask.T1, 7), stored.Id);
        Assert.NotNull(read);
        Assert.Equal(stored with { Fragments = read.Fragments }, read);
        Assert.True(stored.Fragments.IsSame(read.Fragments));
        Assert.Equal((sent.Type, sent.Text, sent.Time, sent.Time.Offset), (read.Type, read.Text, read.Time, read.Time.Offset));
        Assert.Equal((Now, Now), (read.CreationTime, read.LastUpdated));
        Assert.Equal((7, 1_700_000_000_123), (read.Id.Source.Value, read.Id.TimeMs));
    }

    [Fact]
    public async Task Ids_are_answered_in_order_and_never_given_twice_even_after_restarts()
    {
        using var kit = Open();
        var seen = new HashSet<long>();
        for (var start = 0; start < 3; start++)
        {
            var stored = await kit.Events.AppendAsync(Write(Ask.T1, 7), [Sent(5), Sent(5), Sent(3)], Now);
            Assert.Equal([5, 5, 3], stored.Select(e => e.Id.TimeMs));
            Assert.True(stored[0].Id.Sequence < stored[1].Id.Sequence);
            Assert.All(stored, e => Assert.True(seen.Add(e.Id.Sequence)));
            kit.Reopen();
        }
    }

    [Fact]
    public async Task A_permit_for_one_object_reads_changes_and_deletes_nothing_of_another()
    {
        using var kit = Open();
        var id = await StoreAsync(kit, 7, 5);
        Assert.Null(await kit.Events.ReadAsync(Read(Ask.T1, 8), id));
        Assert.Null(await kit.Events.ReadAsync(Read(Ask.T10, 7), id));
        Assert.Null(await kit.Events.UpdateAsync(Write(Ask.T1, 8), id, e => e));
        Assert.Null(await kit.Events.UpdateAsync(Write(Ask.T10, 7), id, e => e));
        Assert.False(await kit.Events.DeleteAsync(Write(Ask.T1, 8), id));
        Assert.False(await kit.Events.DeleteAsync(Write(Ask.T10, 7), id));
        Assert.Null(await kit.Events.LatestAsync(Read(Ask.T1, 8), "t", 10));
        Assert.True(await kit.Events.DeleteAsync(Write(Ask.T1, 7), id));
        Assert.False(await kit.Events.DeleteAsync(Write(Ask.T1, 7), id));
        Assert.Null(await kit.Events.ReadAsync(Read(Ask.T1, 7), id));
        Assert.Empty(await TimesAsync(kit, Ask.T1, null));
    }

    [Fact]
    public async Task A_change_shows_in_the_next_get_and_list_and_after_a_restart()
    {
        using var kit = Open();
        var id = await StoreAsync(kit, 7, 5);
        var changed = await kit.Events.UpdateAsync(Write(Ask.T1, 7), id, e => e with { Text = "other", LastUpdated = Now.AddHours(1), Fragments = Of("f", "\"x\"") });
        Assert.Equal("other", changed!.Text);
        for (var look = 0; look < 2; look++)
        {
            Assert.Equal("other", (await kit.Events.ReadAsync(Read(Ask.T1, 7), id))!.Text);
            Assert.Equal(Now.AddHours(1), Assert.Single((await FindAsync(kit, null, Everything with { FragmentType = "f", FragmentValue = "x" })).Items).LastUpdated);
            kit.Reopen();
        }
    }

    [Fact]
    public async Task A_change_that_fails_or_comes_too_late_stores_nothing()
    {
        using var kit = Open();
        var id = await StoreAsync(kit, 7, 5);
        await Assert.ThrowsAsync<Refusal>(() => kit.Events.UpdateAsync(Write(Ask.T1, 7), id, _ => throw Refusal.Invalid("event", "no")));
        Assert.Equal("text", (await kit.Events.ReadAsync(Read(Ask.T1, 7), id))!.Text);
        await kit.Events.DeleteAsync(Write(Ask.T1, 7), id);
        Assert.Null(await kit.Events.UpdateAsync(Write(Ask.T1, 7), id, e => e with { Text = "late" }));
        Assert.Null(await kit.Events.ReadAsync(Read(Ask.T1, 7), id));
    }

    [Fact]
    public async Task No_change_brings_back_what_a_deletion_took()
    {
        using var kit = Open();
        for (var round = 0; round < 20; round++)
        {
            var ids = (await kit.Events.AppendAsync(Write(Ask.T1, 7), [.. Enumerable.Range(0, 10).Select(at => Sent(at))], Now)).Select(e => e.Id).ToList();
            var changes = ids.Select(id => kit.Events.UpdateAsync(Write(Ask.T1, 7), id, e => e with { Text = "changed" })).ToList();
            await kit.Events.DeleteAllAsync(AllWrite(Ask.T1), null, Everything);
            await Task.WhenAll(changes);
            Assert.All(ids, id => Assert.Null(kit.Events.ReadAsync(Read(Ask.T1, 7), id).AsTask().Result));
            Assert.Empty(await TimesAsync(kit, Ask.T1, null));
        }
    }

    [Fact]
    public async Task The_latest_of_a_type_is_found_among_so_many_rows()
    {
        using var kit = Open();
        await StoreAsync(kit, 7, 1, "a");
        var latest = await StoreAsync(kit, 7, 3, "a");
        await StoreAsync(kit, 7, 2, "a");
        await StoreAsync(kit, 7, 4, "ab");
        await StoreAsync(kit, 8, 9, "a");
        Assert.Equal(latest, await kit.Events.LatestAsync(Read(Ask.T1, 7), "a", 2));
        Assert.Null(await kit.Events.LatestAsync(Read(Ask.T1, 7), "a", 1));
        Assert.Null(await kit.Events.LatestAsync(Read(Ask.T1, 7), "b", 100));
    }

    [Fact]
    public async Task What_was_handed_over_before_is_the_latest_although_it_is_on_its_way_still()
    {
        using var kit = Open();
        using var holding = new HoldingSink();
        await StoreAsync(kit, 7, 1, "a");
        await kit.Events.AppendAsync(Write(Ask.T1, 7), [Sent(2, "b")], Now, holding, 1);
        await holding.Reached.WaitAsync(Awaited.Long);
        await kit.Events.AppendAsync(Write(Ask.T1, 7), [Sent(3, "a")], Now, new RecordingSink(), 1);
        var latest = kit.Events.LatestAsync(Read(Ask.T1, 7), "a", 10).AsTask();
        holding.LetGo();
        Assert.Equal(3, (await latest.WaitAsync(Awaited.Long))!.Value.TimeMs);
    }

    [Fact]
    public async Task Tenants_whose_names_begin_alike_see_nothing_of_each_other()
    {
        using var kit = Open();
        await kit.Events.AppendAsync(Write(Ask.T1, 7), [Sent(1), Sent(2)], Now);
        await kit.Events.AppendAsync(Write(Ask.T10, 7), [Sent(3)], Now);
        Assert.Equal([2, 1], await TimesAsync(kit, Ask.T1, null));
        Assert.Equal([3], await TimesAsync(kit, Ask.T10, null));
        Assert.Equal([3], await TimesAsync(kit, Ask.T10, [new(7)]));
        await kit.Events.DropSourceAsync(Write(Ask.T1, 7));
        Assert.Equal(0, await kit.Events.DeleteAllAsync(AllWrite(Ask.T1), null, Everything));
        Assert.Equal([3], await TimesAsync(kit, Ask.T10, null));
    }

    [Fact]
    public async Task Dropping_a_source_takes_its_rows_and_no_neighbours()
    {
        using var kit = Open();
        foreach (var source in new long[] { 255, 256, 257 }) await kit.Events.AppendAsync(Write(Ask.T1, source), [.. Enumerable.Range(0, 9).Select(_ => Sent(source))], Now);
        await kit.Events.DropSourceAsync(Write(Ask.T1, 256));
        Assert.Equal([255, 257], (await TimesAsync(kit, Ask.T1, null)).Distinct().Order());
        Assert.Empty(await TimesAsync(kit, Ask.T1, [new(256)]));
        await StoreAsync(kit, 256, 1);
        Assert.Equal([1, 255, 257], (await TimesAsync(kit, Ask.T1, null)).Distinct().Order());
    }

    [Fact]
    public async Task Dropping_a_source_takes_what_was_handed_over_before_and_is_not_durable_yet()
    {
        using var kit = Open();
        for (var round = 0; round < 20; round++)
        {
            var sink = new RecordingSink();
            await kit.Events.AppendAsync(Write(Ask.T1, 7), [.. Enumerable.Range(0, 50).Select(at => Sent(at))], Now, sink, 1);
            await kit.Events.DropSourceAsync(Write(Ask.T1, 7));
            await sink.ReachedAsync(1);
            Assert.Empty(await TimesAsync(kit, Ask.T1, null));
            Assert.Empty(await TimesAsync(kit, Ask.T1, [new(7)]));
        }
    }

    [Theory]
    [InlineData("f", null, 3)]
    [InlineData("f", "on", 1)]
    [InlineData("f", "1", 0)]
    [InlineData("g", "on", 0)]
    [InlineData("f", "ü", 1)]
    public async Task A_fragment_is_found_by_its_name_and_as_a_text_by_its_value(string fragment, string? value, int count)
    {
        using var kit = Open();
        await kit.Events.AppendAsync(Write(Ask.T1, 7), [Sent(1, "a", "f", "\"on\""), Sent(2, "a", "f", "1"), Sent(3, "a", "f", "\"\\u00fc\""), Sent(4, "a", "h", "{\"f\":\"on\"}")], Now);
        var page = await FindAsync(kit, null, Everything with { FragmentType = fragment, FragmentValue = value });
        Assert.Equal(count, page.Total);
        Assert.Equal(count, page.Items.Count);
    }

    [Fact]
    public async Task A_list_of_all_needs_a_permit_for_all()
    {
        using var kit = Open();
        var own = Ask.Own(Ask.T1, "device_1", Permission.EventRead);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await kit.Events.FindAsync(own, null, Everything, PageRequest.First));
        await StoreAsync(kit, 7, 1);
        Assert.Empty((await kit.Events.FindAsync(own, VisibleSources.None, Everything, PageRequest.First)).Items);
        Assert.Single((await kit.Events.FindAsync(own, new([new(7)]), Everything, PageRequest.First)).Items);
    }

    [Fact]
    public Task Pages_totals_and_deletions_agree_with_a_plain_list() => Seeded.RunAsync(async random =>
    {
        using var kit = Open();
        var model = new List<Event>();
        for (var i = 0; i < 60; i++)
        {
            var source = random.Next(1, 9);
            var rows = Enumerable.Range(0, random.Next(1, 8)).Select(_ => Sent(random.Next(40), "type" + random.Next(3), "f" + random.Next(3), "\"v" + random.Next(2) + "\"")).ToArray();
            model.AddRange(await kit.Events.AppendAsync(Write(Ask.T1, source), rows, Now.AddMinutes(random.Next(10))));
        }
        for (var i = 0; i < 20; i++)
        {
            var at = random.Next(model.Count);
            model[at] = (await kit.Events.UpdateAsync(Write(Ask.T1, model[at].Id.Source.Value), model[at].Id, e => e with { LastUpdated = Now.AddMinutes(random.Next(20)) }))!;
        }
        for (var i = 0; i < 150; i++)
        {
            var (sources, query) = (random.Next(3) == 0 ? RandomSources(random) : null, RandomQuery(random));
            var expected = Expected(model, sources, query);
            var page = new PageRequest(random.Next(1, 5), random.Next(0, 30), random.Next(2) == 0);
            var found = await kit.Events.FindAsync(All(Ask.T1), Ask.Seen(sources), query, page);
            Assert.Equal(expected.Skip((int)page.Skip).Take(page.Size).Select(e => e.Id), found.Items.Select(e => e.Id));
            Assert.Equal(expected.Count > page.Skip + page.Size, found.HasMore);
            Assert.Equal(page.WithTotal ? expected.Count : null, found.Total);
        }
        var (doomedSources, doomed) = (random.Next(2) == 0 ? RandomSources(random) : null, RandomQuery(random));
        var going = Expected(model, doomedSources, doomed);
        Assert.Equal(going.Count, await kit.Events.DeleteAllAsync(AllWrite(Ask.T1), Ask.Seen(doomedSources), doomed));
        var left = Expected([.. model.Except(going)], null, Everything).Select(e => e.Id).ToList();
        Assert.Equal(left, (await FindAsync(kit, null, Everything)).Items.Select(e => e.Id));
        Assert.Equal(left, (await FindAsync(kit, [.. Enumerable.Range(1, 9).Select(id => new ObjectId(id))], Everything)).Items.Select(e => e.Id));
    });

    [Fact]
    public async Task Sinks_settle_in_order_of_hand_over_and_what_is_settled_is_there()
    {
        using var kit = Open();
        const int sinks = 20, batches = 30;
        await Parallel.ForEachAsync(Enumerable.Range(1, sinks), async (n, _) =>
        {
            var sink = new RecordingSink();
            for (var i = 1; i <= batches; i++) await kit.Events.AppendAsync(Write(Ask.T1, n), i % 7 == 0 ? [] : [Sent(i), Sent(i)], Now, sink, i);
            await sink.ReachedAsync(batches);
            Assert.Equal(Enumerable.Range(1, batches).Select(i => (long)i), sink.Settled.Select(s => s.Sequence));
            Assert.All(sink.Settled, s => Assert.Null(s.Failure));
            Assert.Equal(2 * (batches - batches / 7), (await FindAsync(kit, [new(n)], Everything)).Total);
        });
    }

    private static List<Event> Expected(List<Event> model, List<ObjectId>? sources, EventQuery query)
    {
        var rows = model.Where(e =>
            (sources is null || sources.Contains(e.Id.Source))
            && In(query.Time, e.Time) && In(query.Created, e.CreationTime) && In(query.Updated, e.LastUpdated)
            && (query.Type is null || query.Type == e.Type)
            && (query.FragmentType is null || e.Fragments.Items.Any(f => f.Name == query.FragmentType && (query.FragmentValue is null || Encoding.UTF8.GetString(f.Json) == $"\"{query.FragmentValue}\""))))
            .OrderBy(e => e.Id.TimeMs).ThenBy(e => e.Id.Source.Value).ThenBy(e => e.Id.Sequence).ToList();
        if (!query.OldestFirst) rows.Reverse();
        return rows;
    }

    internal static bool In(Within span, DateTimeOffset time) =>
        (span.FromMs is not { } from || time.ToUnixTimeMilliseconds() >= from) && (span.ToMs is not { } to || time.ToUnixTimeMilliseconds() <= to);

    private static EventQuery RandomQuery(Random random)
    {
        var fragment = random.Next(4) == 0 ? "f" + random.Next(3) : null;
        return new EventQuery(
            default, random.Next(4) == 0 ? "type" + random.Next(3) : null,
            new(random.Next(3) == 0 ? random.Next(-5, 45) : null, random.Next(3) == 0 ? random.Next(-5, 45) : null),
            random.Next(4) == 0 ? new(Now.AddMinutes(random.Next(10)).ToUnixTimeMilliseconds(), null) : default,
            random.Next(4) == 0 ? new(null, Now.AddMinutes(random.Next(20)).ToUnixTimeMilliseconds()) : default,
            fragment, fragment is not null && random.Next(2) == 0 ? "v" + random.Next(2) : null, random.Next(2) == 0);
    }

    private static List<ObjectId> RandomSources(Random random) => [.. Enumerable.Range(0, random.Next(5)).Select(_ => new ObjectId(random.Next(1, 10)))];

    private static async Task<IEnumerable<long>> TimesAsync(IStorageKit kit, TenantId tenant, IReadOnlyList<ObjectId>? sources) =>
        (await kit.Events.FindAsync(All(tenant), Ask.Seen(sources), Everything, new(1, 100, false))).Items.Select(e => e.Id.TimeMs);

    private static async Task<Page<Event>> FindAsync(IStorageKit kit, IReadOnlyList<ObjectId>? sources, EventQuery query) =>
        await kit.Events.FindAsync(All(Ask.T1), Ask.Seen(sources), query, new(1, 2000, true));

    private static async Task<EventId> StoreAsync(IStorageKit kit, long source, long timeMs, string type = "t") =>
        (await kit.Events.AppendAsync(Write(Ask.T1, source), [Sent(timeMs, type)], Now))[0].Id;

    internal static NewEvent Sent(long timeMs, string type = "t", string fragment = "f", string json = "{}", TimeSpan offset = default) =>
        new(type, "text", DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToOffset(offset), Of(fragment, json));

    internal static Fragments Of(string name, string json) => new([new Fragment(name, Encoding.UTF8.GetBytes(json))]);

    internal static Grains.Access.WritePermit Write(TenantId tenant, long source) => Ask.Write(tenant, source, Permission.EventAdmin);

    private static Grains.Access.WritePermit AllWrite(TenantId tenant) => Ask.Write(tenant, 0, Permission.EventAdminAll);

    internal static Grains.Access.ReadPermit Read(TenantId tenant, long source) => Ask.Read(tenant, source, Permission.EventRead);

    private static Grains.Access.ListPermit All(TenantId tenant) => Ask.All(tenant, Permission.EventRead);
}
