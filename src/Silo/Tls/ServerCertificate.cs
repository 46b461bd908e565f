using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Tls;

/// <summary>
/// The certificate that the server shows, with its key and chain. Every handshake asks it for <see cref="Current"/>, so that
/// one day a renewed certificate can take over without a restart.
/// </summary>
internal sealed class ServerCertificate : IDisposable
{
    private readonly X509Certificate2 _certificate;

    private ServerCertificate(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        _certificate = certificate;
        // Offline: a start must not wait for some issuer's web server.
        Current = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>What the next handshake is to use.</summary>
    public SslStreamCertificateContext Current { get; }

    /// <summary>The given certificate, or else the local one, made where it is missing.</summary>
    /// <exception cref="BadSettingException">The given one is no good, or a local one cannot be had.</exception>
    public static ServerCertificate Load(SiloSettings settings, DataFolder data, TimeProvider clock)
    {
        if (settings.Tls is null) return new(Local(settings, data.Path, clock).Obtain(), []);
        var (server, chain) = GivenCertificate.Read(settings.Tls);
        return new(server, chain);
    }

    /// <summary>Says what <see cref="Load"/> would do, and touches nothing.</summary>
    /// <exception cref="BadSettingException">As <see cref="Load"/> would.</exception>
    public static string Inspect(SiloSettings settings, TimeProvider clock)
    {
        if (settings.Tls is null) return Local(settings, settings.Storage.Path, clock).Inspect();
        var (server, _) = GivenCertificate.Read(settings.Tls);
        using (server)
            return $"would use {settings.Tls.CertificatePath} ({server.Subject}), good {Validity(server)}{(OutOfDate(server, clock.GetUtcNow()) ? ": out of date, clients will refuse it" : "")}";
    }

    /// <summary>True when clients would refuse the certificate for its dates.</summary>
    public bool IsOutOfDate(DateTimeOffset now) => OutOfDate(_certificate, now);

    public override string ToString() => $"{_certificate.Subject}, good {Validity(_certificate)}";

    public void Dispose() => _certificate.Dispose();

    private static LocalAuthority Local(SiloSettings settings, string dataPath, TimeProvider clock) =>
        new(Path.Combine(dataPath, "tls"), ServerNames.Of(settings.Tenancy, Environment.MachineName), clock);

    private static bool OutOfDate(X509Certificate2 certificate, DateTimeOffset now) =>
        now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime();

    private static string Validity(X509Certificate2 certificate) =>
        $"from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd} to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}";
}
