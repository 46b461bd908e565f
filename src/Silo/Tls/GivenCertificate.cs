using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Tls;

/// <summary>Reads the certificate, its chain and its key that an operator gives as PEM files.</summary>
internal static class GivenCertificate
{
    /// <summary>The first certificate of the file is the server's; any others are the chain that clients are shown.</summary>
    /// <exception cref="BadSettingException">A file cannot be read, or certificate and key are not one pair of good strength.</exception>
    public static (X509Certificate2 Server, X509Certificate2Collection Chain) Read(TlsSettings files)
    {
        var certificates = Text(SettingsTable.TlsCertificate, files.CertificatePath);
        var key = Text(SettingsTable.TlsKey, files.KeyPath);
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificates);
        }
        catch (CryptographicException fault)
        {
            throw BadSettingException.Of(SettingsTable.TlsCertificate, files.CertificatePath, "holds a certificate that cannot be read", cause: fault);
        }

        if (chain.Count == 0) throw BadSettingException.Of(SettingsTable.TlsCertificate, files.CertificatePath, "holds no certificate");
        chain[0].Dispose();
        chain.RemoveAt(0);
        var server = Pair(files, certificates, key);
        RefuseWeakKey(files, server);
        return (server, chain);
    }

    private static string Text(Setting setting, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw BadSettingException.Of(setting, path, File.Exists(path) ? "cannot be read" : "does not exist", cause: fault);
        }
    }

    private static X509Certificate2 Pair(TlsSettings files, string certificates, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPem(certificates, key);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw BadSettingException.Of(SettingsTable.TlsKey, files.KeyPath, "is not the unencrypted key of the first certificate in Tls:Certificate", cause: fault);
        }
    }

    private static void RefuseWeakKey(TlsSettings files, X509Certificate2 server)
    {
        using var rsa = server.GetRSAPublicKey();
        using var elliptic = server.GetECDsaPublicKey();
        if (rsa?.KeySize >= Limits.RsaKeyBitsMin || elliptic?.KeySize >= Limits.EllipticKeyBitsMin) return;
        throw BadSettingException.Of(SettingsTable.TlsCertificate, files.CertificatePath, "has a key that is too weak or of another kind",
            $"an RSA key of at least {Limits.RsaKeyBitsMin} bits or an ECDSA key of at least {Limits.EllipticKeyBitsMin}");
    }
}
