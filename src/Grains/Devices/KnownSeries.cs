using System.Runtime.InteropServices;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Telemetry;

namespace Bailiwick.Grains.Devices;

/// <summary>
/// The series that a device is known to measure. Asking it of a measurement costs one walk over its bytes and no garbage. Most devices have a
/// few, and there may be very many devices: names lie in order in one array, and are found by halving.
/// </summary>
internal sealed class KnownSeries
{
    private (byte[] Fragment, byte[] Series)[] _known = [];

    public KnownSeries(IEnumerable<SeriesName> names) => Add(names);

    public int Count => _known.Length;

    public IReadOnlyList<SeriesName> Names => [.. _known.Select(name => new SeriesName(Encoding.UTF8.GetString(name.Fragment), Encoding.UTF8.GetString(name.Series)))];

    /// <summary>What these measurements hold that is not known yet, as far as there is room for it; null when that is nothing, as most of the time.</summary>
    public HashSet<SeriesName>? Unknown(IReadOnlyList<NewMeasurement> measurements)
    {
        HashSet<SeriesName>? unknown = null;
        for (var i = 0; i < measurements.Count; i++)
        {
            var scan = new SeriesScan(measurements[i].Members);
            while (scan.Next())
                if (!Has(scan.Fragment, scan.Series) && Count + (unknown?.Count ?? 0) < Limits.SeriesPerObjectMax)
                    (unknown ??= []).Add(new SeriesName(Encoding.UTF8.GetString(scan.Fragment), Encoding.UTF8.GetString(scan.Series)));
        }
        return unknown;
    }

    public void Add(IEnumerable<SeriesName> names)
    {
        var known = new List<(byte[] Fragment, byte[] Series)>(_known);
        foreach (var name in names)
        {
            var (fragment, series) = (Encoding.UTF8.GetBytes(name.Fragment), Encoding.UTF8.GetBytes(name.Series));
            var at = Find(CollectionsMarshal.AsSpan(known), fragment, series);
            if (at < 0) known.Insert(~at, (fragment, series));
        }
        _known = [.. known];
    }

    private bool Has(ReadOnlySpan<byte> fragment, ReadOnlySpan<byte> series) => Find(_known, fragment, series) >= 0;

    /// <summary>Where a name is, or the complement of where it belongs. UTF-8 sorts by its bytes as its characters do.</summary>
    private static int Find(ReadOnlySpan<(byte[] Fragment, byte[] Series)> known, ReadOnlySpan<byte> fragment, ReadOnlySpan<byte> series)
    {
        var (low, high) = (0, known.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = known[middle].Fragment.AsSpan().SequenceCompareTo(fragment);
            if (order == 0) order = known[middle].Series.AsSpan().SequenceCompareTo(series);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }
}
