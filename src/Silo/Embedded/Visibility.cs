using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// What one scope shows of one snapshot. Of one object that is told by a walk up its parents; of all by a walk down from what is granted, which
/// meets the objects that hold others and merges what hangs there (<see cref="ChildRuns"/>). Both come to the same. An object that is gone passes
/// nothing on, whatever rows it left behind.
/// </summary>
internal sealed class Visibility : IDisposable
{
    private readonly RocksSession _session;
    private readonly Snapshot _snapshot;
    private readonly TenantId _tenant;
    private readonly Scope _scope;
    private readonly int _branchesMax;
    private readonly long? _moment;
    private readonly ReadOptions _options;
    private readonly Dictionary<long, Coverage> _below = [];
    private readonly Dictionary<long, Coverage> _alone = [];
    private readonly Dictionary<long, Coverage> _inherited = [];
    private readonly Dictionary<long, bool> _exist = [];
    private readonly List<long> _ends = [];
    private ManagedObject? _lastStored;
    private LinkRows? _links;

    /// <param name="branchesMax">Of how many objects that hold others their children are merged; beyond them every candidate is asked by itself.</param>
    /// <param name="moment">The moment of the snapshot in <see cref="KnownReach"/>; null where that is not known.</param>
    public Visibility(RocksSession session, Snapshot snapshot, TenantId tenant, Scope scope, int branchesMax = Limits.BranchesPerListMax, long? moment = null)
    {
        (_session, _snapshot, _tenant, _scope, _branchesMax, _moment) = (session, snapshot, tenant, scope, branchesMax, moment);
        _options = new ReadOptions().SetSnapshot(snapshot);
        foreach (var grant in scope.Grants)
        {
            var at = grant.ReachesBelow ? _below : _alone;
            at[grant.Object.Value] = at.GetValueOrDefault(grant.Object.Value) | grant.Coverage;
        }
    }

    public LinkRows Links => _links ??= new LinkRows(_session, _tenant, _snapshot);

    private bool HasGrants => _below.Count + _alone.Count > 0;

    public void Dispose() => _links?.Dispose();

    /// <summary>What is stored of an object, or null. Who asks first and who shows it then ask for the same one in a row.</summary>
    public ManagedObject? Stored(long id)
    {
        if (_lastStored?.Id.Value == id) return _lastStored;
        var document = ManagedObjectRecord.Read(_session, _tenant, new ObjectId(id), _options);
        GC.KeepAlive(_options);
        return _lastStored = document;
    }

    /// <summary>Whether there is such an object. Kept: for what many hang below, and not for each of these.</summary>
    public bool Exists(long id)
    {
        if (_exist.TryGetValue(id, out var known)) return known;
        var exists = _session.Database.HasKey(KeySpace.Object(_tenant, new ObjectId(id)), _session[Family.Objects], _options);
        GC.KeepAlive(_options);
        return _exist[id] = exists;
    }

    /// <summary>Whether there is such an object and it shows.</summary>
    public bool Shows(long id) => Exists(id) && (_scope.Kind == ScopeKind.All || Admits(id));

    private bool Admits(long id)
    {
        var reached = Reached(id);
        if (reached.IsWhole) return true;
        if (reached.IsNone && _scope is { Owner: null, WithGlobal: false }) return false;
        return Stored(id) is { } document
            && (_scope.Admits(document.Owner, document.IsGlobal) || reached.Covers(document));
    }

    /// <summary>How much of an object's data shows: all of what one owns, and what grants cover. That an object is there for everyone opens no data.</summary>
    public Coverage OfData(long id)
    {
        if (_scope.Kind == ScopeKind.All) return Exists(id) ? Coverage.Whole : Coverage.None;
        if (_scope.Owner is null) return Exists(id) ? Reached(id) : Coverage.None;
        if (Stored(id) is not { } document) return Coverage.None;
        return document.Owner == _scope.Owner ? Coverage.Whole : Reached(id);
    }

