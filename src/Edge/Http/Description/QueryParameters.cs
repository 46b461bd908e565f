using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Http.Description;

/// <summary>The parameters that several routes share, said once.</summary>
internal static class QueryParameters
{
    public static readonly QueryParameter Revert = Flag("revert", "The newest first.");
    public static readonly QueryParameter Source = Text("source", "The id of the managed object that it belongs to.");
    public static readonly QueryParameter OfType = Text("type", "Its type, in full.");
    public static readonly QueryParameter FragmentType = Text("fragmentType", "The name of a fragment that it holds.");

    /// <summary>Which page of a list.</summary>
    public static readonly IReadOnlyList<QueryParameter> Paged =
    [
        Number("pageSize", $"Rows of a page: {Limits.PageSizeDefault} unless said otherwise, {Limits.PageSizeMax} at most."),
        Number("currentPage", "The page, from 1."),
        Flag("withTotalPages", "Adds how many pages there are to the statistics."),
        Flag("withTotalElements", "Adds how many rows there are to the statistics."),
    ];

    /// <summary>The time that the sender gave.</summary>
    public static readonly IReadOnlyList<QueryParameter> Dated = Span("date", "The time of it");

    /// <summary>Filters of events and alarms beside their own.</summary>
    public static readonly IReadOnlyList<QueryParameter> OfSource =
    [
        Source,
        Flag("withSourceAssets", "With what belongs to the assets below the source."),
        Flag("withSourceDevices", "With what belongs to the devices below the source."),
        .. Dated, .. Span("created", "When it came in"), .. Span("lastUpdated", "When it was changed last"),
    ];

    public static QueryParameter Text(string name, string text) => new(name, ParameterKind.Text, text);

    public static QueryParameter Texts(string name, string text) => new(name, ParameterKind.Texts, text);

    public static QueryParameter Flag(string name, string text) => new(name, ParameterKind.Flag, text);

    private static QueryParameter Number(string name, string text) => new(name, ParameterKind.Number, text);

    private static IReadOnlyList<QueryParameter> Span(string name, string what) =>
    [
        new($"{name}From", ParameterKind.Time, $"{what}, from this moment."),
        new($"{name}To", ParameterKind.Time, $"{what}, up to this moment and with it."),
    ];
}
