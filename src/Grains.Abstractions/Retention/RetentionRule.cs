using System.Diagnostics.CodeAnalysis;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Retention;

/// <summary>Of which data a rule is. Numbers are stored: they only grow.</summary>
public enum RetainedData : byte
{
    None = 0,
    /// <summary>Of every kind that rules are for.</summary>
    All = 1,
    Measurement = 2,
    Event = 3,
    Alarm = 4,
    Operation = 5,
}

/// <summary>The words of the interface for kinds of data, both ways.</summary>
public static class RetainedDataWords
{
    private static readonly string[] Names = ["", "*", "MEASUREMENT", "EVENT", "ALARM", "OPERATION"];

    /// <summary>The words, for messages.</summary>
    public static string AllWords { get; } = string.Join(", ", Names[1..]);

    public static string Word(this RetainedData data) => Names[(int)data];

    public static bool TryParse([NotNullWhen(true)] string? word, out RetainedData data)
    {
        var at = word is { Length: > 0 } ? Array.IndexOf(Names, word) : -1;
        data = at < 0 ? default : (RetainedData)at;
        return at >= 0;
    }
}

/// <summary>
/// How long a tenant keeps what devices sent. A rule stands for itself: what any of them names goes, whatever others say. What is
/// still open, alarms that are not cleared and operations that have not ended, stays at any age, and so does the audit trail.
/// </summary>
/// <param name="FragmentType">Only what has this fragment; null for any.</param>
/// <param name="Type">Only what is of this type; null for any. Operations have no type, so a rule with one is of none of them.</param>
/// <param name="Source">Only what is of this managed object; null for any.</param>
/// <param name="MaximumAgeDays">What is older goes, by the device's own time, and for operations by the time of creation.</param>
/// <param name="IsEditable">Whether the tenant may change or delete the rule.</param>
[GenerateSerializer, Immutable, Alias("RetentionRule")]
public sealed record RetentionRule(
    int Id, RetainedData Data, string? FragmentType, string? Type, ObjectId? Source, int MaximumAgeDays, bool IsEditable);

/// <summary>The body of a create. Whether it can be edited is the platform operator's to say, in its own tenant.</summary>
[GenerateSerializer, Immutable, Alias("NewRetentionRule")]
public sealed record NewRetentionRule(RetainedData Data, string? FragmentType, string? Type, ObjectId? Source, int MaximumAgeDays, bool? IsEditable);

/// <summary>The body of a change: what is null stays.</summary>
/// <param name="FragmentType">An empty text stands for any.</param>
/// <param name="Type">An empty text stands for any.</param>
/// <param name="Source">0 stands for any.</param>
[GenerateSerializer, Immutable, Alias("RetentionRuleChange")]
public sealed record RetentionRuleChange(RetainedData? Data, string? FragmentType, string? Type, ObjectId? Source, int? MaximumAgeDays, bool? IsEditable);

/// <summary>A tenant's retention rules (key: the tenant).</summary>
[Alias("IRetentionGrain")]
public interface IRetentionGrain : IGrainWithStringKey
{
    /// <summary>The rules in order of their ids. A tenant that never changed any has one: everything goes after <see cref="Limits.RetentionDaysDefault"/> days.</summary>
    [Alias("Rules"), Requires(Permission.RetentionRead)]
    Task<IReadOnlyList<RetentionRule>> Rules(Caller caller);

    [Alias("Create"), Requires(Permission.RetentionAdmin)]
    Task<RetentionRule> Create(Caller caller, NewRetentionRule request);

    /// <summary>Changes a rule. One that is not editable is denied to all but the platform operator.</summary>
    [Alias("Update"), Requires(Permission.RetentionAdmin)]
    Task<RetentionRule> Update(Caller caller, int rule, RetentionRuleChange change);

    /// <summary>Deletes a rule, the first one as well. One that is not editable is denied to everybody.</summary>
    [Alias("Delete"), Requires(Permission.RetentionAdmin)]
    Task Delete(Caller caller, int rule);
}
