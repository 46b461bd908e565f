using System.Collections.Concurrent;
using System.Text;
using Bailiwick.Compatibility.Tests.Devices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Compatibility.Tests.Observability;

/// <summary>A collector named by the standard variables hears of metrics and spans, and of no secret.</summary>
public sealed class ExportTests
{
    [Fact]
    public async Task A_collector_hears_the_metrics_and_spans_of_both_doors_and_no_secret()
    {
        await using var collector = await Collector.StartAsync();
        await using var server = await ServerProcess.StartInAsync(new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_METRIC_EXPORT_INTERVAL"] = "300",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "300", ["OTEL_SERVICE_NAME"] = "a-name-of-the-operator",
        });
        (await Joining.AdminOf(server).GetAsync("/inventory/managedObjects?pageSize=1")).Expect(200);
        using (var device = await MqttSocket.ConnectAsync(server, new MqttConnect("measured", "t1/admin", FirstPasswords.Admin)))
        {
            await device.SendAsync(MqttSocket.Publish("s/us", "200,c8y_T,T,secret-looking-payload,C\n200,c8y_T,T,25,C", qos: 1, id: 1));
            Assert.Equal(MqttPacket.PubAck, (await device.ReadAsync("PUBACK"))!.Header);
            foreach (var name in (string[])["bailiwick.mqtt.sessions", "bailiwick.mqtt.connects", "bailiwick.mqtt.rows", "bailiwick.signins", "bailiwick.store.commit.duration", "http.server.request.duration"])
                await collector.HearAsync("/v1/metrics", name);
            foreach (var name in (string[])["GET /inventory/managedObjects", "mqtt publish", "store commit", "a-name-of-the-operator"])
                await collector.HearAsync("/v1/traces", name);
        }
        Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
        var all = collector.Heard;
        Assert.All((string[])[FirstPasswords.Admin, Convert.ToBase64String(Encoding.UTF8.GetBytes($"t1/admin:{FirstPasswords.Admin}")), "secret-looking-payload"],
            secret => Assert.DoesNotContain(secret, all, StringComparison.Ordinal));
    }

    /// <summary>Takes what is sent to it over HTTP, and lets a test wait for a text in it.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly ConcurrentQueue<(string Path, string Text)> _heard = new();
        private readonly SemaphoreSlim _news = new(0);

        private Collector(WebApplication app) => _app = app;

        public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        public string Heard => string.Concat(_heard.Select(one => one.Text));

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
            var app = builder.Build();
            var collector = new Collector(app);
            app.MapPost("/{**path}", collector.TakeAsync);
            await app.StartAsync();
            return collector;
        }

        public async Task HearAsync(string path, string text)
        {
            using var giveUp = new CancellationTokenSource(BailiwickProcess.Patience);
            while (!_heard.Any(one => one.Path == path && one.Text.Contains(text, StringComparison.Ordinal)))
            {
                try
                {
                    await _news.WaitAsync(giveUp.Token);
                }
                catch (OperationCanceledException)
                {
                    throw new TimeoutException($"The collector did not hear '{text}' on {path} within {BailiwickProcess.Patience}.");
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            _news.Dispose();
        }

        private async Task TakeAsync(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            // The names and values lie in the message as they are.
            _heard.Enqueue((http.Request.Path.Value!, Encoding.Latin1.GetString(body.ToArray())));
            _news.Release();
            http.Response.ContentType = "application/x-protobuf";
        }
    }
}
