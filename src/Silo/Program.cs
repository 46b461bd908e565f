using Bailiwick.Edge;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Http.Description;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Grains.Access;
using Bailiwick.Silo;
using Bailiwick.Silo.Commands;
using Bailiwick.Silo.Compilation;
using Bailiwick.Silo.Embedded;
using Bailiwick.Silo.Health;
using Bailiwick.Silo.Listeners;
using Bailiwick.Silo.Logs;
using Bailiwick.Silo.Memory;
using Bailiwick.Silo.Observability;
using Bailiwick.Silo.Rounds;
using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Tls;
using Bailiwick.Silo.Wiring;

// The process, as a table of contents: each line is one part, in the folder of its name.
YoungGeneration.Enlarge();
using var signals = new StopSignals();
return await new BailiwickCommand(ServeAsync, PasswordRecovery.ResetAsync, signals).RunAsync(args);

static async Task ServeAsync(IConfiguration configuration, SiloSettings settings, StopSignals signals)
{
    // What this machine gives: a folder that is ours alone, and a certificate.
    using var data = DataFolder.Open(settings.Storage);
    var certificate = settings.Listen.AnyTls ? ServerCertificate.Load(settings, data, TimeProvider.System) : null;
    StartProfile.Begin(data);

    var builder = WebServer.CreateBuilder(configuration, settings, signals);
    builder.AddConsoleLogs();
    builder.AddOpenTelemetryExport();
    builder.AddProbes();
    builder.Services.AddEmbeddedStorage(new RocksStoreOptions(data.Path), GrainDocuments.Provider);
    builder.AddSilo(settings, data);
    // After the silo and before the listeners: hosted services start in this order.
    builder.Services.AddHostedService<FirstStartService>();
    builder.Services.AddHostedService<StoreReadiness>();
    builder.Services.AddHostedService<RetentionService>();
    builder.Services.AddHostedService<SilenceService>();
    builder.Services.AddHostedService<TenantRemovalService>();
    builder.Services.AddHostedService<RestingMemory>();
    builder.Services.AddHostedService<StartProfile>();
    builder.AddDiskWatch(data);
    builder.Services.AddEdge(new SignInOptions(settings.Tenancy.DefaultTenant, settings.Tenancy.BaseDomain), new MqttSettings(settings.Limits.DrainMax));
    builder.Services.AddRest(new RestSettings(ProductVersion.Text, settings.Listen.TrustsForwardedHeaders), settings.Limits.Rates);
    builder.AddCertificateWatch(certificate);
    builder.AddListeners<MqttConnectionHandler>(settings, certificate);

    // The order in which a request passes them. Probes have a listener that serves nothing else; the REST interface answers for its own failures.
    await using var app = builder.Build();
    app.UseStrictTransport();
    app.UseProbes();
    app.UseRest();
    app.UseUnexpectedFailures();
    app.UseMqttOverWebSocket();
    app.UseRouting();
    app.MapSecurityContact(settings);
    app.MapDescription(ProductVersion.Text);
    app.MapRest();

    await app.ServeAsync(signals);
}
