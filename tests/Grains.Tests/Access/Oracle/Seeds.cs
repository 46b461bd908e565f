using FsCheck;

namespace Bailiwick.Grains.Tests.Access.Oracle;

/// <summary>Campaigns count their seeds upwards, so that each can be replayed by itself.</summary>
internal static class Seeds
{
    /// <summary>
    /// What is drawn from this number. FsCheck's own seeds are states of its generator, which it steps by adding: from neighbours the same would be drawn,
    /// shifted by one. So the state and the step (which is odd) are mixed from the number.
    /// </summary>
    public static Config Drawn(this Config config, long seed, int tests)
    {
        var random = new Random(HashCode(seed));
        return config.WithMaxTest(tests).WithReplay((ulong)random.NextInt64(), (ulong)random.NextInt64() | 1);
    }

    // The same on every run and machine.
    private static int HashCode(long seed) => unchecked((int)(seed ^ (seed >> 32)));
}
