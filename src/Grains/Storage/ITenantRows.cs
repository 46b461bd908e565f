using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>All that is stored of one tenant, its audit log excepted: nobody removes records from that.</summary>
public interface ITenantRows
{
    /// <summary>
    /// Removes every row and every grain document of the permit's tenant. Durable when the task completes; asked for again, it removes what
    /// was written since.
    /// </summary>
    Task DropAsync(WritePermit permit);
}
