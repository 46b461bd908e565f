using System.Globalization;
using System.Text;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Cluster.Tests.Scenarios;

// What measurements hold for their reader: a tenant may have it that those of which some fragments are covered show with these alone.
internal sealed partial class Inquiry
{
    /// <summary>The id of a measurement, which has to hold what its reader may see and nothing else, byte by byte.</summary>
    private object IdOf(Measurement found)
    {
        if (realm.Data.Find(datum => datum.Id.Equals(found.Id)) is { } datum && _foresight.Shown(datum) is { } shown)
        {
            var (expected, actual) = (Encoding.UTF8.GetString(Marks.MembersOf(datum.Moment, shown)), Encoding.UTF8.GetString(found.Members));
            Require(actual == expected, $"measurement of object {datum.Object} holds {actual} instead of {expected}");
            if (shown.Length < datum.Fragments.Length) tally.Count("measurements cut");
        }
        return found.Id;
    }

    /// <summary>Asked for a fragment that was cut off a measurement, a list is as if it had never been there.</summary>
    private async Task AskForCutAsync()
    {
        var shown = Marks.InOrder(DataKind.Measurement, ShownData(DataKind.Measurement, null), false).Select(datum => (Datum: datum, Shown: _foresight.Shown(datum)!)).ToList();
        if (shown.SelectMany(one => one.Datum.Fragments.Except(one.Shown)).FirstOrDefault() is not { } cut) return;
        await ListAsync("MeasurementRead", $"measurements with {cut}", shown.Where(one => one.Shown.Contains(cut)).Select(one => one.Datum.Id),
            async page => (await calls.Whole<IMeasurementsGrain>(Silo).Find(caller, new MeasurementQuery(null, null, null, null, cut, null, false), page)).Select(IdOf));
    }

    private async Task ReadAsync(long number, MeasurementId id) => IdOf(await calls.Device(Silo, number).ReadMeasurement(caller, id));

    /// <summary>One object's values in columns.</summary>
    private async Task AskSeriesAsync(long number)
    {
        var query = new SeriesQuery(
            realm.IdOf(number), First(DataKind.Measurement) ?? 0, Last(DataKind.Measurement) ?? long.MaxValue,
            By is { Fragment: { } fragment, Series: { } series } ? [new SeriesName(fragment, series)] : [], By.Aggregation, By.IsTurned);
        var expected = _foresight.OfSeries(number);
        SeriesReport? report = null;
        await RequireAsync(expected, $"series of object {number}", async () => report = await calls.Whole<IMeasurementsGrain>(Silo).Series(caller, query));
        tally.Count($"series {expected?.ToString() ?? "done"}");
        if (report is null) return;
        var (found, wanted) = (Words(report), Words(Series(number, query)));
        Require(found == wanted, $"series of object {number} by {By}:\n{found}instead of\n{wanted}");
        tally.Rows += report.Rows.Count;
    }

    /// <summary>Value by value, as the interface describes it.</summary>
    private SeriesReport Series(long number, SeriesQuery query)
    {
        var values =
            from datum in Marks.InOrder(DataKind.Measurement, ShownData(DataKind.Measurement, number), query.NewestFirst)
            where TimeMsOf(datum) >= query.FromMs && TimeMsOf(datum) <= query.ToMs
            from fragment in _foresight.Shown(datum)!
            from series in Marks.SeriesOf(datum.Moment)
            let name = new SeriesName(fragment, series)
            where query.Series.Count == 0 || query.Series.Contains(name)
            select (Name: name, Row: Row(TimeMsOf(datum), query.Aggregation), Value: (double)Marks.ValueOf(datum.Moment, fragment, series), Unit: Marks.UnitOf(datum.Moment));
        var all = values.ToList();
        List<SeriesName> names = [.. query.Series.Count > 0 ? query.Series : all.Select(value => value.Name).Distinct()];
        return new SeriesReport(
            [.. names.Select(name => new SeriesColumn(name, all.LastOrDefault(value => value.Name == name).Unit))],
            [.. all.GroupBy(value => value.Row).Select(row => new SeriesRow(row.Key, [.. row.GroupBy(value => names.IndexOf(value.Name)).OrderBy(cell => cell.Key)
                .Select(cell => new SeriesCell(cell.Key, cell.Min(value => value.Value), cell.Max(value => value.Value)))]))],
            false);
    }

    private static long Row(long timeMs, Aggregation aggregation) => aggregation switch
    {
        Aggregation.Minutely => timeMs - (timeMs % 60_000),
        Aggregation.Hourly => timeMs - (timeMs % 3_600_000),
        Aggregation.Daily => timeMs - (timeMs % 86_400_000),
        _ => timeMs,
    };

    private static string Words(SeriesReport report)
    {
        var text = new StringBuilder(report.IsTruncated ? "truncated\n" : "");
        foreach (var column in report.Columns) text.Append(CultureInfo.InvariantCulture, $"{column.Name.Fragment}.{column.Name.Series} in {column.Unit}\n");
        foreach (var row in report.Rows)
            text.Append(CultureInfo.InvariantCulture, $"{row.TimeMs}: {string.Join(' ', row.Cells.Select(cell => string.Create(CultureInfo.InvariantCulture, $"{cell.Column}={cell.Min}..{cell.Max}")))}\n");
        return text.ToString();
    }
}
