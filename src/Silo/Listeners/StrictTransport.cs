using System.Diagnostics;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Bailiwick.Silo.Listeners;

/// <summary>
/// Tells browsers on every HTTPS answer, errors included, to come back by HTTPS only; says nothing on plain HTTP, where
/// anybody on the way could have said it. The framework's own middleware is silent for localhost and on failures.
/// </summary>
internal static class StrictTransport
{
    private const string Policy = "max-age=31536000; includeSubDomains";

    public static void UseStrictTransport(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            // As the answer starts: what handled the failure of a request may have cleared the headers set before.
            if (context.Request.IsHttps) context.Response.OnStarting(SetPolicy, context.Response);
            return next(context);
        });
        app.Services.GetRequiredService<DiagnosticListener>().Subscribe(new Refusals(), Refusals.IsEvent);
    }

    private static Task SetPolicy(object response)
    {
        ((HttpResponse)response).Headers.StrictTransportSecurity = Policy;
        return Task.CompletedTask;
    }

    /// <summary>
    /// The requests that the web server itself refuses, because their bytes are no request: they never come by the
    /// application, but the server announces them before it answers, with the status already set. It clears the
    /// headers again unless the answer has started. In HTTP/2 an answer started here would be broken off, so such a request is
    /// answered like everything else there that is no request: its stream is reset, and the connection's other streams go on.
    /// </summary>
    private sealed class Refusals : IObserver<KeyValuePair<string, object?>>
    {
        public static bool IsEvent(string name) => name == "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Value is not IFeatureCollection features || features.Get<ITlsHandshakeFeature>() is null) return;
            if (features.Get<IHttpRequestFeature>()?.Protocol is "HTTP/2")
            {
                features.Get<IHttpRequestLifetimeFeature>()?.Abort();
                return;
            }
            if (features.Get<IHttpResponseFeature>() is not { HasStarted: false } response || features.Get<IHttpResponseBodyFeature>() is not { } body) return;
            response.Headers.StrictTransportSecurity = Policy;
            response.Headers.Connection = "close";
            // It puts the head into the connection's buffer; what remains is the flush, which the end of the connection awaits.
            _ = body.StartAsync();
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }
}
