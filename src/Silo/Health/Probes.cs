using System.Text.Json;
using Bailiwick.Silo.Listeners;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Health;

/// <summary>
/// Answers <c>GET /health/live</c> (is the process worth keeping?) and <c>GET /health/ready</c> (should it be sent work?) with
/// 200 <c>{"status":"UP"}</c> or 503 <c>{"status":"DOWN","reasons":[...]}</c>, without credentials. On the health listener
/// nothing else exists.
/// </summary>
internal static class Probes
{
    private const string LivePath = "/health/live";
    private const string ReadyPath = "/health/ready";
    private const string Process = "process";

    public static void AddProbes(this WebApplicationBuilder builder) => builder.Services.AddSingleton<Readiness>();

    /// <summary>Stands before everything that asks for credentials.</summary>
    public static void UseProbes(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        readiness.Failed(Process, "is starting");
        app.Lifetime.ApplicationStarted.Register(() => readiness.Recovered(Process));
        app.Lifetime.ApplicationStopping.Register(() => readiness.Failed(Process, "is stopping"));
        app.Use((context, next) => AnswerAsync(context, next, readiness));
    }

    private static Task AnswerAsync(HttpContext context, RequestDelegate next, Readiness readiness)
    {
        var path = context.Request.Path;
        var isLive = path.Equals(LivePath, StringComparison.Ordinal);
        if (!isLive && !path.Equals(ReadyPath, StringComparison.Ordinal))
        {
            if (context.Features.Get<ListenerFeature>()?.Kind != ListenerKind.Health) return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return Task.CompletedTask;
        }

        return WriteAsync(context.Response, isLive ? readiness.Deaths : readiness.Faults);
    }

    private static async Task WriteAsync(HttpResponse response, IReadOnlyList<string> reasons)
    {
        response.StatusCode = reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        var json = new Utf8JsonWriter(response.BodyWriter);
        await using (json)
        {
            json.WriteStartObject();
            json.WriteString("status"u8, reasons.Count == 0 ? "UP"u8 : "DOWN"u8);
            if (reasons.Count > 0)
            {
                json.WriteStartArray("reasons"u8);
                foreach (var reason in reasons) json.WriteStringValue(reason);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }
    }
}
