using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Telemetry;

namespace Bailiwick.Grains.Devices;

/// <summary>The series that a device is known to measure. Asking it of a measurement costs one walk over its bytes and no garbage.</summary>
internal sealed class KnownSeries
{
    private readonly Dictionary<byte[], HashSet<byte[]>> _byFragment = new(Utf8.Names);

    public KnownSeries(IEnumerable<SeriesName> names) => Add(names);

    public int Count { get; private set; }

    public IReadOnlyList<SeriesName> Names => [.. _byFragment.SelectMany(fragment => fragment.Value.Select(series => new SeriesName(Encoding.UTF8.GetString(fragment.Key), Encoding.UTF8.GetString(series))))
        .OrderBy(name => name.Fragment, StringComparer.Ordinal).ThenBy(name => name.Series, StringComparer.Ordinal)];

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
        foreach (var name in names)
        {
            var fragment = Encoding.UTF8.GetBytes(name.Fragment);
            if (!_byFragment.TryGetValue(fragment, out var series)) _byFragment.Add(fragment, series = new HashSet<byte[]>(Utf8.Names));
            if (series.Add(Encoding.UTF8.GetBytes(name.Series))) Count++;
        }
    }

    private bool Has(ReadOnlySpan<byte> fragment, ReadOnlySpan<byte> series) =>
        _byFragment.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(fragment, out var known) && known.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(series);

    /// <summary>Compares names where they lie.</summary>
    private sealed class Utf8 : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8 Names = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
