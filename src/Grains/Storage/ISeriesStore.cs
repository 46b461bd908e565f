using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// Which series were ever measured on an object: a few rows beside its measurements, dropped with them as a whole. Durability: when a
/// task completes, the names survive a power cut. A full or failing disk is a <see cref="Bailiwick.Grains.Abstractions.Refusal"/> of kind Unavailable.
/// </summary>
public interface ISeriesStore
{
    /// <summary>The names kept of the permit's object, in order of their UTF-8.</summary>
    ValueTask<IReadOnlyList<SeriesName>> NamesAsync(ReadPermit permit);

    /// <summary>Keeps names of the permit's object; those that are there already are passed over.</summary>
    Task AddNamesAsync(WritePermit permit, IReadOnlyCollection<SeriesName> names);
}
