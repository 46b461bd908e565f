using System.Globalization;
using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Grains.Inventory;

/// <summary>What is kept of a device's being there.</summary>
/// <param name="LastMessageMs">When it was last heard of, in milliseconds since 1970; 0 for never.</param>
/// <param name="IsConnected">Whether it has a connection that hears of operations. No connection outlives the server's process.</param>
/// <param name="IsLate">Whether its silence was noticed and an alarm raised.</param>
public readonly record struct Presence(long LastMessageMs, bool IsConnected, bool IsLate);

/// <summary>
/// What the interface makes of it: two fragments that no client writes, put into the document whenever it is read.
/// </summary>
internal static class Presences
{
    /// <summary>The fragment by which an object asks to be watched.</summary>
    public const string RequiredFragment = "c8y_RequiredAvailability";

    /// <summary>
    /// Within how many minutes the object says that it has to be heard of; 0 when it does not say, and -1 in maintenance, which is what the
    /// interface calls a number that is not above 0.
    /// </summary>
    public static int ResponseMinutes(this Fragments fragments)
    {
        foreach (var item in fragments.Items)
        {
            if (item.Name != RequiredFragment) continue;
            using var required = JsonDocument.Parse(item.Json);
            if (required.RootElement.ValueKind != JsonValueKind.Object || !required.RootElement.TryGetProperty("responseInterval", out var interval)) return 0;
            return Minutes(interval) switch
            {
                null => 0,
                <= 0 => -1,
                // A part of a minute is one, and what is longer than a year is one year.
                { } minutes => (int)Math.Min(Math.Ceiling(minutes), Limits.ResponseMinutesMax),
            };
        }
        return 0;
    }

    /// <summary>Whether a device that was last heard of then is too late by now.</summary>
    public static bool IsLate(int responseMinutes, long lastHeardMs, DateTimeOffset now) =>
        responseMinutes > 0 && now.ToUnixTimeMilliseconds() - lastHeardMs > responseMinutes * 60_000L;

    /// <summary>
    /// Whether the device's silence is to be told of, or stays told of. Nobody could be heard while the server was not there: that time counts for no
    /// new alarm, and clears no old one.
    /// </summary>
    /// <param name="sinceMs">From when on the server listens.</param>
    public static bool IsSilent(int responseMinutes, in Presence presence, long heardMs, long sinceMs, DateTimeOffset now) =>
        IsLate(responseMinutes, presence.IsLate ? heardMs : Math.Max(heardMs, sinceMs), now);

    /// <param name="creationTime">From when on one that was never heard of is waited for.</param>
    public static DataStatus DataStatus(int responseMinutes, in Presence presence, DateTimeOffset creationTime, DateTimeOffset now) =>
        responseMinutes < 0 ? Abstractions.Inventory.DataStatus.Maintenance
        : IsLate(responseMinutes, Math.Max(presence.LastMessageMs, creationTime.ToUnixTimeMilliseconds()), now) ? Abstractions.Inventory.DataStatus.Unavailable : Abstractions.Inventory.DataStatus.Available;

    public static ConnectionStatus ConnectionStatus(int responseMinutes, in Presence presence) =>
        responseMinutes < 0 ? Abstractions.Inventory.ConnectionStatus.Maintenance
        : presence.IsConnected ? Abstractions.Inventory.ConnectionStatus.Connected : Abstractions.Inventory.ConnectionStatus.Disconnected;

    /// <summary>The document with what is known of its device, or without where nothing is.</summary>
    public static ManagedObject With(this ManagedObject document, Presence? known, DateTimeOffset now)
    {
        var others = document.Fragments.Without(ManagedObject.AvailabilityFragment).Without(ManagedObject.ConnectionFragment);
        if (known is not { } presence) return ReferenceEquals(others, document.Fragments) ? document : document with { Fragments = others };
        var minutes = others.ResponseMinutes();
        var time = presence.LastMessageMs == 0 ? "" : $"\"lastMessage\":\"{DateTimeOffset.FromUnixTimeMilliseconds(presence.LastMessageMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}\",";
        var data = Fragment(ManagedObject.AvailabilityFragment, $"{{{time}\"status\":\"{DataStatus(minutes, presence, document.CreationTime, now).Word()}\"}}");
        var connection = Fragment(ManagedObject.ConnectionFragment, $"{{\"status\":\"{ConnectionStatus(minutes, presence).Word()}\"}}");
        return document with { Fragments = new Fragments([.. others.Items, data, connection]) };
    }

    private static Fragment Fragment(string name, string json) => new(name, Encoding.UTF8.GetBytes(json));

    // Null, which is no number, is not at most 0.
    private static double? Minutes(JsonElement interval) => interval.ValueKind switch
    {
        JsonValueKind.Number => interval.GetDouble(),
        JsonValueKind.String when double.TryParse(interval.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var minutes) => minutes,
        _ => null,
    };
}
