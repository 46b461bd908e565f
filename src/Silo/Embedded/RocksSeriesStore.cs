using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>The names of series in RocksDB: one row a name. <see cref="RocksTelemetryStore"/> drops them with what was measured.</summary>
internal sealed class RocksSeriesStore(RocksStore store) : ISeriesStore
{
    private static readonly byte[] NoValue = [];

    public ValueTask<IReadOnlyList<SeriesName>> NamesAsync(ReadPermit permit)
    {
        var prefix = KeySpace.Source(permit.Tenant, permit.Source);
        var names = new List<SeriesName>();
        using var session = store.Read();
        using var rows = Cursor.Over(session, Family.Series, prefix);
        for (var isThere = rows.First(); isThere; isThere = rows.Next()) names.Add(KeySpace.SeriesOf(rows.Key[prefix.Length..]));
        return new(names);
    }

    public Task AddNamesAsync(WritePermit permit, IReadOnlyCollection<SeriesName> names)
    {
        Check.That(permit.Source != default);
        var change = new StoreChange();
        foreach (var name in names) change.Put(Family.Series, KeySpace.Series(permit.Tenant, permit.Source, name), NoValue);
        return store.Writer.CommitAsync(change);
    }
}
