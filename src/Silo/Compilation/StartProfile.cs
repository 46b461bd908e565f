using System.Runtime;

namespace Bailiwick.Silo.Compilation;

/// <summary>
/// Which methods a start compiles, kept from one start to the next in a file of the data folder: a start compiles what the one before had needed on the
/// cores that it leaves idle (decision 49). The file says which methods, never what they do; one that is missing, damaged or another version's is passed over.
/// </summary>
internal sealed class StartProfile(TimeProvider time) : BackgroundService
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
        await Task.Delay(Recorded, time, stoppingToken);
        // No other profile: this one is written. A process that ends of itself earlier has written it then.
        ProfileOptimization.StartProfile(null);
    }
}
