using System.Diagnostics;
using System.Diagnostics.Metrics;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Silo.Embedded;

/// <summary>What the stores measure of themselves. A histogram that no one reads costs a few nanoseconds.</summary>
internal static class StoreMetrics
{
    private static readonly Meter Meter = new(Instruments.Name);

    /// <summary>One span a commit.</summary>
    public static readonly ActivitySource Spans = new(Instruments.Name);

    public static readonly Histogram<double> CommitSeconds =
        Meter.CreateHistogram<double>("bailiwick.store.commit.duration", "s", "One synced write of the embedded store");

    public static readonly Histogram<int> CommitItems =
        Meter.CreateHistogram<int>("bailiwick.store.commit.items", "{item}", "Callers that one commit answered");

    public static readonly Histogram<long> CommitBytes =
        Meter.CreateHistogram<long>("bailiwick.store.commit.size", "By", "Bytes of one commit");

    public static readonly Counter<long> CommitFailures =
        Meter.CreateCounter<long>("bailiwick.store.commit.failures", "{commit}", "Commits that were refused or failed");

    public static readonly Counter<long> SinkFailures =
        Meter.CreateCounter<long>("bailiwick.store.sink.failures", "{call}", "Connections that failed to take their acknowledgements");

    public static readonly Histogram<double> AuditSyncSeconds =
        Meter.CreateHistogram<double>("bailiwick.audit.sync.duration", "s", "One write and sync of an audit segment");

    public static readonly Histogram<int> AuditRecords =
        Meter.CreateHistogram<int>("bailiwick.audit.sync.records", "{record}", "Records that one sync made durable");
}
