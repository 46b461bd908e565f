using System.Runtime;

namespace Bailiwick.Silo.Compilation;

/// <summary>
/// Which methods a start needed, kept from one to the next in a file of the data folder: a start compiles what the one before needed on the cores that it
/// leaves idle (decision 49). The file names methods and holds no code. The runtime takes at most 16,384 of them, and does nothing of this on a single core.
/// </summary>
internal sealed class StartProfile(TimeProvider clock) : BackgroundService
{
    private const string FileName = "start.profile";

    // Late enough that a start is over, and early enough that few are killed before. The first of a fleet may be back by then.
    private static readonly TimeSpan Recorded = TimeSpan.FromSeconds(5);

    /// <summary>Begins to compile what the last start needed, and to note what this one needs.</summary>
    public static void Begin(DataFolder data)
    {
        ProfileOptimization.SetProfileRoot(data.Path);
        ProfileOptimization.StartProfile(FileName);
        // The runtime has read it whole. One that it cannot bear, such as one half written, must not meet the next start as well.
        try
        {
            File.Delete(Path.Combine(data.Path, FileName));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Something else has its name, or holds it: a start goes on without a note.
        }
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
