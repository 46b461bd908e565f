using Microsoft.Extensions.Logging.Console;

namespace Bailiwick.Silo.Logs;

/// <summary>The process's own log: standard output, one event a line.</summary>
internal static class ConsoleLogs
{
    /// <summary>Our own events from information up, everybody else's from warning up, unless <c>Logging:LogLevel</c> says otherwise.</summary>
    public static void AddConsoleLogs(this WebApplicationBuilder builder)
    {
        builder.Logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Bailiwick", LogLevel.Information)
            // The silo is told about garbage collection by its project file, and its watchdog counts the machine's whole uptime at first.
            .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)
            .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
            .AddFilter("Orleans.Runtime.MembershipService", LogLevel.Error)
            .AddFilter("Bailiwick.Grains.Access.FactService", LogLevel.Warning)
            // Nothing of it would be shown, and where a logger listens the web server makes a span for each request, exported or not.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddConfiguration(builder.Configuration.GetSection("Logging"))
            .AddConsole(console => console.FormatterName = OneLineFormatter.FormatterName)
            .AddConsoleFormatter<OneLineFormatter, ConsoleFormatterOptions>();
    }
}
