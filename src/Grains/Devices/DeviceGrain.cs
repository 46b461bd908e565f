using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Placement;

namespace Bailiwick.Grains.Devices;

/// <inheritdoc cref="IDeviceGrain"/>
[PreferLocalPlacement]
internal sealed partial class DeviceGrain : Grain, IDeviceGrain, IDeviceOperationsGrain, IDeviceUpkeep
{
    private readonly TenantId _tenant;
    private readonly ObjectId _id;
    private readonly Owned<DeviceState> _owned;
    private readonly ITelemetryStore _telemetry;
    private readonly IOperationStore _operations;
    private readonly IIdentityStore _names;
    private readonly DeviceTree _tree;
    private readonly ListeningSessions _sessions;
    private readonly CommitSinks _sinks;
    private readonly IDenialLog _denials;
    private readonly TimeProvider _time;
    private readonly ILogger<DeviceGrain> _log;
    private bool _isRetired;

    public DeviceGrain(
        IGrainContext context, IInventoryStore inventory, ILinkStore links, IIdentityStore names, ITelemetryStore telemetry, IOperationStore operations,
        CommitSinks sinks, IDenialLog denials, TimeProvider time, ILogger<DeviceGrain> log)
    {
        var key = context.GrainId.Key.ToString()!;
        (_tenant, _id) = (TenantId.OfGrainKey(key), ObjectId.OfGrainKey(key));
        (_telemetry, _sinks, _denials, _time, _log) = (telemetry, sinks, denials, time, log);
        (_operations, _names, _tree, _sessions) = (operations, names, new DeviceTree(inventory, links), new ListeningSessions(time));
        _owned = new Owned<DeviceState>(_tenant, new DeviceView(_tenant, _id, inventory), _id);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _owned.LoadAsync();

    public async Task<IReadOnlyList<MeasurementId>> AddMeasurements(Caller caller, IReadOnlyList<NewMeasurement> measurements)
    {
        RequireExists();
        return await _telemetry.AppendAsync(WritePermit.Demand(caller, _owned.Resource, Permission.MeasurementAdmin), measurements);
    }

    public Task DemandWrite(Caller caller)
    {
        RequireExists();
        WritePermit.Demand(caller, _owned.Resource, Permission.MeasurementAdmin);
        return Task.CompletedTask;
    }

    public async Task<Measurement> ReadMeasurement(Caller caller, MeasurementId id)
    {
        if (!Has(id)) throw NoSuchMeasurement(id);
        var permit = ReadPermit.Demand(caller, _owned.Resource, Permission.MeasurementRead);
        return await _telemetry.ReadAsync(permit, id) ?? throw NoSuchMeasurement(id);
    }

    public async Task DeleteMeasurement(Caller caller, MeasurementId id)
    {
        if (!Has(id)) throw NoSuchMeasurement(id);
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.MeasurementAdmin);
        if (!await _telemetry.DeleteAsync(permit, id)) throw NoSuchMeasurement(id);
    }

    public Task Refresh(Caller caller) => _owned.LoadAsync();

    public async Task Retire(Caller caller)
    {
        if (!_owned.Exists) return;
        _isRetired = true;
        _sessions.Clear();
        await _telemetry.DropSourceAsync(WritePermit.Demand(caller, _owned.Resource, Permission.MeasurementAdmin));
        await _operations.DropDeviceAsync(WritePermit.Demand(caller, _owned.Resource, Permission.OperationAdmin));
        DeactivateOnIdle();
    }

    private bool Has(MeasurementId id)
    {
        if (_owned.Exists && !_isRetired && id.Source == _id) return true;
        DeactivateOnIdle();
        return false;
    }

    private void RequireExists()
    {
        if (_owned.Exists && !_isRetired) return;
        DeactivateOnIdle();
        throw Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{_id}'!");
    }

    private static Refusal NoSuchMeasurement(MeasurementId id) =>
        Refusal.NotFound("measurement", $"Finding measurement from database failed : No measurement for id '{id}'!");
}
