using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Inventory;

/// <summary>Whether a device that has to be heard of every so many minutes was.</summary>
public enum DataStatus : byte
{
    None = 0,
    Available = 1,
    Unavailable = 2,
    /// <summary>It need not be heard of, and raises no alarms.</summary>
    Maintenance = 3,
}

/// <summary>Whether a device can be told of operations now.</summary>
public enum ConnectionStatus : byte
{
    None = 0,
    Connected = 1,
    Disconnected = 2,
    Maintenance = 3,
}

/// <summary>What is known of a device's being there.</summary>
/// <param name="Name">The device's serial number or another external id; null when it has none, or its reader may not see it.</param>
/// <param name="ResponseMinutes">Within how many minutes it has to be heard of again; null when nobody said.</param>
/// <param name="LastMessage">When it was last heard of, to <see cref="Limits.LastMessageKeptSeconds"/>; null for never.</param>
[GenerateSerializer, Immutable, Alias("Availability")]
public sealed record Availability(
    ObjectId Device, ExternalId? Name, DataStatus Data, ConnectionStatus Connection, int? ResponseMinutes, DateTimeOffset? LastMessage);

/// <summary>The words of the interface for them.</summary>
public static class AvailabilityWords
{
    /// <summary>In capitals, such as <c>AVAILABLE</c>.</summary>
    public static string Word(this DataStatus status) => status.ToString().ToUpperInvariant();

    /// <inheritdoc cref="Word(DataStatus)"/>
    public static string Word(this ConnectionStatus status) => status.ToString().ToUpperInvariant();
}
