using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Tls;

/// <summary>
/// The certificate that the server shows, with its key and chain. Every handshake asks it for <see cref="Current"/>, so that a renewed one takes
/// over without a restart; connections that stand go on as they were made.
/// </summary>
internal sealed class ServerCertificate
{
    private readonly Func<(X509Certificate2 Server, X509Certificate2Collection Chain)> _read;
    private readonly Func<string> _stamp;
    private volatile Loaded _loaded;
    private string _seen;

    private sealed record Loaded(X509Certificate2 Certificate, SslStreamCertificateContext Context)
    {
        // Offline: a handshake must not wait for some issuer's web server.
        public static Loaded Of((X509Certificate2 Server, X509Certificate2Collection Chain) read) => new(read.Server, SslStreamCertificateContext.Create(read.Server, read.Chain, offline: true));
    }

    /// <param name="stamp">Something that changes when reading may bring another certificate.</param>
    private ServerCertificate(Func<(X509Certificate2, X509Certificate2Collection)> read, Func<string> stamp)
    {
        (_read, _stamp, _seen) = (read, stamp, stamp());
        _loaded = Loaded.Of(read());
    }

    /// <summary>What the next handshake is to use.</summary>
    public SslStreamCertificateContext Current => _loaded.Context;

    /// <summary>The given certificate, or else the local one, made where it is missing.</summary>
    /// <exception cref="BadSettingException">The given one is no good, or a local one cannot be had.</exception>
    public static ServerCertificate Load(SiloSettings settings, DataFolder data, TimeProvider clock)
    {
        if (settings.Tls is { } files) return new(() => GivenCertificate.Read(files), () => Stamp(files.CertificatePath) + Stamp(files.KeyPath));
        var local = Local(settings, data.Path, clock);
        // The local one changes by growing old: once a day it is asked whether it is time.
        return new(() => (local.Obtain(), []), () => clock.GetUtcNow().UtcDateTime.Date.ToString("O", CultureInfo.InvariantCulture));
    }

    /// <summary>Takes the certificate that is there now, when it may be another one than before; true when it is. One that is no good leaves the old one in use.</summary>
    /// <exception cref="BadSettingException">It is no good. It is not tried again before it changes again.</exception>
    public bool Renew()
    {
        var stamp = _stamp();
        if (stamp == _seen) return false;
        _seen = stamp;
        var read = _read();
        if (read.Server.Thumbprint == _loaded.Certificate.Thumbprint) return false;
        // The one before is not disposed of: a handshake may be at it.
        _loaded = Loaded.Of(read);
        return true;
    }

    /// <summary>Says what <see cref="Load"/> would do, and touches nothing.</summary>
    /// <exception cref="BadSettingException">As <see cref="Load"/> would.</exception>
    public static string Inspect(SiloSettings settings, TimeProvider clock)
    {
        if (settings.Tls is null) return Local(settings, settings.Storage.Path, clock).Inspect();
        var (server, _) = GivenCertificate.Read(settings.Tls);
        using (server)
            return $"would use {settings.Tls.CertificatePath} ({server.Subject}), good {Validity(server)}{Warning(server, clock.GetUtcNow())}";
    }

    /// <summary>True when clients would refuse the certificate for its dates.</summary>
    public bool IsOutOfDate(DateTimeOffset now) => OutOfDate(_loaded.Certificate, now);

    /// <summary>Whole days until clients will refuse it; 0 or less when they do.</summary>
    public int DaysLeft(DateTimeOffset now) => DaysLeft(_loaded.Certificate, now);

    public override string ToString() => $"{_loaded.Certificate.Subject}, good {Validity(_loaded.Certificate)}";

    private static LocalAuthority Local(SiloSettings settings, string dataPath, TimeProvider clock) =>
        new(Path.Combine(dataPath, "tls"), ServerNames.Of(settings.Tenancy, Environment.MachineName), clock);

    private static string Stamp(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks}/{file.Length};") : "none;";
    }

    private static string Warning(X509Certificate2 certificate, DateTimeOffset now) =>
        OutOfDate(certificate, now) ? ": out of date, clients will refuse it"
        : DaysLeft(certificate, now) is var days && days <= Limits.CertificateWarningDays ? string.Create(CultureInfo.InvariantCulture, $": {days} days left, renew it") : "";

    private static int DaysLeft(X509Certificate2 certificate, DateTimeOffset now) => (int)Math.Floor((certificate.NotAfter.ToUniversalTime() - now.UtcDateTime).TotalDays);

    private static bool OutOfDate(X509Certificate2 certificate, DateTimeOffset now) =>
        now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime();

    private static string Validity(X509Certificate2 certificate) =>
        $"from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd} to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}";
}
