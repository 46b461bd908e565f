using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Telemetry;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Bailiwick.Grains.Devices;

/// <inheritdoc cref="IDeviceGrain"/>
[PreferLocalPlacement, MayInterleave(nameof(AnswersMeanwhile))]
internal sealed partial class DeviceGrain : Grain, IDeviceGrain, IDeviceOperationsGrain, IDeviceUpkeep
{
    private readonly TenantId _tenant;
    private readonly ObjectId _id;
    private readonly Owned<DeviceState> _owned;
    private readonly DevicePorts _ports;
    private ListeningSessions? _sessions;
    private bool _isRetired;
    private bool _isStale;
    private Leaving _leaving;

    public DeviceGrain(DevicePorts ports)
    {
        var key = GrainContext.GrainId.Key.ToString()!;
        (_tenant, _id, _ports) = (TenantId.OfGrainKey(key), ObjectId.OfGrainKey(key), ports);
        _owned = new Owned<DeviceState>(_tenant, new DeviceView(_tenant, _id, ports.Inventory), _id);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _owned.LoadAsync();

    public async Task<AddedMeasurements> AddMeasurements(Caller caller, MeasurementBatch batch)
    {
        if (!Exists) await RequireExistsAsync();
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(new EachOf(batch.Rows)), Permission.MeasurementAdmin);
        var now = _ports.Time.GetUtcNow();
        foreach (var measurement in batch.Rows) DeviceClock.Require("measurement", measurement.Time, now);
        await HeardAsync(caller);
        await NoteSeriesAsync(permit, batch.Rows);
        if (_ports.Sinks.Find(batch.Ticket) is not { } sink) return new(await _ports.Telemetry.AppendAsync(permit, batch.Rows), true);
        var ids = new MeasurementId[batch.Rows.Count];
        await _ports.Telemetry.AppendAsync(permit, batch.Rows, sink, batch.Ticket.Sequence, ids);
        return new(ids, false);
    }

    public async Task<Measurement> ReadMeasurement(Caller caller, MeasurementId id)
    {
        if (!await HasAsync(id.Source)) throw NoSuchMeasurement(id);
        var stored = await _ports.Telemetry.ReadAsync(Inside(), id);
        if (Policy.ShowsParts(caller, Permission.MeasurementRead) && stored?.CutTo(Policy.CoverageOf(caller, _owned.Resource, Permission.MeasurementRead)) is { } part) return part;
        _ = ReadPermit.Demand(caller, _owned.Resource.Holding(stored), Permission.MeasurementRead);
        return stored ?? throw NoSuchMeasurement(id);
    }

    public async Task DeleteMeasurement(Caller caller, MeasurementId id)
    {
        if (!await HasAsync(id.Source)) throw NoSuchMeasurement(id);
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(await _ports.Telemetry.ReadAsync(Inside(), id)), Permission.MeasurementAdmin);
        if (!await _ports.Telemetry.DeleteAsync(permit, id)) throw NoSuchMeasurement(id);
    }

    public async Task Refresh(Caller caller)
    {
        try
        {
            await LoadAsync();
            _isRetired = false;
        }
        catch
        {
            // What this activation decides by is old: it decides nothing more until it has been read anew.
            _isStale = true;
            throw;
        }
    }

    public async Task Retire(Caller caller)
    {
        _isRetired = true;
        await DropAsync(caller);
    }

    public async Task Bury(Caller caller)
    {
        _sessions?.Clear();
        // An activation that began after the object was retired, on another silo, may have taken some.
        await DropAsync(caller);
        DeactivateOnIdle();
    }

    private async Task DropAsync(Caller caller)
    {
        // Series are kept beside the measurements and go with them.
        _series = null;
        await _ports.Telemetry.DropSourceAsync(WritePermit.Demand(caller, _owned.Resource, Permission.MeasurementAdmin));
        await _ports.Events.DropSourceAsync(WritePermit.Demand(caller, _owned.Resource, Permission.EventAdmin));
        await _ports.Alarms.DropSourceAsync(WritePermit.Demand(caller, _owned.Resource, Permission.AlarmAdmin));
        await ForgetPresenceAsync();
        await _ports.Operations.DropDeviceAsync(WritePermit.Demand(caller, _owned.Resource, Permission.OperationAdmin));
    }

    /// <summary>For reading what a decision needs to know of: shown to nobody before the policy was asked.</summary>
    private ReadPermit Inside() => ReadPermit.Demand(Upkeep, _owned.Resource, Permission.InventoryRead);

    /// <summary>What is asked of the object itself and not of its data. Its document is its own grain's, which is asked where some fragments decide.</summary>
    private async ValueTask RequireOfObjectAsync(Caller caller, Permission permission)
    {
        if (Policy.Decide(caller, _owned.Resource, permission).Allowed) return;
        var judgement = caller.Rights!.Objects.IsEmpty ? default : await Upkept.Judge(caller, permission);
        if (!judgement.Decision.Allowed) throw Permits.Denied(caller, _owned.Resource, judgement.Trace ?? Policy.Explain(caller, _owned.Resource, permission));
    }

    private bool Exists => _owned.Exists && !_isRetired && !_isStale;

    private async Task LoadAsync()
    {
        await _owned.LoadAsync();
        _isStale = false;
    }

    private async ValueTask<bool> HasAsync(ObjectId source) => source == _id && (Exists || await IsThereByNowAsync());

    /// <summary>What is too large for its kind, or from before the time that ids can tell, is refused before it is stored.</summary>
    private void RequireFits(string subject, string type, string text, DateTimeOffset time, Fragments fragments, int bytesMax)
    {
        if (type.Length > Limits.TelemetryTypeCharsMax) throw Refusal.Invalid(subject, $"The type of an {subject} has at most {Limits.TelemetryTypeCharsMax} characters.");
        if (time < DateTimeOffset.UnixEpoch) throw Refusal.Invalid(subject, $"The time of an {subject} must not be before 1970.");
        DeviceClock.Require(subject, time, _ports.Time.GetUtcNow());
        if (fragments.Count > Limits.FragmentsPerDocumentMax) throw Refusal.Invalid(subject, $"An {subject} holds at most {Limits.FragmentsPerDocumentMax} fragments.");
        var bytes = (long)Encoding.UTF8.GetByteCount(type) + Encoding.UTF8.GetByteCount(text) + fragments.Items.Sum(fragment => (long)fragment.Json.Length + fragment.Name.Length);
        if (bytes > bytesMax) throw new Refusal(RefusalKind.TooLarge, subject, $"An {subject} holds at most {bytesMax} bytes.");
    }

    private ValueTask RequireExistsAsync()
    {
        return Exists ? default : new(LookAgainAsync());

        async Task LookAgainAsync()
        {
            if (!await IsThereByNowAsync()) throw Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{_id}'!");
        }
    }

    /// <summary>
    /// Whether the object was made since this activation looked for it, or is there still where it could not be read when it had changed. One that is retired is not looked for: it is still stored, and
    /// nothing more of it is to be taken.
    /// </summary>
    private async ValueTask<bool> IsThereByNowAsync()
    {
        if (!_isRetired) await LoadAsync();
        if (Exists) return true;
        if (!_isRetired) _leaving.Soon(this, () => !_owned.Exists);
        return false;
    }

    private static Refusal NoSuchMeasurement(MeasurementId id) =>
        Refusal.NotFound("measurement", $"Finding measurement from database failed : No measurement for id '{id}'!");
}
