using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Bailiwick.Benchmarks;

/// <summary>How much is measured; each number has bounds, so that a run ends.</summary>
internal sealed record BenchmarkOptions
{
    private sealed record Number(string Name, int Min, int Max, string Meaning, Func<BenchmarkOptions, int> Get, Func<BenchmarkOptions, int, BenchmarkOptions> With);

    private static readonly Number[] Numbers =
    [
        new("--rounds", 1, 50, "ingest, post, noisy, permissions: rounds of each server, or of each case", options => options.Rounds, (options, value) => options with { Rounds = value }),
        new("--seconds", 2, 600, "ingest, post, noisy, permissions: seconds of one round", options => options.RoundSeconds, (options, value) => options with { RoundSeconds = value }),
        new("--connections", 1, 9_000, "ingest: connected devices", options => options.Connections, (options, value) => options with { Connections = value }),
        new("--devices", 100, 18_000, "idle, reconnect: connected devices", options => options.IdleDevices, (options, value) => options with { IdleDevices = value }),
        new("--objects", 2_000, 5_000_000, "permissions: devices in the store, a tenth of them below what is unlinked", options => options.Objects, (options, value) => options with { Objects = value }),
        new("--starts", 1, 50, "start: starts on an empty store", options => options.EmptyStarts, (options, value) => options with { EmptyStarts = value }),
        new("--kills", 1, 50, "start: kills on a full store; reconnect: restarts", options => options.Kills, (options, value) => options with { Kills = value }),
        new("--stored-millions", 1, 1_000, "page: million measurements in the store", options => options.StoredMillions, (options, value) => options with { StoredMillions = value }),
        new("--stored-mb", 10, 100_000, "start: megabytes (10^6 bytes) on disk before the kills", options => options.StoredMegabytes, (options, value) => options with { StoredMegabytes = value }),
    ];

    private static readonly BenchmarkOptions Quick = new() { Rounds = 2, RoundSeconds = 3, Connections = 200, IdleDevices = 1_000, EmptyStarts = 2, Kills = 1, StoredMegabytes = 100, StoredMillions = 1, Objects = 20_000 };

    public int Rounds { get; init; } = 5;
    public int RoundSeconds { get; init; } = 8;
    public int Connections { get; init; } = 1_000;
    public int IdleDevices { get; init; } = 10_000;
    public int Objects { get; init; } = 1_000_000;
    public int EmptyStarts { get; init; } = 5;
    public int Kills { get; init; } = 3;
    public int StoredMegabytes { get; init; } = 1_000;
    public int StoredMillions { get; init; } = 10;

    public static string Usage => $"""
        options:
          --quick                a short form, to see that it works: its figures prove little
        {string.Join('\n', Numbers.Select(number => $"  {number.Name + " N",-23}{number.Meaning}; {number.Get(new())} ({number.Get(Quick)} in the short form), {number.Min} to {number.Max}"))}
        """;

    public static bool TryParse(string[] arguments, [NotNullWhen(true)] out BenchmarkOptions? options, [NotNullWhen(false)] out string? error)
    {
        options = arguments.Contains("--quick") ? Quick : new();
        error = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--quick") continue;
            if (Array.Find(Numbers, candidate => candidate.Name == arguments[i]) is not { } number)
                error = $"There is no option '{arguments[i]}'.";
            else if (++i == arguments.Length || !int.TryParse(arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < number.Min || value > number.Max)
                error = $"{number.Name} takes a number from {number.Min} to {number.Max}.";
            else
                options = number.With(options, value);
            if (error is null) continue;
            options = null;
            return false;
        }
        return true;
    }
}
