using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bailiwick.Compatibility.Tests;

/// <summary>An authority of the test, signed by itself or by another.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly TestAuthority? _parent;

    public TestAuthority(string name, TestAuthority? parent = null)
    {
        _parent = parent;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        if (parent is null)
        {
            Certificate = request.CreateSelfSigned(now.AddDays(-10), now.AddDays(10));
            return;
        }

        using var signed = request.Create(parent.Certificate, now.AddDays(-9), now.AddDays(9), [1]);
        Certificate = signed.CopyWithPrivateKey(key);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>Writes NAME.pem, chain included, and NAME.key, and returns the settings that name them.</summary>
    public string[] WriteServer(TemporaryFolder folder, string name, RSA key, int validDays = 5)
    {
        using (key)
        {
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            var now = TimeProvider.System.GetUtcNow();
            var generator = X509SignatureGenerator.CreateForECDsa(Certificate.GetECDsaPrivateKey()!);
            using var server = request.Create(Certificate.SubjectName, generator, now.AddDays(-5), now.AddDays(validDays), [2]);
            File.WriteAllText(folder[$"{name}.pem"], server.ExportCertificatePem() + "\n" + (_parent is null ? "" : Certificate.ExportCertificatePem()));
            File.WriteAllText(folder[$"{name}.key"], key.ExportPkcs8PrivateKeyPem());
        }

        return [$"--Tls:Certificate={folder[$"{name}.pem"]}", $"--Tls:Key={folder[$"{name}.key"]}"];
    }

    public void Dispose() => Certificate.Dispose();
}
