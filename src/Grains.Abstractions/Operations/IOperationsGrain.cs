using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Operations;

/// <summary>Questions about a tenant's operations. Key: the tenant. Any silo answers; no queue forms.</summary>
[Alias("IOperationsGrain")]
public interface IOperationsGrain : IGrainWithStringKey
{
    /// <summary>A page of the operations that the caller may see, in order of creation (oldest first unless asked otherwise).</summary>
    [Alias("Find"), Requires(Permission.OperationRead)]
    Task<Page<OperationView>> Find(Caller caller, OperationQuery query, PageRequest page);

    /// <summary>
    /// The pending operations that go to this agent's connection and that the caller may see, oldest first: its own, and those of the
    /// devices below it that do not stand below another agent with a connection. At most <see cref="Limits.OperationsFetchedPerCall"/>: when there are as
    /// many, the rest is behind the last of them.
    /// </summary>
    [Alias("FindPending"), Requires(Permission.OperationRead)]
    Task<IReadOnlyList<OperationDelivery>> FindPending(Caller caller, ObjectId agent, OperationId? after);

    /// <summary>Deletes what the query names and answers how many went; needs the authority, for ownership covers single ones only.</summary>
    [Alias("DeleteAll"), ResponseTimeout(Limits.LongWork), Requires(Permission.OperationAdminAll)]
    Task<long> DeleteAll(Caller caller, OperationQuery query);
}
