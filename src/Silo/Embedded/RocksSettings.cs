using Bailiwick.Grains.Abstractions;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>RocksDB's options, and why each is as it is.</summary>
internal static class RocksSettings
{
    /// <summary>A write that returns when the log is on disk, and shows to readers only then.</summary>
    public static readonly WriteOptions Synced = new WriteOptions().SetSync(true);

    public static DbOptions Bare() => new();

    public static DbOptions Database(RocksStoreOptions options) => new DbOptions()
        .SetCreateIfMissing(true)
        .SetCreateMissingColumnFamilies(true)
        .SetParanoidChecks(true)
        // A log that ends within a record is what a crash leaves: that record was never acknowledged. Anything else that is
        // wrong with a log refuses to open, where RocksDB's default would leave out all that follows.
        .SetWalRecoveryMode(options.DiscardDamagedTail ? Recovery.PointInTime : Recovery.TolerateCorruptedTailRecords)
        .SetMaxTotalWalSize(Limits.StoreWalBytesMax)
        .SetDbWriteBufferSize((ulong)options.WriteBufferBytes * 2)
        .SetMaxOpenFiles(Limits.StoreOpenFilesMax)
        .SetMaxBackgroundCompactions(2)
        .SetBytesPerSync(1 << 20)
        .SetKeepLogFileNum(4)
        .SetMaxLogFileSize(4 << 20)
        .SetInfoLogLevel(InfoLogLevel.Warn)
        .SetStatsDumpPeriodSec(0);

    public static ColumnFamilies Families(RocksStoreOptions options)
    {
        var cache = Cache.CreateLru(Limits.StoreBlockCacheBytes);
        var families = new ColumnFamilies(Options(options, cache));
        foreach (var name in KeySpace.FamilyNames)
            if (name != KeySpace.FamilyNames[(int)Family.Meta])
                families.Add(name, Options(options, cache));
        return families;
    }

    private static ColumnFamilyOptions Options(RocksStoreOptions options, Cache cache) => new ColumnFamilyOptions()
        .SetWriteBufferSize((ulong)options.WriteBufferBytes)
        .SetMaxWriteBufferNumber(3)
        .SetLevelCompactionDynamicLevelBytes(true)
        .SetCompression(Compression.Lz4)
        .SetLevel0FileNumCompactionTrigger(8)
        .SetTargetFileSizeBase(Limits.StoreWriteBufferBytes)
        .SetBlockBasedTableFactory(new BlockBasedTableOptions()
            .SetBlockCache(cache)
            .SetFilterPolicy(BloomFilterPolicy.Create(10, false))
            .SetWholeKeyFiltering(true));
}
