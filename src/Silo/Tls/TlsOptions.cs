using System.Net.Security;
using System.Security.Authentication;

namespace Bailiwick.Silo.Tls;

/// <summary>
/// How this server speaks TLS, the same on every port: 1.2 and 1.3 only; authenticated encryption with forward secrecy
/// only; no renegotiation, no compression. Old devices are a reason for a plaintext listener beside it, never for less here.
/// </summary>
internal static class TlsOptions
{
    private static readonly TlsCipherSuite[] _suites =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ];

    /// <summary>For HTTP: the peer chooses HTTP/2 or HTTP/1.1.</summary>
    public static SslServerAuthenticationOptions ForHttps(ServerCertificate certificate) => Of(certificate, [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]);

    /// <summary>For MQTT, which negotiates no protocol: whatever a client names, it is served.</summary>
    public static SslServerAuthenticationOptions ForMqtts(ServerCertificate certificate) => Of(certificate, []);

    private static SslServerAuthenticationOptions Of(ServerCertificate certificate, List<SslApplicationProtocol> protocols) => new()
    {
        ServerCertificateContext = certificate.Current,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = new CipherSuitesPolicy(_suites),
        EncryptionPolicy = EncryptionPolicy.RequireEncryption,
        AllowRenegotiation = false,
        ApplicationProtocols = protocols,
        ClientCertificateRequired = false,
    };
}
