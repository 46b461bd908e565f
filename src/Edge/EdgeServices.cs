using Bailiwick.Edge.Http;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Edge.SigningIn;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bailiwick.Edge;

/// <summary>What the edge needs of its host.</summary>
public static class EdgeServices
{
    /// <summary>Sign-in, sessions and templates. Templates are read here, so that a wrong one stops the start and not a device.</summary>
    public static IServiceCollection AddEdge(this IServiceCollection services, SignInOptions options, MqttSettings? mqtt = null)
    {
        services.AddSingleton(options);
        services.AddSingleton(mqtt ?? MqttSettings.Default);
        services.AddSingleton<CredentialCache>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<TenantHosts>();
        services.AddSingleton<IFactListener>(provider => provider.GetRequiredService<TenantHosts>());
        services.AddSingleton<SignInAudit>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<SignInAudit>());
        services.AddSingleton<SignIn>();
        services.AddSingleton<AuthenticateRequest>(provider =>
            BySignIn(provider.GetRequiredService<SignIn>(), provider.GetRequiredService<RestSettings>().TrustsForwardedHeaders));
        services.AddSingleton<TenantOfRequest>(provider =>
            ByHost(provider.GetRequiredService<TenantHosts>(), provider.GetRequiredService<RestSettings>().TrustsForwardedHeaders));
        services.AddSingleton<ForgetCaller>(provider => provider.GetRequiredService<SignIn>().Forget);
        services.AddSingleton<IFactListener>(provider => provider.GetRequiredService<CredentialCache>());

        services.AddSingleton(new TemplateInterpreter(TemplateSet.Static()));
        services.AddSingleton<MqttSessions>();
        services.AddSingleton<IFactListener>(provider => provider.GetRequiredService<MqttSessions>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<MqttSessions>());
        services.AddSingleton<MqttServices>();
        return services;
    }

    private static AuthenticateRequest BySignIn(SignIn signIn, bool trustsForwarded) => http =>
        signIn.BasicAsync(
            http.Request.Headers.Authorization, Forwarded.HostName(http.Request, trustsForwarded), Forwarded.Address(http, trustsForwarded),
            isApplication: http.Request.Headers.ContainsKey(ApplicationKey), http.Features.Get<ConnectionMemory>(), http.Request.Headers.UserAgent.ToString());

    private static TenantOfRequest ByHost(TenantHosts hosts, bool trustsForwarded) =>
        async http => await hosts.FindAsync(Forwarded.HostName(http.Request, trustsForwarded)) ?? TenantId.Nowhere;

    // What an application sends and a device does not: its requests are no sign that a device is alive.
    private const string ApplicationKey = "X-Cumulocity-Application-Key";
}
