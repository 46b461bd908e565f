using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// Alarms, the rows that find them, and how many are open on each source; all of one change is written as one. Durability: when a task
/// completes, its change survives a power cut and shows in every later read, list and count. A full or failing disk is a
/// <see cref="Refusal"/> of kind Unavailable, and nothing was changed. Writes of one source come one at a time: its Device grain makes them.
/// </summary>
public interface IAlarmStore
{
    /// <summary>An id that nobody was given before, for an alarm first raised at this time.</summary>
    AlarmId NewId(WritePermit permit, DateTimeOffset firstTime);

    /// <summary>One alarm of the permit's object, or null.</summary>
    ValueTask<Alarm?> ReadAsync(ReadPermit permit, AlarmId id);

    /// <inheritdoc cref="ReadAsync(ReadPermit, AlarmId)"/>
    ValueTask<Alarm?> ReadAsync(WritePermit permit, AlarmId id);

    /// <summary>
    /// The open alarm of a type on the permit's object, or null; an active one before an acknowledged one, and of several the one made
    /// last. What is cleared is not looked at.
    /// </summary>
    ValueTask<Alarm?> FindOpenAsync(ReadPermit permit, string type);

    /// <summary>Writes alarms of the permit's object, each once: all or none. Times are kept to the millisecond.</summary>
    Task WriteAsync(WritePermit permit, IReadOnlyList<AlarmWrite> writes);

    /// <summary>Deletes these alarms of the permit's object, as they are stored.</summary>
    Task DeleteAsync(WritePermit permit, IReadOnlyList<Alarm> stored);

    /// <summary>How many alarms are open on the permit's object; null when none was ever raised.</summary>
    ValueTask<ActiveAlarms?> ActiveAsync(ReadPermit permit);

    /// <summary>
    /// A page in order of time (to the millisecond), then source, then order of arrival, the last one first.
    /// <paramref name="sources"/> are the objects that may show, or null for all of the tenant's: null is allowed only for a permit whose scope is all. The
    /// query's own source is the caller's to put into them. A query for open alarms alone reads no cleared ones.
    /// </summary>
    ValueTask<Page<Alarm>> FindAsync(ListPermit permit, VisibleSources? sources, AlarmQuery query, PageRequest page);

    /// <summary>
    /// The next ids that the query names, in the order of <see cref="FindAsync"/>: at most <paramref name="countMax"/>, behind
    /// <paramref name="after"/>. A walk that changes no times meets every alarm once.
    /// </summary>
    ValueTask<IReadOnlyList<Alarm>> NextAsync(WritePermit tenantWide, VisibleSources? sources, AlarmQuery query, Alarm? after, int countMax);

    /// <summary>Drops all alarms of the permit's object.</summary>
    Task DropSourceAsync(WritePermit permit);
}

/// <summary>An alarm as it is to be, and what is stored of it: null for a new one.</summary>
public readonly record struct AlarmWrite(Alarm Alarm, Alarm? Previous);

internal static class AlarmWrites
{
    public static Task WriteAsync(this IAlarmStore store, WritePermit permit, Alarm alarm, Alarm? previous) =>
        store.WriteAsync(permit, [new AlarmWrite(alarm, previous)]);
}
