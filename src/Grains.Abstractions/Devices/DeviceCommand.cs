using Bailiwick.Grains.Abstractions.Identity;
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

/// <summary>Delete one measurement (JSON).</summary>
[GenerateSerializer, Immutable, Alias("DeleteMeasurement")]
public sealed record DeleteMeasurement(MeasurementId Id) : DeviceCommand;

/// <summary>Store an event (400-402, JSON).</summary>
/// <param name="IsState">Whether its fragments are what holds of the device from now on, and go into its managed object as well (402).</param>
[GenerateSerializer, Immutable, Alias("CreateEvent")]
public sealed record CreateEvent(NewEvent Event, bool IsState) : DeviceCommand;

/// <summary>Change one event (JSON).</summary>
[GenerateSerializer, Immutable, Alias("UpdateEvent")]
public sealed record UpdateEvent(EventId Id, EventChange Change) : DeviceCommand;

/// <summary>Change the latest event of a type (407).</summary>
[GenerateSerializer, Immutable, Alias("UpdateEventOfType")]
public sealed record UpdateEventOfType(string Type, EventChange Change) : DeviceCommand;

/// <summary>Delete one event (JSON).</summary>
[GenerateSerializer, Immutable, Alias("DeleteEvent")]
public sealed record DeleteEvent(EventId Id) : DeviceCommand;

/// <summary>Raise an alarm, or count it when one of its type is open (301-304, JSON).</summary>
[GenerateSerializer, Immutable, Alias("RaiseAlarm")]
public sealed record RaiseAlarm(NewAlarm Alarm) : DeviceCommand;

/// <summary>Change one alarm (JSON).</summary>
[GenerateSerializer, Immutable, Alias("UpdateAlarm")]
public sealed record UpdateAlarm(AlarmId Id, AlarmChange Change) : DeviceCommand;

/// <summary>Change the open alarm of a type: the active one, or else the acknowledged one (305-307).</summary>
[GenerateSerializer, Immutable, Alias("UpdateAlarmOfType")]
public sealed record UpdateAlarmOfType(string Type, AlarmChange Change) : DeviceCommand;
