using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Grains.Telemetry;

/// <summary>
/// How far ahead a device's clock may be. Data is kept and listed by the device's own time: what claims to be from next year would stand before
/// everything that comes until then, and outlive what retention removes by age.
/// </summary>
internal static class DeviceClock
{
    private static readonly TimeSpan AheadMax = TimeSpan.FromHours(Limits.DeviceClockAheadHoursMax);

    public static bool IsAhead(DateTimeOffset time, DateTimeOffset now) => time - now > AheadMax;

    /// <exception cref="Refusal">Invalid: the time is too far ahead.</exception>
    public static void Require(string subject, DateTimeOffset time, DateTimeOffset now)
    {
        if (!IsAhead(time, now)) return;
        throw Refusal.Invalid(subject, $"time: must not be more than {Limits.DeviceClockAheadHoursMax} hours ahead of the platform's. Set the device's clock, or leave the time out where the interface allows it.");
    }
}
