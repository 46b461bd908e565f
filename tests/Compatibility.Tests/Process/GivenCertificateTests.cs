using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bailiwick.Compatibility.Tests;

/// <summary>A certificate that the operator gives as PEM files.</summary>
public sealed class GivenCertificateTests
{
    [Fact]
    public async Task A_given_certificate_is_shown_with_its_chain_and_no_local_one_is_made()
    {
        using var folder = new TemporaryFolder();
        using var root = new TestAuthority("root");
        using var between = new TestAuthority("between", root);
        var settings = between.WriteServer(folder, "server", RSA.Create(2048));
        await using var server = await ServerProcess.StartOnAsync(folder["data"], settings);
        Assert.False(Directory.Exists(folder["data/tls"]));

        // Trusting the root alone proves that the server sent what lies between.
        using var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root.Certificate }, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true } } };
        using var client = new HttpClient(handler);
        using var answer = await client.GetAsync(new Uri(server.Https, "/health/live"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_certificate_out_of_date_is_served_with_a_warning()
    {
        using var folder = new TemporaryFolder();
        using var root = new TestAuthority("root");
        var settings = root.WriteServer(folder, "server", RSA.Create(2048), validDays: -1);

        await using var server = await ServerProcess.StartOnAsync(folder["data"], settings);

        Assert.Contains(" warn ", await server.OutputLineAsync(line => line.Contains("out of date", StringComparison.Ordinal), "the warning about the certificate's dates"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewed_certificate_is_taken_without_a_restart_and_a_bad_one_is_not()
    {
        using var folder = new TemporaryFolder();
        using var root = new TestAuthority("root");
        var settings = root.WriteServer(folder, "server", RSA.Create(2048), validDays: 5);
        await using var server = await ServerProcess.StartOnAsync(folder["data"], settings);
        await server.OutputLineAsync(line => line.Contains("4 days left", StringComparison.Ordinal), "the warning that the certificate nears its end");
        var first = await ThumbprintAsync(server.HttpsPort, root);
        using var standing = await OpenAsync(server.MqttsPort, root);

        await File.WriteAllTextAsync(folder["server.key"], "not a key");
        await server.OutputLineAsync(line => line.Contains("was not renewed", StringComparison.Ordinal), "that a bad pair was not taken");
        Assert.Equal(first, await ThumbprintAsync(server.HttpsPort, root));

        root.WriteServer(folder, "server", RSA.Create(2048), validDays: 90);
        await server.OutputLineAsync(line => line.Contains("The server certificate is now", StringComparison.Ordinal), "that the renewed certificate was taken");
        var second = await ThumbprintAsync(server.HttpsPort, root);
        Assert.NotEqual(first, second);
        Assert.Equal(second, await ThumbprintAsync(server.MqttsPort, root));
        // What stood before stands still: it takes what is written.
        await standing.WriteAsync(new byte[] { 0x10 });
    }

    private static async Task<string> ThumbprintAsync(int port, TestAuthority root)
    {
        using var tls = await OpenAsync(port, root);
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    private static async Task<SslStream> OpenAsync(int port, TestAuthority root)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root.Certificate }, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        });
        return tls;
    }

    [Theory]
    [InlineData("missing.pem", "server.key", "Tls:Certificate", "does not exist")]
    [InlineData("server.pem", "missing.key", "Tls:Key", "does not exist")]
    [InlineData("server.pem", "other.key", "Tls:Key", "is not the unencrypted key of the first certificate")]
    [InlineData("server.pem", "server.pem", "Tls:Key", "is not the unencrypted key of the first certificate")]
    [InlineData("server.key", "server.key", "Tls:Certificate", "holds no certificate")]
    [InlineData("broken.pem", "server.key", "Tls:Certificate", "holds a certificate that cannot be read")]
    [InlineData("weak.pem", "weak.key", "Tls:Certificate", "has a key that is too weak")]
    public async Task A_bad_file_is_a_bad_setting(string certificate, string key, string setting, string fault)
    {
        using var folder = new TemporaryFolder();
        using var root = new TestAuthority("root");
        root.WriteServer(folder, "server", RSA.Create(2048));
        root.WriteServer(folder, "other", RSA.Create(2048));
        root.WriteServer(folder, "weak", RSA.Create(1024));
        await File.WriteAllTextAsync(folder["broken.pem"], "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");

        var ended = await BailiwickProcess.RunAsync([.. ServerProcess.SettingsFor(folder["data"]), $"--Tls:Certificate={folder[certificate]}", $"--Tls:Key={folder[key]}"]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains($"bad setting {setting}: ", Assert.Single(ended.Errors), StringComparison.Ordinal);
        Assert.Contains(fault, ended.Errors[0], StringComparison.Ordinal);
    }
}
