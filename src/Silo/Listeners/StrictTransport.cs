namespace Bailiwick.Silo.Listeners;

/// <summary>
/// Tells browsers on every HTTPS answer, errors included, to come back by HTTPS only; says nothing on plain HTTP, where
/// anybody on the way could have said it. The framework's own middleware is silent for localhost and on failures.
/// </summary>
internal static class StrictTransport
{
    private const string Policy = "max-age=31536000; includeSubDomains";

    public static void UseStrictTransport(this WebApplication app) => app.Use((context, next) =>
    {
        // As the answer starts: what handled the failure of a request may have cleared the headers set before.
        if (context.Request.IsHttps) context.Response.OnStarting(SetPolicy, context.Response);
        return next(context);
    });

    private static Task SetPolicy(object response)
    {
        ((HttpResponse)response).Headers.StrictTransportSecurity = Policy;
        return Task.CompletedTask;
    }
}
