using Bailiwick.Silo.Listeners;
using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Tls;

namespace Bailiwick.Silo.Commands;

/// <summary>
/// <c>bailiwick check</c>: tries what serving would need and says what it would do, one line each; every obstacle is one
/// line on standard error. It writes nothing, makes nothing, and opens ports only to close them.
/// </summary>
internal static class CheckCommand
{
    public static int Run(SiloSettings settings, TextWriter output, TextWriter error)
    {
        var obstacles = 0;
        Try("storage", () => DataFolder.Inspect(settings.Storage));
        if (settings.Listen.AnyTls || settings.Tls is not null) Try("certificate", () => ServerCertificate.Inspect(settings, TimeProvider.System));
        foreach (var listener in settings.Listen.Listeners) Try(listener.Name, () => TryPort(settings, listener));
        output.WriteLine(obstacles == 0 ? "Bailiwick could start with these settings" : "Bailiwick could not start with these settings");
        return obstacles == 0 ? ExitCode.Done : ExitCode.BadSetting;

        void Try(string what, Func<string> inspect)
        {
            try
            {
                output.WriteLine($"{what}: {inspect()}");
            }
            catch (BadSettingException fault)
            {
                obstacles++;
                error.WriteLine($"bailiwick: {fault.Message}");
            }
        }
    }

    private static string TryPort(SiloSettings settings, Listener listener)
    {
        using var socket = new ListenerSet(settings, certificate: null).Bind(listener.EndPoint);
        return listener.EndPoint.Port == 0 ? $"would listen on {listener.EndPoint.Address}, on any free port" : $"would listen on {listener.EndPoint}";
    }
}
