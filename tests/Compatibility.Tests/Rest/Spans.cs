using System.Diagnostics;
using System.Globalization;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Filters by the times that the server gives: <c>createdFrom</c>, <c>lastUpdatedTo</c> and the like.</summary>
internal static class Spans
{
    /// <summary>Waits until what is done next is done in a later millisecond, by the clock that the server shares.</summary>
    public static async Task NextMillisecondAsync()
    {
        var (now, waited) = (Now(), Stopwatch.StartNew());
        while (Now() <= now)
        {
            Assert.True(waited.Elapsed < BailiwickProcess.Patience, $"Awaited a millisecond after {now}");
            await Task.Yield();
        }

        static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>Of three records of which each has a later time than the one before, a span shows those that it reaches, both its ends included.</summary>
    /// <param name="span">The filter without its end, as <c>created</c>.</param>
    /// <param name="records">Ids, and their times as the server shows them, earliest first.</param>
    /// <param name="found">The ids that a filter finds.</param>
    public static async Task AssertReachAsync(string span, IReadOnlyList<(string Id, string Time)> records, Func<string, Task<IEnumerable<string>>> found)
    {
        var times = records.Select(record => DateTimeOffset.Parse(record.Time, CultureInfo.InvariantCulture)).ToList();
        Assert.True(times[0] < times[1] && times[1] < times[2], $"The times do not follow each other: {string.Join(' ', times.Select(Text))}");
        for (var from = 0; from < times.Count; from++)
        {
            await ShowsAsync($"{span}From={Text(times[from])}", from, 2);
            await ShowsAsync($"{span}To={Text(times[from])}", 0, from);
            for (var to = from; to < times.Count; to++) await ShowsAsync($"{span}From={Text(times[from])}&{span}To={Text(times[to])}", from, to);
        }
        await ShowsAsync($"{span}From={Text(times[2].AddMilliseconds(1))}", 1, 0);
        await ShowsAsync($"{span}To={Text(times[0].AddMilliseconds(-1))}", 1, 0);

        async Task ShowsAsync(string filter, int first, int last) => Assert.Equal(
            (filter, string.Join(' ', records.Where((_, index) => index >= first && index <= last).Select(record => record.Id).Order(StringComparer.Ordinal))),
            (filter, string.Join(' ', (await found(filter)).Order(StringComparer.Ordinal))));
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
