using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;

namespace Bailiwick.Grains.Tenancy;

// A tenant's options. Those that the platform itself goes by are part of the tenant's fact, so that whoever decides has them at hand.
internal sealed partial class TenantGrain
{
    public Task<IReadOnlyList<TenantOption>> Options(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        var options = _tenant.Read(ReadPermit.Demand(caller, _tenant.Resource, Permission.OptionRead)).Options;
        return Task.FromResult<IReadOnlyList<TenantOption>>([.. options.Select(OptionRules.Shown)]);
    }

    public async Task<IReadOnlyList<TenantOption>> SetOptions(Caller caller, string category, IReadOnlyList<OptionSetting> settings)
    {
        var (permit, before) = DemandOptions(caller);
        OptionRules.RequireName("category", category);
        if (settings.Count > Limits.OptionsPerTenantMax) throw OptionRules.TooMany();
        var (after, records) = (before.Options, new List<NewAuditRecord>(settings.Count));
        foreach (var setting in settings)
        {
            OptionRules.RequireSound(category, setting);
            var old = after.FirstOrDefault(option => option.Category == category && option.Key == setting.Key);
            if (old is not null) OptionRules.RequireEditable(caller, old);
            if (TenantOption.IsSecret(setting.Key) && setting.Value == TenantOption.Masked && old is not null) continue;
            var changed = new TenantOption(category, setting.Key, Stored(category, setting), old?.IsEditable ?? true);
            if (changed == old) continue;
            after = OptionRules.With(after, old, changed);
            records.Add(OptionRules.Record(old is null ? "Option created" : "Option updated", old, changed));
        }
        OptionRules.RequireRoom(after);
        if (records.Count == 0) await _publisher.PublishAsync(before.Fact(_id));
        else await RecordAndSpreadAsync(caller, permit, before with { Options = after }, [.. records]);
        return [.. settings.Select(setting => OptionRules.Shown(OptionRules.Find(after, category, setting.Key)!))];
    }

    public async Task DeleteOption(Caller caller, string category, string key)
    {
        var (permit, before) = DemandOptions(caller);
        var old = await RequireOptionAsync(before, category, key);
        OptionRules.RequireEditable(caller, old);
        var after = before with { Options = OptionRules.With(before.Options, old, null) };
        await RecordAndSpreadAsync(caller, permit, after, OptionRules.Record("Option deleted", old, null));
    }

    public async Task<TenantOption> PinOption(Caller caller, string category, string key, bool isEditable)
    {
        // Nobody but the operator: neither the tenant itself nor one above it. Whether there is such a tenant is not told to others.
        if (caller.Tenant != TenantId.Management) throw Refusal.Denied($"{caller.User} may not say which options of {_id} can be changed", DecisionTrace.Of(Rule.OperatorOnly, Permission.OptionPin));
        if (!_tenant.Exists) throw NotFound();
        var permit = WritePermit.DemandAcrossTenants(caller, _tenant.Resource, Permission.OptionPin, null);
        var before = _tenant.Read(permit);
        var old = await RequireOptionAsync(before, category, key);
        var changed = old with { IsEditable = isEditable };
        if (changed == old) return Pinned(caller, old);
        var after = before with { Options = OptionRules.With(before.Options, old, changed), Version = before.Version + 1 };
        var record = OptionRules.Record("Option updated", old, changed);
        await RecordInBothAsync(caller, record, () => _tenant.WriteAsync(permit, after));
        await _publisher.PublishAsync(after.Fact(_id));
        return Pinned(caller, changed);
    }

    // Whether an option can be changed is a tenant's standing; what it is set to is its data, and those are no other tenant's.
    private TenantOption Pinned(Caller caller, TenantOption option) => caller.Tenant == _id ? OptionRules.Shown(option) : option with { Value = "" };

