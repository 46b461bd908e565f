using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Bailiwick.Compatibility.Tests;

/// <summary>TLS as a stranger's client finds it, on the HTTPS and on the MQTTS port.</summary>
public sealed class TransportTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly ServerProcess _server = shared.Server;

    public static TheoryData<string> Ports => ["https", "mqtts"];

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task TLS_1_2_and_1_3_are_spoken_and_the_certificate_verifies(string port)
    {
        foreach (var version in new[] { "1.2", "1.3" })
        {
            var told = await HandshakeAsync(port, $"-tls{version.Replace('.', '_')}", "-CAfile", _server.AuthorityFile, "-verify_return_error", "-verify_hostname", "localhost");

            Assert.Contains($"New, TLSv{version}, Cipher is ", told, StringComparison.Ordinal);
            Assert.Contains("Verify return code: 0 (ok)", told, StringComparison.Ordinal);
            Assert.Contains("Compression: NONE", told, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Older_versions_are_refused_by_the_server(string port)
    {
        foreach (var version in new[] { "-tls1", "-tls1_1" })
        {
            // The client must be willing, or its own refusal would pass for the server's.
            var told = await HandshakeAsync(port, version, "-cipher", "ALL:@SECLEVEL=0");

            Assert.Contains("alert protocol version", told, StringComparison.Ordinal);
            Assert.Contains("Cipher is (NONE)", told, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("https", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [InlineData("https", "ECDHE-ECDSA-AES256-GCM-SHA384")]
    [InlineData("https", "ECDHE-ECDSA-CHACHA20-POLY1305")]
    [InlineData("mqtts", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    public async Task A_suite_with_forward_secrecy_and_authenticated_encryption_is_taken(string port, string suite)
    {
        var told = await HandshakeAsync(port, "-tls1_2", "-cipher", suite);

        Assert.Contains($"Cipher is {suite}", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https", "ECDHE-ECDSA-AES128-SHA256")]
    [InlineData("https", "ECDHE-ECDSA-AES256-SHA")]
    [InlineData("https", "ECDHE-ECDSA-AES256-CCM8")]
    [InlineData("https", "AECDH-AES128-SHA:ADH-AES128-GCM-SHA256")]
    [InlineData("https", "ECDHE-ECDSA-NULL-SHA")]
    [InlineData("mqtts", "ECDHE-ECDSA-AES128-SHA256")]
    public async Task Any_other_suite_is_refused_by_the_server(string port, string suites)
    {
        var told = await HandshakeAsync(port, "-tls1_2", "-cipher", $"{suites}:@SECLEVEL=0");

        Assert.Contains("alert handshake failure", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("t1.localhost")]
    [InlineData("management.localhost")]
    [InlineData("127.0.0.1")]
    public async Task The_certificate_is_for_every_name_of_the_first_start(string host)
    {
        using var answer = await _server.NewClient(new Uri($"https://{host}:{_server.HttpsPort}")).GetAsync("/health/live");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_certificate_is_for_no_other_name()
    {
        var client = _server.NewClient(new Uri($"https://example.org:{_server.HttpsPort}"));

        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/health/live"));
        Assert.Equal(HttpRequestError.SecureConnectionError, fault.HttpRequestError);
    }

    [Fact]
    public async Task Mqtt_clients_may_name_any_protocol_in_the_handshake()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _server.MqttsPort);
        await using var stream = new SslStream(socket.GetStream());
        var options = _server.ClientTls();
        options.TargetHost = "localhost";
        options.ApplicationProtocols = [new("mqtt")];

        await stream.AuthenticateAsClientAsync(options);

        Assert.True(stream.IsAuthenticated);
    }

    [Fact]
    public void Keys_are_readable_by_the_owner_alone()
    {
        var folder = Path.GetDirectoryName(_server.AuthorityFile)!;
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.Equal(owner, File.GetUnixFileMode(Path.Combine(folder, "ca.key")));
        Assert.Equal(owner, File.GetUnixFileMode(Path.Combine(folder, "server.key")));
        Assert.Equal(["ca.key", "ca.pem", "server.key", "server.pem"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Everything that the common command-line client of TLS tells about one handshake.</summary>
    private async Task<string> HandshakeAsync(string port, params string[] arguments)
    {
        var number = port == "https" ? _server.HttpsPort : _server.MqttsPort;
        var start = new ProcessStartInfo("openssl", ["s_client", "-connect", $"127.0.0.1:{number}", "-servername", "localhost", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = Process.Start(start)!;
        client.StandardInput.Close();
        var output = client.StandardOutput.ReadToEndAsync();
        var errors = client.StandardError.ReadToEndAsync();
        using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
        try
        {
            await client.WaitForExitAsync(giveUp.Token);
        }
        catch (OperationCanceledException)
        {
            client.Kill();
            throw new TimeoutException($"Awaited the end of a TLS handshake on the {port} port for {BailiwickProcess.Patience}.");
        }

        return await output + await errors;
    }
}
