using System.Text.Json;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Storage.Tests;

/// <summary>Whether a device is there: what counts as a sign of life, and what silence leads to.</summary>
public sealed class AvailabilityTests : IAsyncLifetime
{
    private const string SilenceAlarm = "c8y_UnavailabilityAlarm";

    // Time is moved, so that each test has a server of its own.
    private readonly StoredSilo _silo = new();

    public ValueTask InitializeAsync() => _silo.InitializeAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    public static TheoryData<string> SignsOfLife => ["measurement", "measurements", "event", "alarm", "empty change", "message", "heartbeat"];

    [Theory, MemberData(nameof(SignsOfLife))]
    public async Task Whatever_a_device_sends_shows_in_its_object_and_makes_it_found(string sign)
    {
        var (device, pump) = await PumpAsync(60);
        Assert.Null(await ShownAsync(pump));

        await SendAsync(device, pump, sign);

        // No message waits for it, and a heartbeat has nothing else to wait for.
        await Wait.UntilAsync(async () => await ShownAsync(pump) is not null, "the availability of a device that was heard of");
        var now = _silo.Clock.GetUtcNow();
        var shown = await ShownAsync(pump);
        Assert.Equal("AVAILABLE", shown!.Value.GetProperty("status").GetString());
        Assert.InRange(shown.Value.GetProperty("lastMessage").GetDateTimeOffset(), now.AddSeconds(-30), now);
        var found = await _silo.Inventory.Find(device, new InventoryQuery(FragmentType: ManagedObject.AvailabilityFragment), PageRequest.First, default);
        Assert.Equal(shown.Value.ToString(), FragmentOf(Assert.Single(found.Items).Object, ManagedObject.AvailabilityFragment)!.Value.ToString());
    }

    // Over MQTT nobody can say that it is one.
    [Theory]
    [InlineData("measurement")]
    [InlineData("measurements")]
    [InlineData("event")]
    [InlineData("alarm")]
    [InlineData("empty change")]
    public async Task What_an_application_sends_is_no_sign_of_life(string sign)
    {
        var (device, pump) = await PumpAsync(60);
        var application = new Caller(device.User, device.Method, device.CredentialEpoch, device.Address, isApplication: true);
        await SendAsync(application, pump, sign);

        Assert.Null(await ShownAsync(pump));
    }

    [Fact]
    public async Task A_silence_longer_than_agreed_raises_one_alarm_which_the_next_message_clears()
    {
        var (device, pump) = await PumpAsync(10);
        await SendAsync(device, pump, "measurement");
        _silo.Clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(0, await LookAsync());

        _silo.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, await LookAsync());
        Assert.Equal(0, await LookAsync());
        var raised = Assert.Single(await AlarmsAsync());
        Assert.Equal((SilenceAlarm, AlarmSeverity.Major, AlarmStatus.Active, 1L), (raised.Type, raised.Severity, raised.Status, raised.Count));
        Assert.Equal("UNAVAILABLE", (await ShownAsync(pump))!.Value.GetProperty("status").GetString());

        await SendAsync(device, pump, "message");
        Assert.Equal(AlarmStatus.Cleared, Assert.Single(await AlarmsAsync()).Status);
        Assert.Equal("AVAILABLE", (await ShownAsync(pump))!.Value.GetProperty("status").GetString());
        Assert.Equal(0, await LookAsync());

