using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Commands;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Bailiwick.Silo.Observability;

/// <summary>
/// Metrics and traces by OpenTelemetry's protocol, set up by its own <c>OTEL_*</c> variables. Where none of them names a collector nothing is
/// measured for one, and nothing is dialled.
/// </summary>
internal static class Export
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string Disabled = "OTEL_SDK_DISABLED";

    /// <summary>The platform's own instruments, those of the web server and of the runtime, and Orleans'.</summary>
    private static readonly string[] Meters =
        [Instruments.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Microsoft.Orleans"];

    public static void AddOpenTelemetryExport(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        if (string.Equals(settings[Disabled], "true", StringComparison.OrdinalIgnoreCase)) return;
        var (metrics, traces) = (Names(settings, MetricsEndpoint), Names(settings, TracesEndpoint));
        if (metrics || traces) Add(builder, metrics, traces);
    }

    // By itself, so that a process that exports nothing loads nothing of it.
    private static void Add(WebApplicationBuilder builder, bool metrics, bool traces)
    {
        // The environment's service name wins over ours.
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.Clear().AddService("bailiwick", serviceVersion: ProductVersion.Text).AddTelemetrySdk().AddEnvironmentVariableDetector());
        if (metrics) telemetry.WithMetrics(metering => metering.AddMeter(Meters).AddOtlpExporter());
        if (traces)
            telemetry.WithTracing(tracing => tracing
                .AddSource(Instruments.Name)
                .AddAspNetCoreInstrumentation(web =>
                {
                    // Probes come every few seconds and say nothing.
                    web.Filter = http => !http.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal);
                    // To the web server all of our routes are one, and it has named the span by that.
                    web.EnrichWithHttpResponse = (span, response) =>
                    {
                        if (span.GetTagItem("bailiwick.route") is string route) span.DisplayName = $"{response.HttpContext.Request.Method} {route}";
                    };
                })
                .AddOtlpExporter());
    }

    private static bool Names(ConfigurationManager settings, string signal) => !string.IsNullOrEmpty(settings[Endpoint]) || !string.IsNullOrEmpty(settings[signal]);
}
