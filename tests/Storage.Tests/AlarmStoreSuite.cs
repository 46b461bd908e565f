using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>What every <c>IAlarmStore</c> promises.</summary>
public abstract class AlarmStoreSuite
{
    private static readonly AlarmQuery Everything = new();
    private static readonly AlarmQuery OpenOnes = new(Statuses: [AlarmStatus.Active, AlarmStatus.Acknowledged]);
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    internal abstract IStorageKit Open();

    [Fact]
    public async Task An_alarm_reads_back_as_it_was_written_after_a_restart()
    {
        using var kit = Open();
        var first = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123).ToOffset(TimeSpan.FromMinutes(-210));
        var alarm = new Alarm(
            kit.Alarms.NewId(Write(Ask.T1, 7), first), "c8y_Dry", "Zu trocken", AlarmSeverity.Major, AlarmStatus.Acknowledged,
            DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_009_999).ToOffset(TimeSpan.FromHours(1)), first, 12, Now, Now.AddHours(1), EventStoreSuite.Of("f", "{ \"a\":1.50}"));
        await kit.Alarms.WriteAsync(Write(Ask.T1, 7), alarm, null);
        kit.Reopen();
        var read = await kit.Alarms.ReadAsync(Read(Ask.T1, 7), alarm.Id);
        Assert.NotNull(read);
        Assert.Equal(alarm with { Fragments = read.Fragments }, read);
        Assert.Equal((alarm.Time.Offset, first.Offset), (read.Time.Offset, read.FirstTime.Offset));
        Assert.True(alarm.Fragments.IsSame(read.Fragments));
        Assert.Equal((7, 1_700_000_000_123), (alarm.Id.Source.Value, alarm.Id.FirstMs));
    }

    [Fact]
    public async Task A_permit_for_one_object_reads_and_finds_nothing_of_another()
    {
        using var kit = Open();
        var alarm = await RaiseAsync(kit, 7, "t");
        Assert.Null(await kit.Alarms.ReadAsync(Read(Ask.T1, 8), alarm.Id));
        Assert.Null(await kit.Alarms.ReadAsync(Read(Ask.T10, 7), alarm.Id));
        Assert.Null(await kit.Alarms.ReadAsync(Write(Ask.T1, 8), alarm.Id));
        Assert.Null(await kit.Alarms.FindOpenAsync(Read(Ask.T1, 8), "t"));
        Assert.Null(await kit.Alarms.FindOpenAsync(Read(Ask.T10, 7), "t"));
        Assert.Null(await kit.Alarms.ActiveAsync(Read(Ask.T10, 7)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => kit.Alarms.WriteAsync(Write(Ask.T1, 8), alarm, alarm));
        await Assert.ThrowsAsync<InvalidOperationException>(() => kit.Alarms.DeleteAsync(Write(Ask.T1, 8), [alarm]));
        Assert.NotNull(await kit.Alarms.ReadAsync(Write(Ask.T1, 7), alarm.Id));
    }

    [Fact]
    public async Task The_open_alarm_of_a_type_is_the_active_one_and_never_a_cleared_one()
    {
        using var kit = Open();
        var cleared = await ChangeAsync(kit, await RaiseAsync(kit, 7, "t"), AlarmStatus.Cleared);
        Assert.Null(await kit.Alarms.FindOpenAsync(Read(Ask.T1, 7), "t"));
        var acknowledged = await ChangeAsync(kit, await RaiseAsync(kit, 7, "t"), AlarmStatus.Acknowledged);
        Assert.Equal(acknowledged.Id, (await kit.Alarms.FindOpenAsync(Read(Ask.T1, 7), "t"))!.Id);
        var active = await ChangeAsync(kit, cleared, AlarmStatus.Active);
        Assert.Equal(active.Id, (await kit.Alarms.FindOpenAsync(Read(Ask.T1, 7), "t"))!.Id);
        Assert.Null(await kit.Alarms.FindOpenAsync(Read(Ask.T1, 7), "tt"));
        Assert.Null(await kit.Alarms.FindOpenAsync(Read(Ask.T1, 7), ""));
    }

    [Fact]
    public async Task Long_types_that_differ_at_their_end_are_two_types()
    {
        using var kit = Open();
        var (one, other) = (new string('x', 400) + "1", new string('x', 400) + "2");
        var alarm = await RaiseAsync(kit, 7, one);
        Assert.Equal(alarm.Id, (await kit.Alarms.FindOpenAsync(Read(Ask.T1, 7), one))!.Id);
        Assert.Null(await kit.Alarms.FindOpenAsync(Read(Ask.T1, 7), other));
    }

    [Fact]
    public async Task An_alarm_that_is_raised_again_moves_in_every_list_and_keeps_its_id()
    {
        using var kit = Open();
        var alarm = await RaiseAsync(kit, 7, "t", timeMs: 10);
        var later = await RaiseAsync(kit, 8, "t", timeMs: 20);
        var again = alarm with { Time = At(30), Count = 2 };
        await kit.Alarms.WriteAsync(Write(Ask.T1, 7), again, alarm);
        foreach (var query in new[] { Everything, OpenOnes })
        {
            Assert.Equal([alarm.Id, later.Id], await IdsAsync(kit, null, query));
            Assert.Equal([alarm.Id, later.Id], await IdsAsync(kit, [new(7), new(8)], query));
            Assert.Empty(await IdsAsync(kit, null, query with { Time = new(null, 15) }));
        }
        Assert.Equal(2, (await kit.Alarms.ReadAsync(Read(Ask.T1, 7), alarm.Id))!.Count);
    }

    [Fact]
    public async Task An_object_shows_how_many_alarms_are_open_on_it_as_they_change()
    {
        using var kit = Open();
        var thing = InventoryStoreSuite.Thing(7, "Pump", null, "ann");
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1, 7), thing, null);
        Assert.Null(await kit.Alarms.ActiveAsync(Read(Ask.T1, 7)));
        Assert.False((await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 7)))!.Fragments.Has(ManagedObject.ActiveAlarmsFragment));

        var alarm = await RaiseAsync(kit, 7, "t");
        var other = await RaiseAsync(kit, 7, "u", severity: AlarmSeverity.Critical);
        await ShownAsync(kit, "{\"critical\":1,\"major\":1,\"minor\":0,\"warning\":0}");
        alarm = await ChangeAsync(kit, alarm, AlarmStatus.Acknowledged);
        await ShownAsync(kit, "{\"critical\":1,\"major\":1,\"minor\":0,\"warning\":0}");
        var minor = alarm with { Severity = AlarmSeverity.Minor };
        await kit.Alarms.WriteAsync(Write(Ask.T1, 7), minor, alarm);
        await ShownAsync(kit, "{\"critical\":1,\"major\":0,\"minor\":1,\"warning\":0}");
        await ChangeAsync(kit, minor, AlarmStatus.Cleared);
        await kit.Alarms.DeleteAsync(Write(Ask.T1, 7), [other]);
        kit.Reopen();
        await ShownAsync(kit, "{\"critical\":0,\"major\":0,\"minor\":0,\"warning\":0}");
        await kit.Alarms.DropSourceAsync(Write(Ask.T1, 7));
        Assert.False((await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 7)))!.Fragments.Has(ManagedObject.ActiveAlarmsFragment));
        Assert.Equal(0, await kit.Inventory.CountAsync(Ask.All(Ask.T1), new(FragmentType: ManagedObject.ActiveAlarmsFragment)));
    }

    [Fact]
    public async Task Many_alarms_are_written_together_or_not_at_all()
    {
        using var kit = Open();
        var old = new[] { await RaiseAsync(kit, 7, "a"), await RaiseAsync(kit, 7, "b"), await RaiseAsync(kit, 7, "c") };
        var foreign = await RaiseAsync(kit, 8, "d");
        AlarmWrite[] writes = [.. old.Take(2).Select(alarm => new AlarmWrite(alarm with { Status = AlarmStatus.Cleared }, alarm))];
        await Assert.ThrowsAsync<InvalidOperationException>(() => kit.Alarms.WriteAsync(Write(Ask.T1, 7), [.. writes, new AlarmWrite(foreign, foreign)]));
        Assert.Equal(new ActiveAlarms(0, 3, 0, 0), await kit.Alarms.ActiveAsync(Read(Ask.T1, 7)));
        await kit.Alarms.WriteAsync(Write(Ask.T1, 7), writes);
        Assert.Equal(new ActiveAlarms(0, 1, 0, 0), await kit.Alarms.ActiveAsync(Read(Ask.T1, 7)));
        Assert.Equal([old[2].Id], await IdsAsync(kit, [new(7)], OpenOnes));
    }

    [Fact]
    public async Task What_a_document_to_be_written_says_of_open_alarms_is_passed_over()
    {
        using var kit = Open();
        var liar = InventoryStoreSuite.Thing(7, "Pump", null, "ann") with { Fragments = EventStoreSuite.Of(ManagedObject.ActiveAlarmsFragment, "{\"critical\":9}") };
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1, 7), liar, null);
        Assert.False((await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 7)))!.Fragments.Has(ManagedObject.ActiveAlarmsFragment));
        Assert.Equal(0, await kit.Inventory.CountAsync(Ask.All(Ask.T1), new(FragmentType: ManagedObject.ActiveAlarmsFragment)));
        await RaiseAsync(kit, 7, "t");
        var read = (await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 7)))!;
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1, 7), read with { Name = "Renamed", Fragments = Fragments.None }, read);
        await ShownAsync(kit, "{\"critical\":0,\"major\":1,\"minor\":0,\"warning\":0}");
    }

    [Fact]
    public async Task Tenants_whose_names_begin_alike_see_nothing_of_each_other()
    {
        using var kit = Open();
        await RaiseAsync(kit, 7, "t");
        var foreign = new Alarm(kit.Alarms.NewId(Write(Ask.T10, 7), At(3)), "t", "x", AlarmSeverity.Major, AlarmStatus.Active, At(3), At(3), 1, Now, Now, Fragments.None);
        await kit.Alarms.WriteAsync(Write(Ask.T10, 7), foreign, null);
        await kit.Alarms.DropSourceAsync(Write(Ask.T1, 7));
        Assert.Empty(await IdsAsync(kit, null, Everything));
        foreach (var query in new[] { Everything, OpenOnes })
        {
            Assert.Equal([foreign.Id], (await kit.Alarms.FindAsync(All(Ask.T10), null, query, PageRequest.First)).Items.Select(a => a.Id));
            Assert.Equal([foreign.Id], (await kit.Alarms.FindAsync(All(Ask.T10), new([new(7)]), query, PageRequest.First)).Items.Select(a => a.Id));
        }
        Assert.Equal(new ActiveAlarms(0, 1, 0, 0), await kit.Alarms.ActiveAsync(Read(Ask.T10, 7)));
    }

    [Fact]
    public async Task Dropping_a_source_takes_its_alarms_and_no_neighbours()
    {
        using var kit = Open();
        foreach (var source in new long[] { 255, 256, 257 })
            for (var i = 0; i < 5; i++)
                await RaiseAsync(kit, source, $"t{i}", timeMs: source);
        await kit.Alarms.DropSourceAsync(Write(Ask.T1, 256));
        foreach (var query in new[] { Everything, OpenOnes })
        {
            Assert.Equal([255, 257], (await IdsAsync(kit, null, query)).Select(id => id.Source.Value).Distinct().Order());
            Assert.Empty(await IdsAsync(kit, [new(256)], query));
        }
        Assert.Null(await kit.Alarms.FindOpenAsync(Read(Ask.T1, 256), "t1"));
        Assert.Null(await kit.Alarms.ActiveAsync(Read(Ask.T1, 256)));
        Assert.NotNull(await kit.Alarms.FindOpenAsync(Read(Ask.T1, 257), "t1"));
    }

    [Fact]
    public async Task A_list_of_all_needs_a_permit_for_all()
    {
        using var kit = Open();
        var own = Ask.Own(Ask.T1, "device_1", Permission.AlarmRead);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await kit.Alarms.FindAsync(own, null, Everything, PageRequest.First));
        await RaiseAsync(kit, 7, "t");
        Assert.Empty((await kit.Alarms.FindAsync(own, VisibleSources.None, Everything, PageRequest.First)).Items);
        Assert.Single((await kit.Alarms.FindAsync(own, new([new(7)]), Everything, PageRequest.First)).Items);
    }

    [Fact]
    public Task Lists_walks_and_counts_agree_with_a_plain_list_through_every_change() => Seeded.RunAsync(async random =>
    {
        using var kit = Open();
        var model = new Dictionary<AlarmId, Alarm>();
        for (var i = 0; i < 200; i++) await StepAsync(kit, random, model);
        for (var i = 0; i < 150; i++)
        {
            var (sources, query) = (random.Next(3) == 0 ? RandomSources(random) : null, RandomQuery(random));
            var expected = Expected(model.Values, sources, query);
            var page = new PageRequest(random.Next(1, 5), random.Next(0, 20), random.Next(2) == 0);
            var found = await kit.Alarms.FindAsync(All(Ask.T1), Ask.Seen(sources), query, page);
            Assert.Equal(expected.Skip((int)page.Skip).Take(page.Size).Select(a => a.Id), found.Items.Select(a => a.Id));
            Assert.Equal(expected.Count > page.Skip + page.Size, found.HasMore);
            Assert.Equal(page.WithTotal ? expected.Count : null, found.Total);
            Assert.Equal(expected.Select(a => a.Id), await WalkedAsync(kit, sources, query, random.Next(1, 9)));
        }
        for (var source = 1L; source < 7; source++)
        {
            var open = model.Values.Where(a => a.Id.Source.Value == source && a.IsOpen).ToList();
            var counted = await kit.Alarms.ActiveAsync(Read(Ask.T1, source)) ?? default;
            Assert.Equal(open.Count(a => a.Severity == AlarmSeverity.Critical), counted.Critical);
            Assert.Equal(open.Count(a => a.Severity == AlarmSeverity.Major), counted.Major);
            Assert.Equal(open.Count(a => a.Severity == AlarmSeverity.Minor), counted.Minor);
            Assert.Equal(open.Count(a => a.Severity == AlarmSeverity.Warning), counted.Warning);
        }
    });

    private static async Task StepAsync(IStorageKit kit, Random random, Dictionary<AlarmId, Alarm> model)
    {
        var source = random.Next(1, 7);
        var mine = model.Values.Where(a => a.Id.Source.Value == source).ToList();
        if (mine.Count == 0 || random.Next(3) == 0)
        {
            var raised = await RaiseAsync(kit, source, "type" + random.Next(4), random.Next(40), (AlarmSeverity)random.Next(1, 5), (AlarmStatus)random.Next(1, 4));
            model.Add(raised.Id, raised);
            return;
        }
        var old = mine[random.Next(mine.Count)];
        if (random.Next(8) == 0)
        {
            await kit.Alarms.DeleteAsync(Write(Ask.T1, source), [old]);
            model.Remove(old.Id);
            return;
        }
        var changed = random.Next(2) == 0 ? old with { Time = At(random.Next(40)), Count = old.Count + 1, LastUpdated = Now.AddMinutes(random.Next(20)) }
            : old with { Status = (AlarmStatus)random.Next(1, 4), Severity = (AlarmSeverity)random.Next(1, 5), LastUpdated = Now.AddMinutes(random.Next(20)) };
        await kit.Alarms.WriteAsync(Write(Ask.T1, source), changed, old);
        model[old.Id] = changed;
    }

    private static List<Alarm> Expected(IEnumerable<Alarm> model, List<ObjectId>? sources, AlarmQuery query) => [.. model.Where(a =>
        (sources is null || sources.Contains(a.Id.Source))
        && (query.Types is null || query.Types.Contains(a.Type))
        && (query.Severities is null || query.Severities.Contains(a.Severity))
        && (query.Statuses is null || query.Statuses.Contains(a.Status))
        && EventStoreSuite.In(query.Time, a.Time) && EventStoreSuite.In(query.Created, a.CreationTime) && EventStoreSuite.In(query.Updated, a.LastUpdated))
        .OrderByDescending(a => a.Time).ThenByDescending(a => a.Id.Source.Value).ThenByDescending(a => a.Id.Sequence)];

    private static AlarmQuery RandomQuery(Random random) => new(
        default,
        random.Next(4) == 0 ? ["type" + random.Next(4), "type" + random.Next(4)] : null,
        random.Next(4) == 0 ? [(AlarmSeverity)random.Next(1, 5)] : null,
        random.Next(3) switch { 0 => [(AlarmStatus)random.Next(1, 4)], 1 => OpenOnes.Statuses, _ => null },
        new(random.Next(3) == 0 ? random.Next(-5, 45) : null, random.Next(3) == 0 ? random.Next(-5, 45) : null),
        random.Next(6) == 0 ? new(Now.AddMinutes(1).ToUnixTimeMilliseconds(), null) : default,
        random.Next(4) == 0 ? new(null, Now.AddMinutes(random.Next(20)).ToUnixTimeMilliseconds()) : default);

    private static List<ObjectId> RandomSources(Random random) => [.. Enumerable.Range(0, random.Next(5)).Select(_ => new ObjectId(random.Next(1, 8)))];

    private static async Task<List<AlarmId>> WalkedAsync(IStorageKit kit, List<ObjectId>? sources, AlarmQuery query, int count)
    {
        var ids = new List<AlarmId>();
        for (Alarm? last = null; ;)
        {
            var some = await kit.Alarms.NextAsync(Ask.Write(Ask.T1, 0, Permission.AlarmAdminAll), Ask.Seen(sources), query, last, count);
            ids.AddRange(some.Select(a => a.Id));
            if (some.Count < count) return ids;
            last = some[^1];
        }
    }

    private static async Task<IEnumerable<AlarmId>> IdsAsync(IStorageKit kit, IReadOnlyList<ObjectId>? sources, AlarmQuery query) =>
        (await kit.Alarms.FindAsync(All(Ask.T1), Ask.Seen(sources), query, new(1, 100, false))).Items.Select(a => a.Id);

    /// <summary>The object says so by itself, in lists, and is found by the fragment.</summary>
    private static async Task ShownAsync(IStorageKit kit, string json)
    {
        var listed = Assert.Single((await kit.Inventory.FindAsync(Ask.All(Ask.T1), new(FragmentType: ManagedObject.ActiveAlarmsFragment), PageRequest.First)).Items);
        foreach (var document in new[] { listed, (await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 7)))! })
            Assert.Equal(json, Encoding.UTF8.GetString(document.Fragments.Items.Single(f => f.Name == ManagedObject.ActiveAlarmsFragment).Json));
    }

    private static async Task<Alarm> RaiseAsync(
        IStorageKit kit, long source, string type, long timeMs = 5, AlarmSeverity severity = AlarmSeverity.Major, AlarmStatus status = AlarmStatus.Active)
    {
        var alarm = new Alarm(kit.Alarms.NewId(Write(Ask.T1, source), At(timeMs)), type, "text", severity, status, At(timeMs), At(timeMs), 1, Now, Now, Fragments.None);
        await kit.Alarms.WriteAsync(Write(Ask.T1, source), alarm, null);
        return alarm;
    }

    private static async Task<Alarm> ChangeAsync(IStorageKit kit, Alarm alarm, AlarmStatus status)
    {
        var changed = alarm with { Status = status };
        await kit.Alarms.WriteAsync(Write(Ask.T1, alarm.Id.Source.Value), changed, alarm);
        return changed;
    }

    private static DateTimeOffset At(long timeMs) => DateTimeOffset.FromUnixTimeMilliseconds(timeMs);

    private static Grains.Access.WritePermit Write(TenantId tenant, long source) => Ask.Write(tenant, source, Permission.AlarmAdmin);

    private static Grains.Access.ReadPermit Read(TenantId tenant, long source) => Ask.Read(tenant, source, Permission.AlarmRead);

    private static Grains.Access.ListPermit All(TenantId tenant) => Ask.All(tenant, Permission.AlarmRead);
}