        _silo.Clock.Advance(TimeSpan.FromMinutes(11));
        await LookAsync();
        Assert.Equal([AlarmStatus.Active, AlarmStatus.Cleared], (await AlarmsAsync()).Select(alarm => alarm.Status).Order());
        // By a way that does not wait for the device: the next look clears it.
        await SendAsync(device, pump, "empty change");
        await LookAsync();
        Assert.All(await AlarmsAsync(), alarm => Assert.Equal(AlarmStatus.Cleared, alarm.Status));
    }

    [Fact]
    public async Task A_device_that_cannot_be_looked_at_keeps_no_other_from_it()
    {
        var (_, first) = await PumpAsync(5);
        var (_, second) = await PumpAsync(5);
        _silo.Clock.Advance(TimeSpan.FromMinutes(6));
        _silo.Traps.FailNext("IPresenceStore.KeepAsync");

        Assert.Equal(1, await LookAsync());
        Assert.Equal("""{"status":"UNAVAILABLE"}""", (await ShownAsync(second))!.Value.GetRawText());
        // The alarm was raised before its note was lost: it is found, and not raised again.
        Assert.Equal(1, await LookAsync());
        Assert.Equal([first, second], (await AlarmsAsync()).Select(alarm => alarm.Id.Source).Order());
    }

    [Fact]
    public async Task The_trail_tells_who_raised_and_who_cleared_the_alarm()
    {
        var (device, pump) = await PumpAsync(1);
        await SendAsync(device, pump, "event");
        _silo.Clock.Advance(TimeSpan.FromMinutes(2));
        await LookAsync();
        await SendAsync(device, pump, "event");

        var alarm = Assert.Single(await AlarmsAsync());
        Assert.Equal(
            [("Alarm created", Caller.PlatformName), ("Alarm updated", Caller.PlatformName)], (await _silo.RecordsAsync(alarm.Id.ToString())).Select(record => (record.Activity, record.User!)));
    }

    [Fact]
    public async Task Messages_that_were_not_yet_kept_count_and_the_time_that_the_server_was_away_does_not()
    {
        var (device, pump) = await PumpAsync(1);
        await SendAsync(device, pump, "measurement");
        _silo.Clock.Advance(TimeSpan.FromSeconds(50));
        await SendAsync(device, pump, "measurement");
        _silo.Clock.Advance(TimeSpan.FromSeconds(30));
        await LookAsync();
        Assert.Empty(await AlarmsAsync());

        // A server that began to listen just now has missed nothing yet.
        _silo.Clock.Advance(TimeSpan.FromMinutes(30));
        var justNow = _silo.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await LookAsync(justNow);
        Assert.Empty(await AlarmsAsync());
        _silo.Clock.Advance(TimeSpan.FromMinutes(2));
        await LookAsync(justNow);
        Assert.Single(await AlarmsAsync());

        // Nor does it take back what another saw.
        await LookAsync(_silo.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal(AlarmStatus.Active, Assert.Single(await AlarmsAsync()).Status);
    }

    [Fact]
    public async Task A_device_that_was_never_heard_of_is_missed_from_its_making_on()
    {
        var (_, pump) = await PumpAsync(5);
        _silo.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(0, await LookAsync());
        _silo.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, await LookAsync());

        Assert.Equal(pump, Assert.Single(await AlarmsAsync()).Id.Source);
        Assert.Equal("""{"status":"UNAVAILABLE"}""", (await ShownAsync(pump))!.Value.GetRawText());
    }

    [Theory]
    [InlineData("""{"responseInterval":-5}""")]
    [InlineData("""{"responseInterval":"0"}""")]
    public async Task In_maintenance_nobody_is_missed(string required)
    {
        var (device, pump) = await PumpAsync(null, required);
        await SendAsync(device, pump, "measurement");
        _silo.Clock.Advance(TimeSpan.FromDays(2));

        Assert.Equal(0, await LookAsync());
        var document = (await _silo.Object(pump).Read(device, default)).Object;
        Assert.Equal("MAINTENANCE", FragmentOf(document, ManagedObject.AvailabilityFragment)!.Value.GetProperty("status").GetString());
        Assert.Equal("""{"status":"MAINTENANCE"}""", FragmentOf(document, ManagedObject.ConnectionFragment)!.Value.GetRawText());
        Assert.Equal(
            (DataStatus.Maintenance, ConnectionStatus.Maintenance), await _silo.Object(pump).Availability(device) is var known ? (known.Data, known.Connection) : default);
    }

    [Fact]
    public async Task A_device_that_is_deleted_leaves_nothing_behind()
    {
        var (device, pump) = await PumpAsync(10);
        await SendAsync(device, pump, "measurement");
        await _silo.Object(pump).Delete(device, default);

        Assert.Equal(0, await _silo.Inventory.Count(device, new InventoryQuery(FragmentType: ManagedObject.AvailabilityFragment)));
        Assert.Equal(0, await _silo.Inventory.Count(device, new InventoryQuery(FragmentType: ManagedObject.ConnectionFragment)));
        Assert.Null(await _silo.Service<Bailiwick.Grains.Storage.IPresenceStore>().RecallAsync(Ask.Read(StoredSilo.T1, pump.Value, Permission.InventoryRead)));
        Assert.Equal(0, await LookAsync());
    }

    [Fact]
    public async Task An_agent_whose_connection_falls_silent_without_a_word_is_disconnected_and_what_waits_there_goes_to_the_agent_above()
    {
        var remembered = TimeSpan.FromSeconds(Limits.SessionRenewalSeconds * Limits.SessionRenewalsMissedMax);
        var admin = await _silo.AdminAsync();
        var (top, pump) = (await AgentAsync(admin), await AgentAsync(admin));
        await _silo.Object(top).Link(admin, ChildKind.Device, [pump]);
        var (above, silent) = (await Listener.AtAsync(_silo, admin, top), await Listener.AtAsync(_silo, admin, pump));
        var waiting = (await _silo.Operations(pump).Create(admin, new NewOperation(null, Fragments.None))).Id;
        Assert.Equal(waiting, await silent.NextAsync());
        await UntilAsync(pump, ConnectionStatus.Connected);

        _silo.Clock.LetElapse(remembered / 2);
        await above.RenewAsync(admin);
        _silo.Clock.LetElapse(remembered / 2 + TimeSpan.FromSeconds(1));
        _silo.Clock.EndWaits(remembered);

        await UntilAsync(pump, ConnectionStatus.Disconnected);
        Assert.Equal(waiting, await above.NextAsync());
        Assert.Equal(ConnectionStatus.Connected, (await _silo.Object(top).Availability(admin))?.Connection);
        // One that was only slow is there again with its next word.
        await silent.RenewAsync(admin, isKnown: false);
        await UntilAsync(pump, ConnectionStatus.Connected);

        Task UntilAsync(ObjectId id, ConnectionStatus status) =>
            Wait.UntilAsync(async () => (await _silo.Object(id).Availability(admin))?.Connection == status, $"device {id} being {status}");
    }

    private async Task<ObjectId> AgentAsync(Caller admin) => (await _silo.Inventory.Create(admin, new NewManagedObject(
        _silo.Unique("agent"), null, null, new Fragments([new Fragment("c8y_IsDevice", "{}"u8.ToArray()), .. Listener.Agent.Items])))).Id;

    private Task<int> LookAsync(long sinceMs = 0) =>
        _silo.Grains.GetGrain<ISilenceWatch>(StoredSilo.T1.Value).Look(Caller.Platform(PlatformTask.Availability, StoredSilo.T1), sinceMs);

    private async Task<(Caller Device, ObjectId Pump)> PumpAsync(int? minutes, string? required = null)
    {
        var device = await _silo.UserAsync(Authority.InventoryAdmin, Authority.MeasurementAdmin, Authority.EventAdmin, Authority.AlarmAdmin, Authority.IdentityRead);
        var json = required ?? $$"""{"responseInterval":{{minutes}}}""";
        var fragments = new Fragments([new Fragment("c8y_IsDevice", "{}"u8.ToArray()), new Fragment("c8y_RequiredAvailability", System.Text.Encoding.UTF8.GetBytes(json))]);
        return (device, (await _silo.Inventory.Create(device, new NewManagedObject(_silo.Unique("pump"), null, null, fragments))).Id);
    }

    private Task SendAsync(Caller device, ObjectId pump, string sign)
    {
        var time = DateTimeOffset.UnixEpoch.AddDays(1);
        var grain = _silo.Device(pump);
        return sign switch
        {
            "measurement" => grain.AddMeasurements(device, new MeasurementBatch([StoredSilo.Measurement])),
            "measurements" => _silo.Measurements.Add(device, [new SourcedMeasurement(pump, StoredSilo.Measurement)]),
            "event" => grain.AddEvent(device, new NewEvent("t", "x", time, Fragments.None)),
            "alarm" => grain.RaiseAlarm(device, new NewAlarm("t", "x", AlarmSeverity.Minor, AlarmStatus.Cleared, time, Fragments.None)),
            "empty change" => _silo.Object(pump).Update(device, ManagedObjectChange.Of(Fragments.None)),
            "message" => grain.Apply(device, new DeviceBatch([new CreateMeasurement(StoredSilo.Measurement)], CommitTicket.None)),
            "heartbeat" => grain.Apply(device, new DeviceBatch([new Heartbeat()], CommitTicket.None)),
            _ => throw new ArgumentOutOfRangeException(nameof(sign)),
        };
    }

    private async Task<JsonElement?> ShownAsync(ObjectId id) => FragmentOf((await _silo.Object(id).Read(await _silo.AdminAsync(), default)).Object, ManagedObject.AvailabilityFragment);

    private static JsonElement? FragmentOf(ManagedObject document, string name) =>
        document.Fragments.Items.FirstOrDefault(fragment => fragment.Name == name).Json is { } json ? JsonDocument.Parse(json).RootElement : null;

    private async Task<IReadOnlyList<Alarm>> AlarmsAsync() =>
        [.. (await _silo.Grains.GetGrain<IAlarmsGrain>(StoredSilo.T1.Value).Find(await _silo.AdminAsync(), new AlarmQuery(Types: [SilenceAlarm]), new PageRequest(1, 100, false))).Items.Select(view => view.Alarm)];
}
