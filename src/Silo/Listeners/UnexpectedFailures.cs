using Bailiwick.Edge;
using Bailiwick.Edge.Http;

namespace Bailiwick.Silo.Listeners;

/// <summary>
/// The last resort for a request that failed in a way nobody foresaw: one error in the log, and an answer in the interface's
/// error form that tells nothing of the inside. Left to itself the web server would drop the headers set before.
/// </summary>
internal static class UnexpectedFailures
{
    public static void UseUnexpectedFailures(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Bailiwick.Silo.Listeners.UnexpectedFailures");
        app.Use((context, next) => GuardAsync(context, next, log));
    }

    private static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException fault) when (!context.Response.HasStarted)
        {
            // The web server refused the body: too large, too slow, or not framed as HTTP.
            Answer(context, Problems.UnreadableBody(fault.StatusCode));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: there is nobody to answer.
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            log.LogError(fault, "A {Method} request failed unexpectedly", context.Request.Method);
            Answer(context, Problems.Unexpected);
        }
    }

    /// <summary>In the words of the interface, like any other refusal.</summary>
    private static void Answer(HttpContext context, Problem problem)
    {
        context.Response.Clear();
        RestDoor.Refuse(context, problem);
    }
}
