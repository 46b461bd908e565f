using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// Events. Durability: when a task completes or a sink is settled without a failure, the change survives a power cut and shows in every
/// later read. Rows of one call go in together on the embedded store; a store that must split them says so. A full or
/// failing disk is a <see cref="Refusal"/> of kind Unavailable, and nothing of the call is stored.
/// </summary>
public interface IEventStore
{
    /// <summary>Stores events of the permit's object and answers them as stored, in order. Times are kept to the millisecond.</summary>
    /// <param name="now">When they came: their creation, and their last update so far.</param>
    Task<IReadOnlyList<Event>> AppendAsync(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now);

    /// <summary>
    /// Hands rows over without waiting: the sink is settled with <paramref name="sequence"/> from the writer's thread once they are
    /// durable or have failed. Batches of one sink settle in the order in which they were handed over.
    /// </summary>
    /// <returns>Completes at once unless the writer's queue is full, then when there is room.</returns>
    ValueTask AppendAsync(WritePermit permit, IReadOnlyList<NewEvent> rows, DateTimeOffset now, ICommitSink sink, long sequence);

    /// <summary>One event of the permit's object, or null.</summary>
    ValueTask<Event?> ReadAsync(ReadPermit permit, EventId id);

    /// <summary>
    /// Changes one event of the permit's object and answers it as stored; null when there is none. Changes and deletions of one event
    /// come one after another: none brings back what another deleted.
    /// </summary>
    /// <param name="change">Makes the new event of the old; id, type and time stay. What it throws travels, and nothing is stored.</param>
    Task<Event?> UpdateAsync(WritePermit permit, EventId id, Func<Event, Event> change);

    /// <summary>Deletes one event of the permit's object; false when there is none.</summary>
    Task<bool> DeleteAsync(WritePermit permit, EventId id);

    /// <summary>The latest event of a type among the latest <paramref name="rowsMax"/> of the permit's object, or null.</summary>
    ValueTask<EventId?> LatestAsync(ReadPermit permit, string type, int rowsMax);

    /// <summary>
    /// A page in order of time (to the millisecond), then source, then order of arrival, the last one first unless the query reverses it.
    /// <paramref name="sources"/> are the objects that may show, or null for all of the tenant's: null is allowed only for a permit
    /// whose scope is all. The query's own source is the caller's to put into them.
    /// </summary>
    ValueTask<Page<Event>> FindAsync(ListPermit permit, VisibleSources? sources, EventQuery query, PageRequest page);

    /// <summary>Deletes what the query names, of these sources or (null) of the whole tenant; answers how many went.</summary>
    Task<long> DeleteAllAsync(WritePermit tenantWide, VisibleSources? sources, EventQuery query);

    /// <summary>Drops all events of the permit's object.</summary>
    Task DropSourceAsync(WritePermit permit);
}
