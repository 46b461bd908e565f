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
    public const int EventBytesMax = 1 << 20;
    public const int EventsPerRequestMax = 10_000;
    public const int AlarmBytesMax = 1 << 20;
    public const int AlarmsPerRequestMax = 10_000;
    /// <summary>The type of an event or alarm: it is looked up by it.</summary>
    public const int TelemetryTypeCharsMax = 1_000;
    public const int JsonDepthMax = 32;
    public const int FragmentsPerDocumentMax = 1_000;
    public const int LinksPerRequestMax = 2_000;

    /// <summary>Children that the trail's record of a change of links names; of the others it tells how many there are.</summary>
    public const int LinksNamedInRecordMax = 50;

    public const int EmbeddedReferencesMax = 2_000;

    /// <summary>How long a call may take that goes through a tenant's data, hours:minutes:seconds; every other one has Orleans' half a minute.</summary>
    public const string LongWork = "06:00:00";

    /// <summary>How long a connection may take to note that an operation waits. It is asked for a moment of one silo's time.</summary>
    public const string SessionAnswers = "00:00:05";

    /// <summary>For how long an activation stays that stands for nothing.</summary>
    public const int NothingStaysMs = 1_000;

    // Retention: how long data is kept where nobody says otherwise, and when rules are carried out
    public const int RetentionDaysDefault = 60;
    public const int RetentionDaysMax = 36_500;
    public const int RetentionRulesPerTenantMax = 1_000;
    public const int RetentionFirstSweepMinutes = 5;
    public const int RetentionSweepMinutes = 360;

    // What deleted tenants leave behind: when it is looked for, and when the last call that began before has surely written what it writes
    public const int TenantRemovalFirstSeconds = 5;
    public const int TenantRemovalSeconds = 60;
    public const int TenantRemovalLastSeconds = 600;

    // Sign-in options: clients that a tenant keeps out or lets in by what they say of themselves
    public const int AgentsPerListMax = 100;
    public const int AgentCharsMax = 256;
    public const int ProviderNameCharsMax = 256;

    // Tenant options: they are part of the tenant's document
    public const int OptionsPerTenantMax = 1_000;
    public const int OptionNameCharsMax = 256;
    public const int OptionValueCharsMax = 32_768;
    /// <summary>All of a tenant's values together.</summary>
    public const int OptionCharsPerTenantMax = 262_144;
    public const int PasswordDaysMax = 36_500;

    // Availability: how exactly the time of a device's last message is kept, and how often silence is looked for
    public const int LastMessageKeptSeconds = 60;
    public const int SilenceWatchSeconds = 60;
    /// <summary>A year: whoever asks for less often wants no watch.</summary>
    public const int ResponseMinutesMax = 525_600;

    // Audit
    public const int DenialsRecordedPerUserAndMinute = 20;
    /// <summary>How many single changes an explanation names that would turn the decision over.</summary>
    public const int NearMissesMax = 100;

    /// <summary>How many grants and groups are weighed to find them, over all changes that are tried: about a second's work, in which the object answers nobody else.</summary>
    public const int NearMissHoldingsWeighedMax = 1_000_000;

    /// <summary>How many gains and losses of a change that is only tried are named one by one.</summary>
    public const int ShiftsShownMax = 100;

    /// <summary>How many pairs of a user and an object are looked at to say what a change would come to.</summary>
    public const int RehearsedPairsMax = 200_000;

    /// <summary>How long is looked: whoever would make the change waits meanwhile, and so does whoever asks it something else.</summary>
    public const int RehearsalSecondsMax = 10;

    /// <summary>How many documents of what somebody owns are held at once for it.</summary>
    public const int RehearsedDocumentsPerPage = 1_000;

    /// <summary>How many users who keep what the user above has lost a record of the loss names, and how long they are looked for.</summary>
    public const int OutlastingUsersMax = 50;
    public const int OutlastingSecondsMax = 2;

    public const int DenialUsersTrackedMax = 10_000;
    public const int AuditTypeCharsMax = 256;
    public const int AuditTextCharsMax = 4_096;
    public const int AuditRecordBytesMax = 256 << 10;

    // Facts and the silo lease: a push is given up well before the lease that it then waits out
    public const int SiloLeaseMilliseconds = 5_000;
    public const int SiloLeaseRenewalMilliseconds = 1_500;
    /// <summary>By how much two machines' clocks may drift apart, and a timer come early, during one lease: it is waited on top.</summary>
    public const int SiloLeaseClocksDifferMilliseconds = 100;
    public const int FactPushMillisecondsMax = 2_000;
    /// <summary>Users whose facts a silo holds, about 300 bytes each: beyond them those not in use are fetched again.</summary>
    public const int FactUsersHeldMax = 250_000;
    /// <summary>Objects of which a silo keeps where they hang, about 150 bytes each; only those that a role or a device permission was asked about.</summary>
    public const int AncestriesKeptMax = 250_000;
    /// <summary>How much may stand above one object for roles above it to count.</summary>
    public const int AncestorsMax = 1_000;

    /// <summary>By how much the time that a device gives to a measurement, event or alarm may be ahead of the platform's: any zone's mistake, and no year's.</summary>
    public const int DeviceClockAheadHoursMax = 24;

    // Ids of managed objects set aside at a time: a crash wastes at most so many
    public const int ObjectIdsReserved = 100;

    // Pages
    public const int PageSizeDefault = 5;
    public const int PageSizeMax = 2_000;

    // Passwords
    public const int PasswordCharsMin = 8;
    public const int PasswordCharsMax = 128;

    public const int PasswordMadeChars = 28;

    // Users and tenants
    public const int ProfileFieldCharsMax = 254;
    public const int CustomPropertiesBytesMax = 64 << 10;
    public const int UserHierarchyDepthMax = 32;
    public const int GroupsPerUserMax = 1_000;
    public const int GroupsPerTenantMax = 1_000;
    public const int GroupNameCharsMax = 254;
    public const int GroupDescriptionCharsMax = 1_024;
    public const int InventoryRolesPerTenantMax = 1_000;
    public const int InventoryRoleNameCharsMax = 254;
    public const int InventoryRoleDescriptionCharsMax = 1_024;
    public const int PermissionsPerInventoryRoleMax = 100;
    public const int AssignmentsPerUserMax = 1_000;
    public const int RolesPerAssignmentMax = 50;
    /// <summary>Objects on which one user, or one group, has device permissions, and how many on each.</summary>
    public const int DevicePermissionObjectsMax = 1_000;
    public const int DevicePermissionsPerObjectMax = 100;
    public const int DevicePermissionHoldersPerRequestMax = 500;
    public const int ApplicationsPerHolderMax = 1_000;
    public const int ApplicationIdCharsMax = 64;
    public const int OwnPasswordFailuresMax = 5;
    public const int OwnPasswordFailuresForgottenSeconds = 60;
    public const int TenantFieldCharsMax = 254;
    public const int TenantDomainCharsMin = 2;
    public const int TenantDomainCharsMax = 63;
    public const int TenantsPerInstanceMax = 10_000;

    // Below one that is not the platform operator's: one integrator does not take up the room of all
    public const int TenantsBelowOneMax = 1_000;

    // Checking secrets: Argon2id costs about 15 ms a check; what waits beyond the queue is told to come back
    public const int HashMemoryKiB = 19 << 10;
    public const int HashPasses = 2;
    public const int HashSaltBytes = 16;
    public const int HashBytes = 32;
    public const int HashingQueueMax = 256;

    // Signing in
    public const int SignInUsersPerAddressMax = 128;
    public const int SignInWaitersPerTurnMax = 1_000;
    public const int SignInFailuresFree = 5;
    public const int SignInAddressFailuresFree = 100;
    public const int SignInLockSecondsFirst = 1;
    public const int SignInLockSecondsMax = 15 * 60;
    public const int SignInFailuresForgottenSeconds = 30 * 60;
    public const int SignInFailuresTrackedMax = 100_000;
    public const int SignInFailuresRecordedPerAddressAndMinute = 20;
    public const int SignInAuditIntervalSeconds = 60 * 60;
    public const int SignInAuditTrackedMax = 100_000;
    public const int CredentialCacheMax = 100_000;
    public const int CredentialCacheSeconds = 5 * 60;
    public const int SignInRememberedSeconds = 10;
    public const int HostCacheMax = 10_000;
    public const int HostCacheSeconds = 60;

    // Device registration
    public const int RegistrationsPerTenantMax = 10_000;
    public const int RegistrationUnsettledSecondsMax = 10 * 60;
    public const int SecurityTokenCharsMax = 128;
    public const int SecurityTokenFailuresMax = 5;
    /// <summary>Wrong tokens in polls of one accepted registration and window: from one address as many as block an acceptance, and in all so many.</summary>
    public const int SecurityTokenGuessesMax = 100;
    public const int SecurityTokenGuessSeconds = 60;

    // MQTT: the interface's packet limit, headers included
    public const int MqttPacketBytesMax = 16_184;
    public const int MqttConnectSecondsMax = 10;
    public const int MqttUnreleasedMax = 1_000;
    public const int MqttChildrenRemembered = 1_000;
    /// <summary>What waits for a client that does not read; beyond it the connection is closed.</summary>
    public const int MqttWaitingBytesMax = 1 << 20;
    public const int WebSocketCloseSecondsMax = 5;

    // Rates: messages a second of a tenant (0: no limit) and of a device or user. The settings of the same names move them.
    public const int TenantMessagesPerSecond = 0;
    public const int DeviceMessagesPerSecond = 10_000;
    /// <summary>What was received beyond a limit, as the time that it takes by the limit: beyond this the connection is closed.</summary>
    public const int RateDebtSecondsMax = 60;
    /// <summary>How long a connection is not read from at a time: below any usual keep-alive, for a PINGREQ may wait behind it.</summary>
    public const int RatePauseSecondsMax = 10;
    /// <summary>Devices and users whose rates a silo counts, about 150 bytes each while they send.</summary>
    public const int RateDevicesTrackedMax = 250_000;
    public const int RateSweepSeconds = 10;
    public const int RateLogSeconds = 60;

    // Orleans' directory: grains whose place is remembered; a call to one beyond these costs a look-up more
    public const int GrainDirectoryCacheMax = 250_000;

    // Operations: a document's size, the devices that one walk meets, what a deletion asks of one device at a time
    public const int OperationBytesMax = 1 << 20;
    public const int DeviceTreeObjectsMax = 100_000;
    public const int OperationsDeletedPerCall = 500;
    /// <summary>Of the silent ones most are gone: a connection that has not said for three renewals that it listens is forgotten.</summary>
    public const int SessionRenewalSeconds = 60;
    public const int SessionRenewalsMissedMax = 3;
    public const int SessionsPerDeviceMax = 8;
    // Operations that one connection is told of and has not asked for yet, that it fetches in one go, and that it remembers
    public const int OperationsAnnouncedMax = 1_000;
    public const int OperationsFetchedPerCall = 100;
    public const int OperationsRememberedPerSession = 1_000;

    // The process: what one listener takes, how long a peer may hesitate, how long a stop may last.
    // The setting Limits:NAME moves each within its own bounds.
    public const int ConnectionsPerListenerMax = 50_000;
    public const int TlsHandshakeSecondsMax = 10;
    public const int RequestHeadersSecondsMax = 15;
    public const int DrainSecondsMax = 10;

    // The server certificate that the process makes for itself
    public const int LocalAuthorityDaysMax = 3_652;
    public const int LocalCertificateDaysMax = 397;
    public const int LocalCertificateRenewalDays = 30;
    // Any server certificate: from how many days before its end it is warned of, and how often its files are looked at
    public const int CertificateWarningDays = 21;
    public const int CertificateCheckSeconds = 5;
    /// <summary>For how long security.txt says that it is good; while the server runs that day moves on with it.</summary>
    public const int SecurityContactDays = 180;
    public const int RsaKeyBitsMin = 2_048;
    public const int EllipticKeyBitsMin = 256;

    // Lines for people: a value quoted in a message
    public const int QuotedValueCharsMax = 200;

    // SmartREST rows: more than a whole MQTT packet can hold, so that they bite only where bodies are larger
    public const int CsvRowsPerPayloadMax = 5_000;
    public const int CsvFieldsPerRowMax = 10_000;
    public const int NumberCharsMax = 64;
    public const int EchoedValueCharsMax = 100;

    // Measurement series: names kept of an object (a new one beyond them is stored with its measurement and not listed), columns and rows of
    // one answer, and its cells, by which it is cut where it is wide
    public const int SeriesPerObjectMax = 1_000;
    public const int SeriesColumnsMax = 200;
    public const int SeriesRowsMax = 5_000;
    public const int SeriesAggregatedRowsMax = 50_000;
    public const int SeriesCellsMax = 500_000;

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
    /// <summary>How long a request waits for the store's writer.</summary>
    public const int CommitWaitSecondsMax = 30;
    public const int StoreWriteBufferBytes = 32 << 20;
    public const int StoreWalBytesMax = 128 << 20;
    public const int StoreBlockCacheBytes = 64 << 20;
    public const int StoreOpenFilesMax = 512;

    // Embedded store: room that is never filled (the smaller of the two), so that the store itself never meets a full disk
    public const long DiskReserveBytes = 64 << 20;
    public const int DiskReserveShareOfVolume = 16;
    public const int DiskCheckMs = 100;
    /// <summary>Below a tenth of the volume the log warns, long before the reserve is reached.</summary>
    public const int DiskWarningShareOfVolume = 10;
    public const int DiskWatchSeconds = 60;

    // Embedded store: rows held in memory by one query, and removed by one commit
    public const int StoreMergeRowsMax = 100_000;
    public const int StoreDeleteRowsPerCommit = 5_000;
    /// <summary>A run of at least so many rows goes by its two ends.</summary>
    public const int StoreRangeRowsMin = 64;
    public const int StoreScanRowsPerRead = 256;
    public const int StoreScanBytesPerRead = 4 << 20;
    /// <summary>A longer text is indexed by its beginning and its hash.</summary>
    public const int StoreIndexTextBytesMax = 256;

    // Audit log files
    public const int AuditSegmentBytesMax = 32 << 20;
    public const int AuditFrameBytesMax = (1 << 24) - 1;
    public const int AuditRecordsPerIndexEntry = 64;
    public const int AuditBatchBytesMax = 8 << 20;
    public const int AuditQueueItemsMax = 8_192;
    /// <summary>Logs read at once at their first use, and records of one tenant that wait for its log.</summary>
    public const int AuditLogsOpenedAtOnce = 4;
    public const int AuditRecordsWaitingMax = 1_024;
    /// <summary>Logs whose sealed segments are checked at once, how long who reads one waits for that, and after how long a disk that failed is asked again.</summary>
    public const int AuditLogsCheckedAtOnce = 2;
    public const int AuditCheckWaitSecondsMax = 10;
    public const int AuditCheckRetrySeconds = 60;
    public const int AuditQueueBytesMax = 64 << 20;

    // Lists over a hierarchy: how many objects one may hold
    public const int SourcesPerQueryMax = 10_000;
    /// <summary>Up to how many groups below a reader's roles a list is put together from; beyond them each object is asked where it hangs.</summary>
    public const int BranchesPerListMax = 10_000;
    /// <summary>How many starts of runs of children are kept, of all readers together, some 130 bytes each; an object that a walk starts from counts as one.</summary>
    public const int ReachKept = 100_000;

    // Changes by query: what one round takes, and how long an answer waits for the last one
    public const int AlarmsPerRound = 1_000;
    public const int BulkAnswerMilliseconds = 500;

    /// <summary>How many events of a source are looked through for the last one of a type.</summary>
    public const int EventsLookedThroughMax = 10_000;

    // REST: how many sources of one request are asked at once, and when a client that was turned away may come back
    public const int SourcesInFlightMax = 64;
    public const int RetryAfterSeconds = 2;
    public const int PooledAnswerBytesMax = 1 << 20;
    public const int PooledAnswersMax = 64;
}
