using System.Diagnostics.Metrics;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Grains.Access;

/// <summary>What the permission core measures of itself.</summary>
internal static class AccessMetrics
{
    private static readonly Meter Meter = new(Instruments.Name);

    public static readonly Counter<long> Denials =
        Meter.CreateCounter<long>("bailiwick.access.denials", "{refusal}", "Refused accesses, whether recorded one by one or summed up");

    public static readonly Histogram<double> FactSeconds =
        Meter.CreateHistogram<double>("bailiwick.access.fact.duration", "s", "From a changed right or credential to the last silo that confirmed it, or whose lease ran out");
}