    /// <summary>
    /// Those of some ids that show; null when nothing can. What is gone is left out, whatever links it left behind. The filters are disposed of
    /// with the answer, or at once.
    /// </summary>
    /// <param name="areThere">Whether a filter is of index rows, which go with their object: then nobody has to look whether it is there.</param>
    /// <param name="areFew">Whether the filters leave so few that each is better asked by itself.</param>
    /// <param name="below">Where all that the filters leave hangs directly below one object: that one.</param>
    /// <param name="onlyRoots">Leaves out some of what hangs below an object that shows; the rest is the caller's to leave out.</param>
    public ObjectIds? Among(IReadOnlyList<ObjectIds> filters, bool areThere = false, bool areFew = false, long? below = null, bool onlyRoots = false)
    {
        if (_scope.Kind == ScopeKind.All || (below is { } parent && _below.Count > 0 && FromAbove(parent).IsWhole)) return There(filters, areThere);
        if (_scope.Kind == ScopeKind.None || (_scope is { Owner: null, WithGlobal: false } && !HasGrants))
        {
            foreach (var filter in filters) filter.Dispose();
            return null;
        }
        // What shows stands first: it is the smaller part mostly, and then names the candidates that a filter is asked about.
        if (!HasGrants) return ObjectIds.Both([ObjectIds.Either([.. ByThemselves()]), .. filters]);
        if (areFew || WalkDown() is not { } reach) return ObjectIds.Where(There(filters, areThere), Admits);
        var sure = ObjectIds.Either([.. ByThemselves(), .. Hanging(reach.Whole, onlyRoots ? [] : reach.WholeRuns, areThere)]);
        if (!reach.HasPartly) return ObjectIds.Both([sure, .. filters]);
        // Of what is reached in part the document decides. The sure ones stand in both runs and move together.
        var met = ObjectIds.Both([ObjectIds.Either([sure, .. Hanging(reach.Partly, reach.PartlyRuns, areThere)]), .. filters]);
        return ObjectIds.Where(met, id => sure.Seek(id) == id || Admits(id));
    }

    /// <summary>
    /// The objects whose data shows, and of those of which not all does the fragments that are covered; null when there are more than
    /// <paramref name="countMax"/>.
    /// </summary>
    public (List<ObjectId> Ids, Dictionary<ObjectId, Coverage> Partly)? Sources(int countMax)
    {
        var (found, partly) = (new List<ObjectId>(), new Dictionary<ObjectId, Coverage>());
        if (_scope.Kind != ScopeKind.Some) return (found, partly);
        if (WalkDown() is not { } reach) return null;
        using var sure = ObjectIds.Either([.. Owned(), .. Hanging(reach.Whole, reach.WholeRuns)]);
        using var some = ObjectIds.Either([.. Hanging(reach.Partly, reach.PartlyRuns)]);
        for (var id = Math.Min(sure.Seek(1), some.Seek(1)); id != ObjectIds.End; id = Math.Min(sure.Seek(id + 1), some.Seek(id + 1)))
        {
            if (found.Count == countMax) return null;
            found.Add(new ObjectId(id));
            if (sure.Seek(id) != id) partly[new ObjectId(id)] = Reached(id);
        }
        return (found, partly);
    }

    // What shows wherever it hangs.
    private IEnumerable<ObjectIds> ByThemselves() =>
        _scope.WithGlobal ? [.. Owned(), Index(IndexKind.Fragment, ManagedObject.GlobalFragment)] : Owned();

    private IEnumerable<ObjectIds> Owned() => _scope.Owner is { } owner ? [Index(IndexKind.Owner, owner)] : [];

    private ObjectIds All() => Index(IndexKind.All, null);

    private ObjectIds Index(IndexKind kind, string? text) => ObjectIds.Rows(_session, Family.ObjectIndex, KeySpace.Index(_tenant, kind, text), _snapshot);

    /// <summary>Some objects and what hangs directly below others.</summary>
    private IEnumerable<ObjectIds> Hanging(List<long> ids, IReadOnlyList<RunStart> below, bool areThere = false) =>
        ids.Count + below.Count == 0 ? [] : [There([ObjectIds.Either([ObjectIds.Of(ids), new ChildRuns(() => Links, below)])], areThere)];

