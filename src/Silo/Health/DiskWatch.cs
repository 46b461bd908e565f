using System.Diagnostics.Metrics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Embedded;

namespace Bailiwick.Silo.Health;

/// <summary>
/// Warns once a day while the data folder's volume fills, long before the reserve at which every write is refused: what fills in silence is
/// noticed by its users first.
/// </summary>
internal sealed class DiskWatch(string folder, IDiskSpace space, TimeProvider clock, ILogger<DiskWatch> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(Limits.DiskWatchSeconds);

    private DateTime? _warnedOn;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        // The token stops the timer instead of the wait: to be stopped is no failure of this service.
        await using var stop = stoppingToken.Register(timer.Dispose);
        do Look();
        while (await timer.WaitForNextTickAsync(CancellationToken.None));
    }

    private void Look()
    {
        try
        {
            Judge(space.Measure(folder));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("The room on the volume of {Folder} could not be asked for: {Fault}", folder, fault.Message);
        }
    }

    private void Judge(in DiskRoom room)
    {
        DiskMetrics.Free.Record(room.FreeBytes);
        var today = clock.GetUtcNow().UtcDateTime.Date;
        if (room.FreeBytes >= room.TotalBytes / Limits.DiskWarningShareOfVolume)
        {
            if (_warnedOn is not null) log.LogInformation("The volume of {Folder} has room again: {Free} MiB are free", folder, room.FreeBytes >> 20);
            _warnedOn = null;
        }
        else if (_warnedOn != today)
        {
            _warnedOn = today;
            log.LogWarning(
                "The volume of {Folder} is filling: {Free} MiB of {Total} MiB are free. Make room, or keep data for a shorter time (/retention/retentions): when it is full, every write is refused",
                folder, room.FreeBytes >> 20, room.TotalBytes >> 20);
        }
    }
}

internal static class DiskWatching
{
    public static void AddDiskWatch(this WebApplicationBuilder builder, DataFolder data) =>
        builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<DiskWatch>(services, data.Path, new VolumeSpace()));
}

/// <summary>What is measured of the disk.</summary>
internal static class DiskMetrics
{
    public static readonly Gauge<long> Free =
        new Meter(Instruments.Name).CreateGauge<long>("bailiwick.disk.free", "By", "Room on the volume of the data folder");
}
