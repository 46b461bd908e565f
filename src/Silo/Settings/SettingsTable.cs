using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Silo.Settings;

/// <summary>
/// Every setting of the process: the one place that names a key, its default and what it may be. Reading, refusing,
/// suggesting and <c>--help</c> all go by this table. <c>Logging:*</c> is the framework's own section.
/// </summary>
internal static class SettingsTable
{
    private const string Address = "'off' or ADDRESS:PORT with an IP address or localhost, such as 127.0.0.1:8080, 0.0.0.0:8443 or [::1]:0 (port 0 takes any free port)";
    private const string Flag = "true or false";
    private const string PemFile = "a PEM file that this user can read, always Tls:Certificate and Tls:Key together";
    private const string NotYet = "nothing: not yet in this release";
    private const string OrleansPort = "a port from 0 to 65535";
    private static readonly string Password = $"{Limits.PasswordCharsMin} to {Limits.PasswordCharsMax} characters, none of them a control character";

    public static readonly Setting ListenHttp = new("Listen:Http", "127.0.0.1:8080", "plaintext HTTP", Address);
    public static readonly Setting ListenHttps = new("Listen:Https", "0.0.0.0:8443", "HTTPS", Address);
    public static readonly Setting ListenMqtt = new("Listen:Mqtt", "127.0.0.1:1883", "plaintext MQTT", Address);
    public static readonly Setting ListenMqtts = new("Listen:Mqtts", "0.0.0.0:8883", "MQTT over TLS", Address);
    public static readonly Setting ListenHealth = new("Listen:Health", "off", "an extra plaintext listener for the probes alone", Address);
    public static readonly Setting ListenAllowPlaintext = new("Listen:AllowPlaintext", "false", "plaintext listeners on addresses that other machines reach", Flag);
    public static readonly Setting ListenTrustForwardedHeaders = new("Listen:TrustForwardedHeaders", "false", "believe X-Forwarded-Proto, -Host and -For: only behind a proxy that sets them itself", Flag);

    public static readonly Setting TlsCertificate = new("Tls:Certificate", null, "server certificate and its chain; a local one is made when absent", PemFile);
    public static readonly Setting TlsKey = new("Tls:Key", null, "private key of the server certificate, not encrypted", PemFile);

    public static readonly Setting StorageKind = new("Storage:Kind", "Embedded", "where data is kept", "Embedded; Azure is not yet in this release");
    public static readonly Setting StoragePath = new("Storage:Path", "data", "folder of the embedded store and the local keys", "a folder that exists or can be created, that this user can write, and that no other process uses");
    public static readonly Setting StorageAzure = new("Storage:Azure", null, "connection string of the Azure store (not yet in this release)", NotYet, Secret: true);

    public static readonly Setting ClusterKind = new("Cluster:Kind", "Single", "how silos find each other", "Single; Redis is not yet in this release");
    public static readonly Setting ClusterRedis = new("Cluster:Redis", null, "Redis that keeps the membership (not yet in this release)", NotYet, Secret: true);
    public static readonly Setting ClusterId = new("Cluster:Id", "bailiwick", "name of the cluster", "1 to 64 letters, digits, '-' or '_'");
    public static readonly Setting ClusterSiloPort = new("Cluster:SiloPort", "11111", "port between silos", OrleansPort);
    public static readonly Setting ClusterGatewayPort = new("Cluster:GatewayPort", "30000", "port for clients of the cluster", OrleansPort);
    public static readonly Setting ClusterAddress = new("Cluster:Address", "127.0.0.1", "address of this silo within the cluster", "an IP address; with Cluster:Kind=Single a loopback address");
    public static readonly Setting ClusterRoles = new("Cluster:Roles", "Edge,Grains", "what this silo does", "Edge,Grains; a silo with one role is not yet in this release");

    public static readonly Setting TenancyDefaultTenant = new("Tenancy:DefaultTenant", "t1", "tenant of a request whose host names none", $"a lower-case letter, then lower-case letters and digits, at most {Limits.TenantIdCharsMax}, and not 'management'");
    public static readonly Setting TenancyBaseDomain = new("Tenancy:BaseDomain", "localhost", "tenant t2 is also reached at t2.BASEDOMAIN", "a DNS name in lower case, such as localhost or iot.example.org");

