using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Wire;

/// <summary>An alarm; one that was not stored has no id.</summary>
[JsonConverter(typeof(AsDocument))]
internal sealed record AlarmWire(AlarmId? Id, ObjectId Source, AlarmView View, Links Links)
{
    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "id", "self", "source", "externalSource", "type", "text", "severity", "status", "time", "creationTime", "lastUpdated", "count", "firstOccurrenceTime",
    };

    private static readonly string[] Lasting = ["source", "type", "time", "creationTime", "lastUpdated", "count", "firstOccurrenceTime"];

    public static AlarmWire From(AlarmView view, Links links) => new(view.Alarm.Id, view.Alarm.Id.Source, view, links);

    /// <summary>The answer about an alarm of a source in maintenance.</summary>
    public static AlarmWire NotStored(ObjectId source, NewAlarm sent, Links links) => new(null, source, new AlarmView(new Alarm(
        default, sent.Type, sent.Text, sent.Severity, sent.Status, sent.Time, sent.Time, 1, sent.Time, sent.Time, Fragments.None.Merge(sent.Fragments)), null), links);

    /// <summary>The managed object that a body names; over REST there must be one.</summary>
    public static ObjectId SourceOf(JsonBody body)
    {
        body.Require("source", "type", "text", "severity", "time");
        return body.Object("source")!.ReferencedObject() ?? throw Refusal.Missing("source.id");
    }

    public static NewAlarm To(JsonBody body)
    {
        body.Require("type", "text", "severity", "time");
        return new NewAlarm(
            body.Text("type")!, body.Text("text")!, AlarmWords.Severities.In(body, "severity")!.Value,
            AlarmWords.Statuses.In(body, "status") ?? AlarmStatus.Active, body.Time("time")!.Value, body.FragmentsBut(Own));
    }

    /// <summary>What of an alarm can change: text, severity, status and its free members.</summary>
    public static AlarmChange ToChange(JsonBody body)
    {
        body.RefuseMembers(Lasting, "Of an alarm only text, severity, status and fragments can be changed");
        return new AlarmChange(body.Text("text"), AlarmWords.Severities.In(body, "severity"), AlarmWords.Statuses.In(body, "status"), body.FragmentsBut(Own));
    }

    /// <summary>What many alarms can be given at once: a status.</summary>
    public static AlarmStatus ToStatus(JsonBody body)
    {
        body.Require("status");
        if (body.Count > 1) throw body.Invalid("Many alarms can be given a status and nothing else.");
        return AlarmWords.Statuses.In(body, "status")!.Value;
    }

    /// <summary>Whether a name is a property of an alarm, and no fragment.</summary>
    public static bool IsProperty(string name) => Own.Contains(name);

    internal sealed class AsDocument : WriteOnlyConverter<AlarmWire>
    {
        public override void Write(Utf8JsonWriter writer, AlarmWire value, JsonSerializerOptions options)
        {
            var (alarm, links) = (value.View.Alarm, value.Links);
            writer.WriteStartObject();
            writer.WriteString("id"u8, value.Id?.ToString());
            writer.WriteString("self"u8, links.Alarm(value.Id));
            writer.WriteSource(value.Source, value.View.SourceName, links);
            writer.WriteString("type"u8, alarm.Type);
            writer.WriteString("text"u8, alarm.Text);
            writer.WriteString("severity"u8, AlarmWords.Severities.Of(alarm.Severity));
            writer.WriteString("status"u8, AlarmWords.Statuses.Of(alarm.Status));
            writer.WriteTime("time"u8, alarm.Time);
            if (value.Id is not null)
            {
                writer.WriteTime("creationTime"u8, alarm.CreationTime);
                writer.WriteTime("lastUpdated"u8, alarm.LastUpdated);
                writer.WriteNumber("count"u8, alarm.Count);
                if (alarm.Count > 1) writer.WriteTime("firstOccurrenceTime"u8, alarm.FirstTime);
            }
            writer.WriteFragments(alarm.Fragments);
            writer.WriteEndObject();
        }
    }
}

internal sealed record AlarmCollectionWire : PageWire
{
    private AlarmCollectionWire(PageWire frame, IReadOnlyList<AlarmWire> rows) : base(frame) => Alarms = rows;

    public IReadOnlyList<AlarmWire> Alarms { get; }

    public static AlarmCollectionWire From(PageWire frame, Page<AlarmView> page, Links links) =>
        new(frame, [.. page.Items.Select(view => AlarmWire.From(view, links))]);
}
