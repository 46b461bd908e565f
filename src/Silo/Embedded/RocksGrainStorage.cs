using System.Globalization;
using Orleans.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Orleans' grain documents in RocksDB, under state name and grain key. State names are therefore unique among grain classes. ETags are
/// the store's running numbers, so one is never seen twice, and two activations cannot overwrite each other.
/// </summary>
internal sealed class RocksGrainStorage(RocksStore store, IGrainStorageSerializer serializer) : IGrainStorage
{
    // Reading the stored ETag and committing the new row must not interleave for one document.
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1))];

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Stored(Key(stateName, grainId)) is not { } row)
        {
            Clear(grainState);
            return Task.CompletedTask;
        }
        grainState.State = GrainRow.Read<T>(serializer, row);
        grainState.ETag = Text(GrainRow.ETag(row));
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = Key(stateName, grainId);
        var stripe = Stripe(key);
        await stripe.WaitAsync();
        try
        {
            RequireSame(stateName, grainId, Stored(key), grainState.ETag);
            var etag = store.Writer.NextSequence(1);
            await store.Writer.CommitAsync(new StoreChange().Put(Family.Grains, key, GrainRow.Write(serializer, etag, grainState.State)));
            grainState.ETag = Text(etag);
            grainState.RecordExists = true;
        }
        finally
        {
            stripe.Release();
        }
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = Key(stateName, grainId);
        var stripe = Stripe(key);
        await stripe.WaitAsync();
        try
        {
            var row = Stored(key);
            RequireSame(stateName, grainId, row, grainState.ETag);
            if (row is not null) await store.Writer.CommitAsync(new StoreChange().Delete(Family.Grains, key));
            Clear(grainState);
        }
        finally
        {
            stripe.Release();
        }
    }

    private byte[]? Stored(byte[] key)
    {
        using var session = store.Read();
        return session.Get(Family.Grains, key);
    }

    private SemaphoreSlim Stripe(byte[] key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        return _stripes[(uint)hash.ToHashCode() % (uint)_stripes.Length];
    }

    private static void RequireSame(string stateName, GrainId grainId, byte[]? row, string? expected)
    {
        var stored = row is null ? null : Text(GrainRow.ETag(row));
        if (stored != (string.IsNullOrEmpty(expected) ? null : expected))
            throw new InconsistentStateException($"The document {stateName} of {grainId} was changed by another activation", stored ?? "none", expected ?? "none");
    }

    private static void Clear<T>(IGrainState<T> grainState)
    {
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static byte[] Key(string stateName, GrainId grainId) => KeySpace.Grain(stateName, grainId.Key.AsSpan());

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);
}
