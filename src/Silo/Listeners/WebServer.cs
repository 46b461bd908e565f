using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Bailiwick.Silo.Listeners;

/// <summary>The web server with exactly the listeners of the settings: nothing of it is configured from anywhere else.</summary>
internal static class WebServer
{
    /// <summary>
    /// An empty host on our settings. The framework's fuller builders would also read variables and sections of
    /// their own, some of which open ports (ASPNETCORE_URLS, Kestrel:Endpoints).
    /// </summary>
    public static WebApplicationBuilder CreateBuilder(IConfiguration configuration, SiloSettings settings, StopSignals signals)
    {
        var builder = WebApplication.CreateEmptyBuilder(new()
        {
            ApplicationName = "bailiwick",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Configuration.AddConfiguration(configuration);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IHostLifetime>(signals);
        builder.Services.AddRouting();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Limits.DrainMax);
        return builder;
    }

    /// <summary>Keeps the certificate fresh, where there is one.</summary>
    public static void AddCertificateWatch(this WebApplicationBuilder builder, ServerCertificate? certificate)
    {
        if (certificate is null) return;
        builder.Services.AddSingleton(certificate);
        builder.Services.AddHostedService<CertificateWatch>();
    }

    /// <typeparam name="TMqtt">Serves one MQTT connection, plain or TLS.</typeparam>
    public static void AddListeners<TMqtt>(this WebApplicationBuilder builder, SiloSettings settings, ServerCertificate? certificate) where TMqtt : ConnectionHandler
    {
        var listeners = new ListenerSet(settings, certificate);
        builder.Services.AddSingleton(listeners);
        // First, for its own set-up of the options must run before ours.
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<KestrelServerOptions>(listeners.AddTo<TMqtt>);
        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            sockets.CreateBoundListenSocket = listeners.Bind;
            // A read is worked on where it arrived, and what is sent goes out where it was written: one hand-off between threads less
            // each way. Nothing on these paths blocks; the store has a thread of its own.
            sockets.UnsafePreferInlineScheduling = true;
        });
    }

    /// <summary>Starts, says so on standard output, and serves until a signal asks to stop; then drains.</summary>
    /// <exception cref="InvalidOperationException">It stopped without having been asked.</exception>
    public static async Task ServeAsync(this WebApplication app, StopSignals signals)
    {
        var listeners = app.Services.GetRequiredService<ListenerSet>();
        await app.StartAsync(signals.Asked);
        listeners.LogCertificate(app.Services.GetRequiredService<ILogger<ListenerSet>>(), app.Services.GetRequiredService<TimeProvider>().GetUtcNow());
        await Console.Out.WriteLineAsync($"Bailiwick is ready: {listeners}");
        await app.WaitForShutdownAsync(signals.Asked);
        if (!signals.Asked.IsCancellationRequested) throw new InvalidOperationException("The server stopped without having been asked; the log says why.");
    }
}
