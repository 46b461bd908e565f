using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Grains.Abstractions.Devices;

/// <summary>
/// What a line or document from a device asks for. A closed set: every template ends in one of these, and the Device
/// grain is the only place that carries them out.
/// </summary>
[GenerateSerializer, Immutable, Alias("DeviceCommand")]
public abstract record DeviceCommand
{
    private protected DeviceCommand()
    {
    }
}

/// <summary>Make the device itself (template 100). When it is there already the answer is an error line and nothing changes.</summary>
[GenerateSerializer, Immutable, Alias("CreateDevice")]
public sealed record CreateDevice(string? Name, string? Type) : DeviceCommand;

/// <summary>Make a child device and link it (101). Name and type have the interface's defaults when null.</summary>
[GenerateSerializer, Immutable, Alias("CreateChildDevice")]
public sealed record CreateChildDevice(string ChildId, string? Name, string? Type, bool IsDevice) : DeviceCommand;

/// <summary>Make a service and link it as a child addition (102); a service that is there gets the new status and name.</summary>
[GenerateSerializer, Immutable, Alias("CreateService")]
public sealed record CreateService(string ServiceId, string ServiceType, string Name, string Status) : DeviceCommand;

/// <summary>Answer the external ids of the child devices (105).</summary>
[GenerateSerializer, Immutable, Alias("ListChildDevices")]
public sealed record ListChildDevices : DeviceCommand;

/// <summary>Answer the device's managed object id (123).</summary>
[GenerateSerializer, Immutable, Alias("TellDeviceId")]
public sealed record TellDeviceId : DeviceCommand;

/// <summary>Merge fragments into the device's managed object (110-116).</summary>
[GenerateSerializer, Immutable, Alias("UpdateFragments")]
public sealed record UpdateFragments(Fragments Change) : DeviceCommand;

/// <summary>Store a measurement (200, 201, JSON).</summary>
[GenerateSerializer, Immutable, Alias("CreateMeasurement")]
public sealed record CreateMeasurement(NewMeasurement Measurement) : DeviceCommand;
