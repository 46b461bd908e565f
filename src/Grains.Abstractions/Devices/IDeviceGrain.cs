using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>
/// The door through which a managed object's telemetry comes in. Key: tenant/id, the id of its managed object. It lives on
/// the silo that holds the device's connection, so that a batch and its acknowledgements never leave the process.
/// </summary>
[Alias("IDeviceGrain")]
public interface IDeviceGrain : IGrainWithStringKey
{
    /// <summary>
    /// Carries out the rows of one socket read in order, each decided by itself: a refused row does not stop the next. All is refused to a caller who
    /// may not speak as a device any more.
    /// </summary>
    /// <returns>
    /// When <see cref="BatchOutcome.IsDurable"/> is false, the rows were handed to the store's writer and the sink named by
    /// <see cref="DeviceBatch.Ticket"/> is told when they are durable; otherwise all is durable on return.
    /// </returns>
    [Alias("Apply"), Requires(Permission.DeviceConnect)]
    Task<BatchOutcome> Apply(Caller caller, DeviceBatch batch);

    /// <summary>Stores measurements, all or none; refuses when the caller may not add any.</summary>
    [Alias("AddMeasurements"), Requires(Permission.MeasurementAdmin)]
    Task<AddedMeasurements> AddMeasurements(Caller caller, MeasurementBatch batch);

    [Alias("ReadMeasurement"), Requires(Permission.MeasurementRead)]
    Task<Measurement> ReadMeasurement(Caller caller, MeasurementId id);

    [Alias("DeleteMeasurement"), Requires(Permission.MeasurementAdmin)]
    Task DeleteMeasurement(Caller caller, MeasurementId id);

    [Alias("AddEvent"), Requires(Permission.EventAdmin)]
    Task<Event> AddEvent(Caller caller, NewEvent sent);

    [Alias("ReadEvent"), Requires(Permission.EventRead)]
    Task<Event> ReadEvent(Caller caller, EventId id);

    /// <summary>Changes the text and the fragments; type and time stay.</summary>
    [Alias("UpdateEvent"), Requires(Permission.EventAdmin)]
    Task<Event> UpdateEvent(Caller caller, EventId id, EventChange change);

    [Alias("DeleteEvent"), Requires(Permission.EventAdmin)]
    Task DeleteEvent(Caller caller, EventId id);

    /// <summary>
    /// Raises an alarm. Is one of its type open, that one is counted up and gets the new time, and nothing else of it changes. Null when the
    /// source is in maintenance: nothing is stored then.
    /// </summary>
    [Alias("RaiseAlarm"), Requires(Permission.AlarmAdmin)]
    Task<AlarmView?> RaiseAlarm(Caller caller, NewAlarm raised);

    [Alias("ReadAlarm"), Requires(Permission.AlarmRead)]
    Task<AlarmView> ReadAlarm(Caller caller, AlarmId id);

    /// <summary>Changes text, severity, status and fragments. A change that changes nothing is neither stored nor recorded.</summary>
    [Alias("UpdateAlarm"), Requires(Permission.AlarmAdmin)]
    Task<AlarmView> UpdateAlarm(Caller caller, AlarmId id, AlarmChange change);

    /// <summary>
    /// The series that were ever measured on the object, in order of name: at most <see cref="Limits.SeriesPerObjectMax"/>. Deleting
    /// measurements takes none away.
    /// </summary>
    [Alias("SupportedSeries"), Requires(Permission.InventoryRead)]
    Task<IReadOnlyList<SeriesName>> SupportedSeries(Caller caller);
}

/// <summary>The rows of one socket read that are meant for one device.</summary>
/// <param name="Rows">In the order they came.</param>
/// <param name="Ticket">Whom to tell, or <see cref="CommitTicket.None"/> to have the call itself wait until all is durable.</param>
[GenerateSerializer, Immutable, Alias("DeviceBatch")]
public sealed record DeviceBatch(IReadOnlyList<DeviceCommand> Rows, CommitTicket Ticket);

/// <summary>What became of a batch.</summary>
/// <param name="IsDurable">Whether everything was durable when the call returned.</param>
/// <param name="Refused">The rows that were not done; empty most of the time.</param>
/// <param name="Replies">Lines that a device asked for.</param>
[GenerateSerializer, Immutable, Alias("BatchOutcome")]
public sealed record BatchOutcome(bool IsDurable, IReadOnlyList<RefusedRow> Refused, IReadOnlyList<RowReply> Replies)
{
    public static readonly BatchOutcome Pending = new(false, [], []);
    public static readonly BatchOutcome Durable = new(true, [], []);
}

/// <summary>A row that was not done, and why.</summary>
/// <param name="DenialId">The number of the trail's record where it was denied; null where it was refused otherwise.</param>
[GenerateSerializer, Immutable, Alias("RefusedRow")]
public readonly record struct RefusedRow(int Row, RefusalKind Kind, string Text, long? DenialId)
{
    /// <summary>The row as it was refused; what was denied has been recorded before.</summary>
    public static RefusedRow Of(int row, Refusal refusal) => new(row, refusal.Kind, refusal.Message, refusal.DenialId);
}

/// <summary>The values that answer a row, for example the ids of the children.</summary>
[GenerateSerializer, Immutable, Alias("RowReply")]
public readonly record struct RowReply(int Row, IReadOnlyList<string> Values);
