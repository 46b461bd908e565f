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
    public const int DenialUsersTrackedMax = 10_000;
    public const int AuditTypeCharsMax = 256;
    public const int AuditTextCharsMax = 4_096;
    public const int AuditRecordBytesMax = 256 << 10;

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
    public const int OwnPasswordFailuresMax = 5;
    public const int OwnPasswordFailuresForgottenSeconds = 60;
    public const int TenantFieldCharsMax = 254;
    public const int TenantDomainCharsMin = 2;
    public const int TenantDomainCharsMax = 63;
    public const int TenantsPerInstanceMax = 10_000;

    // Checking secrets: Argon2id costs about 15 ms a check; what waits beyond the queue is told to come back
    public const int HashMemoryKiB = 19 << 10;
    public const int HashPasses = 2;
    public const int HashSaltBytes = 16;
    public const int HashBytes = 32;
    public const int HashingQueueMax = 256;

    // Signing in
    public const int SignInChecksPerAddressMax = 64;
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
    public const int HostCacheMax = 10_000;
    public const int HostCacheSeconds = 60;

    // Device registration
    public const int RegistrationsPerTenantMax = 10_000;
    public const int RegistrationUnsettledSecondsMax = 10 * 60;
    public const int SecurityTokenCharsMax = 128;
    public const int SecurityTokenFailuresMax = 5;

    // MQTT: the interface's packet limit, headers included
    public const int MqttPacketBytesMax = 16_184;
}
