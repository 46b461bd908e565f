using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>What every <c>ITelemetryStore</c> promises.</summary>
public abstract class TelemetryStoreSuite
{
    private static readonly MeasurementQuery Everything = new(null, null, null, null, null, null, false);

    internal abstract IStorageKit Open();

    [Fact]
    public async Task A_measurement_reads_back_as_it_came_after_a_restart()
    {
        using var kit = Open();
        var row = Row(1_700_000_000_123, "c8y_T", "'c8y_T':{'T':{'value':25.50,'unit':'C'}}", TimeSpan.FromMinutes(-210));
        var id = Assert.Single(await kit.Telemetry.AppendAsync(Write(Ask.T1, 7), [row]));
        kit.Reopen();
        var read = await kit.Telemetry.ReadAsync(Read(Ask.T1, 7), id);
        Assert.NotNull(read);
        Assert.Equal((id, row.Type, row.Time, row.Time.Offset), (read.Id, read.Type, read.Time, read.Time.Offset));
        Assert.Equal(row.Members, read.Members);
        Assert.Equal((7, 1_700_000_000_123), (id.Source.Value, id.TimeMs));
    }

    [Fact]
    public async Task Rows_of_several_objects_are_stored_together_and_their_ids_answered_in_order()
    {
        using var kit = Open();
        var ids = await kit.Telemetry.AppendAsync([(Write(Ask.T1, 7), [Row(5), Row(3)]), (Write(Ask.T1, 9), [Row(4)])]);
        Assert.Equal([(7, 5), (7, 3), (9, 4)], ids.Select(id => (id.Source.Value, id.TimeMs)));
        kit.Reopen();
        foreach (var id in ids) Assert.NotNull(await kit.Telemetry.ReadAsync(Read(Ask.T1, id.Source.Value), id));
        Assert.Empty(await kit.Telemetry.AppendAsync([]));
    }

    [Fact]
    public async Task Ids_are_answered_in_order_and_never_given_twice_even_after_restarts()
    {
        using var kit = Open();
        var seen = new HashSet<long>();
        for (var start = 0; start < 3; start++)
        {
            var ids = await kit.Telemetry.AppendAsync(Write(Ask.T1, 7), [Row(5), Row(5), Row(3)]);
            Assert.Equal([5, 5, 3], ids.Select(i => i.TimeMs));
            Assert.True(ids[0].Sequence < ids[1].Sequence);
            Assert.All(ids, id => Assert.True(seen.Add(id.Sequence)));
            kit.Reopen();
        }
    }

    [Fact]
    public async Task Where_parts_show_a_measurement_is_what_is_covered_of_it_and_no_filter_tells_of_the_rest()
    {
        using var kit = Open();
        var ids = await kit.Telemetry.AppendAsync(Write(Ask.T1, 7),
        [
            Row(1, "t", "'a':{'x':{'value':1}}, 'b':{'y':{'value':2}},'c':{}"), Row(2, "t", "'b':{'y':{'value':2}}"), Row(3, "t", "'a':{'x':{'value':3}}"), Row(4, "t", ""),
        ]);
        ObjectGrants[] grants = [new(new ObjectId(7), [new Grant(GrantScope.Measurement, GrantLevel.Read, "a"), new Grant(GrantScope.Measurement, GrantLevel.Read, "c")])];
        var sources = new VisibleSources([new ObjectId(7)], new Dictionary<ObjectId, Coverage> { [new ObjectId(7)] = Coverage.Of(["a", "c"]) });
        async Task<Page<Measurement>> Find(bool showsParts, MeasurementQuery query) => await kit.Telemetry.FindAsync(
            Ask.Granted(Ask.T1, "someone", [], grants, Permission.MeasurementRead, showsParts), sources, query, new PageRequest(1, 10, true));

        Assert.Equal([ids[2]], (await Find(false, Everything)).Items.Select(row => row.Id));
        var shown = await Find(true, Everything);
        Assert.Equal((2, 2), (shown.Items.Count, shown.Total));
        Assert.Equal(["\"a\":{\"x\":{\"value\":1}},\"c\":{}", "\"a\":{\"x\":{\"value\":3}}"], shown.Items.Select(row => Encoding.UTF8.GetString(row.Members)));
        Assert.Equal([ids[0]], (await Find(true, Everything with { FragmentType = "c" })).Items.Select(row => row.Id));
        Assert.Equal(0, (await Find(true, Everything with { FragmentType = "b" })).Total);
        Assert.Equal(0, (await Find(true, Everything with { FragmentSeries = "y" })).Total);
        Assert.Equal(2, (await Find(true, Everything with { FragmentSeries = "x", NewestFirst = true })).Total);
    }

