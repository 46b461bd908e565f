using System.Text;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>
/// What filters go by and rights do not: names, types, times, series. It follows from the number of an object, or from the moment of a piece of data, so
/// that a model need not have it.
/// </summary>
internal static class Marks
{
    public const string Series = "T";
    public const string OtherSeries = "U";

    public static readonly string?[] Types = [null, "c8y_Lamp", "c8y_Pump"];
    public static readonly string[] Words = ["red", "blue", "ann", "lamp", "la"];

    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(1);

    public static string? NameOf(long number) => number % 4 == 0 ? null : $"{Words[number % 2]} thing";

    public static string? TypeOf(long number) => Types[number % Types.Length];

    public static DateTimeOffset TimeOf(int moment) => Start.AddSeconds(moment);

    /// <summary>An alarm's is its own: a second one of the same type would be counted on the first.</summary>
    public static string TypeOf(DataKind kind, int moment) => kind == DataKind.Alarm ? $"t{moment}" : $"t{moment % 3}";

    public static AlarmSeverity SeverityOf(int moment) => (AlarmSeverity)(1 + (moment % 4));

    public static AlarmStatus StatusOf(int moment) => (AlarmStatus)(1 + (moment % 3));

    /// <summary>The series that each fragment of a measurement has.</summary>
    public static string[] SeriesOf(int moment) => moment % 2 == 0 ? [Series, OtherSeries] : [Series];

    /// <summary>No two values are alike, so that one in another's place is found out.</summary>
    public static int ValueOf(int moment, string fragment, string series) => (100 * moment) + (10 * Array.IndexOf(Models.FragmentNames, fragment)) + series[0];

    public static string UnitOf(int moment) => $"u{moment}";

    public static byte[] MembersOf(int moment, IEnumerable<string> fragments) => Encoding.UTF8.GetBytes(string.Join(',', fragments.Select(fragment =>
        $"\"{fragment}\":{{{string.Join(',', SeriesOf(moment).Select(series => $"\"{series}\":{{\"value\":{ValueOf(moment, fragment, series)},\"unit\":\"{UnitOf(moment)}\"}}"))}}}")));

    /// <summary>Where a piece of data stands in lists, the oldest first.</summary>
    public static (long, long) PlaceOf(Datum datum) => datum.Id switch
    {
        OperationId id => (id.CreationMs, id.Sequence),
        string text when datum.Kind == DataKind.Operation && OperationId.TryParse(text, out var id) => (id.CreationMs, id.Sequence),
        _ => (datum.Moment, 0),
    };

    /// <summary>As lists have it: measurements and operations from the oldest on, events and alarms from the newest; or the other way round where that can be asked for.</summary>
    public static IEnumerable<Datum> InOrder(DataKind kind, IEnumerable<Datum> data, bool isTurned)
    {
        var upwards = kind is DataKind.Measurement or DataKind.Operation;
        return upwards != (isTurned && kind != DataKind.Alarm) ? data.OrderBy(PlaceOf) : data.OrderByDescending(PlaceOf);
    }
}
