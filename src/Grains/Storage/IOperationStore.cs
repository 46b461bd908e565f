using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// Operations, and the rows that find those that still wait for their device. Durability: when a task completes, its change
/// survives a power cut and shows in every later read and list. A full or failing disk is a <see cref="Refusal"/> of kind
/// Unavailable, and nothing was changed.
/// </summary>
public interface IOperationStore
{
    /// <summary>An id for an operation of the permit's device that no stored one has. Later ones of one millisecond sort behind earlier ones.</summary>
    ValueTask<OperationId> NextIdAsync(WritePermit permit, DateTimeOffset creationTime);

    /// <summary>Writes an operation of the permit's device and its index row as one; <paramref name="previous"/> is what it replaces.</summary>
    Task WriteAsync(WritePermit permit, Operation operation, Operation? previous);

    /// <summary>One operation of the permit's device, or null.</summary>
    ValueTask<Operation?> ReadAsync(ReadPermit permit, OperationId id);

    /// <summary>
    /// The oldest pending or executing operation of the permit's device that has this fragment (any, when null), or null. Looks at those that
    /// stand so and at no others, however many have ended.
    /// </summary>
    ValueTask<Operation?> OldestAsync(ReadPermit permit, OperationStatus status, string? fragmentType);

    /// <summary>
    /// A page in order of creation (to the millisecond, then as they came); newest first is exactly the reverse. <paramref name="devices"/> are those whose
    /// operations may show, or null for all of the tenant's: null is allowed only for a permit whose scope is all. The query's device is heeded, its
    /// agent is the caller's to spell out.
    /// </summary>
    ValueTask<Page<Operation>> FindAsync(ListPermit permit, VisibleSources? devices, OperationQuery query, PageRequest page);

    /// <summary>Deletes operations of the permit's device; answers how many there were.</summary>
    Task<int> DeleteAsync(WritePermit permit, IReadOnlyList<OperationId> ids);

    /// <summary>Drops every operation of the permit's device.</summary>
    Task DropDeviceAsync(WritePermit permit);
}
