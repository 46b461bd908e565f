using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Retention;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Retention;

/// <summary>A tenant's rules as they are stored, and the highest id that one ever had.</summary>
[GenerateSerializer, Immutable, Alias("RetentionState")]
internal sealed record RetentionState(IReadOnlyList<RetentionRule> Rules, int LastId) : IOwnable
{
    /// <summary>Where nobody has said anything, so that a disk does not fill in silence.</summary>
    public static readonly RetentionState Default =
        new([new RetentionRule(1, RetainedData.All, null, null, null, Limits.RetentionDaysDefault, true)], 1);
}

/// <inheritdoc cref="IRetentionGrain"/>
[GrainType("retention")]
internal sealed partial class RetentionGrain : Grain, IRetentionGrain, IRetentionSweep
{
    private readonly TenantId _tenant;
    private readonly Owned<RetentionState> _rules;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    public RetentionGrain(
        [PersistentState("retention", GrainDocuments.Provider)] IPersistentState<GrainDocument<RetentionState>.Cell> document, TimeProvider clock, ILogger<RetentionGrain> log)
    {
        _tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        _rules = new Owned<RetentionState>(_tenant, new GrainDocument<RetentionState>(document));
        (_clock, _log) = (clock, log);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _rules.LoadAsync();

    public Task<IReadOnlyList<RetentionRule>> Rules(Caller caller) =>
        Task.FromResult((_rules.Recall(ReadPermit.Demand(caller, _rules.Resource, Permission.RetentionRead)) ?? RetentionState.Default).Rules);

    public async Task<RetentionRule> Create(Caller caller, NewRetentionRule request)
    {
        var (permit, before) = Demand(caller);
        var rule = new RetentionRule(
            before.LastId + 1, request.Data, request.FragmentType, request.Type, request.Source, request.MaximumAgeDays, MayBeEdited(caller, request.IsEditable) ?? true);
        RetentionRules.RequireSound(rule);
        if (before.Rules.Count >= Limits.RetentionRulesPerTenantMax)
            throw Refusal.Invalid(RetentionRules.Subject, $"A tenant has at most {Limits.RetentionRulesPerTenantMax} retention rules.");
        await ChangeAsync(caller, permit, new RetentionState([.. before.Rules, rule], rule.Id), "Retention rule created", null, rule);
        return rule;
    }

    public async Task<RetentionRule> Update(Caller caller, int rule, RetentionRuleChange change)
    {
        var (permit, before) = Demand(caller);
        var old = Find(before, rule);
        if (!old.IsEditable && caller.Tenant != TenantId.Management) throw RetentionRules.NotEditable(caller, old);
        var changed = old with
        {
            Data = change.Data ?? old.Data,
            FragmentType = change.FragmentType is { } fragment ? (fragment.Length == 0 ? null : fragment) : old.FragmentType,
            Type = change.Type is { } type ? (type.Length == 0 ? null : type) : old.Type,
            Source = change.Source is { } source ? (source == default ? null : source) : old.Source,
            MaximumAgeDays = change.MaximumAgeDays ?? old.MaximumAgeDays,
            IsEditable = MayBeEdited(caller, change.IsEditable) ?? old.IsEditable,
        };
        RetentionRules.RequireSound(changed);
        if (changed == old) return old;
        var after = before with { Rules = [.. before.Rules.Select(one => one.Id == rule ? changed : one)] };
        await ChangeAsync(caller, permit, after, "Retention rule updated", old, changed);
        return changed;
    }

    public async Task Delete(Caller caller, int rule)
    {
        var (permit, before) = Demand(caller);
        var old = Find(before, rule);
        if (!old.IsEditable) throw RetentionRules.NotEditable(caller, old);
        await ChangeAsync(caller, permit, before with { Rules = [.. before.Rules.Where(one => one.Id != rule)] }, "Retention rule deleted", old, null);
    }

    private (WritePermit Permit, RetentionState State) Demand(Caller caller)
    {
        var permit = WritePermit.Demand(caller, _rules.Resource, Permission.RetentionAdmin);
        return (permit, _rules.Recall(permit) ?? RetentionState.Default);
    }

    private Task ChangeAsync(Caller caller, WritePermit permit, RetentionState after, string activity, RetentionRule? old, RetentionRule? changed) =>
        GrainFactory.RecordThenAsync(_tenant, caller, RetentionRules.Record(activity, old, changed), () => _rules.WriteAsync(permit, after));

    private static RetentionRule Find(RetentionState state, int rule) =>
        state.Rules.FirstOrDefault(one => one.Id == rule) ?? throw RetentionRules.NotFound(rule.ToString(CultureInfo.InvariantCulture));

    // What a tenant says of it is passed over, as of everything that is the platform's to set.
    private static bool? MayBeEdited(Caller caller, bool? wish) => caller.Tenant == TenantId.Management ? wish : null;
}

/// <summary>What a rule must look like, and how refusals and records about rules are worded.</summary>
internal static class RetentionRules
{
    public const string Subject = "retention";

