using System.Globalization;
using System.Text.Json.Serialization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>The words for permissions and rules: <c>MEASUREMENT_READ</c>, <c>INVENTORY_ROLE</c>.</summary>
internal static class PermissionWords
{
    private static readonly Dictionary<string, Permission> ByWord = Enum.GetValues<Permission>().ToDictionary(Word, StringComparer.Ordinal);

    /// <summary>All words, for people.</summary>
    public static string All { get; } = string.Join(", ", ByWord.Keys);

    public static string Word(this Permission permission) => WireWords.Of(permission.ToString());

    public static string Word(this Rule rule) => WireWords.Of(rule.ToString());

    public static bool TryParse(string word, out Permission permission) => ByWord.TryGetValue(word, out permission);
}

/// <summary>An object by its id and address.</summary>
internal sealed record ObjectIdWire(string Id, string Self)
{
    public static ObjectIdWire? From(ObjectId? id, Links links) => id is { } known ? new(known.ToString(), links.ManagedObject(known)) : null;
}

/// <summary>A group or inventory role by its number; the name is missing where it was deleted meanwhile.</summary>
internal sealed record NumberedWire(int Id, string? Name)
{
    public static NumberedWire? From(int? id, string? name) => id is { } known ? new(known, name) : null;
}

/// <summary>A rule that was asked, and whether it held.</summary>
internal sealed record TriedRuleWire(string Rule, bool Holds);

/// <summary>Grants that a decision came upon, with the fragments that they cover; an asterisk stands for all.</summary>
internal sealed record MetGrantWire(ObjectIdWire ManagedObject, string Rule, IReadOnlyList<string> Fragments);

/// <summary>A decision and what it looked at.</summary>
internal record DecisionWire(
    string? Permission, ObjectIdWire? ManagedObject, string? Owner, bool Allowed, string Rule, IReadOnlyList<TriedRuleWire> Tried,
    IReadOnlyList<ObjectIdWire> Path, IReadOnlyList<MetGrantWire> Met)
{
    public static DecisionWire From(DecisionTrace trace, Links links) => new(
        trace.Permission?.Word(), ObjectIdWire.From(trace.Object, links), trace.Owner, trace.Decision.Allowed, trace.Decision.Rule.Word(),
        [.. trace.Tried.Select(tried => new TriedRuleWire(tried.Rule.Word(), tried.Holds))], [.. trace.Walked.Select(id => ObjectIdWire.From(id, links)!)],
        [.. trace.Met.Select(met => new MetGrantWire(ObjectIdWire.From(met.At, links)!, met.Rule.Word(), met.Types))]);
}

/// <summary>What a decision rests on, or what would turn it over; the text says the same for people.</summary>
internal sealed record ReasonWire(
    string Rule, string Text, string? Authority, NumberedWire? Group, NumberedWire? InventoryRole, string? DevicePermission, ObjectIdWire? ManagedObject, string? Holder)
{
    public static ReasonWire From(Reason reason, Links links) => new(
        reason.Rule.Word(), Sentence(reason), reason.Authority?.Name(), NumberedWire.From(reason.Group, reason.GroupName),
        NumberedWire.From(reason.InventoryRole, reason.InventoryRoleName), reason.Grant?.Text(), ObjectIdWire.From(reason.At, links), reason.Holder);

    private static string Sentence(Reason reason)
    {
        var by = reason.Group is { } group ? $" of the group '{reason.GroupName ?? group.ToString(CultureInfo.InvariantCulture)}'" : "";
        return reason.Rule switch
        {
            Grains.Abstractions.Access.Rule.GlobalAuthority when reason.Authority is { } authority => $"the role {authority.Name()}{by}{(reason.Holder is { } holder ? $", held by the user '{holder}'" : "")}",
            Grains.Abstractions.Access.Rule.GlobalAuthority => $"being a member{by}",
            Grains.Abstractions.Access.Rule.Ownership => $"owning the managed object {reason.At}",
            Grains.Abstractions.Access.Rule.GlobalFragment => $"the fragment c8y_Global of the managed object {reason.At}",
            Grains.Abstractions.Access.Rule.InventoryRole => $"the inventory role '{reason.InventoryRoleName ?? reason.InventoryRole?.ToString(CultureInfo.InvariantCulture)}' on the managed object {reason.At}",
            _ => $"the device permission {reason.Grant?.Text()} on the managed object {reason.At}{by}",
        };
    }
}

/// <summary>Why a user may, or may not, do something.</summary>
internal sealed record ExplanationWire : DecisionWire
{
    private ExplanationWire(DecisionWire decision, Explanation explanation, Links links) : base(decision)
    {
        User = explanation.User;
        Fragments = explanation.Fragments.Count > 0 ? explanation.Fragments : null;
        AllowedFragments = explanation.AllowedFragments.Count > 0 ? explanation.AllowedFragments : null;
        Unserved = explanation.Unserved;
        Reasons = [.. explanation.Reasons.Select(reason => ReasonWire.From(reason, links))];
        NearMisses = [.. explanation.NearMisses.Select(reason => ReasonWire.From(reason, links))];
        NearMissesComplete = explanation.AreNearMissesCut ? false : null;
    }

    // The question first, then the decision, then why.
    [JsonPropertyOrder(-1)]
    public string User { get; }

    [JsonPropertyOrder(-1)]
    public IReadOnlyList<string>? Fragments { get; }

    /// <summary>The fragments that show without the rest of a measurement that is refused as a whole; absent where none does.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<string>? AllowedFragments { get; }

    /// <summary>Why the user is served nothing at all.</summary>
    [JsonPropertyOrder(1)]
    public string? Unserved { get; }

