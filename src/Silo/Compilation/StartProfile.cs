using System.Runtime;

namespace Bailiwick.Silo.Compilation;

/// <summary>
/// Which methods a start had to compile, kept from one to the next in a file of the data folder: a start compiles what the one before needed on the cores
/// that it leaves idle (decision 49). The file names methods and holds no code; the runtime passes over one that is missing, damaged or of another version,
/// and over a folder that cannot be written.
/// </summary>
internal sealed class StartProfile(TimeProvider clock) : BackgroundService
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "start.profile";

    // Time for the first of a fleet to come back, so that what its return needs stands in the file too. A process that is killed earlier leaves the file as it was.
    private static readonly TimeSpan Recorded = TimeSpan.FromSeconds(5);

    /// <summary>Begins to compile what the last start needed, and to note what this one needs.</summary>
    public static void Begin(DataFolder data)
    {
        ProfileOptimization.SetProfileRoot(data.Path);
        ProfileOptimization.StartProfile(FileName);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Recorded, clock);
        // The token stops the timer instead of the wait: to be stopped is no failure of this service.
        await using var stop = stoppingToken.Register(timer.Dispose);
        if (!await timer.WaitForNextTickAsync(CancellationToken.None)) return;
        // To begin none writes the one under way; a process that ends of itself earlier has it written by the runtime.
        ProfileOptimization.StartProfile(null);
    }
}
