using System.Collections.Frozen;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>What of a managed object a grant is about. Numbers are stored: they only grow.</summary>
public enum GrantScope : byte
{
    /// <summary>The interface's <c>*</c>: the object and all of its data.</summary>
    Any = 0,
    Alarm = 1,
    Audit = 2,
    Event = 3,
    ManagedObject = 4,
    Measurement = 5,
    Operation = 6,
}

/// <summary>What a grant allows. To change does not include to see. Numbers are stored: they only grow.</summary>
public enum GrantLevel : byte
{
    /// <summary>The interface's <c>*</c>: to see and to change.</summary>
    Any = 0,
    Read = 1,
    /// <summary>To make, change and delete.</summary>
    Admin = 2,
}

/// <summary>
/// One permission of an inventory role, or one device permission: it holds for documents of which every fragment is covered by grants of
/// its scope and level.
/// </summary>
/// <param name="Type">The name of a fragment, or <see cref="AnyType"/> for all documents, those without fragments included.</param>
[GenerateSerializer, Immutable, Alias("Grant")]
public readonly record struct Grant([property: Id(0)] GrantScope Scope, [property: Id(1)] GrantLevel Level, [property: Id(2)] string Type)
{
    /// <summary>The interface's <c>*</c>.</summary>
    public const string AnyType = "*";
}

/// <summary>Grants on one managed object.</summary>
[GenerateSerializer, Immutable, Alias("ObjectGrants")]
public sealed record ObjectGrants([property: Id(0)] ObjectId Object, [property: Id(1)] IReadOnlyList<Grant> Grants);

/// <summary>A document that can say which fragments it has. It is asked only where somebody's grants cover some fragments and not all.</summary>
public interface IFragmentNames
{
    /// <summary>Whether it has fragments and each is one of these.</summary>
    bool AreAllIn(Coverage covered);
}

/// <summary>Several documents of one change: it may be made when each of them is covered.</summary>
public sealed class EachOf(IReadOnlyList<IFragmentNames> documents) : IFragmentNames
{
    /// <inheritdoc/>
    public bool AreAllIn(Coverage covered)
    {
        foreach (var document in documents)
            if (!document.AreAllIn(covered))
                return false;
        return documents.Count > 0;
    }
}

/// <summary>The fragments that some grants cover: none, those of some names, or whatever there is.</summary>
public readonly record struct Coverage
{
    // To join two sets takes longer than most decisions do. So a few stand side by side, and a name is looked up in each.
    private const int SetsMax = 8;

    private readonly FrozenSet<string>[]? _sets;

    private Coverage(bool isWhole, FrozenSet<string>[]? sets) => (IsWhole, _sets) = (isWhole, sets);

    public static readonly Coverage None;

    /// <summary>Everything, also a document without fragments.</summary>
    public static readonly Coverage Whole = new(true, null);

    public bool IsWhole { get; }

    public bool IsNone => !IsWhole && _sets is null;

    /// <summary>The names covered where not everything is; null where there are none.</summary>
    public IReadOnlySet<string>? Types => _sets is null ? null : Joined(_sets);

    /// <summary>What grants of these types cover together.</summary>
    public static Coverage Of(IEnumerable<string> types)
    {
        var names = types.ToFrozenSet(StringComparer.Ordinal);
        if (names.Contains(Grant.AnyType)) return Whole;
        return names.Count == 0 ? None : new(false, [names]);
    }

    public static Coverage operator |(Coverage left, Coverage right)
    {
        if (left.IsWhole || right.IsNone) return left;
        if (right.IsWhole || left.IsNone) return right;
        var sets = new FrozenSet<string>[left._sets!.Length + right._sets!.Length];
        left._sets.CopyTo(sets, 0);
        var count = left._sets.Length;
        foreach (var set in right._sets)
            // One grant is met again where several ways lead to it.
            if (Array.IndexOf(left._sets, set) < 0)
                sets[count++] = set;
        if (count == left._sets.Length) return left;
        Array.Resize(ref sets, count);
        return new(false, count <= SetsMax ? sets : [Joined(sets)]);
    }

    public static Coverage BitwiseOr(Coverage left, Coverage right) => left | right;

    /// <summary>Whether documents' fragments of this name are covered.</summary>
    public bool Has(string name)
    {
        if (IsWhole) return true;
        foreach (var set in _sets ?? [])
            if (set.Contains(name))
                return true;
        return false;
    }

    /// <summary>Whether all of a document is covered. One that is not known has to be covered whatever it is.</summary>
    public bool Covers(IFragmentNames? document) => IsWhole || (_sets is not null && document is not null && document.AreAllIn(this));

    private static FrozenSet<string> Joined(FrozenSet<string>[] sets) => sets.Length == 1 ? sets[0] : sets.SelectMany(set => set).ToFrozenSet(StringComparer.Ordinal);
}