    [Fact]
    public async Task A_permit_for_one_object_reads_and_deletes_nothing_of_another()
    {
        using var kit = Open();
        var id = (await kit.Telemetry.AppendAsync(Write(Ask.T1, 7), [Row(5)]))[0];
        Assert.Null(await kit.Telemetry.ReadAsync(Read(Ask.T1, 8), id));
        Assert.Null(await kit.Telemetry.ReadAsync(Read(Ask.T10, 7), id));
        Assert.False(await kit.Telemetry.DeleteAsync(Write(Ask.T1, 8), id));
        Assert.False(await kit.Telemetry.DeleteAsync(Write(Ask.T10, 7), id));
        Assert.True(await kit.Telemetry.DeleteAsync(Write(Ask.T1, 7), id));
        Assert.False(await kit.Telemetry.DeleteAsync(Write(Ask.T1, 7), id));
        Assert.Null(await kit.Telemetry.ReadAsync(Read(Ask.T1, 7), id));
    }

    [Fact]
    public async Task Tenants_whose_names_begin_alike_see_nothing_of_each_other()
    {
        using var kit = Open();
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 7), [Row(1), Row(2)]);
        await kit.Telemetry.AppendAsync(Write(Ask.T10, 7), [Row(3)]);
        Assert.Equal([1, 2], await TimesAsync(kit, Ask.T1, null));
        Assert.Equal([3], await TimesAsync(kit, Ask.T10, null));
        await kit.Telemetry.DropSourceAsync(Write(Ask.T1, 7));
        Assert.Equal(0, await kit.Telemetry.DeleteAllAsync(Ask.Write(Ask.T1, 0, Permission.MeasurementAdminAll), Everything));
        Assert.Equal([3], await TimesAsync(kit, Ask.T10, null));
    }

    [Fact]
    public async Task Names_of_series_are_kept_once_over_a_restart_and_go_with_their_object()
    {
        using var kit = Open();
        SeriesName[] names = [new("c8y_T", "T"), new("c8y_T", "\u00fc"), new("c8y", "T"), new("c8y_T", "A")];
        await kit.Series.AddNamesAsync(Write(Ask.T1, 7), names);
        await kit.Series.AddNamesAsync(Write(Ask.T1, 7), names[..1]);
        await kit.Series.AddNamesAsync(Write(Ask.T1, 8), [new("other", "T")]);
        await kit.Series.AddNamesAsync(Write(Ask.T10, 7), [new("foreign", "T")]);
        kit.Reopen();
        Assert.Equal([new("c8y", "T"), new("c8y_T", "A"), new("c8y_T", "T"), new("c8y_T", "\u00fc")], await kit.Series.NamesAsync(Read(Ask.T1, 7)));
        await kit.Telemetry.DropSourceAsync(Write(Ask.T1, 7));
        Assert.Empty(await kit.Series.NamesAsync(Read(Ask.T1, 7)));
        Assert.Equal([new("other", "T")], await kit.Series.NamesAsync(Read(Ask.T1, 8)));
        Assert.Equal([new("foreign", "T")], await kit.Series.NamesAsync(Read(Ask.T10, 7)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_walk_over_one_object_meets_each_of_its_rows_once_and_in_order(bool newestFirst)
    {
        using var kit = Open();
        // More than one read takes, several of one moment, and neighbours on both sides.
        var times = Enumerable.Range(0, 2 * Limits.StoreScanRowsPerRead + 5).Select(i => (long)(i / 3)).ToList();
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 7), [.. times.Select(time => Row(time))]);
        foreach (var neighbour in new long[] { 6, 8 }) await kit.Telemetry.AppendAsync(Write(Ask.T1, neighbour), [Row(50)]);
        var walked = new List<MeasurementId>();
        await foreach (var row in kit.Telemetry.ScanAsync(Read(Ask.T1, 7), Everything with { FromMs = 10, ToMs = 160, NewestFirst = newestFirst })) walked.Add(row.Id);
        var wanted = times.Where(time => time is >= 10 and <= 160);
        Assert.Equal(newestFirst ? wanted.Reverse() : wanted, walked.Select(id => id.TimeMs));
        Assert.Equal(walked.Count, walked.Distinct().Count());
        Assert.All(walked, id => Assert.Equal(7, id.Source.Value));
    }

    [Fact]
    public async Task Large_rows_are_walked_over_a_few_at_a_time_and_none_is_left_out()
    {
        using var kit = Open();
        var large = "'a':'" + new string('x', Limits.StoreScanBytesPerRead / 3) + "'";
        for (var time = 1; time <= 8; time++) await kit.Telemetry.AppendAsync(Write(Ask.T1, 7), [Row(time, "t", large)]);
        var walked = 0;
        await foreach (var row in kit.Telemetry.ScanAsync(Read(Ask.T1, 7), Everything)) Assert.Equal(++walked, row.Id.TimeMs);
        Assert.Equal(8, walked);
    }

    [Fact]
    public async Task Dropping_a_source_takes_its_rows_and_no_neighbours()
    {
        using var kit = Open();
        foreach (var source in new long[] { 255, 256, 257 }) await kit.Telemetry.AppendAsync(Write(Ask.T1, source), [Row(source)]);
        await kit.Telemetry.DropSourceAsync(Write(Ask.T1, 256));
        Assert.Equal([255, 257], await TimesAsync(kit, Ask.T1, null));
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 256), [Row(1)]);
        Assert.Equal([1, 255, 257], await TimesAsync(kit, Ask.T1, null));
    }

    [Theory]
    [InlineData("c8y_T", null, 2)]
    [InlineData("c8y_T", "T", 1)]
    [InlineData(null, "T", 2)]
    [InlineData("c8y_P", "T", 0)]
    [InlineData("value", null, 0)]
    [InlineData("c8y_Flat", "T", 0)]
    public async Task Fragments_and_series_are_found_at_their_own_level_only(string? fragment, string? series, int count)
    {
        using var kit = Open();
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 7),
        [
            Row(1, "a", "'c8y_T':{'T':{'value':1}},'c8y_Flat':'T'"),
            Row(2, "a", "'c8y_T':{'U':{'T':{'value':1}}}"),
            Row(3, "a", "'c8y_S':{'x':[{'T':1}],'T':{'value':1}}"),
        ]);
        var page = await kit.Telemetry.FindAsync(All(Ask.T1), null, Everything with { FragmentType = fragment, FragmentSeries = series }, new(1, 10, true));
        Assert.Equal(count, page.Total);
        Assert.Equal(count, page.Items.Count);
    }

    [Fact]
    public async Task A_list_of_all_needs_a_permit_for_all()
    {
        using var kit = Open();
        var own = Ask.Own(Ask.T1, "device_1", Permission.MeasurementRead);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await kit.Telemetry.FindAsync(own, null, Everything, PageRequest.First));
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 7), [Row(1)]);
        Assert.Empty((await kit.Telemetry.FindAsync(own, VisibleSources.None, Everything, PageRequest.First)).Items);
        Assert.Single((await kit.Telemetry.FindAsync(own, new([new(7)]), Everything, PageRequest.First)).Items);
    }

    [Fact]
    public Task Pages_totals_and_deletions_agree_with_a_plain_list() => Seeded.RunAsync(async random =>
    {
        using var kit = Open();
        var model = new List<Measurement>();
        for (var i = 0; i < 60; i++)
        {
            var source = random.Next(1, 9);
            var rows = Enumerable.Range(0, random.Next(1, 8)).Select(_ => Row(random.Next(40), "type" + random.Next(3), Members(random))).ToArray();
            var ids = await kit.Telemetry.AppendAsync(Write(Ask.T1, source), rows);
            model.AddRange(rows.Select((r, at) => new Measurement(ids[at], r.Type, r.Time, r.Members)));
        }
        for (var i = 0; i < 150; i++)
        {
            var (sources, query) = (random.Next(3) == 0 ? RandomSources(random) : null, RandomQuery(random));
            var expected = Expected(model, sources, query);
            var page = new PageRequest(random.Next(1, 5), random.Next(1, 30), random.Next(2) == 0);
            var found = await kit.Telemetry.FindAsync(All(Ask.T1), Ask.Seen(sources), query, page);
            Assert.Equal(expected.Skip((int)page.Skip).Take(page.Size).Select(m => m.Id), found.Items.Select(m => m.Id));
            Assert.Equal(expected.Count > page.Skip + page.Size, found.HasMore);
            Assert.Equal(page.WithTotal ? expected.Count : null, found.Total);
        }
        var doomed = RandomQuery(random);
        var going = Expected(model, null, doomed);
        Assert.Equal(going.Count, await kit.Telemetry.DeleteAllAsync(Ask.Write(Ask.T1, 0, Permission.MeasurementAdminAll), doomed));
        var left = await kit.Telemetry.FindAsync(All(Ask.T1), null, Everything, new(1, 2000, true));
        Assert.Equal(model.Except(going).Count(), left.Total);
    });

    [Fact]
    public async Task Long_runs_of_some_sources_and_a_span_of_time_go_and_their_neighbours_stay()
    {
        using var kit = Open();
        foreach (var tenant in (TenantId[])[Ask.T1, new("t10")])
            foreach (var source in (long[])[6, 7, 8])
                await kit.Telemetry.AppendAsync(Write(tenant, source), [.. Enumerable.Range(0, 500).Select(n => Row(n))]);
        var tenantWide = Ask.Write(Ask.T1, 0, Permission.MeasurementAdminAll);

        Assert.Equal(300, await kit.Telemetry.DeleteAllAsync(tenantWide, Everything with { Source = new(7), FromMs = 100, ToMs = 399 }));
        Assert.Equal(3 * 100, await kit.Telemetry.DeleteAllAsync(tenantWide, Everything with { ToMs = 99 }));
        kit.Reopen();

        var left = await kit.Telemetry.FindAsync(All(Ask.T1), new([new(7)]), Everything, new(1, 2000, true));
        Assert.Equal(Enumerable.Range(400, 100).Select(n => (long)n), left.Items.Select(row => row.Id.TimeMs));
        Assert.Equal(2 * 400, (await kit.Telemetry.FindAsync(All(Ask.T1), new([new(6), new(8)]), Everything, new(1, 1, true))).Total);
        Assert.Equal(3 * 500, (await kit.Telemetry.FindAsync(All(new("t10")), null, Everything, new(1, 1, true))).Total);
    }

    [Fact]
    public async Task Sinks_settle_in_order_of_hand_over_and_what_is_settled_is_there()
    {
        using var kit = Open();
        const int sinks = 40, batches = 50;
        await Parallel.ForEachAsync(Enumerable.Range(1, sinks), async (n, _) =>
        {
            var sink = new RecordingSink();
            for (var i = 1; i <= batches; i++) await kit.Telemetry.AppendAsync(Write(Ask.T1, n), [Row(i), Row(i)], sink, i);
            await sink.ReachedAsync(batches);
            Assert.Equal(Enumerable.Range(1, batches).Select(i => (long)i), sink.Settled.Select(s => s.Sequence));
            Assert.All(sink.Settled, s => Assert.Null(s.Failure));
            var page = await kit.Telemetry.FindAsync(All(Ask.T1), new([new(n)]), Everything, new(1, 1, true));
            Assert.Equal(2 * batches, page.Total);
        });
    }

    [Fact]
    public async Task What_is_handed_over_is_found_under_the_ids_that_were_given_for_it()
    {
        using var kit = Open();
        var (sink, ids) = (new RecordingSink(), new MeasurementId[2]);
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 1), [Row(7), Row(5)], sink, 1, ids);
        await sink.ReachedAsync(1);
        Assert.Equal([7, 5], ids.Select(id => id.TimeMs));
        foreach (var id in ids) Assert.Equal(id, (await kit.Telemetry.ReadAsync(Read(Ask.T1, 1), id))?.Id);
    }

    [Fact]
    public async Task A_batch_without_rows_is_settled_in_its_turn()
    {
        using var kit = Open();
        var sink = new RecordingSink();
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 1), [Row(1)], sink, 1);
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 1), [], sink, 2);
        await kit.Telemetry.AppendAsync(Write(Ask.T1, 1), [Row(2)], sink, 3);
        await sink.ReachedAsync(3);
        Assert.Equal([1, 2, 3], sink.Settled.Select(s => s.Sequence));
    }

    private static List<Measurement> Expected(List<Measurement> model, List<ObjectId>? sources, MeasurementQuery query)
    {
        var rows = model.Where(m =>
            (sources is null || sources.Contains(m.Id.Source)) && (query.Source is null || query.Source == m.Id.Source)
            && m.Id.TimeMs >= (query.FromMs ?? 0) && m.Id.TimeMs <= (query.ToMs ?? long.MaxValue)
            && (query.Type is null || query.Type == m.Type)
            && (query.FragmentType is null || Encoding.UTF8.GetString(m.Members).Contains($"\"{query.FragmentType}\":", StringComparison.Ordinal)))
            .OrderBy(m => m.Id.TimeMs).ThenBy(m => m.Id.Source.Value).ThenBy(m => m.Id.Sequence).ToList();
        if (query.NewestFirst) rows.Reverse();
        return rows;
    }

    private static MeasurementQuery RandomQuery(Random random) => new(
        random.Next(4) == 0 ? new ObjectId(random.Next(1, 10)) : null,
        random.Next(3) == 0 ? random.Next(-5, 45) : null,
        random.Next(3) == 0 ? random.Next(-5, 45) : null,
        random.Next(4) == 0 ? "type" + random.Next(3) : null,
        random.Next(4) == 0 ? "f" + random.Next(3) : null, null, random.Next(2) == 0);

    private static List<ObjectId> RandomSources(Random random) =>
        [.. Enumerable.Range(0, random.Next(5)).Select(_ => new ObjectId(random.Next(1, 10)))];

    private static string Members(Random random) => $"'f{random.Next(3)}':{{'s':{{'value':{random.Next(100)}}}}}";

    private static async Task<IEnumerable<long>> TimesAsync(IStorageKit kit, TenantId tenant, IReadOnlyList<ObjectId>? sources) =>
        (await kit.Telemetry.FindAsync(All(tenant), Ask.Seen(sources), Everything, new(1, 100, false))).Items.Select(m => m.Id.TimeMs);

    /// <summary>A row; members are written with single quotes here.</summary>
    internal static NewMeasurement Row(long timeMs, string type = "t", string members = "'f':{'s':{'value':1}}", TimeSpan offset = default) =>
        new(type, DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToOffset(offset), Encoding.UTF8.GetBytes(members.Replace('\'', '"')));

    internal static Grains.Access.WritePermit Write(TenantId tenant, long source) => Ask.Write(tenant, source, Permission.MeasurementAdmin);

    internal static Grains.Access.ReadPermit Read(TenantId tenant, long source) => Ask.Read(tenant, source, Permission.MeasurementRead);

    private static Grains.Access.ListPermit All(TenantId tenant) => Ask.All(tenant, Permission.MeasurementRead);
}
