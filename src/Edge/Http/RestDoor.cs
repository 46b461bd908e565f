using System.Diagnostics;
using System.Security.Cryptography;
using Bailiwick.Edge.Rates;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Edge.Http;

/// <summary>Who sent this request? Refuses as unauthenticated when nobody that is known did.</summary>
public delegate ValueTask<Caller> AuthenticateRequest(HttpContext http);

/// <summary>The tenant whose a request's host is; <see cref="Grains.Abstractions.Identity.TenantId.Nowhere"/> where it is none's.</summary>
public delegate ValueTask<Grains.Abstractions.Identity.TenantId> TenantOfRequest(HttpContext http);

/// <summary>A grain no longer knows this caller: what sign-in remembers of it is good no more.</summary>
public delegate void ForgetCaller(Caller caller);

/// <summary>What the operator decides about the REST interface.</summary>
/// <param name="Version">The product's version, as clients may read it.</param>
/// <param name="TrustsForwardedHeaders">Whether a proxy in front is trusted to say by which scheme and host the client came, and from which address.</param>
public sealed record RestSettings(string Version, bool TrustsForwardedHeaders = false);

/// <summary>
/// The way of every REST request: who asks, then what for, then the endpoint, then the answer or the interface's form of a
/// refusal. Nobody learns which paths exist before signing in, but for those that are open (<see cref="Route.IsOpen"/>).
/// </summary>
internal sealed class RestDoor(
    AuthenticateRequest authenticate, TenantOfRequest tenantOf, ForgetCaller forget, IGrainFactory grains, CommitSinks commits, RestSettings settings, RateLimits rates, TimeProvider time, ILogger<RestDoor> log)
{
    private const string MethodOverride = "X-HTTP-METHOD";
    private const string TenantPart = "{tenant}";

    private readonly RouteTree _routes = new(Routes.All);

    /// <summary>Whether a request is for a path that begins like one of the interface's.</summary>
    public bool IsFor(HttpContext http) => _routes.Begins(PathOf(http));

    public async Task ServeAsync(HttpContext http)
    {
        Route? route = null;
        Caller? caller = null;
        var parts = new List<string>(4);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            var resource = _routes.Find(PathOf(http), parts);
            var isOpen = resource?.For(MethodOf(http.Request)) is { IsOpen: true };
            if (!isOpen) caller = await authenticate(http);
            if ((caller is null ? rates.RefusesStranger(Forwarded.Address(http, settings.TrustsForwardedHeaders)) : rates.Refuses(caller)) is { } seconds)
            {
                Refuse(http, Problems.TooManyRequests(seconds));
                return;
            }
            if (resource is null)
            {
                Refuse(http, Problems.NoSuchResource());
                return;
            }
            var method = MethodOf(http.Request);
            route = resource.For(method);
            if (route is null)
            {
                http.Response.Headers.Allow = resource.Allow;
                Refuse(http, Problems.NotAllowed(Said.Short(method)));
                return;
            }
            Name(http, route);
            await DryRuns.ServeAsync(route, new Exchange(http, caller ?? Caller.SigningIn(await tenantOf(http)), route, parts, grains, commits, settings, time));
        }
        catch (Refusal refusal) when (!http.Response.HasStarted)
        {
            if (caller is not null && refusal.Kind == RefusalKind.Unauthenticated) forget(caller);
            Refuse(http, ProblemOf(refusal, http, route, caller, parts));
        }
        catch (UnreadableBodyException fault) when (!http.Response.HasStarted)
        {
            Refuse(http, Problems.UnsupportedMediaType(fault.Message));
        }
        catch (BadHttpRequestException fault) when (!http.Response.HasStarted)
        {
            Refuse(http, Problems.UnreadableBody(fault.StatusCode, route?.Subject ?? "general"));
        }
        catch (Exception fault) when (http.RequestAborted.IsCancellationRequested && fault is (OperationCanceledException or IOException))
        {
            // The client has gone: there is nobody to answer, and nothing to log.
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
            log.LogError(fault, "Request {FailureId} failed unexpectedly: {Method} {Template}", id, route?.Method, route?.Template);
            if (http.Response.BodyWriter is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 })
            {
                http.Abort(); // half an answer is worse than none
                return;
            }
            Refuse(http, Problems.Unexpected with { Message = $"{Problems.Unexpected.Message}; failure {id}" });
        }
    }

    /// <summary>The path as it was sent, escapes and all; as the server understood it when it was sent in another form.</summary>
    private static ReadOnlySpan<char> PathOf(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (string.IsNullOrEmpty(target) || target[0] != '/') return http.Request.Path.Value;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target.AsSpan(0, query);
    }

    /// <summary>Tells whoever measures by which route this is; to the web server all of ours are one.</summary>
    private static void Name(HttpContext http, Route route)
    {
        if (http.Features.Get<IHttpMetricsTagsFeature>() is { } measured) measured.Tags.Add(new("bailiwick.route", route.Template));
        if (Activity.Current is { IsAllDataRequested: true } span) span.SetTag("bailiwick.route", route.Template);
    }

    /// <summary>A POST may say that it stands for another method.</summary>
    private static string MethodOf(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.Headers[MethodOverride].ToString() is { Length: > 0 } method
            ? method.Trim().ToUpperInvariant() : request.Method;

    private static Problem ProblemOf(Refusal refusal, HttpContext http, Route? route, Caller? caller, List<string> parts)
    {
        var problem = Problems.Of(refusal);
        if (refusal.Kind == RefusalKind.Unauthenticated && http.Request.Headers.Authorization.Count == 0)
            return problem with { Message = Problems.NoCredentials };
        if (refusal.Kind == RefusalKind.NotFound && route is { NamesTargetInBody: true })
            return Problems.Of(Refusal.Invalid(route.Subject, refusal.Message));
        if (refusal.Kind == RefusalKind.Denied && route is not null && IsOfAnotherTenant(route, caller, parts))
            return Problems.Of(new Refusal(RefusalKind.Denied, "userManagement", "authenticated user's tenant different from the one in URL path")) with { DenialId = refusal.DenialId };
        return problem;
    }

    /// <summary>The realm of a user path is the first of its parts.</summary>
    private static bool IsOfAnotherTenant(Route route, Caller? caller, List<string> parts) =>
        caller is not null && route.Segments[0] == "user" && route.Segments.Contains(TenantPart) && parts[0] != caller.Tenant.Value;

    /// <summary>Answers with the interface's form of a refusal.</summary>
    public static void Refuse(HttpContext http, Problem problem)
    {
        var response = http.Response;
        response.StatusCode = problem.Status;
        response.Headers.Location = default;
        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            var scheme = string.Equals(http.Request.Headers["UseXBasic"].ToString(), "true", StringComparison.OrdinalIgnoreCase) ? "XBasic" : "Basic";
            response.Headers.WWWAuthenticate = $"{scheme} realm=\"Bailiwick\", charset=\"UTF-8\"";
        }
        if (problem.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.ContentType = MediaType.Error.ForAnswer(http.Request);
        using var pooled = PooledJson.Rent();
        System.Text.Json.JsonSerializer.Serialize(pooled.Writer, new ErrorWire(problem.Error, problem.Message, Problems.Info, problem.DenialId?.ToString(System.Globalization.CultureInfo.InvariantCulture)), WireJson.Of<ErrorWire>());
        response.ContentLength = pooled.Written.Length;
        System.Buffers.BuffersExtensions.Write(response.BodyWriter, pooled.Written);
    }
}
