using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Telemetry;

namespace Bailiwick.Grains.Devices;

internal sealed partial class DeviceGrain
{
    public async Task<AlarmView?> RaiseAlarm(Caller caller, NewAlarm raised)
    {
        if (!Exists) await RequireExistsAsync();
        WritePermit.Demand(caller, _owned.Resource.Holding(raised.Fragments), Permission.AlarmAdmin);
        await HeardAsync(caller);
        return await RaiseAsync(caller, raised) is { } alarm ? await ViewAsync(caller, alarm) : null;
    }

    public async Task<AlarmView> ReadAlarm(Caller caller, AlarmId id)
    {
        await RequireHasAlarmAsync(id);
        var stored = await _ports.Alarms.ReadAsync(Inside(), id);
        _ = ReadPermit.Demand(caller, _owned.Resource.Holding(stored?.Fragments), Permission.AlarmRead);
        return await ViewAsync(caller, stored ?? throw NoSuchAlarm(id));
    }

    public async Task<AlarmView> UpdateAlarm(Caller caller, AlarmId id, AlarmChange change)
    {
        await RequireHasAlarmAsync(id);
        return await ViewAsync(caller, await UpdateAlarmAsync(caller, id, change));
    }

    public async Task<long> UpdateAlarms(Caller caller, IReadOnlyList<AlarmId> ids, AlarmQuery query, AlarmStatus status)
    {
        if (!Exists) return 0;
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.AlarmAdminAll);
        var (writes, records) = (new List<AlarmWrite>(ids.Count), new List<NewAuditRecord>(ids.Count));
        foreach (var id in ids)
        {
            if (await _ports.Alarms.ReadAsync(permit, id) is not { } stored || stored.Status == status || !query.Names(stored)) continue;
            var changed = Changed(stored, AlarmChange.To(status));
            writes.Add(new AlarmWrite(changed, stored));
            records.Add(Record(changed, Updated, AlarmChanges.Between(stored, changed)));
        }
        if (writes.Count > 0) await GrainFactory.RecordThenAsync(_tenant, caller, records, () => _ports.Alarms.WriteAsync(permit, writes));
        return writes.Count;
    }

    public async Task<long> DeleteAlarms(Caller caller, IReadOnlyList<AlarmId> ids, AlarmQuery query)
    {
        if (!Exists) return 0;
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.AlarmAdminAll);
        var doomed = new List<Alarm>(ids.Count);
        foreach (var id in ids)
            if (await _ports.Alarms.ReadAsync(permit, id) is { } stored && query.Names(stored))
                doomed.Add(stored);
        if (doomed.Count > 0) await _ports.Alarms.DeleteAsync(permit, doomed);
        return doomed.Count;
    }

    /// <summary>Raises an alarm and answers it, or the one that it was counted on; null in maintenance, when nothing is stored.</summary>
    private async Task<Alarm?> RaiseAsync(Caller caller, NewAlarm raised)
    {
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(raised.Fragments), Permission.AlarmAdmin);
        RequireFits("alarm", raised.Type, raised.Text, raised.Time, raised.Fragments, Limits.AlarmBytesMax);
        if (_owned.Read(permit).IsInMaintenance) return null;
        var now = _ports.Time.GetUtcNow();
        // One that comes cleared tells of something that is over: it is no recurrence of what is open.
        if (raised.Status != AlarmStatus.Cleared && await _ports.Alarms.FindOpenAsync(Inside(), raised.Type) is { } open)
        {
            // The open one is changed, and answered: a right that covers what is raised need not cover what is there.
            permit = WritePermit.Demand(caller, _owned.Resource.Holding(open.Fragments), Permission.AlarmAdmin);
            var counted = open with { Time = raised.Time, Count = open.Count + 1, LastUpdated = now };
            await _ports.Alarms.WriteAsync(permit, counted, open);
            return counted;
        }
        var alarm = new Alarm(
            _ports.Alarms.NewId(permit, raised.Time), raised.Type, raised.Text, raised.Severity, raised.Status, raised.Time, raised.Time, 1, now, now,
            Fragments.None.Merge(raised.Fragments));
        var record = Record(alarm, "Alarm created", [new("status", "String", null, Wording.Of(alarm.Status)), new("severity", "String", null, Wording.Of(alarm.Severity))]);
        await GrainFactory.RecordThenAsync(_tenant, caller, record, () => _ports.Alarms.WriteAsync(permit, alarm, null));
        return alarm;
    }

    private async Task UpdateAlarmOfTypeAsync(Caller caller, UpdateAlarmOfType command)
    {
        var open = await _ports.Alarms.FindOpenAsync(Inside(), command.Type);
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(open?.Fragments), Permission.AlarmAdmin);
        if (open is null) throw Refusal.NotFound("alarm", $"Finding alarm from database failed : No open alarm of type '{command.Type}'!");
        await WriteChangeAsync(caller, permit, open, command.Change);
    }

    private async Task<Alarm> UpdateAlarmAsync(Caller caller, AlarmId id, AlarmChange change)
    {
        var stored = await _ports.Alarms.ReadAsync(Inside(), id);
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(stored?.Fragments), Permission.AlarmAdmin);
        return await WriteChangeAsync(caller, permit, stored ?? throw NoSuchAlarm(id), change);
    }

    /// <summary>Records what changes and changes it; what changes nothing is neither recorded nor written.</summary>
    private async Task<Alarm> WriteChangeAsync(Caller caller, WritePermit permit, Alarm old, AlarmChange change)
    {
        var changed = Changed(old, change);
        var changes = AlarmChanges.Between(old, changed);
        if (changes.Count == 0) return old;
        RequireFits("alarm", changed.Type, changed.Text, changed.Time, changed.Fragments, Limits.AlarmBytesMax);
        // A right that covers some fragments covers what is there and what is to be.
        _ = WritePermit.Demand(caller, _owned.Resource.Holding(changed.Fragments), Permission.AlarmAdmin);
        await GrainFactory.RecordThenAsync(_tenant, caller, Record(changed, Updated, changes), () => _ports.Alarms.WriteAsync(permit, changed, old));
        return changed;
    }

    private Alarm Changed(Alarm old, AlarmChange change) => old with
    {
        Text = change.Text ?? old.Text,
        Severity = change.Severity ?? old.Severity,
        Status = change.Status ?? old.Status,
        Fragments = old.Fragments.Merge(change.Fragments),
        LastUpdated = _ports.Time.GetUtcNow(),
    };

    private async ValueTask<AlarmView> ViewAsync(Caller caller, Alarm alarm) =>
        new(alarm, (await _ports.Sources.NamesAsync(caller, [_id])).GetValueOrDefault(_id));

    // The interface's clients look an alarm's history up by the alarm's id.
    private NewAuditRecord Record(Alarm alarm, string activity, IReadOnlyList<AuditChange> changes) => new(
        "Alarm", activity, $"{activity}: type '{alarm.Type}', device '{_id}', text '{alarm.Text}'", Source: alarm.Id.ToString(), Changes: changes);

    private async ValueTask RequireHasAlarmAsync(AlarmId id)
    {
        if (!await HasAsync(id.Source)) throw NoSuchAlarm(id);
    }

    private const string Updated = "Alarm updated";

    private static Refusal NoSuchAlarm(AlarmId id) =>
        Refusal.NotFound("alarm", $"Finding alarm from database failed : No alarm for id '{id}'!");
}

