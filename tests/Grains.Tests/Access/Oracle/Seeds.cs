using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Bailiwick.Grains.Tests.Access.Oracle;

/// <summary>Campaigns count their seeds upwards, so that each can be replayed by itself.</summary>
internal static class Seeds
{
    /// <summary>A number that the environment sets; null where it sets none.</summary>
    public static long? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>Plays so many of what is drawn from this number.</summary>
    /// <param name="replay">The line that plays them again.</param>
    /// <exception cref="InvalidOperationException">One failed: with that line, and what FsCheck says of it.</exception>
    public static void Play<T>(long seed, int count, Arbitrary<T> drawn, Action<T> play, string replay)
    {
        try
        {
            FsCheck.Check.One(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).Drawn(seed, count), Prop.ForAll(drawn, play));
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{replay}\n{failure.Message}", failure);
        }
    }

    /// <summary>
    /// What is drawn from this number. FsCheck's own seeds are states of its generator, which it steps by adding: from neighbours the same would be drawn,
    /// shifted by one. So the state and the step (which is odd) are mixed from the number.
    /// </summary>
    private static Config Drawn(this Config config, long seed, int tests)
    {
        var random = new Random(HashCode(seed));
        return config.WithMaxTest(tests).WithReplay((ulong)random.NextInt64(), (ulong)random.NextInt64() | 1);
    }

    // The same on every run and machine.
    private static int HashCode(long seed) => unchecked((int)(seed ^ (seed >> 32)));
}
