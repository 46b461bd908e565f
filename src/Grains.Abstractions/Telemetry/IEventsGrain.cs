using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Abstractions.Telemetry;

/// <summary>Questions about a tenant's events. Key: the tenant. Any silo answers; no queue forms.</summary>
[Alias("IEventsGrain")]
public interface IEventsGrain : IGrainWithStringKey
{
    /// <summary>A page of the events that the caller may see, in order of time (newest first unless asked otherwise).</summary>
    [Alias("Find"), Requires(Permission.EventRead)]
    Task<Page<Event>> Find(Caller caller, EventQuery query, PageRequest page);

    /// <summary>Deletes what the query names and answers how many went; needs the authority, for ownership covers single ones only.</summary>
    [Alias("DeleteAll"), ResponseTimeout(Limits.LongWork), Requires(Permission.EventAdminAll)]
    Task<long> DeleteAll(Caller caller, EventQuery query);
}
