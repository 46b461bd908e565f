using Bailiwick.Silo;
using Bailiwick.Silo.Commands;
using Bailiwick.Silo.Health;
using Bailiwick.Silo.Listeners;
using Bailiwick.Silo.Logs;
using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Tls;

// The process, as a table of contents: each line is one part, in the folder of its name.
using var signals = new StopSignals();
return await new BailiwickCommand(ServeAsync, passwordReset: null, signals).RunAsync(args);

static async Task ServeAsync(IConfiguration configuration, SiloSettings settings, StopSignals signals)
{
    // What this machine gives: a folder that is ours alone, and a certificate.
    using var data = DataFolder.Open(settings.Storage);
    using var certificate = settings.Listen.AnyTls ? ServerCertificate.Load(settings, data, TimeProvider.System) : null;

    var builder = WebServer.CreateBuilder(configuration, settings, signals);
    builder.AddConsoleLogs();
    builder.AddProbes();
    builder.AddListeners<ClosingConnectionHandler>(settings, certificate);
    // Wiring: the silo, its grains and its stores join the builder here, their routes join the app after the probes.

    // The order in which a request passes them.
    await using var app = builder.Build();
    app.UseStrictTransport();
    app.UseUnexpectedFailures();
    app.UseProbes();

    await app.ServeAsync(signals);
}
