using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Telemetry;

/// <summary>Questions about a tenant's measurements. Key: the tenant. Any silo answers; no queue forms.</summary>
[Alias("IMeasurementsGrain")]
public interface IMeasurementsGrain : IGrainWithStringKey
{
    /// <summary>A page of the measurements that the caller may see, in order of time (oldest first unless asked otherwise).</summary>
    [Alias("Find"), Requires(Permission.MeasurementRead)]
    Task<Page<Measurement>> Find(Caller caller, MeasurementQuery query, PageRequest page);

    /// <summary>
    /// The values of one object in columns. An object that there is not is not found, and one whose measurements the caller may not see
    /// refuses.
    /// </summary>
    [Alias("Series"), Requires(Permission.MeasurementRead)]
    Task<SeriesReport> Series(Caller caller, SeriesQuery query);

    /// <summary>
    /// Stores measurements of any sources in one commit, all or none, and answers their ids in order. Refused when the caller may not add to one of
    /// the sources, and when one of these is not there.
    /// </summary>
    [Alias("Add"), Requires(Permission.MeasurementAdmin)]
    Task<IReadOnlyList<MeasurementId>> Add(Caller caller, IReadOnlyList<SourcedMeasurement> measurements);

    /// <summary>Deletes what the query names and answers how many went; needs the authority, for ownership covers single ones only.</summary>
    [Alias("DeleteAll"), ResponseTimeout(Limits.LongWork), Requires(Permission.MeasurementAdminAll)]
    Task<long> DeleteAll(Caller caller, MeasurementQuery query);
}
