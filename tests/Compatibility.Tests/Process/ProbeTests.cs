using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Bailiwick.Compatibility.Tests;

/// <summary>The probes, and what an answer's head says about transport, on each listener.</summary>
public sealed class ProbeTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string StrictTransport = "max-age=31536000; includeSubDomains";
    private readonly ServerProcess _server = shared.Server;

    public static TheoryData<string, string> Everywhere => new()
    {
        { "http", "/health/live" }, { "http", "/health/ready" },
        { "https", "/health/live" }, { "https", "/health/ready" },
        { "health", "/health/live" }, { "health", "/health/ready" },
    };

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_probe_answers_without_credentials(string listener, string path)
    {
        using var answer = await Client(listener).GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("""{"status":"UP"}""", await answer.Content.ReadAsStringAsync());
        Assert.True(answer.Headers.CacheControl?.NoStore);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/inventory/managedObjects")]
    [InlineData("/tenant/loginOptions")]
    [InlineData("/health")]
    [InlineData("/health/live/more")]
    public async Task The_health_listener_knows_nothing_but_the_probes(string path)
    {
        using var answer = await Client("health").GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Whom_to_tell_of_a_weakness_is_not_said_where_the_operator_said_nothing()
    {
        using var answer = await Client("https").GetAsync("/.well-known/security.txt");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("Security:Contact", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operator_names_whom_to_tell_of_a_weakness()
    {
        await using var server = await ServerProcess.StartAsync("--Security:Contact=mailto:security@example.org");
        using var answer = await server.NewClient().GetAsync("/.well-known/security.txt");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        var fields = (await answer.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(field => field[0], field => field[1]);
        Assert.Equal("mailto:security@example.org", fields["Contact"]);
        Assert.InRange(DateTimeOffset.Parse(fields["Expires"], System.Globalization.CultureInfo.InvariantCulture), TimeProvider.System.GetUtcNow().AddDays(90), TimeProvider.System.GetUtcNow().AddDays(366));
    }

    [Fact]
    public async Task A_probe_takes_no_other_method()
    {
        using var answer = await Client("http").PostAsync("/health/ready", new StringContent("{}"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Theory]
    [InlineData("/health/live", "1.1")]
    [InlineData("/health/live", "2.0")]
    [InlineData("/no/such/resource", "1.1")]
    [InlineData("/no/such/resource", "2.0")]
    public async Task Every_https_answer_asks_for_strict_transport(string path, string version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await Client("https").SendAsync(request);

        Assert.Equal(Version.Parse(version), answer.Version);
        Assert.Equal([StrictTransport], answer.Headers.GetValues("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("GARBAGE\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 505 ")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("GET / HTTP/1.1\r\nHost: t1\r\nNo colon\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("POST / HTTP/1.1\r\nHost: t1\r\nContent-Length: many\r\n\r\n", "HTTP/1.1 400 ")]
    public async Task What_is_no_request_is_refused_in_the_words_of_its_listener(string bytes, string status)
    {
        var strict = $"\r\nStrict-Transport-Security: {StrictTransport}\r\n";

        var encrypted = await ExchangeAsync(_server.HttpsPort, tls: true, bytes);
        Assert.StartsWith(status, encrypted, StringComparison.Ordinal);
        Assert.Contains(strict, encrypted, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", encrypted, StringComparison.Ordinal);

        var plain = await ExchangeAsync(_server.HttpPort, tls: false, bytes);
        Assert.StartsWith(status, plain, StringComparison.Ordinal);
        Assert.DoesNotContain("Strict-Transport-Security", plain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_request_in_HTTP2_is_reset_and_the_connections_other_requests_go_on()
    {
        using var client = Client("https");
        HttpRequestMessage Request(int headers)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            for (var i = 0; i < headers; i++) request.Headers.Add($"x-header-{i}", "v");
            return request;
        }

        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(Request(50))).StatusCode);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(Request(200)));
        Assert.IsType<HttpProtocolException>(refused.InnerException);
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(Request(50))).StatusCode);
    }

    [Theory]
    [InlineData("http", "/health/live")]
    [InlineData("http", "/no/such/resource")]
    [InlineData("health", "/no/such/resource")]
    public async Task No_http_answer_speaks_of_strict_transport(string listener, string path)
    {
        using var answer = await Client(listener).GetAsync(path);

        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("health")]
    public async Task No_answer_names_the_server_software(string listener)
    {
        using var answer = await Client(listener).GetAsync("/health/live");

        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("X-Powered-By"));
    }

    /// <summary>Sends the bytes and reads until the server closes.</summary>
    private async Task<string> ExchangeAsync(int port, bool tls, string bytes)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        Stream stream = socket.GetStream();
        if (tls)
        {
            var encrypted = new SslStream(stream);
            var options = _server.ClientTls();
            options.TargetHost = "localhost";
            await encrypted.AuthenticateAsClientAsync(options);
            stream = encrypted;
        }

        await using (stream)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(bytes));
            return await new StreamReader(stream).ReadToEndAsync().WaitAsync(BailiwickProcess.Patience);
        }
    }

    private HttpClient Client(string listener) => _server.NewClient(listener switch
    {
        "http" => _server.Http,
        "https" => _server.Https,
        "health" => _server.Health,
        _ => throw new ArgumentOutOfRangeException(nameof(listener)),
    });
}
