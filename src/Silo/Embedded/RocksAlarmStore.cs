using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Telemetry;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>Alarms in RocksDB: the alarm, its rows in lists, and the count of open ones on its source, in one synced batch.</summary>
internal sealed class RocksAlarmStore(
    RocksStore store, int mergeRowsMax = Limits.StoreMergeRowsMax, int deleteRowsPerCommit = Limits.AlarmsPerRound) : IAlarmStore
{
    private static readonly byte[] NoValue = [];

    public AlarmId NewId(WritePermit permit, DateTimeOffset firstTime)
    {
        Check.That(permit.Source != default);
        return new AlarmId(permit.Source, firstTime.ToUnixTimeMilliseconds(), store.Writer.NextSequence(1));
    }

    public ValueTask<Alarm?> ReadAsync(ReadPermit permit, AlarmId id) => new(id.Source == permit.Source ? Read(permit.Tenant, id) : null);

    public ValueTask<Alarm?> ReadAsync(WritePermit permit, AlarmId id) => new(id.Source == permit.Source ? Read(permit.Tenant, id) : null);

    public ValueTask<Alarm?> FindOpenAsync(ReadPermit permit, string type)
    {
        using var session = store.Read();
        using var rows = Cursor.Over(session, Family.Alarms, KeySpace.OpenAlarms(permit.Tenant, permit.Source, type));
        AlarmId? best = null;
        var bestIsActive = false;
        for (var isThere = rows.First(); isThere; isThere = rows.Next())
        {
            var tail = rows.Key[^16..];
            var id = new AlarmId(permit.Source, BinaryPrimitives.ReadInt64BigEndian(tail), BinaryPrimitives.ReadInt64BigEndian(tail[8..]));
            var isActive = (AlarmStatus)rows.Value[1] == AlarmStatus.Active;
            if (best is { } known && (isActive == bestIsActive ? id.Sequence < known.Sequence : bestIsActive)) continue;
            (best, bestIsActive) = (id, isActive);
        }
        return new(best is { } found ? Load(session, permit.Tenant, found, null) : null);
    }

    public Task WriteAsync(WritePermit permit, IReadOnlyList<AlarmWrite> writes)
    {
        var change = new StoreChange();
        foreach (var (alarm, previous) in writes)
        {
            Check.That(permit.Source == alarm.Id.Source && (previous is null || previous.Id == alarm.Id));
            Check.That(alarm.Id.FirstMs >= 0 && alarm.Id.FirstMs == alarm.FirstTime.ToUnixTimeMilliseconds());
            if (previous is not null) RemoveRows(change, permit.Tenant, previous, isMoved: PlaceOf(previous) != PlaceOf(alarm), isClosed: !alarm.IsOpen);
            change.Put(Family.Alarms, KeySpace.Alarm(permit.Tenant, alarm.Id), AlarmRecord.Write(alarm));
            PutRows(change, permit.Tenant, alarm);
        }
        Count(change, permit.Tenant, permit.Source, writes.Select(write => write.Previous).OfType<Alarm>(), writes.Select(write => write.Alarm));
        return store.Writer.CommitAsync(change);
    }

    public Task DeleteAsync(WritePermit permit, IReadOnlyList<Alarm> stored)
    {
        var change = new StoreChange();
        foreach (var alarm in stored)
        {
            Check.That(permit.Source == alarm.Id.Source);
            change.Delete(Family.Alarms, KeySpace.Alarm(permit.Tenant, alarm.Id));
            RemoveRows(change, permit.Tenant, alarm, isMoved: true, isClosed: true);
        }
        Count(change, permit.Tenant, permit.Source, stored, []);
        return store.Writer.CommitAsync(change);
    }

    public ValueTask<ActiveAlarms?> ActiveAsync(ReadPermit permit)
    {
        using var session = store.Read();
        return new(ActiveAlarmsRecord.Read(session, permit.Tenant, permit.Source));
    }

    public ValueTask<Page<Alarm>> FindAsync(ListPermit permit, VisibleSources? sources, AlarmQuery query, PageRequest page)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        using var shown = ShownSources.Of(session, snapshot, permit, sources);
        var view = new View(session, snapshot, permit.Tenant);
        using var scan = view.Scan(shown, query);
        return new(scan.Page(page, mergeRowsMax).Select(view.Load));
    }

    public ValueTask<IReadOnlyList<Alarm>> NextAsync(WritePermit tenantWide, VisibleSources? sources, AlarmQuery query, Alarm? after, int countMax)
    {
        Check.That(tenantWide.Source == default);
        return new(Next(tenantWide.Tenant, sources, query, after, countMax));
    }

    public async Task DropSourceAsync(WritePermit permit)
    {
        var (all, own) = (new AlarmQuery(), new VisibleSources([permit.Source]));
        for (var some = Next(permit.Tenant, own, all, null, deleteRowsPerCommit); some.Count > 0; some = Next(permit.Tenant, own, all, some[^1], deleteRowsPerCommit))
            await DeleteAsync(permit, some);
        await store.Writer.CommitAsync(new StoreChange()
            .Delete(Family.Alarms, KeySpace.ActiveAlarms(permit.Tenant, permit.Source))
            .Delete(Family.ObjectIndex, FragmentRow(permit.Tenant, permit.Source)));
    }

    /// <summary>What one query sees of one tenant.</summary>
    private sealed class View(RocksSession session, Snapshot snapshot, TenantId tenant)
    {
        private readonly ReadOptions _options = new ReadOptions().SetSnapshot(snapshot);

        public PlaceScan Scan(ShownSources shown, AlarmQuery query)
        {
            var isOpenAlone = query.IsOfOpenAlone();
            var index = new PlaceIndex(
                Family.Alarms, KeySpace.Alarms(tenant, isOpenAlone ? AlarmRow.OpenBySource : AlarmRow.BySource),
                KeySpace.Alarms(tenant, isOpenAlone ? AlarmRow.OpenByTime : AlarmRow.ByTime), HasFirst: true);
            return new PlaceScan(session, snapshot, index, shown.Ids, query.Time, isNewestFirst: true,
                shown.IsWhole && query.IsByKeyAlone() ? null : place => Admits(place, shown, query));
        }

        private bool Admits(Place place, ShownSources shown, AlarmQuery query)
        {
            var coverage = shown.Of(place.Source);
            if (coverage.IsNone) return false;
            if (coverage.IsWhole && query.IsByKeyAlone()) return true;
            var alarm = Load(place);
            return query.Names(alarm) && coverage.Covers(alarm.Fragments);
        }

        /// <summary>The alarm of a row; one without the other is damage.</summary>
        public Alarm Load(Place place)
        {
            var id = new AlarmId(new ObjectId(place.Source), place.FirstMs, place.Sequence);
            var alarm = RocksAlarmStore.Load(session, tenant, id, _options) ?? throw new InvalidDataException($"Alarm {tenant}/{id} has a row in a list and is not there");
            GC.KeepAlive(_options);
            return alarm;
        }
    }

    private List<Alarm> Next(TenantId tenant, VisibleSources? sources, AlarmQuery query, Alarm? after, int count)
    {
        using var session = store.Read();
        using var snapshot = session.Database.CreateSnapshot();
        var view = new View(session, snapshot, tenant);
        using var scan = view.Scan(ShownSources.Told(sources), query);
        return [.. scan.Next(after is null ? null : PlaceOf(after), count).Select(view.Load)];
    }

    private Alarm? Read(TenantId tenant, AlarmId id)
    {
        using var session = store.Read();
        return Load(session, tenant, id, null);
    }

    private static Alarm? Load(RocksSession session, TenantId tenant, AlarmId id, ReadOptions? options) =>
        session.Get(Family.Alarms, KeySpace.Alarm(tenant, id), options) is { } value ? AlarmRecord.Read(id, value) : null;

    private static void PutRows(StoreChange change, TenantId tenant, Alarm alarm)
    {
        var place = PlaceOf(alarm);
        change.Put(Family.Alarms, KeySpace.AlarmInList(tenant, AlarmRow.BySource, place), NoValue);
        change.Put(Family.Alarms, KeySpace.AlarmInList(tenant, AlarmRow.ByTime, place), NoValue);
        if (!alarm.IsOpen) return;
        change.Put(Family.Alarms, KeySpace.AlarmInList(tenant, AlarmRow.OpenBySource, place), NoValue);
        change.Put(Family.Alarms, KeySpace.AlarmInList(tenant, AlarmRow.OpenByTime, place), NoValue);
        change.Put(Family.Alarms, KeySpace.OpenAlarm(tenant, alarm.Id, alarm.Type), [(byte)alarm.Severity, (byte)alarm.Status]);
    }

    /// <summary>Takes away the rows that no longer hold: all of its place when it moved, and those of open alarms when it is none any more.</summary>
    private static void RemoveRows(StoreChange change, TenantId tenant, Alarm alarm, bool isMoved, bool isClosed)
    {
        var place = PlaceOf(alarm);
        if (isMoved)
        {
            change.Delete(Family.Alarms, KeySpace.AlarmInList(tenant, AlarmRow.BySource, place));
            change.Delete(Family.Alarms, KeySpace.AlarmInList(tenant, AlarmRow.ByTime, place));
        }
        if (!alarm.IsOpen || (!isMoved && !isClosed)) return;
        change.Delete(Family.Alarms, KeySpace.AlarmInList(tenant, AlarmRow.OpenBySource, place));
        change.Delete(Family.Alarms, KeySpace.AlarmInList(tenant, AlarmRow.OpenByTime, place));
        if (isClosed) change.Delete(Family.Alarms, KeySpace.OpenAlarm(tenant, alarm.Id, alarm.Type));
    }

    /// <summary>Brings the count of open alarms along. The first one ever also makes the object findable by the fragment that shows it.</summary>
    private void Count(StoreChange change, TenantId tenant, ObjectId source, IEnumerable<Alarm> gone, IEnumerable<Alarm> come)
    {
        using var session = store.Read();
        var before = ActiveAlarmsRecord.Read(session, tenant, source);
        var after = before ?? default;
        foreach (var alarm in gone.Where(alarm => alarm.IsOpen)) after = Counted(after, alarm.Severity, -1);
        foreach (var alarm in come.Where(alarm => alarm.IsOpen)) after = Counted(after, alarm.Severity, 1);
        if (after == before) return;
        Check.That(after is { Critical: >= 0, Major: >= 0, Minor: >= 0, Warning: >= 0 });
        change.Put(Family.Alarms, KeySpace.ActiveAlarms(tenant, source), ActiveAlarmsRecord.Write(after));
        if (before is null) change.Put(Family.ObjectIndex, FragmentRow(tenant, source), NoValue);
    }

    private static ActiveAlarms Counted(ActiveAlarms active, AlarmSeverity severity, int by) => severity switch
    {
        AlarmSeverity.Critical => active with { Critical = active.Critical + by },
        AlarmSeverity.Major => active with { Major = active.Major + by },
        AlarmSeverity.Minor => active with { Minor = active.Minor + by },
        AlarmSeverity.Warning => active with { Warning = active.Warning + by },
        _ => throw new ArgumentOutOfRangeException(nameof(severity)),
    };

    private static byte[] FragmentRow(TenantId tenant, ObjectId source) =>
        [.. KeySpace.Index(tenant, IndexKind.Fragment, ManagedObject.ActiveAlarmsFragment), .. KeySpace.Number(source.Value)];

    private static Place PlaceOf(Alarm alarm) =>
        new(alarm.Time.ToUnixTimeMilliseconds(), alarm.Id.Source.Value, alarm.Id.Sequence, alarm.Id.FirstMs);
}
