using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Access;

/// <summary>
/// Puts refusals on the audit trail: each by itself up to <see cref="Limits.DenialsRecordedPerUserAndMinute"/> for a user and minute, and
/// those beyond as one record with their count.
/// </summary>
internal interface IDenialLog
{
    /// <summary>Completes once the record is durable, or at once when the refusal is only counted.</summary>
    ValueTask RecordAsync(Caller caller, string target, Refusal refusal);
}
