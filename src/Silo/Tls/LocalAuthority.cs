using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Tls;

/// <summary>
/// The certificate authority that this installation makes for itself when it is given no certificate. It lives in one
/// folder: <c>ca.pem</c> is what a client trusts, <c>server.pem</c> what the server shows; the keys are readable by the
/// owner alone. The authority is made once and never replaced, since clients hold on to it; the server's certificate is issued
/// again at a start when it nears its end or lacks a name.
/// </summary>
/// <remarks>
/// A key is always written before its certificate, so a crash leaves a key without a certificate, which the next start
/// replaces: nobody can have come to trust it. A <c>ca.pem</c> without its key was made so by a person.
/// </remarks>
internal sealed class LocalAuthority
{
    private readonly string _folder;
    private readonly ServerNames _names;
    private readonly TimeProvider _clock;

    public LocalAuthority(string folder, ServerNames names, TimeProvider clock) => (_folder, _names, _clock) = (folder, names, clock);

    private string AuthorityFile => Path.Combine(_folder, "ca.pem");
    private string AuthorityKeyFile => Path.Combine(_folder, "ca.key");
    private string ServerFile => Path.Combine(_folder, "server.pem");
    private string ServerKeyFile => Path.Combine(_folder, "server.key");

    /// <summary>The server's certificate with its key, made or issued again where that is needed.</summary>
    /// <exception cref="BadSettingException">The folder holds something else than this class would have written.</exception>
    public X509Certificate2 Obtain()
    {
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!File.Exists(AuthorityFile)) MakeAuthority();
        using var authority = ReadAuthority();
        var server = ReadServer();
        if (server is not null && WhyIssue(server, authority) is null) return server;
        server?.Dispose();
        Issue();
        return ReadServer() ?? throw Bad("server.pem does not fit server.key although both were just written");
    }

    /// <summary>Says what <see cref="Obtain"/> would do, and touches nothing.</summary>
    /// <exception cref="BadSettingException">As <see cref="Obtain"/> would.</exception>
    public string Inspect()
    {
        if (!File.Exists(AuthorityFile)) return $"would make a local authority and a server certificate for {_names} in {_folder}";
        using var authority = ReadAuthority();
        using var server = ReadServer();
        if (WhyIssue(server, authority) is not { } why) return $"would use {ServerFile}, good until {server!.NotAfter.ToUniversalTime():yyyy-MM-dd}";
        using var withKey = ReadAuthorityWithKey();
        return $"would issue {ServerFile} again: {why}";
    }

    private void MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A part by chance in the name: a client that trusts two installations must not mix up their authorities.
        var name = $"CN=Bailiwick local authority {RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var from = StartOfValidity();
        using var certificate = request.CreateSelfSigned(from, from.AddDays(Limits.LocalAuthorityDaysMax));
        PrivateFile.Write(AuthorityKeyFile, key.ExportPkcs8PrivateKeyPem() + "\n", PrivateFile.OwnerOnly);
        PrivateFile.Write(AuthorityFile, certificate.ExportCertificatePem() + "\n", PrivateFile.Readable);
    }

    private void Issue()
    {
        using var authority = ReadAuthorityWithKey();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={ServerNames.Subject}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "server authentication")], critical: false));
        request.CertificateExtensions.Add(_names.ToExtension());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        var from = StartOfValidity();
        var end = from.AddDays(Limits.LocalCertificateDaysMax);
        var authorityEnd = new DateTimeOffset(authority.NotAfter.ToUniversalTime());
        if (authorityEnd <= _clock.GetUtcNow()) throw Bad("ca.pem has expired", "a folder whose authority is in date; remove it to have a new one made, which every client must then be told to trust");
        using var certificate = request.Create(authority, from, end < authorityEnd ? end : authorityEnd, SerialNumber());
        PrivateFile.Write(ServerKeyFile, key.ExportPkcs8PrivateKeyPem() + "\n", PrivateFile.OwnerOnly);
        PrivateFile.Write(ServerFile, certificate.ExportCertificatePem() + "\n", PrivateFile.Readable);
    }

    /// <summary>The reason for another server certificate; null when the one there will do.</summary>
    private string? WhyIssue(X509Certificate2? server, X509Certificate2 authority)
    {
        if (server is null) return "there is none that fits its key";
        var now = _clock.GetUtcNow();
        var end = new DateTimeOffset(server.NotAfter.ToUniversalTime());
        // One that ends with its authority would be issued with the same end.
        var endsWithAuthority = server.NotAfter == authority.NotAfter && end > now;
        if (end - now < TimeSpan.FromDays(Limits.LocalCertificateRenewalDays) && !endsWithAuthority) return $"it ends on {end:yyyy-MM-dd}";
        if (!_names.AreIn(server)) return $"it is not for {_names}";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain.Build(server) ? null : "ca.pem does not vouch for it now";
    }

    private X509Certificate2 ReadAuthority()
    {
        try
        {
            return X509Certificate2.CreateFromPem(File.ReadAllText(AuthorityFile));
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Bad("has a ca.pem that cannot be read", cause: fault);
        }
    }

    private X509Certificate2 ReadAuthorityWithKey()
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(AuthorityFile, AuthorityKeyFile);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw Bad("needs ca.key, the key of ca.pem, to issue a server certificate, and has none that fits",
                "that key, or Tls:Certificate and Tls:Key; remove the folder to have a new authority made, which every client must then be told to trust", fault);
        }
    }

    /// <summary>The server's certificate with its key; null when they are missing or do not fit each other.</summary>
    private X509Certificate2? ReadServer()
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(ServerFile, ServerKeyFile);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException fault)
        {
            throw Bad("has a server.key that this user cannot read", cause: fault);
        }
    }

    /// <summary>An hour back, for clients whose clock is a little behind.</summary>
    private DateTimeOffset StartOfValidity() => _clock.GetUtcNow().AddHours(-1);

    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        // A positive number with no leading zero byte, as the certificate format wants it.
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }

    private BadSettingException Bad(string fault, string? allowed = null, Exception? cause = null) =>
        BadSettingException.Of(SettingsTable.StoragePath, _folder, fault, allowed ?? "a folder with the four files that the server made there", cause);
}
