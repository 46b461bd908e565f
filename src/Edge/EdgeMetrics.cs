using System.Diagnostics;
using System.Diagnostics.Metrics;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge;

/// <summary>What the edge measures of itself, by meter and source of spans. One that no one reads costs a few nanoseconds.</summary>
internal static class EdgeMetrics
{
    private static readonly Meter Meter = new(Instruments.Name);

    /// <summary>Spans of what came in over MQTT; those of HTTP are the web server's.</summary>
    public static readonly ActivitySource Spans = new(Instruments.Name);

    public static readonly UpDownCounter<int> Sessions =
        Meter.CreateUpDownCounter<int>("bailiwick.mqtt.sessions", "{session}", "MQTT sessions that are open");

    public static readonly Counter<long> Connects =
        Meter.CreateCounter<long>("bailiwick.mqtt.connects", "{connect}", "CONNECT packets, by the answer that they got");

    public static readonly Counter<long> Rows =
        Meter.CreateCounter<long>("bailiwick.mqtt.rows", "{row}", "Rows and documents that devices sent, carried out or refused");

    public static readonly Counter<long> RowsRefused =
        Meter.CreateCounter<long>("bailiwick.mqtt.rows.refused", "{row}", "Rows and documents that were refused");

    public static readonly Counter<long> Limited =
        Meter.CreateCounter<long>("bailiwick.limited", "{time}", "Times that a rate limit held somebody up, by limit and outcome");

    public static readonly Counter<long> SignIns =
        Meter.CreateCounter<long>("bailiwick.signins", "{check}", "Credentials that were checked, and not found in the cache of good ones, by method and outcome");
}
