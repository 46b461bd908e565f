using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Http;

/// <summary>The filters that lists of events and alarms share.</summary>
internal static class DataQuery
{
    public static SourceFilter Source(this RequestQuery query)
    {
        var source = new SourceFilter(query.Id("source"), query.Flag("withSourceAssets"), query.Flag("withSourceDevices"));
        if (source.Id is null && (source.WithAssets || source.WithDevices))
            throw query.Refused(source.WithAssets ? "withSourceAssets" : "withSourceDevices", "needs source beside it.");
        return source;
    }

    /// <summary>A span of time by its two parameters, for example <c>dateFrom</c> and <c>dateTo</c>.</summary>
    public static Within Span(this RequestQuery query, string name) =>
        new(query.From($"{name}From")?.ToUnixTimeMilliseconds(), query.To($"{name}To")?.ToUnixTimeMilliseconds());

    /// <summary>The words of a list, each one of those that the interface has.</summary>
    public static IReadOnlyList<T>? Words<T>(this RequestQuery query, string name, AlarmWords<T> words) where T : struct, Enum =>
        query.List(name)?.Select(word => words.Find(word) ?? throw query.Refused(name, $"'{Said.Short(word)}' is none of {words.All}.")).Distinct().ToList();
}
