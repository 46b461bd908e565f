using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Access;

/// <summary>
/// Puts refusals on the audit trail: each by itself up to <see cref="Limits.DenialsRecordedPerUserAndMinute"/> for a user and minute, and
/// those beyond as one record with their count.
/// </summary>
internal interface IDenialLog
{
    /// <summary>
    /// Completes once a record is durable, by whose number the refusal can be looked up: its own, or that which says that further ones are only
    /// counted. The refusal bears the number from then on.
    /// </summary>
    /// <param name="door">The grain method that refused.</param>
    /// <param name="target">The key of what was asked for.</param>
    ValueTask RecordAsync(Caller caller, string door, string target, Refusal refusal);
}
