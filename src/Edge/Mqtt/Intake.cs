using System.Buffers;
using System.Text;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Mqtt;

/// <summary>One thing that a socket read asks for, in the order of the packets.</summary>
internal abstract record IntakeStep
{
    public sealed record Publish(PublishStep Step) : IntakeStep;

    public sealed record Subscribe(ushort PacketId, IReadOnlyList<Wanted> Filters) : IntakeStep;

    public sealed record Unsubscribe(ushort PacketId, IReadOnlyList<SubscribeKind> Kinds) : IntakeStep;

    /// <summary>A QoS 2 sender releases a message (PUBREL).</summary>
    public sealed record Release(ushort PacketId) : IntakeStep;

    /// <summary>A QoS 2 receiver has a message (PUBREC).</summary>
    public sealed record Received(ushort PacketId) : IntakeStep;

    public sealed record Ping : IntakeStep
    {
        public static readonly Ping Once = new();
    }

    /// <summary>A device without credentials asks for its own (s/ucr).</summary>
    public sealed record Bootstrap(string? SecurityToken, PublishStep Step) : IntakeStep;

    /// <summary>The user that only fetches credentials sends something else: it is refused, and that is recorded.</summary>
    public sealed record Overreach : IntakeStep
    {
        public static readonly Overreach Once = new();
    }

    /// <summary>A line for the error topics about a row that came to nothing.</summary>
    public sealed record Complaint(RowError Error, RowOrigin Origin) : IntakeStep;
}

/// <summary>A filter of SUBSCRIBE.</summary>
internal readonly record struct Wanted(SubscribeKind Kind, Qos Qos);

/// <summary>Why a session ends after a read.</summary>
internal enum Ending : byte
{
    None,
    /// <summary>DISCONNECT: the will is forgotten.</summary>
    Asked,
    /// <summary>A packet that the protocol or the interface answers by closing; what came before it is finished first.</summary>
    Violation,
}

/// <summary>
/// Turns the bytes of one socket read into steps. Consecutive messages for the same device become one step, so that the read costs one
/// grain call. Nothing here waits or decides.
/// </summary>
internal sealed partial class Intake(TemplateInterpreter interpreter, TimeProvider time, string serial, bool isBootstrap)
{
    private readonly List<IntakeStep> _steps = [];
    // Most clients never send with QoS 2, and there may be very many.
    private HashSet<ushort>? _unreleased;
    private PublishStep? _open;

    public IReadOnlyList<IntakeStep> Steps => _steps;

    public Ending Ending { get; private set; }

    /// <summary>What was wrong, for the log.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>How many packets the last read held.</summary>
    public int Packets { get; private set; }

    /// <summary>Reads all complete packets and answers where the rest begins.</summary>
    public SequencePosition Read(ReadOnlySequence<byte> input, ProtocolLevel level)
    {
        Forget();
        Packets = 0;
        using var reader = new PacketReader(input, level);
        while (Ending == Ending.None && reader.Read(out var packet))
        {
            Packets++;
            if (ReadPacket(packet) is var error and not PacketError.None) Violated(error.Sentence());
        }
        if (reader.Error != PacketError.None) Violated(reader.Error.Sentence());
        return reader.Consumed;
    }

    /// <summary>What was read has been carried out: a connection that then says nothing for hours keeps nothing of it.</summary>
    public void Forget()
    {
        _steps.Clear();
        _open = null;
    }

    /// <summary>The will, as if it had been published now.</summary>
    public void ReadWill(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload)
    {
        Forget();
        Publish(topic, payload, default);
    }

    /// <summary>A QoS 2 message was released: its packet id may be used anew.</summary>
    public void Release(ushort packetId) => _unreleased?.Remove(packetId);

