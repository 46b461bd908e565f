using System.Diagnostics;

namespace Bailiwick.Grains.Tests.Platform;

/// <summary>Waits for what must come to be, and says what did not.</summary>
internal static class Wait
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="awaited">What is awaited, for the message of a failure.</param>
    public static async Task UntilAsync(Func<Task<bool>> holds, string awaited)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"Waited {Patience} for {awaited}");
            await Task.Yield();
        }
    }

    public static Task UntilAsync(Func<bool> holds, string awaited) => UntilAsync(() => Task.FromResult(holds()), awaited);
}
