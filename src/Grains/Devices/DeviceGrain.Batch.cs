using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Telemetry;

namespace Bailiwick.Grains.Devices;

internal sealed partial class DeviceGrain
{
    public Task<BatchOutcome> Apply(Caller caller, DeviceBatch batch)
    {
        if (!Exists) return LookAgainAndApplyAsync(caller, batch);
        _ = WritePermit.Demand(caller, _owned.Resource, Permission.DeviceConnect);
        var heard = HeardAsync(caller);
        return heard.IsCompletedSuccessfully ? ApplyHeardAsync(caller, batch) : AfterAsync(heard, caller, batch);

        async Task<BatchOutcome> AfterAsync(ValueTask heard, Caller caller, DeviceBatch batch)
        {
            await heard;
            return await ApplyHeardAsync(caller, batch);
        }
    }

    private async Task<BatchOutcome> LookAgainAndApplyAsync(Caller caller, DeviceBatch batch)
    {
        await RequireExistsAsync();
        return await Apply(caller, batch);
    }

    private Task<BatchOutcome> ApplyHeardAsync(Caller caller, DeviceBatch batch) =>
        OnlyMeasurements(batch.Rows, _ports.Time.GetUtcNow()) && WritePermit.Ask(caller, _owned.Resource, Permission.MeasurementAdmin) is { } permit
            ? HandOverAsync(permit, Measurements(batch.Rows), batch.Ticket)
            : ApplyRowsAsync(caller, batch);

    /// <summary>
    /// Rows of every kind, one after another. Measurements and events are gathered and handed to the writer together at the end; events
    /// earlier where a row looks for them.
    /// </summary>
    private async Task<BatchOutcome> ApplyRowsAsync(Caller caller, DeviceBatch batch)
    {
        var refused = new List<RefusedRow>();
        var replies = new List<RowReply>();
        var measurements = new List<NewMeasurement>();
        var events = new List<NewEvent>();
        for (var row = 0; row < batch.Rows.Count; row++)
        {
            try
            {
                if (batch.Rows[row] is CreateMeasurement create)
                {
                    WritePermit.Demand(caller, _owned.Resource.Holding(create.Measurement), Permission.MeasurementAdmin);
                    DeviceClock.Require("measurement", create.Measurement.Time, _ports.Time.GetUtcNow());
                    measurements.Add(create.Measurement);
                }
                else if (batch.Rows[row] is CreateEvent happened)
                {
                    WritePermit.Demand(caller, _owned.Resource.Holding(happened.Event.Fragments), Permission.EventAdmin);
                    RequireFits(happened.Event);
                    if (happened.IsState) await TakeOverStateAsync(caller, happened.Event);
                    events.Add(happened.Event);
                }
                else
                {
                    if (batch.Rows[row] is UpdateEventOfType) await StoreAsync(caller, events);
                    if (await ApplyRowAsync(caller, batch.Rows[row]) is { } values) replies.Add(new RowReply(row, values));
                }
            }
            catch (Refusal refusal) when (IsFinal(refusal.Kind))
            {
                await RecordAsync(caller, refusal);
                refused.Add(RefusedRow.Of(row, refusal));
            }
        }
        var outcome = await HandOverAsync(caller, measurements, events, batch.Ticket);
        return refused.Count + replies.Count == 0 ? outcome : outcome with { Refused = refused, Replies = replies };
    }

    /// <summary>All of one kind goes with the ticket; both kinds are handed over at once, so that they share a commit, and waited for.</summary>
    private async Task<BatchOutcome> HandOverAsync(Caller caller, List<NewMeasurement> measurements, List<NewEvent> events, CommitTicket ticket)
    {
        if (events.Count == 0)
            return measurements.Count == 0 ? BatchOutcome.Durable
                : await HandOverAsync(WritePermit.Demand(caller, _owned.Resource.Holding(new EachOf(measurements)), Permission.MeasurementAdmin), measurements, ticket);
        if (measurements.Count == 0 && _ports.Sinks.Find(ticket) is { } sink)
        {
            var permit = DemandFor(caller, events);
            await _ports.Events.AppendAsync(permit, events, _ports.Time.GetUtcNow(), sink, ticket.Sequence);
            return BatchOutcome.Pending;
        }
        await Task.WhenAll(StoreAsync(caller, events), StoreAsync(caller, measurements));
        return BatchOutcome.Durable;
    }

    /// <summary>Stores the events gathered so far, of which there may be none, and waits for the commit.</summary>
    private async Task StoreAsync(Caller caller, List<NewEvent> events)
    {
        if (events.Count == 0) return;
        await _ports.Events.AppendAsync(DemandFor(caller, events), events, _ports.Time.GetUtcNow());
        events.Clear();
    }