    [JsonPropertyOrder(1)]
    public IReadOnlyList<ReasonWire> Reasons { get; }

    [JsonPropertyOrder(1)]
    public IReadOnlyList<ReasonWire> NearMisses { get; }

    /// <summary>False where there may be more near misses than were looked for; absent otherwise.</summary>
    [JsonPropertyOrder(1)]
    public bool? NearMissesComplete { get; }

    public static ExplanationWire From(Explanation explanation, Links links) => new(From(explanation.Trace, links), explanation, links);
}

internal sealed record ExplanationCollectionWire : PageWire
{
    private ExplanationCollectionWire(PageWire frame, IReadOnlyList<ExplanationWire> rows) : base(frame) => Explanations = rows;

    public IReadOnlyList<ExplanationWire> Explanations { get; }

    public static ExplanationCollectionWire From(PageWire frame, Page<Explanation> page, Links links) =>
        new(frame, [.. page.Items.Select(explanation => ExplanationWire.From(explanation, links))]);
}

/// <summary>What was decided when a refusal was made, with the rule in words, whom it is about and what alone would have satisfied it.</summary>
internal sealed record DeniedWire : DecisionWire
{
    private DeniedWire(DecisionWire decision, DecisionTrace trace, Links links) : base(decision)
    {
        Text = RuleWords.Of(trace.Decision.Rule);
        About = trace.About;
        NearMisses = trace.NearMisses.Count > 0 ? [.. trace.NearMisses.Select(miss => ReasonWire.From(miss, links))] : null;
    }

    [JsonPropertyOrder(1)]
    public string Text { get; }

    /// <summary>A user's name.</summary>
    [JsonPropertyOrder(1)]
    public string? About { get; }

    /// <summary>Absent where no single grant does, and where an explanation names it.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<ReasonWire>? NearMisses { get; }

    public static new DeniedWire From(DecisionTrace trace, Links links) => new(DecisionWire.From(trace, links), trace, links);
}

/// <summary>Rules that refuse, in words for people.</summary>
internal static class RuleWords
{
    public static string Of(Rule rule) => rule switch
    {
        Rule.NothingGranted => "nothing that the user holds covers it",
        Rule.OtherTenant => "it is another tenant's, and no grant reaches there",
        Rule.NotAttested => "nobody vouches for the caller",
        Rule.TaskWithoutRow => "the platform does not do this for that task",
        Rule.NotServed => "the user or its tenant is not served",
        Rule.ShutIn => "who must choose a new password does that first, and the bootstrap user does nothing but bootstrap",
        Rule.PlatformOnly => "only the platform itself does this, and no grant lets anybody else",
        Rule.NothingAnywhere => "nothing that the user holds is enough for this, on whatever object",
        Rule.SelfOnly => "only the user itself does this, and no grant lets anybody else",
        Rule.NotBelow => "who is no administrator manages users below itself, and the user is none",
        Rule.NotHeld => "what is handed out or taken away has to be held by who does it, and by the user above who gets it; this user does not hold it",
        Rule.NotItsToHandOver => "who is no administrator hands over users directly below itself, and sets none free",
        Rule.NotItsToDelegate => "who is no administrator has users act for itself, and for nobody else",
        Rule.Oneself => "nobody does this to itself, and no grant changes that",
        Rule.FirstAdministrator => "the first administrator of a tenant stays, and no grant changes that",
        Rule.OperatorOnly => "this is the platform operator's, and no grant of a tenant changes that",
        Rule.NotEditable => "the platform operator has pinned it, and no grant changes that",
        Rule.TenantLeaving => "the tenant is being deleted, and no grant changes that",
        Rule.TenantThere => "the tenant was not deleted, and no grant changes that",
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "This rule refuses nobody."),
    };
}

/// <summary>A refusal, with what was decided when it was made. Without a decision where the record stands for several.</summary>
internal sealed record DenialWire(string Id, string Self, string Time, string User, string Text, string? Door, string? Target, DeniedWire? Decision)
{
    public static DenialWire From(Denial denial, Links links)
    {
        var id = denial.Id.ToString(CultureInfo.InvariantCulture);
        return new(
            id, links.To($"/authorization/denials/{id}"), WireTime.Text(denial.Time), denial.User, denial.Text, denial.Door, denial.Target,
            denial.Trace is { } trace ? DeniedWire.From(trace, links) : null);
    }
}

internal sealed record DenialCollectionWire : PageWire
{
    private DenialCollectionWire(PageWire frame, IReadOnlyList<DenialWire> rows) : base(frame) => Denials = rows;

    public IReadOnlyList<DenialWire> Denials { get; }

    public static DenialCollectionWire From(PageWire frame, Page<Denial> page, Links links) =>
        new(frame, [.. page.Items.Select(denial => DenialWire.From(denial, links))]);
}

/// <summary>What one user would gain or lose; without a managed object, everywhere in the tenant.</summary>
internal sealed record AccessShiftWire(string Change, string User, string Permission, ObjectIdWire? ManagedObject, IReadOnlyList<string>? Fragments);

/// <summary>What a change would come to that was only tried.</summary>
internal sealed record AccessEffectWire(bool DryRun, bool Complete, long Gained, long Lost, IReadOnlyList<AccessShiftWire> Changes)
{
    public static AccessEffectWire From(AccessEffect effect, Links links) => new(true, effect.IsComplete, effect.Gained, effect.Lost, [.. effect.First.Select(shift => new AccessShiftWire(
        shift.IsGain ? "GAINED" : "LOST", shift.User, shift.Permission.Word(), ObjectIdWire.From(shift.Object, links), shift.Fragments is [Grant.AnyType] ? null : shift.Fragments))]);
}
