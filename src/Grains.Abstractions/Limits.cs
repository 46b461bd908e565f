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

    // Audit
    public const int DenialsRecordedPerUserAndMinute = 20;

    // Facts and the silo lease: a push is given up well before the lease that it then waits out
    public const int SiloLeaseMilliseconds = 5_000;
    public const int SiloLeaseRenewalMilliseconds = 1_500;
    public const int FactPushMillisecondsMax = 2_000;

    // Ids of managed objects set aside at a time: a crash wastes at most so many
    public const int ObjectIdsReserved = 100;

    // Pages
    public const int PageSizeDefault = 5;
    public const int PageSizeMax = 2_000;

    // Passwords
    public const int PasswordCharsMin = 8;
    public const int PasswordCharsMax = 128;

    // MQTT: the interface's packet limit, headers included
    public const int MqttPacketBytesMax = 16_184;

    // SmartREST rows: more than a whole MQTT packet can hold, so that they bite only where bodies are larger
    public const int CsvRowsPerPayloadMax = 5_000;
    public const int CsvFieldsPerRowMax = 10_000;
    public const int NumberCharsMax = 64;
    public const int EchoedValueCharsMax = 100;

    // REST: how many sources of one request are asked at once, and when a client that was turned away may come back
    public const int SourcesInFlightMax = 64;
    public const int RetryAfterSeconds = 2;
    public const int PooledAnswerBytesMax = 1 << 20;
    public const int PooledAnswersMax = 64;
}
