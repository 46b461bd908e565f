using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Wire;

/// <summary>Whether a device is there. The interval is in minutes; 0 or less is maintenance.</summary>
internal sealed record AvailabilityWire(
    string DeviceId, string? ExternalId, string DataStatus, string ConnectionStatus, int? Interval, string? LastMessage)
{
    public static AvailabilityWire From(Availability known) => new(
        known.Device.ToString(), known.Name?.Value, known.Data.Word(), known.Connection.Word(), known.ResponseMinutes,
        known.LastMessage is { } time ? WireTime.Text(time) : null);
}
