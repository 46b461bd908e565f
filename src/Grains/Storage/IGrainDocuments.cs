using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// Reads the documents of grain storage in order of their keys, without waking a grain: what lists are made of. Both stores
/// keep documents under their grain's key, so a tenant's stand together.
/// </summary>
public interface IGrainDocuments
{
    /// <summary>
    /// The stored states of one name whose grain key is <c>tenant/suffix</c> for the permit's tenant, in ordinal order of the
    /// suffix (of its UTF-8), beginning after <paramref name="afterSuffix"/> (exclusive; null for the start).
    /// </summary>
    IAsyncEnumerable<(string Suffix, TState State)> ScanAsync<TState>(ReadPermit permit, string stateName, string? afterSuffix) where TState : class;
}
