using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// What hangs directly below any of some objects, ascending and each once. The rows of one object and kind are a run; of each run a few ids are held, and
/// one cursor fetches the next ones. So a page costs what it holds and a little for each object that it is below, however many hang there.
/// </summary>
internal sealed class ChildRuns : ObjectIds
{
    private const int FirstIds = 8;
    private const int IdsMax = 256;

    private readonly Func<LinkRows> _links;
    // The head is the run whose next id is the lowest.
    private readonly PriorityQueue<Run, long> _runs;

    /// <param name="links">Asked when a run has more than its start; they stay the caller's.</param>
    public ChildRuns(Func<LinkRows> links, IReadOnlyList<RunStart> starts)
    {
        _links = links;
        _runs = new(starts.Select(start => (new Run { Parent = start.Parent, Kind = start.Kind, Ids = start.Ids, Count = start.Count }, start.Ids[0])));
    }

    /// <summary>The starts of the runs below some objects.</summary>
    public static List<RunStart> StartsBelow(LinkRows links, IEnumerable<long> parents)
    {
        var starts = new List<RunStart>();
        foreach (var parent in parents)
            for (var kind = ChildKind.Device; kind <= ChildKind.Addition; kind++)
            {
                var ids = new long[FirstIds];
                var count = links.Children(parent, ref kind, 0, ids);
                if (count == 0) break;
                starts.Add(new RunStart(parent, kind, ids, count));
            }
        return starts;
    }

    public override long Seek(long atLeast)
    {
        while (_runs.TryPeek(out var run, out var lowest))
        {
            if (lowest >= atLeast) return lowest;
            var next = Advance(run, atLeast);
            if (next == End) _runs.Dequeue();
            else _runs.DequeueEnqueue(run, next);
        }
        return End;
    }

    public override void Dispose()
    {
    }

    private long Advance(Run run, long atLeast)
    {
        var at = Array.BinarySearch(run.Ids, run.At, run.Count - run.At, atLeast);
        run.At = at < 0 ? ~at : at;
        if (run.At < run.Count) return run.Ids[run.At];
        if (run.Count < run.Ids.Length) return End;
        // A start is shared and never written to: it is shorter than the most, so that the first fetch takes an array of its own.
        if (run.Ids.Length < IdsMax) run.Ids = new long[Math.Min(run.Ids.Length * 4, IdsMax)];
        var kind = run.Kind;
        run.Count = _links().Children(run.Parent, ref kind, atLeast, run.Ids);
        run.At = 0;
        if (kind != run.Kind) run.Count = 0;
        return run.Count == 0 ? End : run.Ids[0];
    }

    private sealed class Run
    {
        public long Parent { get; init; }
        public ChildKind Kind { get; init; }
        public required long[] Ids { get; set; }
        public int Count { get; set; }
        public int At { get; set; }
    }
}