    /// <summary>Where all of some runs meet, and the object is there.</summary>
    private ObjectIds There(IReadOnlyList<ObjectIds> runs, bool areThere) => ObjectIds.Both(areThere ? runs : [.. runs, All()]);

    /// <summary>Where grants lie, and what below them holds other objects.</summary>
    private readonly record struct Reach(List<long> Whole, IReadOnlyList<RunStart> WholeRuns, List<long> Partly, IReadOnlyList<RunStart> PartlyRuns)
    {
        public bool HasPartly => Partly.Count > 0;
    }

    /// <summary>What the walk down meets; null when it meets too much.</summary>
    private Reach? WalkDown()
    {
        if (KnownOrWalked() is not { } runs) return null;
        return new([.. Wholly(_below), .. Wholly(_alone)], runs.Whole, [.. InPart(_below), .. InPart(_alone)], runs.Partly);
    }

    private static IEnumerable<long> Wholly(Dictionary<long, Coverage> granted) => granted.Where(grant => grant.Value.IsWhole).Select(grant => grant.Key);

    private static IEnumerable<long> InPart(Dictionary<long, Coverage> granted) => granted.Where(grant => !grant.Value.IsWhole).Select(grant => grant.Key);

    private KnownReach.Runs? KnownOrWalked()
    {
        if (_moment is not { } moment) return WalkAnew();
        var start = new KnownReach.Start(_tenant, Wholly(_below), InPart(_below), _branchesMax);
        if (_session.Reach.TryGet(start, moment, out var known)) return known;
        var met = WalkAnew();
        _session.Reach.Keep(start, moment, met);
        return met;
    }

    /// <summary>The walk itself: first from what is granted whole, then from the rest as far as that has not been met.</summary>
    private KnownReach.Runs? WalkAnew()
    {
        var seen = new HashSet<long>();
        return Walk(seen, Wholly(_below)) is { } whole && Walk(seen, InPart(_below)) is { } partly
            ? new(ChildRuns.StartsBelow(Links, whole), ChildRuns.StartsBelow(Links, partly))
            : null;
    }

    private List<long>? Walk(HashSet<long> seen, IEnumerable<long> from)
    {
        var found = new List<long>();
        Take(from);
        for (var next = 0; next < found.Count; next++)
        {
            if (seen.Count > _branchesMax) return null;
            Links.Branches(found[next], _ends);
            Take(_ends);
        }
        return found;

        void Take(IEnumerable<long> ids)
        {
            foreach (var id in ids)
                if (seen.Add(id) && Exists(id))
                    found.Add(id);
        }
    }

    /// <summary>What all grants that reach an object cover together: those on it, and those that reach below on anything above it.</summary>
    private Coverage Reached(long id)
    {
        var covered = _alone.GetValueOrDefault(id);
        return _below.Count == 0 || covered.IsWhole ? covered : covered | Inherited(id);
    }

    // What is above an object is the object's parents and what is above those: so what was found of a parent is kept, and of each object in a group the
    // way ends there.
    private Coverage Inherited(long id)
    {
        if (_inherited.TryGetValue(id, out var known)) return known;
        var covered = _below.GetValueOrDefault(id);
        if (covered.IsWhole) return covered;
        foreach (var parent in Parents(id))
        {
            if (covered.IsWhole) break;
            covered |= FromAbove(parent);
        }
        return covered;
    }

    private Coverage FromAbove(long id)
    {
        if (_inherited.TryGetValue(id, out var known)) return known;
        var covered = Coverage.None;
        var seen = new HashSet<long> { id };
        var next = new Queue<long>(seen);
        while (!covered.IsWhole && next.TryDequeue(out var at))
        {
            if (_inherited.TryGetValue(at, out var above))
            {
                covered |= above;
                continue;
            }
            if (!Exists(at)) continue;
            covered |= _below.GetValueOrDefault(at);
            foreach (var parent in Parents(at))
                if (seen.Add(parent))
                    next.Enqueue(parent);
        }
        return _inherited[id] = covered;
    }

    private long[] Parents(long id)
    {
        Links.Read(id, LinkDirection.Parent, _ends);
        return [.. _ends];
    }
}
