using System.Text.Json;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>The managed objects that device templates make, with the marks by which the interface knows them.</summary>
public static class NewObjects
{
    /// <summary>The fragment that marks an object as a device.</summary>
    public const string DeviceFragment = "c8y_IsDevice";

    private static readonly byte[] Empty = "{}"u8.ToArray();

    /// <summary>The device itself (template 100): an agent, for it speaks for itself.</summary>
    public static NewManagedObject Device(string serial, CreateDevice? wish) => new(
        wish?.Name ?? $"MQTT Device {serial}", wish?.Type ?? "c8y_MQTTDevice", null,
        new Fragments([new Fragment(DeviceFragment, Empty), new Fragment("com_cumulocity_model_Agent", Empty)]));

    /// <summary>A child device (template 101, or data sent for a child that is not there yet).</summary>
    public static NewManagedObject ChildDevice(CreateChildDevice wish) => new(
        wish.Name ?? $"MQTT Device {wish.ChildId}", wish.Type ?? "c8y_MQTTChildDevice", null,
        wish.IsDevice ? new Fragments([new Fragment(DeviceFragment, Empty)]) : Fragments.None);

    /// <summary>A service of a device (template 102).</summary>
    public static NewManagedObject Service(CreateService wish) => new(
        wish.Name, "c8y_Service", null, new Fragments([new Fragment("serviceType", Text(wish.ServiceType)), new Fragment("status", Text(wish.Status))]));

    /// <summary>What a repeated 102 changes.</summary>
    public static ManagedObjectChange ServiceUpdate(CreateService wish) =>
        new(wish.Name, null, null, new Fragments([new Fragment("serviceType", Text(wish.ServiceType)), new Fragment("status", Text(wish.Status))]));

    private static byte[] Text(string value) => [.. "\""u8, .. JsonEncodedText.Encode(value).EncodedUtf8Bytes, .. "\""u8];
}
