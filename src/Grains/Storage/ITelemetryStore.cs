using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// Measurements. Durability: when a task completes or a sink is settled without a failure, the rows survive a power cut and
/// show in every later read. Rows of one call go in together on the embedded store; a store that must split them says so.
/// A full or failing disk is a <see cref="Refusal"/> of kind Unavailable, and nothing of the call is stored.
/// </summary>
public interface ITelemetryStore
{
    /// <summary>Stores measurements of the permit's object and answers their ids, in order. Times are kept to the millisecond.</summary>
    Task<IReadOnlyList<MeasurementId>> AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows);

    /// <summary>Stores measurements of several objects in one commit, all or none, and answers their ids in order.</summary>
    Task<IReadOnlyList<MeasurementId>> AppendAsync(IReadOnlyList<(WritePermit Permit, IReadOnlyList<NewMeasurement> Rows)> batch);

    /// <summary>
    /// Hands measurements of the permit's object to the writer and returns; <paramref name="sink"/> is settled for
    /// <paramref name="sequence"/> from the writer's thread once they are durable or have failed. Batches of one sink settle in
    /// the order in which they were handed over.
    /// </summary>
    /// <remarks>A batch without rows is settled in its turn. If the call itself throws (the store is closed), the sink is not settled.</remarks>
    /// <param name="ids">Where it is given, as long as the rows: takes their ids, in order.</param>
    /// <returns>Completes at once unless the writer's queue is full, then when there is room.</returns>
    ValueTask AppendAsync(WritePermit permit, IReadOnlyList<NewMeasurement> rows, ICommitSink sink, long sequence, MeasurementId[]? ids = null);

    /// <summary>One measurement of the permit's object, or null.</summary>
    ValueTask<Measurement?> ReadAsync(ReadPermit permit, MeasurementId id);

    /// <summary>Deletes one measurement of the permit's object; false when there is none.</summary>
    Task<bool> DeleteAsync(WritePermit permit, MeasurementId id);

    /// <summary>
    /// A page in order of time (to the millisecond), then source, then order of arrival; newest first is exactly the reverse. <paramref name="sources"/> are the objects that may show, or null for all of the tenant's:
    /// null is allowed only for a permit whose scope is all.
    /// </summary>
    ValueTask<Page<Measurement>> FindAsync(ListPermit permit, VisibleSources? sources, MeasurementQuery query, PageRequest page);

    /// <summary>
    /// The measurements of the permit's object in the query's order, read a bounded number at a time: a slow reader holds nothing. What is
    /// added or deleted meanwhile may show or not.
    /// </summary>
    IAsyncEnumerable<Measurement> ScanAsync(ReadPermit permit, MeasurementQuery query);

    /// <summary>Deletes what the query names, in one tenant; answers how many went.</summary>
    Task<long> DeleteAllAsync(WritePermit tenantWide, MeasurementQuery query);

    /// <summary>Drops everything measured on the permit's object, and the names of its series (<see cref="ISeriesStore"/>).</summary>
    Task DropSourceAsync(WritePermit permit);
}