    private PacketError ReadPacket(Packet packet)
    {
        switch (packet.Type)
        {
            case PacketType.Publish:
                return ReadPublish(packet);
            case PacketType.PubRel:
                return ReadId(packet, static id => new IntakeStep.Release(id));
            case PacketType.PubRec:
                return ReadId(packet, static id => new IntakeStep.Received(id));
            case PacketType.PubAck or PacketType.PubComp:
                return SimplePacket.ReadId(packet, out _);
            case PacketType.Subscribe or PacketType.Unsubscribe:
                return ReadFilters(packet);
            case PacketType.PingReq:
                Add(IntakeStep.Ping.Once);
                return SimplePacket.ReadNothing(packet);
            case PacketType.Disconnect:
                Ending = Ending.Asked;
                return SimplePacket.ReadNothing(packet);
            default:
                Violated("a second CONNECT");
                return PacketError.None;
        }
    }

    private PacketError ReadPublish(Packet packet)
    {
        var error = PublishPacket.Read(packet, out var publish);
        if (error != PacketError.None) return error;
        var ack = new OwedAck(publish.Qos, publish.PacketId);
        // A message whose id is not released yet is one that we have: it is acknowledged again and not carried out again.
        if (publish.Qos == Qos.ExactlyOnce && !(_unreleased ??= []).Add(publish.PacketId)) Owe(StepFor(null), ack);
        else if (_unreleased?.Count > Limits.MqttUnreleasedMax) Violated("too many QoS 2 messages that were not released");
        else Publish(publish.Topic, publish.Payload, ack);
        return PacketError.None;
    }

    private void Publish(ReadOnlySpan<byte> topicText, ReadOnlySpan<byte> payload, OwedAck ack)
    {
        var topic = Topics.Published(topicText);
        if (topic.Kind == PublishKind.Refused || isBootstrap != (topic.Kind == PublishKind.Bootstrap))
        {
            if (isBootstrap) Add(IntakeStep.Overreach.Once);
            Complain(new RowError(RowCode.BadArguments, "", $"Topic {RowError.Echo(topicText)} is not for publishing by this user"), default);
            Violated("a message on a topic that is not for publishing");
            return;
        }
        if (topic.Kind == PublishKind.Bootstrap)
        {
            _open = null;
            var step = new PublishStep(null);
            Owe(step, ack);
            _steps.Add(new IntakeStep.Bootstrap(payload.IsEmpty ? null : Encoding.UTF8.GetString(payload), step));
            return;
        }
        if (topic.Mode is ProcessingMode.Persistent or ProcessingMode.Quiescent)
        {
            if (topic.Kind == PublishKind.Static)
            {
                ReadRows(StepFor(topic.Child.IsEmpty ? null : Encoding.UTF8.GetString(topic.Child)), payload, ack);
                return;
            }
            if (topic.Json is JsonTopic.MeasurementCreate or JsonTopic.MeasurementCreateBulk)
            {
                ReadDocument(payload, ack);
                return;
            }
            if (topic.Json is JsonTopic.InventoryCreate or JsonTopic.InventoryUpdate or JsonTopic.InventoryChildDevice)
            {
                ReadObject(topic, payload, ack);
                return;
            }
            if (topic.Kind == PublishKind.Json && ReadRecord(topic, payload, ack)) return;
        }
        Owe(StepFor(null), ack);
        Complain(new RowError(RowCode.NoTemplate, "", $"{RowError.Echo(topicText)} needs a part that this release does not have"),
            new RowOrigin("", ack.PacketId, topic.Kind == PublishKind.Json));
    }

    private void ReadRows(PublishStep target, ReadOnlySpan<byte> payload, OwedAck ack)
    {
        Owe(target, ack);
        var now = time.GetUtcNow();
        using var rows = new CsvReader(payload);
        for (var read = rows.Read(); read != CsvRead.End; read = rows.Read())
        {
            if (read == CsvRead.Malformed) Complain(interpreter.MalformedRow(rows), default);
            else if (interpreter.TryRead(rows.Row, target.Child ?? serial, now, out var command, out var messageId, out var error))
                AddRow(target, command, new RowOrigin(messageId, ack.PacketId, false));
            else Complain(error, default);
        }
    }

