using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Wire;

/// <summary>An event.</summary>
[JsonConverter(typeof(AsDocument))]
internal sealed record EventWire(Event Event, Links Links)
{
    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "id", "self", "source", "externalSource", "type", "text", "time", "creationTime", "lastUpdated",
    };

    private static readonly string[] Lasting = ["source", "type", "time", "creationTime", "lastUpdated"];

    public static EventWire From(Event row, Links links) => new(row, links);

    /// <summary>The managed object that a body names; over REST there must be one.</summary>
    public static ObjectId SourceOf(JsonBody body)
    {
        body.Require("source", "type", "text", "time");
        return body.Object("source")!.ReferencedObject() ?? throw Refusal.Missing("source.id");
    }

    public static NewEvent To(JsonBody body)
    {
        body.Require("type", "text", "time");
        return new NewEvent(body.Text("type")!, body.Text("text")!, body.Time("time")!.Value, body.FragmentsBut(Own));
    }

    /// <summary>What of an event can change: its text and its free members.</summary>
    public static EventChange ToChange(JsonBody body)
    {
        body.RefuseMembers(Lasting, "Of an event only text and fragments can be changed");
        return new EventChange(body.Text("text"), body.FragmentsBut(Own));
    }

    /// <summary>Whether a name is a property of an event, and no fragment.</summary>
    public static bool IsProperty(string name) => Own.Contains(name);

    internal sealed class AsDocument : WriteOnlyConverter<EventWire>
    {
        public override void Write(Utf8JsonWriter writer, EventWire value, JsonSerializerOptions options)
        {
            var (row, links) = (value.Event, value.Links);
            writer.WriteStartObject();
            writer.WriteString("id"u8, row.Id.ToString());
            writer.WriteString("self"u8, links.Event(row.Id));
            writer.WriteSource(row.Id.Source, null, links);
            writer.WriteString("type"u8, row.Type);
            writer.WriteString("text"u8, row.Text);
            writer.WriteTime("time"u8, row.Time);
            writer.WriteTime("creationTime"u8, row.CreationTime);
            writer.WriteTime("lastUpdated"u8, row.LastUpdated);
            writer.WriteFragments(row.Fragments);
            writer.WriteEndObject();
        }
    }
}

internal static class SourceWriting
{
    /// <summary>The managed object that data is about.</summary>
    public static void WriteSource(this Utf8JsonWriter writer, ObjectId source, string? name, Links links)
    {
        writer.WriteStartObject("source"u8);
        writer.WriteString("id"u8, source.ToString());
        if (name is not null) writer.WriteString("name"u8, name);
        writer.WriteString("self"u8, links.ManagedObject(source));
        writer.WriteEndObject();
    }
}

internal sealed record EventCollectionWire : PageWire
{
    private EventCollectionWire(PageWire frame, IReadOnlyList<EventWire> rows) : base(frame) => Events = rows;

    public IReadOnlyList<EventWire> Events { get; }

    public static EventCollectionWire From(PageWire frame, Page<Event> page, Links links) =>
        new(frame, [.. page.Items.Select(row => EventWire.From(row, links))]);
}
