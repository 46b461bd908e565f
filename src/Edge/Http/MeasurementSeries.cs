using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Http;

/// <summary><c>/measurement/measurements/series</c>: the values of one object in columns.</summary>
internal static class MeasurementSeries
{
    public static async Task ReadAsync(Exchange x)
    {
        var report = await x.Measurements().Series(x.Caller, QueryOf(x.Query));
        await x.AnswerListAsync(MediaType.Plain, new SeriesWire(report));
    }

    private static SeriesQuery QueryOf(RequestQuery query)
    {
        var (source, from, to) = (query.Id("source"), query.From("dateFrom"), query.To("dateTo"));
        if (source is null || from is null || to is null)
            throw Refusal.Missing([.. Absent(source is null, "source"), .. Absent(from is null, "dateFrom"), .. Absent(to is null, "dateTo")]);
        return new SeriesQuery(
            source.Value, from.Value.ToUnixTimeMilliseconds(), to.Value.ToUnixTimeMilliseconds(), NamesOf(query), AggregationOf(query), query.Flag("revert"));
    }

    private static string[] Absent(bool isAbsent, string name) => isAbsent ? [name] : [];

    /// <summary>Names as <c>fragment.series</c>; neither of the two holds a dot.</summary>
    private static List<SeriesName> NamesOf(RequestQuery query)
    {
        var names = new List<SeriesName>();
        foreach (var text in query.List("series")?.Distinct() ?? [])
        {
            var dot = text.IndexOf('.', StringComparison.Ordinal);
            if (dot <= 0 || dot == text.Length - 1) throw query.Refused("series", $"'{Said.Short(text)}' is no name of a fragment and its series, as in c8y_Temperature.T.");
            if (names.Count == Limits.SeriesColumnsMax) throw query.Refused("series", $"At most {Limits.SeriesColumnsMax} can be asked for at once.");
            names.Add(new SeriesName(text[..dot], text[(dot + 1)..]));
        }
        return names;
    }

    private static Aggregation AggregationOf(RequestQuery query) => query.Text("aggregationType") switch
    {
        null => Aggregation.None,
        "MINUTELY" => Aggregation.Minutely,
        "HOURLY" => Aggregation.Hourly,
        "DAILY" => Aggregation.Daily,
        var text => throw query.Refused("aggregationType", $"must be DAILY, HOURLY or MINUTELY, and not '{Said.Short(text)}'."),
    };
}
