using Bailiwick.Edge.Rates;
using Bailiwick.Grains.Abstractions.Devices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Bailiwick.Edge.Http;

/// <summary>How the REST interface becomes part of a web server.</summary>
public static class RestMapping
{
    /// <summary>Adds what <see cref="MapRest"/> needs besides an <see cref="AuthenticateRequest"/>, a <see cref="ForgetCaller"/> and Orleans' <see cref="IGrainFactory"/>.</summary>
    public static IServiceCollection AddRest(this IServiceCollection services, RestSettings settings, RateSettings? rates = null) =>
        AddCommitSinks(services).AddSingleton(settings).AddSingleton(rates ?? RateSettings.Default).AddSingleton<RateLimits>().AddSingleton<RestDoor>();

    // The silo's, where one is in the same process: its store tells them.
    private static IServiceCollection AddCommitSinks(IServiceCollection services)
    {
        services.TryAddSingleton<CommitSinks>();
        return services;
    }

    /// <summary>
    /// Serves the paths that begin as the interface's do, before routing looks at a request. Nothing else may be mapped below those.
    /// </summary>
    public static void UseRest(this IApplicationBuilder app)
    {
        var door = app.ApplicationServices.GetRequiredService<RestDoor>();
        app.Use((http, next) => door.IsFor(http) ? door.ServeAsync(http) : next(http));
    }

    /// <summary>
    /// Serves every path that nothing else is mapped to: one that is not the interface's is answered too, and only to callers
    /// who have signed in.
    /// </summary>
    public static IEndpointConventionBuilder MapRest(this IEndpointRouteBuilder endpoints)
    {
        var door = endpoints.ServiceProvider.GetRequiredService<RestDoor>();
        return endpoints.Map("/{**path}", door.ServeAsync).WithOrder(int.MaxValue);
    }
}