    public Task<IReadOnlyList<SystemOption>> SystemOptions(Caller caller)
    {
        var (state, seesAll) = SystemOptionsFor(caller);
        return Task.FromResult<IReadOnlyList<SystemOption>>([.. OptionRules.OfSystem(state).Select(option => seesAll || !option.IsSecured ? option.Shown : option.Shown with { Value = TenantOption.Masked })]);
    }

    public Task<SystemOption?> SystemOption(Caller caller, string category, string key)
    {
        var (state, seesAll) = SystemOptionsFor(caller);
        var (shown, isSecured) = OptionRules.OfSystem(state).FirstOrDefault(option => option.Shown.Category == category && option.Shown.Key == key);
        // The policy says so once more, in its own words.
        if (isSecured && !seesAll) _ = ReadPermit.Demand(caller, _tenant.Resource, Permission.OptionAdmin);
        return Task.FromResult<SystemOption?>(shown);
    }

    private (TenantState State, bool SeesAll) SystemOptionsFor(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        var state = _tenant.Read(ReadPermit.Demand(caller, _tenant.Resource, Permission.OwnRead));
        return (state, Policy.Decide(caller, _tenant.Resource, Permission.OptionAdmin).Allowed);
    }

    private (WritePermit Permit, TenantState State) DemandOptions(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        var permit = WritePermit.Demand(caller, _tenant.Resource, Permission.OptionAdmin);
        return (permit, _tenant.Read(permit));
    }

    private string Stored(string category, OptionSetting setting) =>
        TenantOption.IsSecret(setting.Key) ? _seals.Seal(_id, category, setting.Key, setting.Value) : setting.Value;

    private async Task<TenantOption> RequireOptionAsync(TenantState state, string category, string key)
    {
        if (OptionRules.Find(state.Options, category, key) is { } found) return found;
        await _publisher.PublishAsync(state.Fact(_id));
        throw OptionRules.NotFound();
    }
}

/// <summary>What options must look like, which of them the platform goes by, and how refusals and records about them are worded.</summary>
internal static class OptionRules
{
    public const string Subject = "tenants";

    // Whether measurements of which a role covers some fragments are shown with these alone.
    private static readonly (string Category, string Key) OnlyCoveredFragments = ("configuration", "acl.measurement.only-accessible-fragments");

    // After how many days people have to choose a new password; 0 for never.
    private static readonly (string Category, string Key) PasswordDays = ("password", "limit.validity");

    public static Refusal NotFound() => Refusal.NotFound(Subject, "There is no such tenant option.");

    public static Refusal TooMany() => Refusal.Invalid(Subject, $"A tenant has at most {Limits.OptionsPerTenantMax} options.");

    public static TenantOption? Find(IReadOnlyList<TenantOption> options, string category, string key) =>
        options.FirstOrDefault(option => option.Category == category && option.Key == key);

    /// <summary>An option as anybody may see it who may see options.</summary>
    public static TenantOption Shown(TenantOption option) => TenantOption.IsSecret(option.Key) ? option with { Value = TenantOption.Masked } : option;

    public static IReadOnlyList<TenantOption> With(IReadOnlyList<TenantOption> options, TenantOption? old, TenantOption? changed) =>
    [
        .. options.Where(option => option != old).Concat(changed is null ? [] : [changed])
            .OrderBy(option => option.Category, StringComparer.Ordinal).ThenBy(option => option.Key, StringComparer.Ordinal),
    ];

    /// <summary>The operator changes also what it has pinned.</summary>
    public static void RequireEditable(Caller caller, TenantOption option)
    {
        if (!option.IsEditable && caller.Tenant != TenantId.Management)
            throw Refusal.Denied($"{caller.User} may not change the option {option.Category}/{option.Key}: it is not editable", DecisionTrace.Of(Rule.NotEditable, Permission.OptionAdmin));
    }