    private async Task StoreAsync(Caller caller, List<NewMeasurement> measurements)
    {
        if (measurements.Count == 0) return;
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(new EachOf(measurements)), Permission.MeasurementAdmin);
        await NoteSeriesAsync(permit, measurements);
        await _ports.Telemetry.AppendAsync(permit, measurements);
    }

    private WritePermit DemandFor(Caller caller, List<NewEvent> events) =>
        WritePermit.Demand(caller, _owned.Resource.Holding(new EachOf([.. events.Select(sent => sent.Fragments)])), Permission.EventAdmin);

    /// <summary>To the writer with the connection's ticket where the connection is this silo's, and otherwise waiting for the commit.</summary>
    private async Task<BatchOutcome> HandOverAsync(WritePermit permit, IReadOnlyList<NewMeasurement> measurements, CommitTicket ticket)
    {
        await NoteSeriesAsync(permit, measurements);
        if (_ports.Sinks.Find(ticket) is { } sink)
        {
            await _ports.Telemetry.AppendAsync(permit, measurements, sink, ticket.Sequence);
            return BatchOutcome.Pending;
        }
        await _ports.Telemetry.AppendAsync(permit, measurements);
        return BatchOutcome.Durable;
    }

    /// <summary>One row that is nothing to be gathered; answers the values that the device asked for, if it did.</summary>
    private async Task<IReadOnlyList<string>?> ApplyRowAsync(Caller caller, DeviceCommand command)
    {
        switch (command)
        {
            case UpdateFragments update:
                await Object.Update(caller, ManagedObjectChange.Of(update.Change));
                return null;
            case CreateDevice:
                throw Refusal.Conflict("inventory", "Device already existing");
            case CreateChildDevice child:
                await CreateBelowAsync(caller, ChildKind.Device, child.ChildId, NewObjects.ChildDevice(child));
                return null;
            case CreateService service:
                await CreateServiceAsync(caller, service);
                return null;
            case ListChildDevices:
                return await ChildNamesAsync(caller);
            case TellDeviceId:
                await RequireOfObjectAsync(caller, Permission.InventoryRead);
                return [_id.ToString()];
            case DeleteMeasurement delete:
                await DeleteMeasurement(caller, delete.Id);
                return null;
            case UpdateEvent update:
                await UpdateEvent(caller, update.Id, update.Change);
                return null;
            case UpdateEventOfType update:
                await UpdateEventOfTypeAsync(caller, update);
                return null;
            case DeleteEvent delete:
                await DeleteEvent(caller, delete.Id);
                return null;
            case RaiseAlarm raise:
                await RaiseAsync(caller, raise.Alarm);
                return null;
            case UpdateAlarm update:
                await RequireHasAlarmAsync(update.Id);
                await UpdateAlarmAsync(caller, update.Id, update.Change);
                return null;
            case UpdateAlarmOfType update:
                await UpdateAlarmOfTypeAsync(caller, update);
                return null;
            default:
                return await ControlAsync(caller, command);
        }
    }

    private async Task<EnsuredDevice> CreateBelowAsync(Caller caller, ChildKind kind, string name, NewManagedObject ifAbsent)
    {
        var ensured = await GrainFactory.Grain<IExternalIdGrain>(ExternalId.Serial(name).GrainKey(_tenant)).EnsureDevice(caller, ifAbsent);
        try
        {
            await Object.Link(caller, kind, [ensured.Id]);
        }
        catch (Refusal refusal) when (refusal.Kind == RefusalKind.Conflict)
        {
            // Linked already: a device repeats itself after a lost acknowledgement.
        }
        return ensured;
    }

    private async Task CreateServiceAsync(Caller caller, CreateService service)
    {
        var ensured = await CreateBelowAsync(caller, ChildKind.Addition, service.ServiceId, NewObjects.Service(service));
        if (!ensured.WasCreated)
            await GrainFactory.Grain<IManagedObjectGrain>(ensured.Id.GrainKey(_tenant)).Update(caller, NewObjects.ServiceUpdate(service));
    }

    private async Task<IReadOnlyList<string>> ChildNamesAsync(Caller caller)
    {
        var names = new List<string>();
        for (var page = new PageRequest(1, Limits.PageSizeMax, false); ; page = page with { Number = page.Number + 1 })
        {
            var children = await Object.Children(caller, ChildKind.Device, page);
            foreach (var child in children.Items)
                foreach (var name in await GrainFactory.Grain<IManagedObjectGrain>(child.Id.GrainKey(_tenant)).ExternalIds(caller))
                    if (name.Type == ExternalId.SerialType)
                        names.Add(name.Value);
            if (!children.HasMore) return names;
        }
    }

    private async ValueTask RecordAsync(Caller caller, Refusal refusal)
    {
        if (refusal is { Kind: RefusalKind.Denied, IsRecorded: false })
            await _ports.Denials.RecordAsync(caller, "IDeviceGrain.Apply", _id.GrainKey(_tenant), refusal);
    }

    private IManagedObjectGrain Object => GrainFactory.Grain<IManagedObjectGrain>(_id.GrainKey(_tenant));

    /// <summary>A row that could succeed when sent again is not acknowledged: its refusal ends the batch and the connection.</summary>
    private static bool IsFinal(RefusalKind kind) =>
        kind is not (RefusalKind.Busy or RefusalKind.Unavailable or RefusalKind.Unauthenticated);

    /// <summary>Whether nothing is to be looked at row by row.</summary>
    private static bool OnlyMeasurements(IReadOnlyList<DeviceCommand> rows, DateTimeOffset now)
    {
        for (var row = 0; row < rows.Count; row++)
            if (rows[row] is not CreateMeasurement create || DeviceClock.IsAhead(create.Measurement.Time, now))
                return false;
        return true;
    }

    private static NewMeasurement[] Measurements(IReadOnlyList<DeviceCommand> rows)
    {
        var measurements = new NewMeasurement[rows.Count];
        for (var row = 0; row < measurements.Length; row++) measurements[row] = ((CreateMeasurement)rows[row]).Measurement;
        return measurements;
    }
}