/// <summary>One scope and one level, or several of them: what of grants a permission can rest on.</summary>
[Flags]
public enum GrantKinds : ushort
{
    None = 0,
    AlarmRead = 1 << 0,
    AlarmAdmin = 1 << 1,
    AuditRead = 1 << 2,
    AuditAdmin = 1 << 3,
    EventRead = 1 << 4,
    EventAdmin = 1 << 5,
    ManagedObjectRead = 1 << 6,
    ManagedObjectAdmin = 1 << 7,
    MeasurementRead = 1 << 8,
    MeasurementAdmin = 1 << 9,
    OperationRead = 1 << 10,
    OperationAdmin = 1 << 11,
}

/// <summary>Grants on one object, sorted by scope and level so that a decision looks one up.</summary>
public sealed class GrantSet
{
    private const int KindCount = 12;
    private readonly Coverage[] _byKind = new Coverage[KindCount];

    public GrantSet(IEnumerable<Grant> grants)
    {
        foreach (var ofKinds in grants.GroupBy(KindsOf))
        {
            var coverage = Coverage.Of(ofKinds.Select(grant => grant.Type));
            for (var kind = 0; kind < KindCount; kind++)
                if (((int)ofKinds.Key >> kind & 1) != 0)
                    _byKind[kind] |= coverage;
            Kinds |= ofKinds.Key;
        }
    }

    /// <summary>The scopes and levels of which anything is granted.</summary>
    public GrantKinds Kinds { get; }

    /// <summary>What is covered for any of these scopes and levels.</summary>
    public Coverage Of(GrantKinds kinds)
    {
        var coverage = Coverage.None;
        for (var rest = (uint)(kinds & Kinds); rest != 0; rest &= rest - 1) coverage |= _byKind[System.Numerics.BitOperations.TrailingZeroCount(rest)];
        return coverage;
    }

    /// <summary>The scopes and levels that a grant stands for, its stars spelled out.</summary>
    public static GrantKinds KindsOf(Grant grant)
    {
        var levels = grant.Level switch { GrantLevel.Read => 0b01, GrantLevel.Admin => 0b10, _ => 0b11 };
        if (grant.Scope != GrantScope.Any) return (GrantKinds)(levels << 2 * ((int)grant.Scope - 1));
        var all = 0;
        for (var scope = 0; scope < KindCount / 2; scope++) all |= levels << 2 * scope;
        return (GrantKinds)all;
    }
}

/// <summary>What a user holds on single objects: by inventory roles, on an object and all below it, and by device permissions, on it alone.</summary>
public sealed class ObjectRights
{
    public static readonly ObjectRights None = new([], []);

    /// <param name="below">Grants that reach everything below their object, too.</param>
    /// <param name="alone">Grants that reach their object and its data only.</param>
    public ObjectRights(IEnumerable<ObjectGrants> below, IEnumerable<ObjectGrants> alone)
    {
        (Below, Alone) = (Sorted(below), Sorted(alone));
        foreach (var grants in Below.Values.Concat(Alone.Values)) Kinds |= grants.Kinds;
    }

    public FrozenDictionary<ObjectId, GrantSet> Below { get; }

    public FrozenDictionary<ObjectId, GrantSet> Alone { get; }

    /// <summary>The scopes and levels of which anything is granted on any object.</summary>
    public GrantKinds Kinds { get; }

    public bool IsEmpty => Kinds == GrantKinds.None;

    private static FrozenDictionary<ObjectId, GrantSet> Sorted(IEnumerable<ObjectGrants> grants) => grants
        .GroupBy(on => on.Object).ToFrozenDictionary(on => on.Key, on => new GrantSet(on.SelectMany(some => some.Grants)));
}

/// <summary>Where an object hangs: itself first, then all above it by any kind of link, each once. Where a role on one of them reaches the object.</summary>
public sealed record Ancestry(ObjectId Object, IReadOnlyList<ObjectId> Upward);
