using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>One rule that a decision asked, in the order in which it did.</summary>
[GenerateSerializer, Immutable, Alias("TriedRule")]
public readonly record struct TriedRule([property: Id(0)] Rule Rule, [property: Id(1)] bool Holds);

/// <summary>Grants on one object that a decision came upon.</summary>
/// <param name="At">The object that they were given on.</param>
/// <param name="Rule"><see cref="Rule.InventoryRole"/> or <see cref="Rule.DevicePermission"/>.</param>
/// <param name="Types">The fragments that they cover for what was asked; <see cref="Grant.AnyType"/> for all.</param>
[GenerateSerializer, Immutable, Alias("MetGrant")]
public sealed record MetGrant([property: Id(0)] ObjectId At, [property: Id(1)] Rule Rule, [property: Id(2)] IReadOnlyList<string> Types);

/// <summary>A decision and all that it looked at: told by <see cref="Policy"/> itself on its one way, not worked out afterwards.</summary>
/// <param name="Permission">What was asked for; of several that each would have done, the first. Null where a rule refused that is about no permission.</param>
/// <param name="Object">The managed object that was asked for; null for what is none.</param>
/// <param name="Owner">Who owns it, by what the object stores.</param>
/// <param name="Tried">The rules asked, in order; the last is the one that decided, where one holds.</param>
/// <param name="Walked">The object and all above it that inventory roles were looked for on, in order, up to the last one looked at.</param>
/// <param name="Met">The grants that were found on the way.</param>
[GenerateSerializer, Immutable, Alias("DecisionTrace")]
public sealed record DecisionTrace(
    [property: Id(0)] Permission? Permission, [property: Id(1)] ObjectId? Object, [property: Id(2)] string? Owner, [property: Id(3)] Decision Decision,
    [property: Id(4)] IReadOnlyList<TriedRule> Tried, [property: Id(5)] IReadOnlyList<ObjectId> Walked, [property: Id(6)] IReadOnlyList<MetGrant> Met)
{
    /// <summary>Whom the rule is about that refused, where that is a user: who was not to be managed, or does not hold what was to be handed out.</summary>
    [Id(7)] public string? About { get; init; }

    /// <summary>
    /// Of a rule beside the table (<see cref="Rule.PlatformOnly"/> and after), which no explanation can be asked about: single roles with which it had
    /// not refused. Those are tried that the rule is about; empty where none of them is enough.
    /// </summary>
    [Id(8)] public IReadOnlyList<Reason> NearMisses { get; init; } = [];

    /// <summary>A refusal by a rule that looked at nothing but what it is about.</summary>
    internal static DecisionTrace Of(Rule rule, Permission? permission, string? about = null) => new(permission, null, null, new(false, rule), [], [], []) { About = about };
}

/// <summary>What a decision notes down while it is made, where somebody wants to know.</summary>
internal sealed class DecisionNotes
{
    public List<TriedRule> Tried { get; } = [];

    public List<ObjectId> Walked { get; } = [];

    public List<MetGrant> Met { get; } = [];

    public void Meet(ObjectId at, Rule rule, Coverage coverage)
    {
        if (!coverage.IsNone) Met.Add(new(at, rule, coverage.IsWhole ? [Grant.AnyType] : [.. coverage.Types!.Order(StringComparer.Ordinal)]));
    }
}