    public static readonly Setting BootstrapAdminPassword = new("Bootstrap:AdminPassword", null, "of admin in the default tenant, at the first start (else random)", Password, Secret: true);
    public static readonly Setting BootstrapManagementPassword = new("Bootstrap:ManagementPassword", null, "of admin in management, at the first start (else random)", Password, Secret: true);
    public static readonly Setting BootstrapDevicePassword = new("Bootstrap:DevicePassword", null, "of management/devicebootstrap, at the first start (else random)", Password, Secret: true);

    public static readonly Setting SecurityContact = new("Security:Contact", null, "whom to tell of a weakness: shown in /.well-known/security.txt", "an address that begins with mailto:, https:// or tel:, of one line");

    public static readonly LimitSetting RequestBodyBytesMax = LimitSetting.Of(nameof(Limits.RequestBodyBytesMax), Limits.RequestBodyBytesMax, 1 << 10, Limits.RequestBodyBytesMax, "largest body of an HTTP request");
    public static readonly LimitSetting ConnectionsPerListenerMax = LimitSetting.Of(nameof(Limits.ConnectionsPerListenerMax), Limits.ConnectionsPerListenerMax, 1, 1_000_000, "open connections of one listener");
    public static readonly LimitSetting TlsHandshakeSecondsMax = LimitSetting.Of(nameof(Limits.TlsHandshakeSecondsMax), Limits.TlsHandshakeSecondsMax, 1, 60, "longest TLS handshake");
    public static readonly LimitSetting RequestHeadersSecondsMax = LimitSetting.Of(nameof(Limits.RequestHeadersSecondsMax), Limits.RequestHeadersSecondsMax, 1, 300, "longest wait for the head of an HTTP request");
    public static readonly LimitSetting DrainSecondsMax = LimitSetting.Of(nameof(Limits.DrainSecondsMax), Limits.DrainSecondsMax, 1, Limits.DrainSecondsMax, "longest wait for open work at a stop");
    public static readonly LimitSetting TenantMessagesPerSecond = LimitSetting.Of(nameof(Limits.TenantMessagesPerSecond), Limits.TenantMessagesPerSecond, 0, 1_000_000, "MQTT packets and REST requests of one tenant; 0 for no limit");
    public static readonly LimitSetting DeviceMessagesPerSecond = LimitSetting.Of(nameof(Limits.DeviceMessagesPerSecond), Limits.DeviceMessagesPerSecond, 0, 1_000_000, "the same of one device or user; 0 for no limit");

    /// <summary>All rows, in the order in which <c>--help</c> shows them.</summary>
    public static readonly IReadOnlyList<Setting> All =
    [
        ListenHttp, ListenHttps, ListenMqtt, ListenMqtts, ListenHealth, ListenAllowPlaintext, ListenTrustForwardedHeaders,
        TlsCertificate, TlsKey,
        StorageKind, StoragePath, StorageAzure,
        ClusterKind, ClusterRedis, ClusterId, ClusterSiloPort, ClusterGatewayPort, ClusterAddress, ClusterRoles,
        TenancyDefaultTenant, TenancyBaseDomain,
        BootstrapAdminPassword, BootstrapManagementPassword, BootstrapDevicePassword,
        SecurityContact,
        RequestBodyBytesMax.Setting, ConnectionsPerListenerMax.Setting, TlsHandshakeSecondsMax.Setting, RequestHeadersSecondsMax.Setting,
        DrainSecondsMax.Setting, TenantMessagesPerSecond.Setting, DeviceMessagesPerSecond.Setting,
    ];

    /// <summary>The sections that are ours: a key in one of them that is not in the table is a mistake.</summary>
    public static readonly IReadOnlyList<string> Sections = [.. All.Select(setting => setting.Key[..setting.Key.IndexOf(':', StringComparison.Ordinal)]).Distinct()];
}
