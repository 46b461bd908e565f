using System.Text;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// Documents of the REST interface. Whatever a document says of its source, it is about the sender's own device, or the child that
/// <c>externalSource</c> names; one that changes what is there names it by its id, and that thing's device decides.
/// </summary>
internal sealed partial class Intake
{
    /// <summary>Reads the documents of events and alarms, and what is to become of one record that the topic names; false for any other topic.</summary>
    private bool ReadRecord(PublishTopic topic, ReadOnlySpan<byte> payload, OwedAck ack)
    {
        var origin = new RowOrigin("", ack.PacketId, true);
        try
        {
            switch (topic.Json)
            {
                case JsonTopic.MeasurementDelete:
                    var measured = MeasurementIdOf(topic.Id);
                    Owe(AddRow(measured.Source, new DeleteMeasurement(measured), origin), ack);
                    return true;
                case JsonTopic.EventCreate:
                    Owe(ReadEvent(JsonBody.Parse(payload.ToArray(), "event"), origin), ack);
                    return true;
                case JsonTopic.EventCreateBulk:
                    ReadMany(JsonBody.Parse(payload.ToArray(), "event"), "events", Limits.EventsPerRequestMax, ReadEvent, origin, ack);
                    return true;
                case JsonTopic.EventUpdate:
                    var changed = EventIdOf(topic.Id);
                    Owe(AddRow(changed.Source, new UpdateEvent(changed, EventWire.ToChange(JsonBody.Parse(payload.ToArray(), "event"))), origin), ack);
                    return true;
                case JsonTopic.EventDelete:
                    var deleted = EventIdOf(topic.Id);
                    Owe(AddRow(deleted.Source, new DeleteEvent(deleted), origin), ack);
                    return true;
                case JsonTopic.AlarmCreate:
                    Owe(ReadAlarm(JsonBody.Parse(payload.ToArray(), "alarm"), origin), ack);
                    return true;
                case JsonTopic.AlarmCreateBulk:
                    ReadMany(JsonBody.Parse(payload.ToArray(), "alarm"), "alarms", Limits.AlarmsPerRequestMax, ReadAlarm, origin, ack);
                    return true;
                case JsonTopic.AlarmUpdate:
                    var alarm = AlarmIdOf(topic.Id);
                    Owe(AddRow(alarm.Source, new UpdateAlarm(alarm, AlarmWire.ToChange(JsonBody.Parse(payload.ToArray(), "alarm"))), origin), ack);
                    return true;
                default:
                    return false;
            }
        }
        catch (Refusal refusal)
        {
            Owe(StepFor(null), ack);
            Complain(refusal, origin);
            return true;
        }
    }

    private PublishStep ReadEvent(JsonBody document, RowOrigin origin)
    {
        var sent = EventWire.To(document);
        var target = StepFor(ChildOf(document));
        AddRow(target, new CreateEvent(sent, IsState: false), origin);
        return target;
    }

    private PublishStep ReadAlarm(JsonBody document, RowOrigin origin)
    {
        var sent = AlarmWire.To(document);
        var target = StepFor(ChildOf(document));
        AddRow(target, new RaiseAlarm(sent), origin);
        return target;
    }

    /// <summary>Reads a list of documents, each by itself: a wrong one is complained about, and the others are carried out.</summary>
    private void ReadMany(JsonBody body, string name, int countMax, Func<JsonBody, RowOrigin, PublishStep> read, RowOrigin origin, OwedAck ack)
    {
        body.Require(name);
        PublishStep? last = null;
        foreach (var document in body.Objects(name, countMax)!)
        {
            try
            {
                last = read(document, origin);
            }
            catch (Refusal refusal)
            {
                Complain(refusal, origin);
            }
        }
        // Acknowledgements leave in order, so that of the last document's step covers those before it.
        Owe(last ?? StepFor(null), ack);
    }

    /// <summary>The child that a document names, or null for the device itself.</summary>
    private string? ChildOf(JsonBody document)
    {
        if (document.Object("externalSource") is not { } external) return null;
        external.Require("externalId", "type");
        var name = ExternalIdWire.To(external);
        return name.Type == ExternalId.SerialType && name.Value != serial ? name.Value : null;
    }

    private PublishStep AddRow(ObjectId about, DeviceCommand command, RowOrigin origin)
    {
        if (_open is null || _open.Object != about)
        {
            _open = new PublishStep(null, about);
            _steps.Add(new IntakeStep.Publish(_open));
        }
        AddRow(_open, command, origin);
        return _open;
    }

    private void Complain(Refusal refusal, RowOrigin origin) => Complain(new RowError(RowCode.BadArguments, "", refusal.Message), origin);

    private static MeasurementId MeasurementIdOf(ReadOnlySpan<byte> text) => MeasurementId.TryParse(Encoding.UTF8.GetString(text), out var id)
        ? id : throw Refusal.NotFound("measurement", $"Finding measurement from database failed : No measurement for id '{RowError.Echo(text)}'!");

    private static EventId EventIdOf(ReadOnlySpan<byte> text) => EventId.TryParse(Encoding.UTF8.GetString(text), out var id)
        ? id : throw Refusal.NotFound("event", $"Finding event from database failed : No event for id '{RowError.Echo(text)}'!");

    private static AlarmId AlarmIdOf(ReadOnlySpan<byte> text) => AlarmId.TryParse(Encoding.UTF8.GetString(text), out var id)
        ? id : throw Refusal.NotFound("alarm", $"Finding alarm from database failed : No alarm for id '{RowError.Echo(text)}'!");
}
