using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;

namespace Bailiwick.Edge.Wire;

/// <summary>A record of the audit trail.</summary>
[JsonConverter(typeof(AsDocument))]
internal sealed record AuditRecordWire(AuditRecord Record, Links Links)
{
    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "id", "self", "creationTime", "time", "type", "activity", "text", "source", "user", "application", "severity", "changes",
    };

    private static readonly HashSet<string> Severities = new(StringComparer.Ordinal) { "CRITICAL", "MAJOR", "MINOR", "WARNING", "INFORMATION" };

    public static AuditRecordWire From(AuditRecord record, Links links) => new(record, links);

    /// <summary>What a client reports. Changes are the platform's to state: a client's are left out.</summary>
    public static NewAuditRecord To(JsonBody body)
    {
        body.Require("activity", "type", "time", "text");
        var severity = body.Text("severity");
        if (severity is not null && !Severities.Contains(severity))
            throw body.Invalid($"severity must be one of {string.Join(", ", Severities)}, and not '{Said.Short(severity)}'.");
        return new NewAuditRecord(
            body.Text("type")!, body.Text("activity")!, body.Text("text")!, body.Time("time"), body.Object("source")?.ReferencedName(),
            body.Text("user"), body.Text("application"), severity, null, body.FragmentsBut(Own));
    }

    internal sealed class AsDocument : WriteOnlyConverter<AuditRecordWire>
    {
        public override void Write(Utf8JsonWriter writer, AuditRecordWire value, JsonSerializerOptions options)
        {
            var (record, links) = (value.Record, value.Links);
            var id = record.Id.ToString(CultureInfo.InvariantCulture);
            writer.WriteStartObject();
            writer.WriteString("id"u8, id);
            writer.WriteString("self"u8, links.To($"/audit/auditRecords/{id}"));
            writer.WriteTime("creationTime"u8, record.CreationTime);
            writer.WriteTime("time"u8, record.Time);
            writer.WriteString("type"u8, record.Type);
            writer.WriteString("activity"u8, record.Activity);
            writer.WriteString("text"u8, record.Text);
            if (record.Source is { } source)
            {
                writer.WriteStartObject("source"u8);
                writer.WriteString("id"u8, source);
                writer.WriteString("self"u8, links.To($"/inventory/managedObjects/{Links.Escape(source)}"));
                writer.WriteEndObject();
            }
            if (record.User is { } user) writer.WriteString("user"u8, user);
            if (record.Application is { } application) writer.WriteString("application"u8, application);
            writer.WriteString("severity"u8, record.Severity);
            Changes(writer, record.Changes);
            writer.WriteFragments(record.Members);
            writer.WriteEndObject();
        }

        private static void Changes(Utf8JsonWriter writer, IReadOnlyList<AuditChange> changes)
        {
            writer.WriteStartArray("changes"u8);
            foreach (var change in changes)
            {
                writer.WriteStartObject();
                writer.WriteString("attribute"u8, change.Attribute);
                writer.WriteString("changeType"u8, change.PreviousValue is null ? "ADDED" : "REPLACED");
                writer.WriteString("type"u8, change.Type);
                if (change.PreviousValue is { } previous) writer.WriteString("previousValue"u8, previous);
                if (change.NewValue is { } current) writer.WriteString("newValue"u8, current);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
    }
}

internal sealed record AuditRecordCollectionWire : PageWire
{
    private AuditRecordCollectionWire(PageWire frame, IReadOnlyList<AuditRecordWire> rows) : base(frame) => AuditRecords = rows;

    public IReadOnlyList<AuditRecordWire> AuditRecords { get; }

    public static AuditRecordCollectionWire From(PageWire frame, Page<AuditRecord> page, Links links) =>
        new(frame, [.. page.Items.Select(record => AuditRecordWire.From(record, links))]);
}
