using System.Text.Json;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Grains.Telemetry;

/// <summary>
/// What a query says of one row. Stores ask it of every row that their keys let through, and a grain asks again before it changes a row
/// that a query found a while ago. The source is decided by who may see what, and not here.
/// </summary>
internal static class Filters
{
    /// <summary>Whether keys alone decide.</summary>
    public static bool IsByKeyAlone(this MeasurementQuery query) => query.Type is null && query.FragmentType is null && query.FragmentSeries is null;

    /// <inheritdoc cref="IsByKeyAlone(MeasurementQuery)"/>
    public static bool IsByKeyAlone(this EventQuery query) =>
        query.Type is null && query.FragmentType is null && query.Created == Within.AnyTime && query.Updated == Within.AnyTime;

    public static bool Names(this EventQuery query, Event row) =>
        (query.Type is null || query.Type == row.Type)
        && query.Time.Holds(row.Time) && query.Created.Holds(row.CreationTime) && query.Updated.Holds(row.LastUpdated)
        && HasFragment(query, row);

    /// <summary>Whether only open alarms can be meant.</summary>
    public static bool IsOfOpenAlone(this AlarmQuery query) => query.Statuses is { } statuses && !statuses.Contains(AlarmStatus.Cleared);

    /// <summary>Whether keys alone decide, given that those of open alarms are walked when they alone are meant.</summary>
    public static bool IsByKeyAlone(this AlarmQuery query) =>
        query.Types is null && query.Severities is null && query.FragmentType is null && query.Created == Within.AnyTime && query.Updated == Within.AnyTime
        && (query.Statuses is not { } statuses || (statuses.Contains(AlarmStatus.Active) && statuses.Contains(AlarmStatus.Acknowledged)));

    public static bool Names(this AlarmQuery query, Alarm row) =>
        (query.Types is not { } types || types.Contains(row.Type))
        && (query.Severities is not { } severities || severities.Contains(row.Severity))
        && (query.Statuses is not { } statuses || statuses.Contains(row.Status))
        && query.Time.Holds(row.Time) && query.Created.Holds(row.CreationTime) && query.Updated.Holds(row.LastUpdated)
        && (query.FragmentType is not { } name || row.Fragments.Items.Any(fragment => fragment.Name == name));

    private static bool HasFragment(EventQuery query, Event row)
    {
        if (query.FragmentType is null) return true;
        foreach (var fragment in row.Fragments.Items)
            if (fragment.Name == query.FragmentType)
                return query.FragmentValue is null || IsText(fragment.Json, query.FragmentValue);
        return false;
    }

    private static bool IsText(byte[] json, string wanted)
    {
        var reader = new Utf8JsonReader(json);
        return reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(wanted);
    }
}
