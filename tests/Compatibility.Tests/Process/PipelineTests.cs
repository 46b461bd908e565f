using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Bailiwick.Silo;
using Bailiwick.Silo.Health;
using Bailiwick.Silo.Listeners;
using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Compatibility.Tests;

/// <summary>The process's own part of every request, around resources of the test that fail as no real one should.</summary>
public sealed class PipelineTests : IAsyncLifetime
{
    private const string StrictTransport = "max-age=31536000; includeSubDomains";
    private const int BodyBytesMax = 2048;
    private readonly TemporaryFolder _folder = new();
    private readonly StopSignals _signals = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayLeave = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DataFolder? _data;
    private ServerCertificate? _certificate;
    private WebApplication? _app;
    private HttpClient? _client;

    private WebApplication App => _app ?? throw new InvalidOperationException("Not started.");

    private HttpClient Client => _client ?? throw new InvalidOperationException("Not started.");

    private Readiness Readiness => App.Services.GetRequiredService<Readiness>();

    public async ValueTask InitializeAsync()
    {
        var arguments = SettingArguments.Split([.. ServerProcess.SettingsFor(_folder["data"]), "--Listen:Http=off", "--Listen:Mqtt=off", "--Listen:Mqtts=off", $"--Limits:RequestBodyBytesMax={BodyBytesMax}"]);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(arguments.Settings).Build();
        var settings = SiloSettings.Read(configuration);
        _data = DataFolder.Open(settings.Storage);
        _certificate = ServerCertificate.Load(settings, _data, TimeProvider.System);
        var builder = WebServer.CreateBuilder(configuration, settings, _signals);
        builder.AddProbes();
        builder.AddListeners<ClosingConnectionHandler>(settings, _certificate);

        _app = builder.Build();
        _app.UseStrictTransport();
        _app.UseUnexpectedFailures();
        _app.UseProbes();
        _app.MapGet("/fails", Task (HttpContext context) =>
        {
            context.Response.Headers["X-Before"] = "the failure";
            throw new InvalidOperationException("secret of the inside");
        });
        _app.MapPost("/reads", async (HttpContext context) => await context.Request.Body.CopyToAsync(Stream.Null));
        _app.MapGet("/waits", async (HttpContext context) =>
        {
            _entered.SetResult();
            await _mayLeave.Task;
            await context.Response.WriteAsync("done");
        });
        await _app.StartAsync();

        var address = App.Services.GetRequiredService<ListenerSet>().ToString()["https ".Length..];
        var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(_folder["data/tls/ca.pem"]) }, RevocationMode = X509RevocationMode.NoCheck } } };
        _client = new HttpClient(handler) { BaseAddress = new Uri($"https://{address}"), Timeout = BailiwickProcess.Patience };
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        _data?.Dispose();
        _signals.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_unforeseen_failure_is_an_error_in_the_interface_s_form_that_tells_nothing_of_the_inside()
    {
        using var answer = await Client.GetAsync("/fails");

        await AssertErrorAsync(answer, HttpStatusCode.InternalServerError, "general/internalError");
        Assert.False(answer.Headers.Contains("X-Before"));
        Assert.DoesNotContain("secret", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_as_too_large()
    {
        using var fits = await Client.PostAsync("/reads", new ByteArrayContent(new byte[BodyBytesMax]));
        using var tooLarge = await Client.PostAsync("/reads", new ByteArrayContent(new byte[BodyBytesMax + 1]));

        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        await AssertErrorAsync(tooLarge, HttpStatusCode.RequestEntityTooLarge, "general/Payload Too Large");
    }

    [Fact]
    public async Task A_failing_part_turns_the_ready_probe_and_not_the_live_probe()
    {
        Readiness.Failed("store", "the disk is full");

        await AssertProbeAsync("/health/ready", HttpStatusCode.ServiceUnavailable, """{"status":"DOWN","reasons":["store: the disk is full"]}""");
        await AssertProbeAsync("/health/live", HttpStatusCode.OK, """{"status":"UP"}""");

        Readiness.Recovered("store");
        await AssertProbeAsync("/health/ready", HttpStatusCode.OK, """{"status":"UP"}""");
    }

    [Fact]
    public async Task A_dead_part_turns_both_probes()
    {
        Readiness.Died("store", "its writer has stopped");

        await AssertProbeAsync("/health/ready", HttpStatusCode.ServiceUnavailable, """{"status":"DOWN","reasons":["store: its writer has stopped"]}""");
        await AssertProbeAsync("/health/live", HttpStatusCode.ServiceUnavailable, """{"status":"DOWN","reasons":["store: its writer has stopped"]}""");
    }

    [Fact]
    public async Task A_request_that_was_received_before_a_stop_is_answered()
    {
        var request = Client.GetAsync("/waits");
        await _entered.Task.WaitAsync(BailiwickProcess.Patience);

        var stop = App.StopAsync();
        Assert.Equal(["process: is stopping"], Readiness.Faults);
        _mayLeave.SetResult();

        using var answer = await request;
        Assert.Equal("done", await answer.Content.ReadAsStringAsync());
        await stop.WaitAsync(BailiwickProcess.Patience);
    }

    private async Task AssertProbeAsync(string path, HttpStatusCode status, string body)
    {
        using var answer = await Client.GetAsync(path);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        Assert.Equal([StrictTransport], answer.Headers.GetValues("Strict-Transport-Security"));
    }

    private static async Task AssertErrorAsync(HttpResponseMessage answer, HttpStatusCode status, string error)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal([StrictTransport], answer.Headers.GetValues("Strict-Transport-Security"));
        Assert.Equal("application/vnd.com.nsn.cumulocity.error+json", answer.Content.Headers.ContentType?.MediaType);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(error, body.RootElement.GetProperty("error").GetString());
        Assert.Equal(["error", "message", "info"], body.RootElement.EnumerateObject().Select(member => member.Name));
    }
}
