using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Tls;

/// <summary>
/// The names under which clients reach this server, for its local certificate: <c>localhost</c>, this host, the
/// base domain with its tenants, and the loopback addresses.
/// </summary>
internal sealed partial class ServerNames
{
    /// <summary>The name in the certificate's subject.</summary>
    public const string Subject = "localhost";

    private static readonly IPAddress[] _addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];
    private readonly IReadOnlyList<string> _dnsNames;

    private ServerNames(IReadOnlyList<string> dnsNames) => _dnsNames = dnsNames;

    public static ServerNames Of(TenancySettings tenancy, string hostName)
    {
        var domain = tenancy.BaseDomain;
        // Many clients take no wildcard right below a top-level name, *.localhost among them, so the two
        // tenants of the first start are named in full as well.
        string[] names = [Subject, $"*.{Subject}", domain, $"*.{domain}", $"{tenancy.DefaultTenant}.{domain}", $"{TenantId.Management}.{domain}"];
        // A host may be called what no certificate can say.
        var host = hostName.ToLowerInvariant();
        return new([.. names.Concat(DnsName().IsMatch(host) ? [host] : Array.Empty<string>()).Distinct(StringComparer.Ordinal)]);
    }

    public X509Extension ToExtension()
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in _dnsNames) builder.AddDnsName(name);
        foreach (var address in _addresses) builder.AddIpAddress(address);
        return builder.Build();
    }

    /// <summary>True when the certificate bears every one of these names.</summary>
    public bool AreIn(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SingleOrDefault();
        return names is not null
            && !_dnsNames.Except(names.EnumerateDnsNames(), StringComparer.OrdinalIgnoreCase).Any()
            && !_addresses.Except(names.EnumerateIPAddresses()).Any();
    }

    public override string ToString() => string.Join(", ", _dnsNames.Concat(_addresses.Select(address => address.ToString())));

    [GeneratedRegex(@"\A(?=.{1,253}\z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\z")]
    private static partial Regex DnsName();
}
