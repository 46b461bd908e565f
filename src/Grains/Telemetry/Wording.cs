using System.Globalization;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Grains.Telemetry;

/// <summary>Queries and words of the interface as audit records name them.</summary>
internal static class Wording
{
    public static string Of(MeasurementQuery query) => Joined(
    [
        Said("source", query.Source?.ToString()), Said("type", query.Type), Said("time", new Within(query.FromMs, query.ToMs)),
        Said("fragmentType", query.FragmentType), Said("series", query.FragmentSeries),
    ]);

    public static string Of(EventQuery query) => Joined(
    [
        Said("source", query.Source.Id?.ToString()), Said("type", query.Type), Said("time", query.Time), Said("creationTime", query.Created),
        Said("lastUpdated", query.Updated), Said("fragmentType", query.FragmentType), Said("fragmentValue", query.FragmentValue),
    ]);

    public static string Of(AlarmQuery query) => Joined(
    [
        Said("source", query.Source.Id?.ToString()), Said("withSourceAssets", query.Source.WithAssets ? "true" : null),
        Said("withSourceDevices", query.Source.WithDevices ? "true" : null),
        Said("type", query.Types is { } types ? string.Join(',', types) : null),
        Said("severity", query.Severities is { } severities ? string.Join(',', severities.Select(Of)) : null),
        Said("status", query.Statuses is { } statuses ? string.Join(',', statuses.Select(Of)) : null),
        Said("time", query.Time), Said("creationTime", query.Created), Said("lastUpdated", query.Updated), Said("fragmentType", query.FragmentType),
    ]);

    public static string Of(AlarmSeverity severity) => severity.ToString().ToUpperInvariant();

    public static string Of(AlarmStatus status) => status.ToString().ToUpperInvariant();

    private static string Joined(string?[] parts)
    {
        var said = parts.Where(part => part is not null).ToList();
        return said.Count == 0 ? "all" : string.Join(", ", said);
    }

    private static string? Said(string name, string? value) => value is null ? null : $"{name} '{value}'";

    private static string? Said(string name, Within span) => span == Within.AnyTime ? null : $"{name} {At(span.FromMs)} to {At(span.ToMs)}";

    // A bound may lie beyond what a calendar holds.
    private static string At(long? timeMs) => timeMs switch
    {
        null => "any",
        { } at when at < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || at > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() => at.ToString(CultureInfo.InvariantCulture),
        { } at => DateTimeOffset.FromUnixTimeMilliseconds(at).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
    };
}
