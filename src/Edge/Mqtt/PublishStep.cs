using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.Mqtt;

/// <summary>An acknowledgement owed: PUBACK for QoS 1, PUBREC for QoS 2.</summary>
internal readonly record struct OwedAck(Qos Qos, ushort PacketId);

/// <summary>Where a row came from, for the line that tells what was wrong with it.</summary>
internal readonly record struct RowOrigin(string MessageId, ushort PacketId, bool IsJson);

/// <summary>
/// The messages of one socket read that concern one device, in order: the rows to carry out and the acknowledgements that they earn
/// together, once all is durable.
/// </summary>
internal sealed class PublishStep(string? child, ObjectId? about = null, bool mustExist = false)
{
    /// <summary>The external id of the child device meant, or null for the connected device.</summary>
    public string? Child { get; } = child;

    /// <summary>The object meant where the rows name it themselves, by the id of what they change; whose it is decides there.</summary>
    public ObjectId? Object { get; } = about;

    /// <summary>Whether <see cref="Child"/> names an object that is there, by its external id or its own id; otherwise a child that is not is made.</summary>
    public bool MustExist { get; } = mustExist;

    public List<DeviceCommand> Rows { get; } = new(1);

    public List<RowOrigin> Origins { get; } = new(1);

    public List<OwedAck> Acks { get; } = new(1);

    /// <summary>Set once the step may be acknowledged, or has failed and may not.</summary>
    public bool IsSettled { get; set; }
}
