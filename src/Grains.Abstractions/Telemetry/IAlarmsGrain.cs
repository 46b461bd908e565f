using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Abstractions.Telemetry;

/// <summary>Questions about a tenant's alarms, and what changes many at once. Key: the tenant. Any silo answers; no queue forms.</summary>
[Alias("IAlarmsGrain")]
public interface IAlarmsGrain : IGrainWithStringKey
{
    /// <summary>A page of the alarms that the caller may see, the one raised last first.</summary>
    [Alias("Find"), Requires(Permission.AlarmRead)]
    Task<Page<AlarmView>> Find(Caller caller, AlarmQuery query, PageRequest page);

    /// <summary>How many alarms the caller may see.</summary>
    [Alias("Count"), Requires(Permission.AlarmRead)]
    Task<long> Count(Caller caller, AlarmQuery query);

    /// <summary>Gives all that the query names a status; needs the authority. Answers how many were changed when all are durable.</summary>
    [Alias("UpdateAll"), ResponseTimeout(Limits.LongWork), Requires(Permission.AlarmAdminAll)]
    Task<long> UpdateAll(Caller caller, AlarmQuery query, AlarmStatus status);

    /// <summary>Deletes what the query names and answers how many went; needs the authority.</summary>
    [Alias("DeleteAll"), ResponseTimeout(Limits.LongWork), Requires(Permission.AlarmAdminAll)]
    Task<long> DeleteAll(Caller caller, AlarmQuery query);
}
