using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions.Audit;

namespace Bailiwick.Edge.Http;

/// <summary><c>/audit/auditRecords</c>: read and append, nothing else, for everybody.</summary>
internal static class AuditRecords
{
    public static async Task ListAsync(Exchange x)
    {
        var (query, page) = (x.Query, x.Query.Page());
        var wanted = new AuditQuery(
            query.Text("type"), query.Text("user"), query.Text("application"), query.Text("source"),
            query.From("dateFrom"), query.To("dateTo"), query.Flag("revert"));
        var found = await x.AuditLog().Find(x.Caller, wanted, page);
        await x.AnswerListAsync(MediaType.AuditRecordCollection, AuditRecordCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task ReadAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.AuditRecord, AuditRecordWire.From(await x.AuditLog().Read(x.Caller, x.AuditRecordId()), x.Links));

    public static async Task AppendAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var record = await x.AuditLog().Append(x.Caller, AuditRecordWire.To(x.Json(body)));
        await x.CreatedAsync(MediaType.AuditRecord, x.Links.To($"/audit/auditRecords/{record.Id}"), AuditRecordWire.From(record, x.Links));
    }
}
