using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Grains.Telemetry;

/// <summary>
/// Puts measurements of one object, taken in order of time, into columns and rows. It holds one answer and no more: what comes after
/// the last row that fits is not taken, and the answer says so.
/// </summary>
internal sealed class SeriesTable
{
    private readonly SeriesQuery _query;
    private readonly long _spanMs;
    private readonly int _rowsMax;
    private readonly List<(byte[] Fragment, byte[] Series)> _names = [];
    private readonly List<byte[]?> _units = [];
    private readonly List<SeriesRow> _rows = [];
    private List<SeriesCell> _cells = [];
    private bool _isTruncated;

    public SeriesTable(SeriesQuery query)
    {
        _query = query;
        _spanMs = query.Aggregation switch
        {
            Aggregation.Minutely => 60_000,
            Aggregation.Hourly => 3_600_000,
            Aggregation.Daily => 86_400_000,
            _ => 1,
        };
        _rowsMax = query.Aggregation == Aggregation.None ? Limits.SeriesRowsMax : Limits.SeriesAggregatedRowsMax;
        foreach (var name in query.Series) AddColumn(Encoding.UTF8.GetBytes(name.Fragment), Encoding.UTF8.GetBytes(name.Series));
    }

    /// <summary>Takes the values of the next measurement; false once the answer is full.</summary>
    public bool Add(Measurement measurement)
    {
        var row = measurement.Id.TimeMs / _spanMs * _spanMs;
        var scan = new SeriesScan(measurement.Members);
        while (scan.Next())
        {
            if (ColumnOf(scan.Fragment, scan.Series) is not { } column) continue;
            if (!Begin(row)) return false;
            if (!scan.Unit.IsEmpty && !scan.Unit.SequenceEqual(_units[column])) _units[column] = scan.Unit.ToArray();
            Put(column, scan.Value);
        }
        return true;
    }

    public SeriesReport Report() => new(
        [.. _names.Select((name, column) => new SeriesColumn(
            new SeriesName(Encoding.UTF8.GetString(name.Fragment), Encoding.UTF8.GetString(name.Series)), _units[column] is { } unit ? Encoding.UTF8.GetString(unit) : null))],
        _rows, _isTruncated);

    /// <summary>Goes on with the row of this time, or begins it if there is room for one more.</summary>
    private bool Begin(long row)
    {
        if (_rows.Count > 0 && _rows[^1].TimeMs == row) return true;
        _isTruncated = _rows.Count >= _rowsMax || (_rows.Count + 1L) * _names.Count > Limits.SeriesCellsMax;
        if (_isTruncated) return false;
        _rows.Add(new SeriesRow(row, _cells = []));
        return true;
    }

    private void Put(int column, double value)
    {
        var at = _cells.FindIndex(cell => cell.Column >= column);
        if (at < 0) _cells.Add(new SeriesCell(column, value, value));
        else if (_cells[at].Column > column) _cells.Insert(at, new SeriesCell(column, value, value));
        else _cells[at] = new SeriesCell(column, Math.Min(_cells[at].Min, value), Math.Max(_cells[at].Max, value));
    }

    /// <summary>The column of a series; null when it is not one of those wanted.</summary>
    private int? ColumnOf(ReadOnlySpan<byte> fragment, ReadOnlySpan<byte> series)
    {
        for (var column = 0; column < _names.Count; column++)
            if (series.SequenceEqual(_names[column].Series) && fragment.SequenceEqual(_names[column].Fragment))
                return column;
        if (_query.Series.Count > 0) return null;
        if (_names.Count == Limits.SeriesColumnsMax)
            throw Refusal.Invalid("measurement", $"There are more than {Limits.SeriesColumnsMax} series: name those that are wanted by the parameter series.");
        AddColumn(fragment.ToArray(), series.ToArray());
        return _names.Count - 1;
    }

    private void AddColumn(byte[] fragment, byte[] series)
    {
        _names.Add((fragment, series));
        _units.Add(null);
    }
}
