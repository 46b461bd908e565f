using Bailiwick.Grains.Tests.Platform;
using Bailiwick.Silo.Health;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Storage.Tests;

/// <summary>A disk that fills is told of while there is time to do something.</summary>
public sealed class DiskWatchTests
{
    private sealed class Lines : ILogger<DiskWatch>
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Taken()
        {
            lock (_lines) return [.. _lines];
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines) _lines.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }

    [Fact]
    public async Task The_log_warns_once_a_day_below_a_tenth_of_the_volume_and_says_when_there_is_room_again()
    {
        const long volume = 1L << 40;
        var (clock, lines, space) = (new FakeTimeProvider(), new Lines(), new CommitQueueTests.PretendedSpace(volume / 10 + 1));
        using var watch = new DiskWatch("/data", space, clock, lines);
        await watch.StartAsync(TestContext.Current.CancellationToken);
        await MinutesAsync(3);
        Assert.Empty(lines.Taken());

        space.FreeBytes = volume / 10 - 1;
        await MinutesAsync(60);
        var warning = Assert.Single(lines.Taken());
        Assert.StartsWith("Warning: The volume of /data is filling: 104857 MiB of 1048576 MiB are free.", warning, StringComparison.Ordinal);
        Assert.Contains("/retention/retentions", warning, StringComparison.Ordinal);
        await MinutesAsync(24 * 60);
        Assert.Equal(2, lines.Taken().Count);

        space.FreeBytes = volume / 2;
        await MinutesAsync(60);
        Assert.Equal(3, lines.Taken().Count);
        Assert.StartsWith("Information: The volume of /data has room again", lines.Taken()[2], StringComparison.Ordinal);
        await watch.StopAsync(TestContext.Current.CancellationToken);

        // The loop runs on the pool: it has looked once its measuring has kept up with the clock.
        async Task MinutesAsync(int minutes)
        {
            for (var minute = 0; minute < minutes; minute++)
            {
                var looked = space.Measured;
                clock.Advance(TimeSpan.FromMinutes(1));
                await Wait.UntilAsync(() => space.Measured > looked, "the watch's next look");
            }
        }
    }
}
