using System.Globalization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Retention;

namespace Bailiwick.Edge.Wire;

/// <summary>A retention rule. An asterisk stands for any; ages are days.</summary>
internal sealed record RetentionRuleWire(
    string Id, string Self, string DataType, string FragmentType, string Type, string Source, int MaximumAge, bool Editable)
{
    private const string Any = "*";

    public static RetentionRuleWire From(RetentionRule rule, Links links) => new(
        rule.Id.ToString(CultureInfo.InvariantCulture), links.RetentionRule(rule.Id), rule.Data.Word(), rule.FragmentType ?? Any, rule.Type ?? Any,
        rule.Source?.ToString() ?? Any, rule.MaximumAgeDays, rule.IsEditable);

    public static NewRetentionRule ToNew(JsonBody body)
    {
        body.Require("maximumAge");
        return new NewRetentionRule(
            DataOf(body) ?? RetainedData.All, NameOf(body, "fragmentType") is { Length: > 0 } fragment ? fragment : null,
            NameOf(body, "type") is { Length: > 0 } type ? type : null, SourceOf(body) is { Value: > 0 } source ? source : null, AgeOf(body)!.Value, body.Flag("editable"));
    }

    public static RetentionRuleChange ToChange(JsonBody body) =>
        new(DataOf(body), NameOf(body, "fragmentType"), NameOf(body, "type"), SourceOf(body), AgeOf(body), body.Flag("editable"));

    private static RetainedData? DataOf(JsonBody body)
    {
        if (body.Text("dataType") is not { } word) return null;
        if (RetainedDataWords.TryParse(word, out var data)) return data;
        throw body.Invalid(word switch
        {
            "AUDIT" => "dataType: no rule removes audit records.",
            "BULK_OPERATION" => "dataType: there are no bulk operations to keep.",
            _ => $"dataType: '{Said.Short(word)}' is none of {RetainedDataWords.AllWords}.",
        });
    }

    /// <summary>A name; empty for any, and null where the body does not speak of it.</summary>
    private static string? NameOf(JsonBody body, string field) => body.Text(field) is { } name ? (name == Any ? "" : name) : null;

    private static ObjectId? SourceOf(JsonBody body) => body.TextOrNumber("source") switch
    {
        null => null,
        Any or "" => default(ObjectId),
        { } text => ObjectId.TryParse(text, out var id) ? id : throw body.Invalid($"source: '{Said.Short(text)}' is no id of a managed object."),
    };

    /// <summary>Days, as a number or as clients' forms send it: a text of digits.</summary>
    private static int? AgeOf(JsonBody body) => body.TextOrNumber("maximumAge") switch
    {
        null => null,
        { } text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            ? days : throw body.Invalid($"maximumAge: '{Said.Short(text)}' is no whole number of days."),
    };
}

internal sealed record RetentionRuleCollectionWire : PageWire
{
    private RetentionRuleCollectionWire(PageWire frame, IReadOnlyList<RetentionRuleWire> rows) : base(frame) => RetentionRules = rows;

    public IReadOnlyList<RetentionRuleWire> RetentionRules { get; }

    public static RetentionRuleCollectionWire From(PageWire frame, Page<RetentionRule> page, Links links) =>
        new(frame, [.. page.Items.Select(rule => RetentionRuleWire.From(rule, links))]);
}
