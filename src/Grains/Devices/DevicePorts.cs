using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Telemetry;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Devices;

/// <summary>What every Device grain of a silo works with. One for all of them: there may be a million, and each keeps but one reference.</summary>
internal sealed class DevicePorts(
    IInventoryStore inventory, ILinkStore links, IIdentityStore names, ITelemetryStore telemetry, IEventStore events, IAlarmStore alarms,
    ISeriesStore series, IOperationStore operations, IPresenceStore presence, CommitSinks sinks, IDenialLog denials, TimeProvider time, ILogger<DeviceGrain> log)
{
    public IInventoryStore Inventory => inventory;

    public IIdentityStore Names => names;

    public ITelemetryStore Telemetry => telemetry;

    public IEventStore Events => events;

    public IAlarmStore Alarms => alarms;

    public ISeriesStore Series => series;

    public IOperationStore Operations => operations;

    public IPresenceStore Presence => presence;

    public Sources Sources { get; } = new(inventory, links);

    public DeviceTree Tree { get; } = new(inventory, links);

    public CommitSinks Sinks => sinks;

    public IDenialLog Denials => denials;

    public TimeProvider Time => time;

    public ILogger Log => log;
}