/// <summary>What a change did to an alarm, attribute by attribute, for its audit record.</summary>
internal static class AlarmChanges
{
    public static IReadOnlyList<AuditChange> Between(Alarm old, Alarm changed)
    {
        var changes = new List<AuditChange>();
        Note(changes, "status", Wording.Of(old.Status), Wording.Of(changed.Status));
        Note(changes, "severity", Wording.Of(old.Severity), Wording.Of(changed.Severity));
        Note(changes, "text", old.Text, changed.Text);
        var names = old.Fragments.Items.Concat(changed.Fragments.Items).Select(fragment => fragment.Name).Distinct();
        foreach (var name in names) Note(changes, name, Json(old.Fragments, name), Json(changed.Fragments, name));
        return changes;
    }

    private static void Note(List<AuditChange> changes, string attribute, string? old, string? changed)
    {
        if (old != changed) changes.Add(new AuditChange(attribute, "String", Cut(old), Cut(changed)));
    }

    private static string? Json(Fragments fragments, string name)
    {
        foreach (var fragment in fragments.Items)
            if (fragment.Name == name)
                return global::System.Text.Encoding.UTF8.GetString(fragment.Json);
        return null;
    }

    private static string? Cut(string? value) => value is null ? null : AuditRules.Cut(value);
}
