using System.Collections.Concurrent;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Orleans.Serialization;
using Orleans.Storage;

namespace Bailiwick.Grains.Tests.Platform;

/// <summary>Grain storage in memory. It keeps bytes, so that what cannot be serialized fails here; and it can be told to fail.</summary>
internal sealed class Documents(Serializer serializer) : IGrainStorage, IGrainDocuments
{
    private readonly ConcurrentDictionary<(string State, string Key), (byte[] Bytes, string ETag)> _rows = new();
    private readonly ConcurrentDictionary<(string State, string Key), int> _failures = new();
    private int _etag;
    private (string State, string Text)? _failingText;

    /// <summary>The next write of this document fails; the one after does not.</summary>
    public void FailNextWrite(string state, string key) => _failures[(state, key)] = 0;

    /// <summary>The next write of a document of this kind that holds this text fails: for one whose key the test cannot know.</summary>
    public void FailNextWriteHolding(string state, string text) => _failingText = (state, text);

    /// <summary>The write after the next fails.</summary>
    public void FailWriteAfterNext(string state, string key) => _failures[(state, key)] = 1;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_rows.TryGetValue((stateName, grainId.Key.ToString()!), out var row))
        {
            grainState.State = serializer.Deserialize<T>(row.Bytes);
            grainState.ETag = row.ETag;
            grainState.RecordExists = true;
        }
        else
        {
            grainState.State = Activator.CreateInstance<T>();
        }
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId.Key.ToString()!);
        FailIfTold(key);
        var bytes = serializer.SerializeToArray(grainState.State);
        if (_failingText is { } failing && failing.State == stateName && System.Text.Encoding.Latin1.GetString(bytes).Contains(failing.Text, StringComparison.Ordinal))
        {
            _failingText = null;
            throw new IOException("The disk failed, as the test told it to.");
        }
        grainState.ETag = Interlocked.Increment(ref _etag).ToString(System.Globalization.CultureInfo.InvariantCulture);
        grainState.RecordExists = true;
        _rows[key] = (bytes, grainState.ETag);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId.Key.ToString()!);
        FailIfTold(key);
        _rows.TryRemove(key, out _);
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    public ValueTask<TState?> ReadAsync<TState>(ReadPermit permit, string stateName, string suffix) where TState : class =>
        new(_rows.TryGetValue((stateName, $"{permit.Tenant.Value}/{suffix}"), out var row) ? serializer.Deserialize<GrainDocument<TState>.Cell>(row.Bytes)?.Value : null);

    public async IAsyncEnumerable<(string Suffix, TState State)> ScanAsync<TState>(ReadPermit permit, string stateName, string? afterSuffix)
        where TState : class
    {
        var prefix = permit.Tenant.Value + "/";
        var keys = _rows.Keys.Where(k => k.State == stateName && k.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k.Key[prefix.Length..]).Where(s => afterSuffix is null || string.CompareOrdinal(s, afterSuffix) > 0)
            .Order(StringComparer.Ordinal).ToList();
        foreach (var suffix in keys)
        {
            await Task.Yield();
            if (serializer.Deserialize<GrainDocument<TState>.Cell>(_rows[(stateName, prefix + suffix)].Bytes)?.Value is { } state) yield return (suffix, state);
        }
    }

    /// <summary>Everything stored, as text: to look for what must not be there.</summary>
    public string AllText() => string.Concat(_rows.Values.Select(r => System.Text.Encoding.Latin1.GetString(r.Bytes)));

    public string TextOf(string state, string key) => System.Text.Encoding.Latin1.GetString(_rows[(state, key)].Bytes);

    private void FailIfTold((string, string) key)
    {
        if (!_failures.TryGetValue(key, out var successesLeft)) return;
        if (successesLeft > 0)
        {
            _failures[key] = successesLeft - 1;
            return;
        }
        _failures.TryRemove(key, out _);
        throw new IOException("The disk failed, as the test told it to.");
    }
}