    private void ReadDocument(ReadOnlySpan<byte> payload, OwedAck ack)
    {
        var origin = new RowOrigin("", ack.PacketId, true);
        if (MeasurementJson.Read(payload, needsSource: false, out var documents, out _) is { } refusal)
        {
            Owe(StepFor(null), ack);
            Complain(new RowError(RowCode.BadArguments, "", refusal.Message), origin);
            return;
        }
        PublishStep? last = null;
        foreach (var document in documents)
        {
            if (document.ExternalSource is { } other && other.Type != ExternalId.SerialType)
            {
                Complain(new RowError(RowCode.BadArguments, "", $"externalSource.type must be {ExternalId.SerialType}, and not '{Said.Short(other.Type)}'."), origin);
                continue;
            }
            // A document may name a child; anything else that it says of its source is overruled by who sent it.
            last = StepFor(document.ExternalSource is { Type: ExternalId.SerialType } named && named.Value != serial ? named.Value : null);
            AddRow(last, new CreateMeasurement(document.Measurement), origin);
        }
        // Acknowledgements leave in order, so that of the last document's step covers those before it.
        Owe(last ?? StepFor(null), ack);
    }

    /// <summary>A managed object that is made, changed, or made below another; the topic names which.</summary>
    private void ReadObject(PublishTopic topic, ReadOnlySpan<byte> payload, OwedAck ack)
    {
        var origin = new RowOrigin("", ack.PacketId, true);
        var (isNew, wish, change) = (topic.Json != JsonTopic.InventoryUpdate, default(NewManagedObject), default(ManagedObjectChange));
        if ((isNew ? FragmentsJson.ReadNew(payload, out wish) : FragmentsJson.ReadChange(payload, out change)) is { } refusal)
        {
            Owe(StepFor(null), ack);
            Complain(new RowError(RowCode.BadArguments, "", refusal.Message), origin);
            return;
        }
        var id = topic.Id.IsEmpty ? null : Encoding.UTF8.GetString(topic.Id);
        var target = StepFor(id == serial ? null : id, mustExist: id is not null && id != serial);
        DeviceCommand command = topic.Json switch
        {
            JsonTopic.InventoryCreate => new CreateObject(wish!),
            JsonTopic.InventoryUpdate => new UpdateObject(change!),
            _ => new CreateChildObject(wish!),
        };
        AddRow(target, command, origin);
        Owe(target, ack);
    }

    private static void AddRow(PublishStep target, DeviceCommand command, RowOrigin origin)
    {
        target.Rows.Add(command);
        target.Origins.Add(origin);
    }

    private static void Owe(PublishStep step, OwedAck ack)
    {
        if (ack.Qos != Qos.AtMostOnce) step.Acks.Add(ack);
    }

    private PublishStep StepFor(string? child, bool mustExist = false)
    {
        if (_open is { Object: null } && _open.Child == child && _open.MustExist == mustExist) return _open;
        _open = new PublishStep(child, mustExist: mustExist);
        _steps.Add(new IntakeStep.Publish(_open));
        return _open;
    }

    // A complaint goes out by itself and does not part the rows around it.
    private void Complain(RowError error, RowOrigin origin) => _steps.Insert(_open is null ? _steps.Count : _steps.Count - 1, new IntakeStep.Complaint(error, origin));

    private void Add(IntakeStep step)
    {
        _open = null;
        _steps.Add(step);
    }

    private PacketError ReadId(Packet packet, Func<ushort, IntakeStep> step)
    {
        var error = SimplePacket.ReadId(packet, out var id);
        if (error == PacketError.None) Add(step(id));
        return error;
    }

    private PacketError ReadFilters(Packet packet)
    {
        var error = FilterPacket.Read(packet, out var filters);
        if (error != PacketError.None) return error;
        var wanted = new List<Wanted>(filters.Count);
        foreach (var asked in filters) wanted.Add(new Wanted(Topics.Subscribed(asked.Filter).Kind, asked.Qos));
        Add(packet.Type == PacketType.Subscribe
            ? new IntakeStep.Subscribe(filters.PacketId, wanted)
            : new IntakeStep.Unsubscribe(filters.PacketId, [.. wanted.Select(filter => filter.Kind)]));
        return PacketError.None;
    }

    private void Violated(string reason)
    {
        Ending = Ending.Violation;
        Reason = reason;
    }
}
