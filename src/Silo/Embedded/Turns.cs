namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Turns at rows that are read and then written: those of one source come one after another, and who wants all waits for every one. Sources
/// share a bounded number of lanes.
/// </summary>
internal sealed class Turns : IDisposable
{
    private const int Lanes = 64;

    private readonly SemaphoreSlim[] _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new SemaphoreSlim(1))];

    /// <summary>The turn at one source; dispose of it when its change is durable.</summary>
    public async ValueTask<Turn> AtAsync(long source)
    {
        var lane = _lanes[(int)((ulong)source % Lanes)];
        await lane.WaitAsync();
        return new Turn([lane]);
    }

    /// <summary>The turn at some sources. Lanes are taken in one order, so that no two wait for each other.</summary>
    public async ValueTask<Turn> AtAsync(IEnumerable<long> sources)
    {
        var taken = sources.Select(source => (int)((ulong)source % Lanes)).Distinct().Order().Select(lane => _lanes[lane]).ToArray();
        foreach (var lane in taken) await lane.WaitAsync();
        return new Turn(taken);
    }

    /// <summary>The turn at all sources; taken in the same order.</summary>
    public async ValueTask<Turn> AtAllAsync()
    {
        foreach (var lane in _lanes) await lane.WaitAsync();
        return new Turn(_lanes);
    }

    public void Dispose()
    {
        foreach (var lane in _lanes) lane.Dispose();
    }

    internal readonly struct Turn(SemaphoreSlim[] taken) : IDisposable
    {
        public void Dispose()
        {
            foreach (var lane in taken) lane.Release();
        }
    }
}
