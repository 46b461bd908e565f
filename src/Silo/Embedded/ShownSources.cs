using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Of whose data a list holds what. Where keys tell that, no row is read for it; where a source shows in part, its rows are; where sources are not told
/// one by one, each that is met is looked up once.
/// </summary>
internal sealed class ShownSources : IDisposable
{
    private readonly VisibleSources? _told;
    private readonly Visibility? _scope;
    private readonly Dictionary<long, Coverage> _asked = [];

    private ShownSources(VisibleSources? told, Visibility? scope, ObjectId? only, bool showsParts = false)
    {
        (_told, _scope, ShowsParts) = (told, scope, showsParts);
        var ids = told?.Ids;
        if (only is { } one) Ids = ids is null || ids.Contains(one) ? [one.Value] : [];
        else Ids = ids?.Select(id => id.Value).Distinct().Order().ToArray();
    }

    /// <param name="only">The one that a query names, or null.</param>
    public static ShownSources Of(RocksSession session, Snapshot snapshot, ListPermit permit, VisibleSources? told, ObjectId? only = null)
    {
        Check.That(told is not null || permit.Scope.Kind == ScopeKind.All);
        return new(told, told is { AreOfScope: true } ? new Visibility(session, snapshot, permit.Tenant, permit.Scope) : null, only, permit.Scope.ShowsParts);
    }

    /// <summary>For who changes what it finds, and has no scope but the whole tenant.</summary>
    public static ShownSources Told(VisibleSources? told, ObjectId? only = null)
    {
        Check.That(told is null or { AreOfScope: false });
        return new(told, null, only);
    }

    /// <summary>The sources to look at, ascending and distinct; null for all that there are.</summary>
    public long[]? Ids { get; }

    /// <inheritdoc cref="Scope.ShowsParts"/>
    public bool ShowsParts { get; }

    /// <summary>Whether all rows of these sources show.</summary>
    public bool IsWhole => _scope is null && _told is null or { HasPartly: false, AreOfScope: false };

    /// <summary>How much of a source's data shows; of one of <see cref="Ids"/>, or of any where these are null.</summary>
    public Coverage Of(long source)
    {
        if (_scope is null) return _told?.Of(new ObjectId(source)) ?? Coverage.Whole;
        if (!_asked.TryGetValue(source, out var coverage)) _asked[source] = coverage = _scope.OfData(source);
        return coverage;
    }

    public void Dispose() => _scope?.Dispose();
}
