using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Retention;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Retention;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Tests.Platform;
using Bailiwick.Silo.Rounds;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Storage.Tests;

/// <summary>How long data is kept: what rules remove, what none of them touches, and that each removal can be read of.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private static readonly Fragments Marked = new([new Fragment("c8y_Mark", "{}"u8.ToArray())]);

    // Rules are a tenant's, so that each test has a server of its own.
    private readonly StoredSilo _silo = new();
    private long _sequence = 1_000_000;

    private IRetentionGrain Rules => _silo.Grains.GetGrain<IRetentionGrain>(StoredSilo.T1.Value);

    public ValueTask InitializeAsync() => _silo.InitializeAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Fact]
    public async Task Where_nobody_says_otherwise_data_goes_after_sixty_days_and_what_is_open_stays()
    {
        var (admin, pump) = await PumpAsync();
        await FillAsync(admin, pump, daysAgo: 61);
        await FillAsync(admin, pump, daysAgo: 59);

        Assert.Equal(new RetentionSwept(1, 1, 1, 2), await SweepAsync());
        Assert.Equal(new Kept(Measurements: 1, Events: 1, Cleared: 1, Open: 2, Ended: 2, Waiting: 4), await KeptAsync(admin));
        Assert.Equal(default, await SweepAsync());
    }

    [Fact]
    public async Task Every_removal_stands_in_the_trail_and_the_trail_itself_is_never_shortened()
    {
        var (admin, pump) = await PumpAsync();
        await FillAsync(admin, pump, daysAgo: 61);
        var before = await TrailAsync(admin);

        await SweepAsync();
        await SweepAsync();

        var after = await TrailAsync(admin);
        Assert.Equal(before.Select(record => record.Id), after.Take(before.Count).Select(record => record.Id));
        var told = after.Skip(before.Count).Select(record => (record.Activity, record.User)).ToList();
        Assert.Equal(
            ["Alarms deleted", "Events deleted", "Measurements deleted", "Operations deleted", "Operations deleted"], told.Select(one => one.Activity).Order(StringComparer.Ordinal));
        Assert.All(told, one => Assert.Equal(Caller.PlatformName, one.User));
    }

    [Fact]
    public async Task A_rule_removes_what_it_names_and_nothing_else()
    {
        var (admin, pump) = await PumpAsync();
        var other = await _silo.MakeAsync(admin);
        foreach (var source in (ObjectId[])[pump, other]) await FillAsync(admin, source, daysAgo: 10);
        await FillAsync(admin, pump, daysAgo: 10, marked: true);

        await ReplaceRulesAsync(admin, Rule(RetainedData.Measurement, source: pump, type: "t"));
        Assert.Equal(new RetentionSwept(1, 0, 0, 0), await SweepAsync());
        await ReplaceRulesAsync(admin, Rule(RetainedData.All, fragment: "c8y_Mark"));
        Assert.Equal(new RetentionSwept(1, 1, 1, 2), await SweepAsync());
        await ReplaceRulesAsync(admin, Rule(RetainedData.Event, source: other), Rule(RetainedData.Alarm, type: "nothing is of it"));
        Assert.Equal(new RetentionSwept(0, 1, 0, 0), await SweepAsync());
        await ReplaceRulesAsync(admin, Rule(RetainedData.Operation, source: pump), Rule(RetainedData.Alarm, source: pump, type: "t"));
        Assert.Equal(new RetentionSwept(0, 0, 1, 2), await SweepAsync());

        Assert.Equal(new Kept(Measurements: 1, Events: 1, Cleared: 1, Open: 3, Ended: 2, Waiting: 6), await KeptAsync(admin));
    }

    [Fact]
    public async Task A_rule_that_fails_keeps_no_other_from_being_carried_out_and_is_tried_again()
    {
        var (admin, pump) = await PumpAsync();
        await FillAsync(admin, pump, daysAgo: 10);
        await ReplaceRulesAsync(admin, Rule(RetainedData.Measurement), Rule(RetainedData.Event));
        _silo.Traps.FailNext("ITelemetryStore.FindAsync");

        Assert.Equal(new RetentionSwept(0, 1, 0, 0), await SweepAsync());
        Assert.Equal(new RetentionSwept(1, 0, 0, 0), await SweepAsync());
    }

    [Fact]
    public async Task Without_a_rule_nothing_goes_at_any_age()
    {
        var (admin, pump) = await PumpAsync();
        await FillAsync(admin, pump, daysAgo: 10_000);
        await ReplaceRulesAsync(admin);

        Assert.Equal(default, await SweepAsync());
        Assert.Equal(1, (await KeptAsync(admin)).Measurements);
    }

    [Fact]
    public async Task Rules_are_carried_out_soon_after_the_start_and_again_and_again()
    {
        var (admin, pump) = await PumpAsync();
        await FillAsync(admin, pump, daysAgo: 61);
        var clock = new FakeTimeProvider();
        using var service = new RetentionService(_silo.Grains, clock, NullLogger<RetentionService>.Instance);
        await service.StartAsync(TestContext.Current.CancellationToken);

        await GoneAsync(TimeSpan.FromMinutes(Limits.RetentionFirstSweepMinutes), "the first sweep");
        await FillAsync(admin, pump, daysAgo: 61);
        await GoneAsync(TimeSpan.FromMinutes(Limits.RetentionSweepMinutes), "the second sweep");
        await service.StopAsync(TestContext.Current.CancellationToken);

        // A tick is asked for at a moment that nothing shows: so time moves on until it has come.
        Task GoneAsync(TimeSpan step, string what) => Wait.UntilAsync(async () =>
        {
            clock.Advance(step);
            return (await KeptAsync(admin)).Measurements == 0;
        }, what);
    }

    private static NewRetentionRule Rule(RetainedData data, ObjectId? source = null, string? type = null, string? fragment = null) => new(data, fragment, type, source, 9, null);

    private async Task ReplaceRulesAsync(Caller admin, params NewRetentionRule[] rules)
    {
        foreach (var old in await Rules.Rules(admin)) await Rules.Delete(admin, old.Id);
        foreach (var rule in rules) await Rules.Create(admin, rule);
    }

    private Task<RetentionSwept> SweepAsync() =>
        _silo.Grains.GetGrain<IRetentionSweep>(StoredSilo.T1.Value).Sweep(Caller.Platform(PlatformTask.Retention, StoredSilo.T1));

    private async Task<(Caller Admin, ObjectId Pump)> PumpAsync()
    {
        var admin = await _silo.AdminAsync();
        return (admin, await _silo.MakeAsync(admin));
    }

    /// <summary>One of everything that can be kept: a measurement, an event, a cleared alarm and an active one, two operations that ended and two that wait.</summary>
    private async Task FillAsync(Caller admin, ObjectId source, int daysAgo, bool marked = false)
    {
        var time = TimeProvider.System.GetUtcNow().AddDays(-daysAgo);
        var fragments = marked ? Marked : Fragments.None;
        var type = marked ? "marked" : "t";
        var device = _silo.Device(source);
        await device.AddMeasurements(admin, new MeasurementBatch([new NewMeasurement(type, time, marked ? "\"c8y_Mark\":{}"u8.ToArray() : "\"f\":{\"s\":{\"value\":1}}"u8.ToArray())]));
        await device.AddEvent(admin, new NewEvent(type, "x", time, fragments));
        foreach (var status in (AlarmStatus[])[AlarmStatus.Cleared, AlarmStatus.Active])
            await device.RaiseAlarm(admin, new NewAlarm($"{(status == AlarmStatus.Active ? $"{Guid.NewGuid()}" : type)}", "x", AlarmSeverity.Major, status, time, fragments));
        foreach (var status in (OperationStatus[])[OperationStatus.Pending, OperationStatus.Executing, OperationStatus.Successful, OperationStatus.Failed])
        {
            var id = new OperationId(source, time.ToUnixTimeMilliseconds(), Interlocked.Increment(ref _sequence));
            await _silo.Service<IOperationStore>().WriteAsync(
                Ask.Write(StoredSilo.T1, source.Value, Permission.OperationAdmin), new Operation(id, status, null, null, fragments), null);
        }
    }

    private sealed record Kept(long Measurements, long Events, long Cleared, long Open, long Ended, long Waiting);

    private async Task<Kept> KeptAsync(Caller admin)
    {
        var some = new PageRequest(1, 2000, true);
        var measurements = await _silo.Measurements.Find(admin, new MeasurementQuery(null, null, null, null, null, null, false), some);
        var events = await _silo.Grains.GetGrain<IEventsGrain>(StoredSilo.T1.Value).Find(admin, new EventQuery(), some);
        var alarms = (await _silo.Grains.GetGrain<IAlarmsGrain>(StoredSilo.T1.Value).Find(admin, new AlarmQuery(), some)).Items;
        var operations = (await _silo.Grains.GetGrain<IOperationsGrain>(StoredSilo.T1.Value).Find(admin, new OperationQuery(), some)).Items;
        return new Kept(
            measurements.Total!.Value, events.Total!.Value, alarms.Count(view => !view.Alarm.IsOpen), alarms.Count(view => view.Alarm.IsOpen),
            operations.Count(view => !view.Operation.Status.IsOpen()), operations.Count(view => view.Operation.Status.IsOpen()));
    }

    private async Task<IReadOnlyList<AuditRecord>> TrailAsync(Caller admin) =>
        (await _silo.Grains.GetGrain<IAuditLogGrain>(StoredSilo.T1.Value).Find(admin, new AuditQuery(null, null, null, null, null, null, true), new PageRequest(1, 2000, false))).Items;
}