    public static void RequireSound(string category, OptionSetting setting)
    {
        RequireName("key", setting.Key);
        if (setting.Value.Length > Limits.OptionValueCharsMax)
            throw new Refusal(RefusalKind.TooLarge, Subject, $"The value of an option has at most {Limits.OptionValueCharsMax} characters.");
        var name = (category, setting.Key);
        if (name == OnlyCoveredFragments && !bool.TryParse(setting.Value, out _)) throw Refusal.Invalid(Subject, $"{category}/{setting.Key}: must be true or false.");
        if (name == PasswordDays && DaysOf(setting.Value) is null)
            throw Refusal.Invalid(Subject, $"{category}/{setting.Key}: must be a number of days from 0, which means never, to {Limits.PasswordDaysMax}.");
    }

    public static void RequireName(string what, string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw Refusal.Missing(what);
        if (name.Length > Limits.OptionNameCharsMax || name.Any(char.IsControl))
            throw Refusal.Invalid(Subject, $"{what}: must have at most {Limits.OptionNameCharsMax} characters and hold no control character.");
    }

    public static void RequireRoom(IReadOnlyList<TenantOption> options)
    {
        if (options.Count > Limits.OptionsPerTenantMax) throw TooMany();
        if (options.Sum(option => option.Value.Length) > Limits.OptionCharsPerTenantMax)
            throw new Refusal(RefusalKind.TooLarge, Subject, $"The options of a tenant have at most {Limits.OptionCharsPerTenantMax} characters together.");
    }

    /// <summary>Whether a measurement shows with those of its fragments that the reader's grants cover.</summary>
    public static bool ShowsCoveredFragments(IReadOnlyList<TenantOption> options) =>
        Find(options, OnlyCoveredFragments.Category, OnlyCoveredFragments.Key) is { } option && bool.TryParse(option.Value, out var isOn) && isOn;

    /// <summary>For how many days a password that a person chose is good; 0 for ever.</summary>
    public static int PasswordDaysOf(IReadOnlyList<TenantOption> options) =>
        Find(options, PasswordDays.Category, PasswordDays.Key) is { } option ? DaysOf(option.Value) ?? 0 : 0;

    /// <summary>What the platform says of itself, and whether it says so to those only who may set options.</summary>
    public static IEnumerable<(SystemOption Shown, bool IsSecured)> OfSystem(TenantState tenant) =>
    [
        (new("password", "enforce.strength", "false"), false),
        (new("password", "green.min-length", Text(Limits.PasswordCharsMin)), true),
        (new(PasswordDays.Category, PasswordDays.Key, Text(PasswordDaysOf(tenant.Options))), false),
        (new("two-factor-authentication", "enabled", "false"), false),
        (new("two-factor-authentication", "enforced", "false"), false),
        (new("authentication", "badRequestCounter", Text(Limits.SignInFailuresFree)), true),
    ];

    public static NewAuditRecord Record(string activity, TenantOption? old, TenantOption? changed)
    {
        var option = (changed ?? old)!;
        return new("Option", activity, $"{activity}: {option.Category}/{option.Key}", Source: AuditRules.Cut($"{option.Category}/{option.Key}"), Changes: Between(old, changed));
    }

    private static List<AuditChange> Between(TenantOption? old, TenantOption? changed)
    {
        var changes = new List<AuditChange>();
        // That a secret changed, and nothing of what it was or is.
        if (TenantOption.IsSecret((changed ?? old)!.Key))
        {
            if (old?.Value != changed?.Value) changes.Add(new AuditChange("value", "String", null, null));
        }
        else UserChanges.Add(changes, "value", old?.Value, changed?.Value);
        if (old is not null && changed is not null && old.IsEditable != changed.IsEditable)
            UserChanges.Add(changes, "editable", old.IsEditable ? "true" : "false", changed.IsEditable ? "true" : "false", "Boolean");
        return changes;
    }

    private static int? DaysOf(string value) =>
        int.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var days) && days <= Limits.PasswordDaysMax ? days : null;

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
