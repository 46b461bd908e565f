using System.Diagnostics.Metrics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Tls;

/// <summary>Looks for a renewed certificate every few seconds, and warns of one that nears its end, once a day.</summary>
internal sealed class CertificateWatch(ServerCertificate certificate, TimeProvider clock, ILogger<CertificateWatch> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(Limits.CertificateCheckSeconds);

    private DateTime _warnedOn;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        // The token stops the timer instead of the wait: to be stopped is no failure of this service.
        await using var stop = stoppingToken.Register(timer.Dispose);
        Warn();
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            Renew();
            Warn();
        }
    }

    private void Renew()
    {
        try
        {
            if (certificate.Renew()) log.LogInformation("The server certificate is now {Certificate}", certificate);
        }
        catch (Exception fault) when (fault is BadSettingException or IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            log.LogError("The server certificate was not renewed, the one before stays in use ({Certificate}): {Fault}", certificate, fault.Message);
        }
    }

    private void Warn()
    {
        var now = clock.GetUtcNow();
        var days = certificate.DaysLeft(now);
        TlsMetrics.DaysLeft.Record(days);
        if (days > Limits.CertificateWarningDays || _warnedOn == now.UtcDateTime.Date || certificate.IsOutOfDate(now)) return;
        _warnedOn = now.UtcDateTime.Date;
        log.LogWarning("The server certificate has {Days} days left: renew it. The files are read again when they change", days);
    }
}

/// <summary>What TLS measures of itself.</summary>
internal static class TlsMetrics
{
    private static readonly Meter Meter = new(Instruments.Name);

    public static readonly Gauge<int> DaysLeft =
        Meter.CreateGauge<int>("bailiwick.certificate.left", "d", "Days until clients refuse the server certificate");
}
