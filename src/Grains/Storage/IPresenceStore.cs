using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// What is kept of a device's being there: one small row, written seldom and by its Device grain alone, and put into the document when
/// that is read (<see cref="IInventoryStore"/>). Durability: when a task completes, the row survives a power cut; that a device is connected
/// is true until the process ends, and no longer. A full or failing disk is a <see cref="Bailiwick.Grains.Abstractions.Refusal"/> of kind Unavailable.
/// </summary>
public interface IPresenceStore
{
    /// <summary>What is kept of the permit's object; null when nothing was ever heard of it.</summary>
    ValueTask<Presence?> RecallAsync(ReadPermit permit);

    Task KeepAsync(WritePermit permit, Presence presence);

    /// <summary>Forgets the permit's object.</summary>
    Task ForgetAsync(WritePermit permit);
}
