using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;

namespace Bailiwick.Grains.Devices;

// Which series the device measures. They are read once, kept here, and written when a new one comes: never on the path of the others.
internal sealed partial class DeviceGrain
{
    private KnownSeries? _series;

    public async Task<IReadOnlyList<SeriesName>> SupportedSeries(Caller caller)
    {
        await RequireExistsAsync();
        await RequireOfObjectAsync(caller, Permission.InventoryRead);
        // Requests over several sources add series without this grain.
        _series = null;
        return (await SeriesAsync()).Names;
    }

    /// <summary>
    /// Makes new series known before the measurements that bring them go in, so that whoever sees these finds those. A crash in between
    /// leaves a name without a value.
    /// </summary>
    private async ValueTask NoteSeriesAsync(WritePermit permit, IReadOnlyList<NewMeasurement> measurements)
    {
        var series = await SeriesAsync();
        if (series.Unknown(measurements) is not { } unknown) return;
        await _ports.Series.AddNamesAsync(permit, unknown);
        series.Add(unknown);
    }

    private async ValueTask<KnownSeries> SeriesAsync() =>
        _series ??= new KnownSeries(await _ports.Series.NamesAsync(StoredObjects.UpkeepPermit(_tenant, _id)));
}
