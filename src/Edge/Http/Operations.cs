using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.Http;

/// <summary><c>/devicecontrol/operations</c></summary>
internal static class Operations
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = await x.Operations().Find(x.Caller, QueryOf(x), page);
        await x.AnswerListAsync(MediaType.OperationCollection, OperationCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task CreateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        var device = OperationWire.DeviceOf(json);
        var made = await x.DeviceOperations(device).Create(x.Caller, OperationWire.ToNew(json));
        await x.CreatedAsync(MediaType.Operation, x.Links.To($"/devicecontrol/operations/{made.Id}"), OperationWire.From(made, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var id = x.OperationId();
        await x.AnswerAsync(MediaType.Operation, OperationWire.From(await x.DeviceOperations(id.Device).Read(x.Caller, id), x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        var id = x.OperationId();
        using var body = await x.BodyAsync();
        var changed = await x.DeviceOperations(id.Device).Update(x.Caller, id, OperationWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.Operation, OperationWire.From(changed, x.Links));
    }

    public static async Task DeleteAllAsync(Exchange x)
    {
        await x.Operations().DeleteAll(x.Caller, QueryOf(x));
        await x.Gone();
    }

    private static OperationQuery QueryOf(Exchange x)
    {
        var query = x.Query;
        if (query.Text("bulkOperationId") is not null) throw query.Refused("bulkOperationId", "Bulk operations are not served.");
        var (from, to) = (query.From("dateFrom"), query.To("dateTo"));
        var newestFirst = query.Flag("revert");
        if (newestFirst && from is null && to is null) throw query.Refused("revert", "needs dateFrom or dateTo beside it.");
        OperationStatus? status = query.Text("status") is not { } text ? null
            : OperationStatuses.TryParse(text, out var known) ? known
            : throw query.Refused("status", $"must be one of {OperationStatuses.All}, and not '{Said.Short(text)}'.");
        return new OperationQuery(
            query.Id("deviceId"), query.Id("agentId"), status, query.Text("fragmentType"), from?.ToUnixTimeMilliseconds(), to?.ToUnixTimeMilliseconds(), newestFirst);
    }
}
