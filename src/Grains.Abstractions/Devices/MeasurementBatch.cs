using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>Measurements of one source that are stored together.</summary>
/// <param name="Ticket">Whom the store's writer tells when they are durable; without one the call waits for that.</param>
[GenerateSerializer, Immutable, Alias("MeasurementBatch")]
public sealed record MeasurementBatch(IReadOnlyList<NewMeasurement> Rows, CommitTicket Ticket = default);

/// <summary>What became of a <see cref="MeasurementBatch"/>.</summary>
/// <param name="Ids">In the order of the rows.</param>
/// <param name="IsDurable">False while the writer has them: the sink of the ticket is told, and nobody may be told of the ids before.</param>
[GenerateSerializer, Immutable, Alias("AddedMeasurements")]
public sealed record AddedMeasurements(IReadOnlyList<MeasurementId> Ids, bool IsDurable);
