using System.Text.Json;

namespace Bailiwick.Silo.Listeners;

/// <summary>
/// The last resort for a request that failed in a way nobody foresaw: one error in the log, and an answer in the interface's
/// error form that tells nothing of the inside. Left to itself the web server would drop the headers set before.
/// </summary>
internal static class UnexpectedFailures
{
    private const string ErrorType = "application/vnd.com.nsn.cumulocity.error+json";

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
            await AnswerAsync(context, fault.StatusCode, "general/badRequest", fault.StatusCode == StatusCodes.Status413PayloadTooLarge ? "The request body is too large" : "The request body cannot be read");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: there is nobody to answer.
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            log.LogError(fault, "A {Method} request failed unexpectedly", context.Request.Method);
            await AnswerAsync(context, StatusCodes.Status500InternalServerError, "general/internalError", "Internal server error");
        }
    }

    private static async Task AnswerAsync(HttpContext context, int status, string error, string message)
    {
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = ErrorType;
        var json = new Utf8JsonWriter(context.Response.BodyWriter);
        await using (json)
        {
            json.WriteStartObject();
            json.WriteString("error"u8, error);
            json.WriteString("message"u8, message);
            json.WriteString("info"u8, "https://datatracker.ietf.org/doc/html/rfc9110#section-15");
            json.WriteEndObject();
        }
    }
}