    public static Refusal NotFound(string id) => Refusal.NotFound(Subject, $"There is no retention rule with id = {id}");

    public static Refusal NotEditable(Caller caller, RetentionRule rule) => Refusal.Denied($"{caller.User} may not change retention rule {rule.Id}: it is not editable",
        DecisionTrace.Of(Rule.NotEditable, Permission.RetentionAdmin));

    public static void RequireSound(RetentionRule rule)
    {
        if (rule.MaximumAgeDays is < 1 or > Limits.RetentionDaysMax)
            throw Refusal.Invalid(Subject, $"maximumAge: must be 1 to {Limits.RetentionDaysMax} days.");
        if (rule is { Data: RetainedData.Operation, Type: not null })
            throw Refusal.Invalid(Subject, "type: operations have none; name a fragmentType instead.");
        RequireName("fragmentType", rule.FragmentType);
        RequireName("type", rule.Type);
    }

    public static NewAuditRecord Record(string activity, RetentionRule? old, RetentionRule? changed)
    {
        var id = (changed ?? old)!.Id.ToString(CultureInfo.InvariantCulture);
        return new("Retention", activity, $"{activity}: {Text(changed ?? old!)}", Source: id, Changes: Between(old, changed));
    }

    /// <summary>A rule in words.</summary>
    public static string Text(RetentionRule rule) => string.Create(CultureInfo.InvariantCulture,
        $"rule {rule.Id}, {rule.Data.Word()} of type '{rule.Type ?? "*"}' with fragment '{rule.FragmentType ?? "*"}' of source '{rule.Source?.ToString() ?? "*"}' for {rule.MaximumAgeDays} days");

    private static List<AuditChange> Between(RetentionRule? old, RetentionRule? changed)
    {
        var changes = new List<AuditChange>();
        Note("dataType", rule => rule.Data.Word());
        Note("fragmentType", rule => rule.FragmentType ?? "*");
        Note("type", rule => rule.Type ?? "*");
        Note("source", rule => rule.Source?.ToString() ?? "*");
        Note("maximumAge", rule => rule.MaximumAgeDays.ToString(CultureInfo.InvariantCulture));
        Note("editable", rule => rule.IsEditable ? "true" : "false");
        return changes;

        void Note(string attribute, Func<RetentionRule, string> value)
        {
            var (from, to) = (old is null ? null : value(old), changed is null ? null : value(changed));
            if (from != to) changes.Add(new AuditChange(attribute, "String", from, to));
        }
    }

    private static void RequireName(string field, string? name)
    {
        if (name is null) return;
        if (name.Length is 0 or > Limits.TelemetryTypeCharsMax || name.Any(char.IsControl))
            throw Refusal.Invalid(Subject, $"{field}: must have 1 to {Limits.TelemetryTypeCharsMax} characters and no control character.");
        if (name.Contains('*', StringComparison.Ordinal))
            throw Refusal.Invalid(Subject, $"{field}: '*' stands alone, for any; it is no part of a name.");
    }
}
