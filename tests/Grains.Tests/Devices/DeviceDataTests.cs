using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Devices;

/// <summary>What a Device grain does with events and alarms: the order of record and write, and how rows are handed over.</summary>
public sealed class DeviceDataTests(OneSilo silo)
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly NewMeasurement Measured = new("m", Noon, "\"f\":{\"s\":{\"value\":1}}"u8.ToArray());

    private DeviceStores Stores => silo.Service<DeviceStores>();

    [Fact]
    public async Task An_alarm_is_recorded_before_it_is_written_and_before_it_is_changed()
    {
        var (tenant, admin, device) = await DeviceAsync();
        var seen = new List<string>();
        Stores.BeforeWrite[tenant] = _ => seen.AddRange(silo.Audit.Of(tenant).Where(record => record.Type == "Alarm").Select(record => record.Activity).TakeLast(1));
        var raised = (await device.RaiseAlarm(admin, Raised("t")))!.Alarm;
        await device.UpdateAlarm(admin, raised.Id, AlarmChange.To(AlarmStatus.Acknowledged));
        Assert.Equal(["Alarm created", "Alarm updated"], seen);
        Assert.All(silo.Audit.Of(tenant).Where(record => record.Type == "Alarm"), record => Assert.Equal((raised.Id.ToString(), "boss"), (record.Source, record.User)));
    }

    [Fact]
    public async Task An_alarm_that_was_recorded_and_not_written_is_followed_by_a_record_that_says_so()
    {
        var (tenant, admin, device) = await DeviceAsync();
        Stores.BeforeWrite[tenant] = _ => throw Refusal.StorageUnavailable("as the test told it to");
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => device.RaiseAlarm(admin, Raised("t")));
        Assert.Equal(["Alarm created", "Alarm created failed"], Activities(tenant));
        Assert.Empty(Stores.Alarms(tenant));
    }

    [Fact]
    public async Task A_row_that_is_denied_is_answered_with_the_number_of_a_record_that_says_why()
    {
        var (tenant, admin, device) = await DeviceAsync();
        var anna = await silo.MakeAsync(admin, "anna", Authority.Device, Authority.MeasurementAdmin, Authority.AlarmRead);
        var outcome = await device.Apply(anna, new DeviceBatch([new CreateMeasurement(Measured), new RaiseAlarm(Raised("t")), new RaiseAlarm(Raised("t") with { Text = "" })], CommitTicket.None));

        var denied = outcome.Refused.Single(row => row.Row == 1);
        var record = silo.Audit.Of(tenant).Single(record => record.Id == denied.DenialId);
        var denial = DenialRecords.Of(record) ?? throw new InvalidOperationException("It is no denial.");
        Assert.Equal(("anna", "IDeviceGrain.Apply", Rule.NothingGranted, Permission.AlarmAdmin), (denial.User, denial.Door, denial.Trace?.Decision.Rule, denial.Trace?.Permission));
        Assert.Contains((tenant, "measurements", 1, false), HandedOver(tenant));
    }

    [Fact]
    public async Task Nothing_is_raised_while_the_trail_takes_nothing()
    {
        var (tenant, admin, device) = await DeviceAsync();
        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => device.RaiseAlarm(admin, Raised("t")));
        silo.Audit.BringUp(tenant);
        Assert.Empty(Stores.Alarms(tenant));
    }

    [Fact]
    public async Task Counting_up_and_changing_nothing_are_not_recorded()
    {
        var (tenant, admin, device) = await DeviceAsync();
        var raised = (await device.RaiseAlarm(admin, Raised("t")))!.Alarm;
        var again = (await device.RaiseAlarm(admin, Raised("t") with { Text = "other", Time = Noon.AddHours(1), Fragments = Of("x") }))!.Alarm;
        Assert.Equal((raised.Id, 2, raised.Text, Noon.AddHours(1), Noon), (again.Id, again.Count, again.Text, again.Time, again.FirstTime));
        Assert.Equal(0, again.Fragments.Count);

        var written = 0;
        Stores.BeforeWrite[tenant] = _ => written++;
        await device.UpdateAlarm(admin, raised.Id, new AlarmChange(raised.Text, raised.Severity, raised.Status, Fragments.None));
        Assert.Equal((0, "Alarm created"), (written, Assert.Single(Activities(tenant))));
    }

    [Fact]
    public async Task One_that_comes_cleared_is_counted_on_none()
    {
        var (tenant, admin, device) = await DeviceAsync();
        await device.RaiseAlarm(admin, Raised("t"));
        await device.RaiseAlarm(admin, Raised("t") with { Status = AlarmStatus.Cleared });
        Assert.Equal([1, 1], Stores.Alarms(tenant).Select(alarm => alarm.Count));
    }

    [Fact]
    public async Task A_change_by_query_passes_over_what_the_query_names_no_more()
    {
        var (tenant, admin, device) = await DeviceAsync();
        var (one, other) = ((await device.RaiseAlarm(admin, Raised("a")))!.Alarm, (await device.RaiseAlarm(admin, Raised("b")))!.Alarm);
        await device.UpdateAlarm(admin, other.Id, AlarmChange.To(AlarmStatus.Cleared));
        var upkeep = silo.Grains.GetGrain<IDeviceUpkeep>(new ObjectId(7).GrainKey(tenant));
        var query = new AlarmQuery(Statuses: [AlarmStatus.Active]);
        Assert.Equal(1, await upkeep.UpdateAlarms(admin, [one.Id, other.Id], query, AlarmStatus.Acknowledged));
        Assert.Equal(AlarmStatus.Cleared, Stores.Alarms(tenant).Single(alarm => alarm.Id == other.Id).Status);
        Assert.Equal(AlarmStatus.Acknowledged, Stores.Alarms(tenant).Single(alarm => alarm.Id == one.Id).Status);
    }

    [Fact]
    public async Task Data_that_no_store_could_keep_is_refused_before_it_is_stored()
    {
        var (_, admin, device) = await DeviceAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => device.RaiseAlarm(admin, Raised("t") with { Time = DateTimeOffset.UnixEpoch.AddMilliseconds(-1) }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => device.RaiseAlarm(admin, Raised(new string('t', Limits.TelemetryTypeCharsMax + 1))));
        await OneSilo.RefusedAsync(RefusalKind.TooLarge, () => device.RaiseAlarm(admin, Raised("t") with { Text = new string('x', Limits.AlarmBytesMax) }));
        await OneSilo.RefusedAsync(RefusalKind.TooLarge, () => device.AddEvent(admin, Happened("t") with { Text = new string('x', Limits.EventBytesMax) }));
    }

    [Fact]
    public async Task Rows_of_one_kind_go_to_the_writer_at_once_with_the_ticket()
    {
        var (tenant, admin, device) = await DeviceAsync();
        var outcome = await device.Apply(admin, new DeviceBatch([new CreateEvent(Happened("a"), false), new CreateEvent(Happened("b"), false)], Ticket()));
        Assert.False(outcome.IsDurable);
        Assert.Equal([(tenant, "events", 2, true)], HandedOver(tenant));
    }

    [Fact]
    public async Task Rows_of_both_kinds_are_handed_over_once_each_and_waited_for()
    {
        var (tenant, admin, device) = await DeviceAsync();
        DeviceCommand[] rows = [new CreateEvent(Happened("a"), false), new CreateMeasurement(Measured), new CreateEvent(Happened("b"), false), new CreateMeasurement(Measured)];
        Assert.True((await device.Apply(admin, new DeviceBatch(rows, Ticket()))).IsDurable);
        Assert.Equal([(tenant, "events", 2, false), (tenant, "measurements", 2, false), (tenant, "series", 1, false)], HandedOver(tenant).OrderBy(each => each.Item2));
    }

    [Fact]
    public async Task A_row_that_comes_to_nothing_stops_none_and_events_before_it_are_stored_when_it_looks_for_them()
    {
        var (tenant, admin, device) = await DeviceAsync();
        DeviceCommand[] rows =
        [
            new CreateEvent(Happened("a"), false), new UpdateEventOfType("a", new EventChange(null, Of("x"))), new CreateEvent(Happened("b"), false),
            new UpdateAlarmOfType("none", AlarmChange.To(AlarmStatus.Cleared)), new CreateEvent(Happened("c") with { Time = DateTimeOffset.UnixEpoch.AddYears(-1) }, false),
        ];
        var outcome = await device.Apply(admin, new DeviceBatch(rows, Ticket()));
        Assert.Equal([(1, RefusalKind.NotFound), (3, RefusalKind.NotFound), (4, RefusalKind.Invalid)], outcome.Refused.Select(row => (row.Row, row.Kind)));
        Assert.Equal([(tenant, "events", 1, false), (tenant, "events", 1, true)], HandedOver(tenant));
    }

    [Fact]
    public async Task What_claims_to_be_from_the_future_is_refused_row_by_row_and_a_day_ahead_is_not()
    {
        var (tenant, admin, device) = await DeviceAsync();
        var now = silo.Service<TimeProvider>().GetUtcNow();
        var (ahead, tooFar) = (now.AddHours(Limits.DeviceClockAheadHoursMax).AddMinutes(-1), now.AddHours(Limits.DeviceClockAheadHoursMax).AddMinutes(1));
        DeviceCommand[] rows =
        [
            new CreateMeasurement(Measured with { Time = tooFar }), new CreateMeasurement(Measured with { Time = ahead }), new CreateEvent(Happened("a") with { Time = tooFar }, false),
            new RaiseAlarm(Raised("t") with { Time = tooFar }),
        ];
        var outcome = await device.Apply(admin, new DeviceBatch(rows, Ticket()));
        Assert.Equal([(0, RefusalKind.Invalid), (2, RefusalKind.Invalid), (3, RefusalKind.Invalid)], outcome.Refused.Select(row => (row.Row, row.Kind)));
        Assert.Contains((tenant, "measurements", 1, true), HandedOver(tenant));
        Assert.Empty(Stores.Alarms(tenant));

        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => device.AddMeasurements(admin, new MeasurementBatch([Measured, Measured with { Time = tooFar }])));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => device.AddEvent(admin, Happened("a") with { Time = tooFar }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => device.RaiseAlarm(admin, Raised("t") with { Time = tooFar }));
        Assert.Single(HandedOver(tenant), each => each.Item2 == "measurements");
    }

    [Fact]
    public async Task Measurements_that_the_writer_has_are_told_to_who_waits_and_otherwise_waited_for()
    {
        var (tenant, admin, device) = await DeviceAsync();
        Assert.False((await device.AddMeasurements(admin, new MeasurementBatch([Measured], Ticket()))).IsDurable);
        Assert.True((await device.AddMeasurements(admin, new MeasurementBatch([Measured]))).IsDurable);
        Assert.True((await device.AddMeasurements(admin, new MeasurementBatch([Measured], Ticket() with { SiloRun = 1 }))).IsDurable);
        Assert.Equal([true, false, false], HandedOver(tenant).Where(each => each.Item2 == "measurements").Select(each => each.Item4));
    }

    private async Task<(TenantId Tenant, Caller Admin, IDeviceGrain Device)> DeviceAsync()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var id = new ObjectId(7);
        Stores.Put(tenant, new ManagedObject(id, "Pump", null, "boss", Noon, Noon, Fragments.None));
        return (tenant, admin, silo.Grains.GetGrain<IDeviceGrain>(id.GrainKey(tenant)));
    }

    /// <summary>A connection of the silo that waits for its batch.</summary>
    private CommitTicket Ticket()
    {
        var sinks = silo.Service<CommitSinks>();
        return new CommitTicket(sinks.SiloRun, sinks.Add(new Waiting()), 1);
    }

    private sealed class Waiting : ICommitSink
    {
        public void Settle(long sequence, Exception? failure)
        {
        }

        public void Flush()
        {
        }
    }

    private IEnumerable<(TenantId, string, int, bool)> HandedOver(TenantId tenant) => Stores.HandOvers.Where(each => each.Tenant == tenant);

    private List<string> Activities(TenantId tenant) => [.. silo.Audit.Of(tenant).Where(record => record.Type == "Alarm").Select(record => record.Activity)];

    private static NewAlarm Raised(string type) => new(type, "text", AlarmSeverity.Major, AlarmStatus.Active, Noon, Fragments.None);

    private static NewEvent Happened(string type) => new(type, "text", Noon, Fragments.None);

    private static Fragments Of(string name) => new([new Fragment(name, Encoding.UTF8.GetBytes("{}"))]);
}
