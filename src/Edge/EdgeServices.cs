using Bailiwick.Edge.Http;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Edge.SigningIn;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Grains.Abstractions.Access;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bailiwick.Edge;

/// <summary>What the edge needs of its host.</summary>
public static class EdgeServices
{
    /// <summary>Sign-in, sessions and templates. Templates are read here, so that a wrong one stops the start and not a device.</summary>
    public static IServiceCollection AddEdge(this IServiceCollection services, SignInOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<CredentialCache>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<TenantHosts>();
        services.AddSingleton<SignInAudit>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<AuthenticateRequest>(provider => BySignIn(provider.GetRequiredService<SignIn>()));
        services.AddSingleton<ForgetCaller>(provider => provider.GetRequiredService<SignIn>().Forget);
        services.AddSingleton<IFactListener>(provider => provider.GetRequiredService<CredentialCache>());

        services.AddSingleton(new TemplateInterpreter(TemplateSet.Static()));
        services.AddSingleton<MqttSessions>();
        services.AddSingleton<IFactListener>(provider => provider.GetRequiredService<MqttSessions>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<MqttSessions>());
        services.AddSingleton<MqttServices>();
        return services;
    }

    private static AuthenticateRequest BySignIn(SignIn signIn) => http =>
        signIn.BasicAsync(http.Request.Headers.Authorization, http.Request.Host.Host, http.Connection.RemoteIpAddress?.ToString() ?? "");
}
