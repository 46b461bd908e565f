using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Bailiwick.Edge.Http.Description;

/// <summary>
/// Serves the interface description to programs (<c>/openapi.json</c>) and to people (<c>/scalar</c>). Neither holds data of any tenant, and what is there is
/// no secret: both are given without credentials, like the probes.
/// </summary>
public static class DescriptionMapping
{
    private const string DocumentPath = "/openapi.json";
    private const string PagePath = "/scalar";
    private const string ContentType = "application/vnd.oai.openapi+json;version=3.1";
    // The page brings its own script, which sets its own styles; it loads nothing from elsewhere, and speaks to this server alone.
    private const string PagePolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>Maps both. The document is written once, when it is first asked for.</summary>
    /// <param name="version">The product's version.</param>
    public static void MapDescription(this IEndpointRouteBuilder endpoints, string version)
    {
        var document = new Lazy<Task<byte[]>>(() => WriteAsync(version));
        endpoints.MapGet(DocumentPath, async (HttpContext http) =>
        {
            var bytes = await document.Value;
            http.Response.ContentType = ContentType;
            http.Response.ContentLength = bytes.Length;
            await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
        });
        endpoints.MapScalarApiReference(PagePath, options =>
        {
            options.Title = "Bailiwick REST interface";
            options.OpenApiRoutePattern = DocumentPath;
            // Nothing from other servers: no fonts, no proxy for requests, no reports of use.
            options.DefaultFonts = false;
            options.ProxyUrl = null;
            options.Telemetry = false;
            options.HideClientButton = true;
            options.DisableAgent().DisableMcp().HideDeveloperTools();
        }).AddEndpointFilter(async (context, next) =>
        {
            context.HttpContext.Response.Headers.ContentSecurityPolicy = PagePolicy;
            context.HttpContext.Response.Headers.XContentTypeOptions = "nosniff";
            return await next(context);
        });
    }

    internal static async Task<byte[]> WriteAsync(string version) =>
        Encoding.UTF8.GetBytes(await OpenApi.Document(version).SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));
}
