using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Inventory;
using Bailiwick.Silo.Embedded;
using RocksDbSharp;

namespace Bailiwick.Storage.Tests;

/// <summary>Opening the embedded store, and what stands on disk.</summary>
public sealed class RocksStoreTests
{
    [Fact]
    public void A_second_opener_is_told_clearly_that_the_store_is_in_use()
    {
        using var kit = new EmbeddedKit();
        var e = Assert.Throws<StoreUnusableException>(() => RocksStore.Open(new RocksStoreOptions(kit.Folder), TimeProvider.System));
        Assert.Contains("in use by another process", e.Message, StringComparison.Ordinal);
        Assert.Contains(kit.Folder, e.Message, StringComparison.Ordinal);
        var audit = Assert.Throws<StoreUnusableException>(() => FileAuditLog.Open(kit.Folder, TimeProvider.System));
        Assert.Contains("in use by another process", audit.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_of_a_newer_layout_is_refused_and_left_as_it_was()
    {
        using var folder = new TempFolder();
        var options = new RocksStoreOptions(folder.Path);
        using (var store = RocksStore.Open(options, TimeProvider.System))
        using (var session = store.Read())
            session.Database.Put(KeySpace.Meta(MetaRow.Schema).AsSpan(), new byte[] { 0, 0, 0, KeySpace.Schema + 1 }.AsSpan());
        for (var i = 0; i < 2; i++)
            Assert.Contains("newer version", Assert.Throws<StoreUnusableException>(() => RocksStore.Open(options, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_with_an_unknown_part_is_refused_as_newer()
    {
        using var folder = new TempFolder();
        var options = new RocksStoreOptions(folder.Path);
        using (var store = RocksStore.Open(options, TimeProvider.System))
        using (var session = store.Read())
            session.Database.CreateColumnFamily(new ColumnFamilyOptions(), "alarms-of-2031");
        Assert.Contains("alarms-of-2031", Assert.Throws<StoreUnusableException>(() => RocksStore.Open(options, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_log_is_refused_and_not_silently_shortened()
    {
        using var folder = new TempFolder();
        var options = new RocksStoreOptions(folder.Path);
        using (var store = RocksStore.Open(options, TimeProvider.System))
            for (var i = 0; i < 200; i++)
                await store.Writer.CommitAsync(new StoreChange().Put(Family.Grains, [1, (byte)i], new byte[100]));
        var log = Directory.GetFiles(options.StoreFolder, "*.log").Single(f => new FileInfo(f).Length > 0);
        var bytes = await File.ReadAllBytesAsync(log);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(log, bytes);
        Assert.Contains("cannot be opened", Assert.Throws<StoreUnusableException>(() => RocksStore.Open(options, TimeProvider.System)).Message, StringComparison.Ordinal);
        using var forced = RocksStore.Open(options with { DiscardDamagedTail = true }, TimeProvider.System);
        using var session = forced.Read();
        Assert.True(session.Has(Family.Grains, [1, 0]));
    }

    [Fact]
    public async Task A_log_that_ends_within_a_record_opens_with_all_records_before()
    {
        using var folder = new TempFolder();
        var options = new RocksStoreOptions(folder.Path);
        using (var store = RocksStore.Open(options, TimeProvider.System))
            for (var i = 0; i < 10; i++)
                await store.Writer.CommitAsync(new StoreChange().Put(Family.Grains, [1, (byte)i], new byte[100]));
        var log = Directory.GetFiles(options.StoreFolder, "*.log").Single(f => new FileInfo(f).Length > 0);
        await using (var file = File.OpenWrite(log)) file.SetLength(file.Length - 5);
        using var again = RocksStore.Open(options, TimeProvider.System);
        using var session = again.Read();
        for (var i = 0; i < 9; i++) Assert.True(session.Has(Family.Grains, [1, (byte)i]));
    }

    [Fact]
    public void A_closed_store_refuses_reads_and_writes()
    {
        var kit = new EmbeddedKit();
        kit.Dispose();
        Assert.Equal(RefusalKind.Unavailable, Assert.Throws<Refusal>(() => kit.Store.Read()).Kind);
        Assert.Throws<Refusal>(() => { _ = kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(1, null, null, "a"), null); });
    }

    [Fact]
    public void Names_and_numbers_on_disk_are_those_of_the_first_release()
    {
        Assert.Equal(1, KeySpace.Schema);
        Assert.Equal(["default", "objects", "object-index", "links", "identity", "measurements", "grains", "events", "alarms", "series", "operations", "operation-index", "presence"], KeySpace.FamilyNames);
        Assert.Equal([(Family.Meta, 0), (Family.Objects, 1), (Family.ObjectIndex, 2), (Family.Links, 3), (Family.Identity, 4), (Family.Measurements, 5), (Family.Grains, 6),
            (Family.Events, 7), (Family.Alarms, 8), (Family.Series, 9), (Family.Operations, 10), (Family.OperationIndex, 11), (Family.Presence, 12)],
            Enum.GetValues<Family>().Select(f => (f, (int)f)));
        Assert.Equal("Schema=1 Sequence=2 NextObjectId=3 Branches=4", Numbers<MetaRow>());
        Assert.Equal("All=1 Type=2 Owner=3 Fragment=4", Numbers<IndexKind>());
        Assert.Equal("Child=1 Parent=2 Branch=3", Numbers<LinkDirection>());
        Assert.Equal("ByName=1 ByObject=2", Numbers<IdentityRow>());
        Assert.Equal("Device=1 Asset=2 Addition=3", Numbers<ChildKind>());
        Assert.Equal("Event=1 ByTime=2", Numbers<EventRow>());
        Assert.Equal("Alarm=1 BySource=2 ByTime=3 OpenBySource=4 OpenByTime=5 OpenByType=6 Active=7", Numbers<AlarmRow>());
        Assert.Equal("None=0 Critical=1 Major=2 Minor=3 Warning=4", Numbers<AlarmSeverity>());
        Assert.Equal("None=0 Active=1 Acknowledged=2 Cleared=3", Numbers<AlarmStatus>());
        Assert.Equal("None=0 Pending=1 Executing=2 Successful=3 Failed=4", Numbers<OperationStatus>());
    }

    [Fact]
    public void Keys_are_byte_for_byte_those_of_the_storage_document()
    {
        Assert.Equal("0374313000", Hex(KeySpace.NextObjectId(Ask.T10)));
        Assert.Equal("743100" + "000000000000126D", Hex(KeySpace.Object(Ask.T1, new(4717))));
        Assert.Equal("743100" + "01", Hex(KeySpace.Index(Ask.T1, IndexKind.All, null)));
        Assert.Equal("743100" + "02" + "61620001", Hex(KeySpace.Index(Ask.T1, IndexKind.Type, "ab")));
        Assert.Equal("743100" + "04" + "6100FF620001", Hex(KeySpace.Index(Ask.T1, IndexKind.Fragment, "a\0b")));
        Assert.Equal("743100" + "0000000000000001" + "02" + "03" + "0000000000000002", Hex(KeySpace.Link(Ask.T1, new(1), LinkDirection.Parent, ChildKind.Addition, new(2))));
        Assert.Equal("743100" + "01" + "73" + "0001" + "7631" + "0001", Hex(KeySpace.ExternalId(Ask.T1, new("s", "v1"))));
        Assert.Equal("743100" + "02" + "0000000000000007" + "73" + "0001" + "7631" + "0001", Hex(KeySpace.NameOf(Ask.T1, new(7), new("s", "v1"))));
        Assert.Equal("743100" + "0000000000000007" + "0000018BCFE5687B" + "0000000000000009", Hex(KeySpace.Measurement(Ask.T1, new(new(7), 1_700_000_000_123, 9))));
        Assert.Equal("743100" + "01" + Seven + Time + Nine, Hex(KeySpace.Event(Ask.T1, new(new(7), 1_700_000_000_123, 9))));
        Assert.Equal("743100" + "02" + Time + Seven + Nine, Hex(KeySpace.EventByTime(Ask.T1, new(new(7), 1_700_000_000_123, 9))));
        Assert.Equal("743100" + "01" + Seven + Time + Nine, Hex(KeySpace.Alarm(Ask.T1, new(new(7), 1_700_000_000_123, 9))));
        var place = new Place(1_700_000_000_124, 7, 9, 1_700_000_000_123);
        Assert.Equal("743100" + "02" + Seven + "0000018BCFE5687C" + Nine + Time, Hex(KeySpace.AlarmInList(Ask.T1, AlarmRow.BySource, place)));
        Assert.Equal("743100" + "05" + "0000018BCFE5687C" + Seven + Nine + Time, Hex(KeySpace.AlarmInList(Ask.T1, AlarmRow.OpenByTime, place)));
        Assert.Equal("743100" + "06" + Seven + "61620001" + Time + Nine, Hex(KeySpace.OpenAlarm(Ask.T1, new(new(7), 1_700_000_000_123, 9), "ab")));
        Assert.Equal("743100" + "07" + Seven, Hex(KeySpace.ActiveAlarms(Ask.T1, new(7))));
        Assert.Equal("01" + "0000018BCFE5687B" + "0000000000000009" + "00", Hex(PresenceRecord.Write(new Presence(1_700_000_000_123, true, false), 9)));
        Assert.Equal("743100" + "0000000000000007" + "633879" + "0001" + "54" + "0001", Hex(KeySpace.Series(Ask.T1, new(7), new("c8y", "T"))));
        Assert.Equal("743100" + "0000000000000007" + "0000018BCFE5687B" + "0000000000000009", Hex(KeySpace.Operation(Ask.T1, new(new(7), 1_700_000_000_123, 9))));
        Assert.Equal("743100" + "01" + "0000000000000007" + "0000018BCFE5687B" + "0000000000000009",
            Hex(KeySpace.OpenOperation(Ask.T1, OperationStatus.Pending, new(new(7), 1_700_000_000_123, 9))));
        Assert.Equal("01" + "02" + "00" + "010178" + "01" + "016D" + "0131",
            Hex(OperationRecord.Write(new Operation(default, OperationStatus.Executing, null, "x", new Fragments([new Fragment("m", "1"u8.ToArray())])))));
        Assert.Equal("75736572" + "00" + "74312F616E6E", Hex(KeySpace.Grain("user", "t1/ann"u8)));
    }

    private const string Seven = "0000000000000007";
    private const string Nine = "0000000000000009";
    private const string Time = "0000018BCFE5687B";

    [Fact]
    public void Values_of_events_and_alarms_are_byte_for_byte_those_of_the_storage_document()
    {
        var epoch = DateTimeOffset.UnixEpoch;
        var fragments = EventStoreSuite.Of("m", "1");
        var writer = new RecordWriter(64);
        EventRecord.Write(ref writer, new Event(new(new(7), 0, 9), "T", "x", epoch.ToOffset(TimeSpan.FromHours(1)), epoch, epoch, fragments));
        Assert.Equal("01" + "003C" + "0154" + "0178" + Epoch + Epoch + "01016D0131", Hex(writer.Written));
        writer.Dispose();
        var alarm = new Alarm(new(new(7), 0, 9), "T", "x", AlarmSeverity.Minor, AlarmStatus.Cleared, epoch.AddMilliseconds(2), epoch.ToOffset(TimeSpan.FromHours(1)), 5, epoch, epoch, fragments);
        Assert.Equal("01" + "0000000000000002" + "0000" + "003C" + "03" + "03" + "0000000000000005" + "0154" + "0178" + Epoch + Epoch + "01016D0131", Hex(AlarmRecord.Write(alarm)));
        Assert.Equal("0000000000000001" + "0000000000000002" + "0000000000000003" + "0000000000000004", Hex(ActiveAlarmsRecord.Write(new(1, 2, 3, 4))));
    }

    private const string Epoch = "089F7FF5F7B580000000";

    [Fact]
    public async Task A_list_of_open_alarms_and_a_raise_read_none_that_is_cleared()
    {
        using var kit = new EmbeddedKit();
        var permit = Ask.Write(Ask.T1, 7, Permission.AlarmAdmin);
        var alarms = new List<Alarm>();
        foreach (var status in new[] { AlarmStatus.Cleared, AlarmStatus.Active })
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(5);
            alarms.Add(new(kit.Alarms.NewId(permit, at), "t", "x", AlarmSeverity.Major, status, at, at, 1, at, at, Fragments.None));
            await kit.Alarms.WriteAsync(permit, alarms[^1], null);
        }
        // Without the cleared alarm itself, whoever read it would fail.
        await kit.Store.Writer.CommitAsync(new StoreChange().Delete(Family.Alarms, KeySpace.Alarm(Ask.T1, alarms[0].Id)));
        var open = new AlarmQuery(Statuses: [AlarmStatus.Active, AlarmStatus.Acknowledged]);
        var all = Ask.All(Ask.T1, Permission.AlarmRead);
        Assert.Equal(alarms[1].Id, Assert.Single((await kit.Alarms.FindAsync(all, null, open, new(1, 5, true))).Items).Id);
        Assert.Equal(alarms[1].Id, Assert.Single((await kit.Alarms.FindAsync(all, new([new(7)]), open with { Types = ["t"] }, new(1, 5, true))).Items).Id);
        Assert.Equal(alarms[1].Id, (await kit.Alarms.FindOpenAsync(Ask.Read(permit.Tenant, permit.Source.Value), "t"))!.Id);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await kit.Alarms.FindAsync(all, null, new AlarmQuery(), new(1, 5, true)));
    }

    [Fact]
    public async Task A_store_of_the_first_release_gets_the_parts_that_came_later()
    {
        using var folder = new TempFolder();
        var options = new RocksStoreOptions(folder.Path);
        using (RocksStore.Open(options, TimeProvider.System))
        {
        }
        using (var bare = RocksDb.Open(RocksSettings.Database(options), options.StoreFolder, RocksSettings.Families(options)))
        {
            bare.DropColumnFamily("events");
            bare.DropColumnFamily("alarms");
        }
        using var kit = new EmbeddedKit(folder.Path);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(5);
        await kit.Events.AppendAsync(EventStoreSuite.Write(Ask.T1, 7), [EventStoreSuite.Sent(5)], at);
        Assert.Single((await kit.Events.FindAsync(Ask.All(Ask.T1, Permission.EventRead), null, new EventQuery(), PageRequest.First)).Items);
    }

    [Fact]
    public void No_tenants_keys_begin_with_anothers()
    {
        var tenants = new[] { "t", "t1", "t10", "t1a", "a" }.Select(t => new TenantId(t)).ToArray();
        foreach (var one in tenants)
            foreach (var other in tenants)
                Assert.Equal(one == other, KeySpace.Object(other, new(1)).AsSpan().StartsWith(KeySpace.Tenant(one)));
    }

    [Fact]
    public void The_end_of_a_prefix_is_the_first_key_behind_it()
    {
        Assert.Equal("7432", Hex(KeySpace.EndOf([0x74, 0x31])));
        Assert.Equal("75", Hex(KeySpace.EndOf([0x74, 0xff, 0xff])));
    }

    private static string Numbers<T>() where T : struct, Enum => string.Join(' ', Enum.GetValues<T>().Select(v => $"{v}={Convert.ToInt32(v, null)}"));

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);
}
