using System.Net;
using System.Text.RegularExpressions;
using Bailiwick.Edge.Rates;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Silo.Settings;

/// <summary>The PEM files of the server certificate; null when a local one is to be made.</summary>
internal sealed record TlsSettings(string CertificatePath, string KeyPath);

/// <summary>Where the embedded store lives; an absolute path.</summary>
internal sealed record StorageSettings(string Path);

/// <summary>This silo as others of its cluster see it; a port of 0 leaves the choice to the system.</summary>
internal sealed record ClusterSettings(string Id, IPAddress Address, int SiloPort, int GatewayPort);

/// <summary>How a request's host names its tenant.</summary>
internal sealed record TenancySettings(TenantId DefaultTenant, string BaseDomain);

/// <summary>Passwords of the first start; null asks for a random one. They are secrets: never log this record.</summary>
internal sealed record BootstrapSettings(string? AdminPassword, string? ManagementPassword, string? DevicePassword)
{
    // A record prints its members; this one must not.
    public override string ToString() => nameof(BootstrapSettings);
}

/// <summary>The bounds that an operator may move.</summary>
internal sealed record LimitSettings(int RequestBodyBytesMax, int ConnectionsPerListenerMax, TimeSpan TlsHandshakeMax, TimeSpan RequestHeadersMax, TimeSpan DrainMax, RateSettings Rates);

/// <summary>All settings of the process, read and checked once, before anything is opened or written.</summary>
internal sealed partial record SiloSettings(
    ListenSettings Listen, TlsSettings? Tls, StorageSettings Storage, ClusterSettings Cluster,
    TenancySettings Tenancy, BootstrapSettings Bootstrap, string? SecurityContact, LimitSettings Limits)
{
    /// <exception cref="BadSettingException">A setting has a value that it may not have.</exception>
    public static SiloSettings Read(IConfiguration configuration)
    {
        var reader = new SettingReader(configuration);
        return new(ListenSettings.Read(reader), ReadTls(reader), ReadStorage(reader), ReadCluster(reader), ReadTenancy(reader), ReadBootstrap(reader), ReadContact(reader), ReadLimits(reader));
    }

    private static TlsSettings? ReadTls(SettingReader reader)
    {
        var certificate = reader.Text(SettingsTable.TlsCertificate);
        var key = reader.Text(SettingsTable.TlsKey);
        if (certificate is null && key is null) return null;
        if (certificate is null) throw BadSettingException.Of(SettingsTable.TlsCertificate, null, "while Tls:Key is set");
        if (key is null) throw BadSettingException.Of(SettingsTable.TlsKey, null, "while Tls:Certificate is set");
        return new(Path.GetFullPath(certificate), Path.GetFullPath(key));
    }

    private static StorageSettings ReadStorage(SettingReader reader)
    {
        reader.Only(SettingsTable.StorageKind);
        reader.Only(SettingsTable.StorageAzure);
        var path = reader.Text(SettingsTable.StoragePath, text => !text.Contains('\0', StringComparison.Ordinal), "is not a path")!;
        return new(Path.GetFullPath(path));
    }

    private static ClusterSettings ReadCluster(SettingReader reader)
    {
        reader.Only(SettingsTable.ClusterKind);
        reader.Only(SettingsTable.ClusterRedis);
        reader.Only(SettingsTable.ClusterRoles);
        var id = reader.Text(SettingsTable.ClusterId, ClusterName().IsMatch, "is not such a name")!;
        var address = reader.Text(SettingsTable.ClusterAddress, text => IPAddress.TryParse(text, out var parsed) && IPAddress.IsLoopback(parsed), "is not such an address")!;
        return new(id, IPAddress.Parse(address), reader.Port(SettingsTable.ClusterSiloPort), reader.Port(SettingsTable.ClusterGatewayPort));
    }

    private static TenancySettings ReadTenancy(SettingReader reader)
    {
        var text = reader.Text(SettingsTable.TenancyDefaultTenant)!;
        if (!TenantId.TryParse(text, out var tenant) || tenant == TenantId.Management)
            throw BadSettingException.Of(SettingsTable.TenancyDefaultTenant, text, "cannot be the default tenant");
        return new(tenant, reader.Text(SettingsTable.TenancyBaseDomain, domain => domain.Length <= 200 && DomainName().IsMatch(domain), "is not a DNS name in lower case")!);
    }

    private static BootstrapSettings ReadBootstrap(SettingReader reader)
    {
        return new(Password(SettingsTable.BootstrapAdminPassword), Password(SettingsTable.BootstrapManagementPassword), Password(SettingsTable.BootstrapDevicePassword));

        string? Password(Setting setting) => reader.Text(
            setting,
            text => text.Length is >= Grains.Abstractions.Limits.PasswordCharsMin and <= Grains.Abstractions.Limits.PasswordCharsMax && !text.Any(char.IsControl),
            "is not such a password");
    }

    private static string? ReadContact(SettingReader reader) => reader.Text(
        SettingsTable.SecurityContact,
        text => (text.StartsWith("mailto:", StringComparison.Ordinal) || text.StartsWith("https://", StringComparison.Ordinal) || text.StartsWith("tel:", StringComparison.Ordinal)) && !text.Any(char.IsControl),
        "is not such an address");

    private static LimitSettings ReadLimits(SettingReader reader) => new(
        reader.Limit(SettingsTable.RequestBodyBytesMax),
        reader.Limit(SettingsTable.ConnectionsPerListenerMax),
        TimeSpan.FromSeconds(reader.Limit(SettingsTable.TlsHandshakeSecondsMax)),
        TimeSpan.FromSeconds(reader.Limit(SettingsTable.RequestHeadersSecondsMax)),
        TimeSpan.FromSeconds(reader.Limit(SettingsTable.DrainSecondsMax)),
        new RateSettings(reader.Limit(SettingsTable.TenantMessagesPerSecond), reader.Limit(SettingsTable.DeviceMessagesPerSecond)));

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex ClusterName();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\z")]
    private static partial Regex DomainName();
}
