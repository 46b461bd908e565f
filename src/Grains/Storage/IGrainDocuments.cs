using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// Reads the documents of grain storage without waking a grain: what lists and sign-in are made of. Both stores keep documents under
/// their grain's key, so a tenant's stand together. What a grain has written shows here from then on.
/// </summary>
public interface IGrainDocuments
{
    /// <summary>The stored state of one name whose grain key is <c>tenant/suffix</c> for the permit's tenant, or null when there is none.</summary>
    ValueTask<TState?> ReadAsync<TState>(ReadPermit permit, string stateName, string suffix) where TState : class;

    /// <summary>
    /// The stored states of one name whose grain key is <c>tenant/suffix</c> for the permit's tenant, in ordinal order of the
    /// suffix (of its UTF-8), beginning after <paramref name="afterSuffix"/> (exclusive; null for the start).
    /// </summary>
    IAsyncEnumerable<(string Suffix, TState State)> ScanAsync<TState>(ReadPermit permit, string stateName, string? afterSuffix) where TState : class;
}
