using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Orleans.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>Reads what <see cref="RocksGrainStorage"/> wrote; lists in order of keys and a few rows at a time, so that a slow reader holds nothing.</summary>
internal sealed class RocksGrainDocuments(RocksStore store, IGrainStorageSerializer serializer) : IGrainDocuments
{
    public ValueTask<TState?> ReadAsync<TState>(ReadPermit permit, string stateName, string suffix) where TState : class
    {
        using var session = store.Read();
        var row = session.Get(Family.Grains, KeySpace.Grain(stateName, Encoding.UTF8.GetBytes($"{permit.Tenant.Value}/{suffix}")));
        return new(row is null ? null : GrainRow.Read<GrainDocument<TState>.Cell>(serializer, row).Value);
    }

    public async IAsyncEnumerable<(string Suffix, TState State)> ScanAsync<TState>(ReadPermit permit, string stateName, string? afterSuffix)
        where TState : class
    {
        var prefix = KeySpace.Grain(stateName, Encoding.UTF8.GetBytes(permit.Tenant.Value + "/"));
        var after = afterSuffix is null ? null : Encoding.UTF8.GetBytes(afterSuffix);
        while (true)
        {
            var rows = ReadSome(prefix, after);
            foreach (var (suffix, row) in rows)
                if (GrainRow.Read<GrainDocument<TState>.Cell>(serializer, row).Value is { } state)
                    yield return (Encoding.UTF8.GetString(suffix), state);
            if (rows.Count < Limits.StoreScanRowsPerRead) yield break;
            after = rows[^1].Suffix;
            // Nothing here waits for the disk elsewhere: let others of the same scheduler in between two reads.
            await Task.Yield();
        }
    }

    private List<(byte[] Suffix, byte[] Row)> ReadSome(byte[] prefix, byte[]? after)
    {
        using var session = store.Read();
        using var cursor = Cursor.Over(session, Family.Grains, prefix);
        var rows = new List<(byte[], byte[])>();
        // The least key behind a key is that key with a zero byte.
        for (var isThere = after is null ? cursor.First() : cursor.Seek([.. prefix, .. after, 0]);
            isThere && rows.Count < Limits.StoreScanRowsPerRead; isThere = cursor.Next())
            rows.Add((cursor.Key[prefix.Length..].ToArray(), cursor.Value.ToArray()));
        return rows;
    }
}
