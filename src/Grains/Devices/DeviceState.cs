using System.Globalization;
using System.Text.Json;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Devices;

/// <summary>What a Device grain knows of its managed object: just what decides. The document stays with its owner.</summary>
/// <param name="IsInMaintenance">Whether alarms of it are not to be stored.</param>
internal sealed record DeviceState(ObjectId Source, string Owner, bool IsGlobal, bool IsInMaintenance) : IOwnable
{
    string? IOwnable.Owner => Owner;

    public static DeviceState Of(ManagedObject document) =>
        new(document.Id, document.Owner, document.IsGlobal, Maintenance.IsOn(document.Fragments));
}

/// <summary>Maintenance, as the interface puts it: the object requires an answer every so many minutes, and these are not more than 0.</summary>
internal static class Maintenance
{
    private const string Fragment = "c8y_RequiredAvailability";

    public static bool IsOn(Fragments fragments)
    {
        foreach (var item in fragments.Items)
        {
            if (item.Name != Fragment) continue;
            using var required = JsonDocument.Parse(item.Json);
            return required.RootElement.ValueKind == JsonValueKind.Object
                && required.RootElement.TryGetProperty("responseInterval", out var interval)
                && Minutes(interval) <= 0;
        }
        return false;
    }

    // Null, which is no number, is not at most 0.
    private static double? Minutes(JsonElement interval) => interval.ValueKind switch
    {
        JsonValueKind.Number => interval.GetDouble(),
        JsonValueKind.String when double.TryParse(interval.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var minutes) => minutes,
        _ => null,
    };
}

/// <summary>Reads that view from the inventory; writing it is the managed object's to do.</summary>
internal sealed class DeviceView(TenantId tenant, ObjectId id, IInventoryStore inventory) : IStateStore<DeviceState>
{
    public async Task<DeviceState?> LoadAsync() =>
        await inventory.ReadAsync(StoredObjects.UpkeepPermit(tenant, id)) is { } document
            ? DeviceState.Of(document)
            : null;

    public Task SaveAsync(WritePermit permit, DeviceState state, DeviceState? previous) =>
        throw new InvalidOperationException("The managed object owns its document");

    public Task RemoveAsync(WritePermit permit, DeviceState previous) =>
        throw new InvalidOperationException("The managed object owns its document");
}
