namespace Bailiwick.Grains.Abstractions;

/// <summary>Every bound of the system, in one place; a test states how they relate.</summary>
public static class Limits
{
    // Names
    public const int TenantIdCharsMax = 32;
    public const int UserNameCharsMax = 1000;
    public const int DeviceIdCharsMax = 1000;
    public const int ExternalIdCharsMax = 1000;
    public const int FragmentNameCharsMax = 256;

    // Documents and requests
    public const int DocumentBytesMax = 16 << 20;
    public const int RequestBodyBytesMax = 16 << 20;
    public const int MeasurementBytesMax = 1 << 20;
    public const int MeasurementsPerRequestMax = 10_000;
    public const int JsonDepthMax = 32;
    public const int FragmentsPerDocumentMax = 1_000;
    public const int LinksPerRequestMax = 2_000;
    public const int EmbeddedReferencesMax = 2_000;

    // Pages
    public const int PageSizeDefault = 5;
    public const int PageSizeMax = 2_000;

    // Passwords
    public const int PasswordCharsMin = 8;
    public const int PasswordCharsMax = 128;

    // MQTT: the interface's packet limit, headers included
    public const int MqttPacketBytesMax = 16_184;

    // Embedded store: the writer's queue, and what one commit takes from it
    public const int StoreQueueItemsMax = 65_536;
    public const int StoreQueueBytesMax = 64 << 20;
    public const int StoreBatchItemsMax = 8_192;
    public const int StoreBatchBytesMax = 8 << 20;
    public const int StoreGatherMsDefault = 0;
    public const int StoreGatherMsMax = 2;
    /// <summary>Numbers set aside by one put of the high-water mark; a crash skips at most as many.</summary>
    public const int StoreSequenceBlock = 65_536;
    /// <summary>How long a store that failed is left alone before it is opened anew.</summary>
    public const int StoreHealMs = 1_000;
    public const int StoreWriteBufferBytes = 16 << 20;
    public const int StoreWalBytesMax = 64 << 20;
    public const int StoreBlockCacheBytes = 64 << 20;
    public const int StoreOpenFilesMax = 512;

    // Embedded store: room that is never filled (the smaller of the two), so that the store itself never meets a full disk
    public const long DiskReserveBytes = 64 << 20;
    public const int DiskReserveShareOfVolume = 16;
    public const int DiskCheckMs = 100;

    // Embedded store: rows held in memory by one query, and removed by one commit
    public const int StoreMergeRowsMax = 100_000;
    public const int StoreDeleteRowsPerCommit = 5_000;
    public const int StoreScanRowsPerRead = 256;
    /// <summary>A longer text is indexed by its beginning and its hash.</summary>
    public const int StoreIndexTextBytesMax = 256;

    // Audit log files
    public const int AuditSegmentBytesMax = 32 << 20;
    public const int AuditRecordBytesMax = (1 << 24) - 1;
    public const int AuditRecordsPerIndexEntry = 64;
    public const int AuditBatchBytesMax = 8 << 20;
    public const int AuditQueueItemsMax = 8_192;
    public const int AuditQueueBytesMax = 64 << 20;
}
