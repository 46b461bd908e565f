using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Http;

/// <summary><c>/alarm/alarms</c></summary>
internal static class Alarms
{
    private static readonly string[] Filters =
    [
        "source", "withSourceAssets", "withSourceDevices", "severity", "status", "resolved", "dateFrom", "dateTo", "createdFrom", "createdTo",
        "lastUpdatedFrom", "lastUpdatedTo",
    ];

    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = await x.Alarms().Find(x.Caller, QueryOf(x), page);
        await x.AnswerListAsync(MediaType.AlarmCollection, AlarmCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task CountAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.Plain, new CountWire(await x.Alarms().Count(x.Caller, QueryOf(x))));

    /// <summary>Raises an alarm. Of a source in maintenance nothing is stored, and the answer's address names no alarm.</summary>
    public static async Task CreateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        var source = AlarmWire.SourceOf(json);
        var sent = AlarmWire.To(json);
        var made = await x.Device(source).RaiseAlarm(x.Caller, sent);
        await x.CreatedAsync(
            MediaType.Alarm, x.Links.Alarm(made?.Alarm.Id), made is null ? AlarmWire.NotStored(source, sent, x.Links) : AlarmWire.From(made, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var id = x.AlarmId();
        await x.AnswerAsync(MediaType.Alarm, AlarmWire.From(await x.Device(id.Source).ReadAlarm(x.Caller, id), x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        var id = x.AlarmId();
        using var body = await x.BodyAsync();
        var changed = await x.Device(id.Source).UpdateAlarm(x.Caller, id, AlarmWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.Alarm, AlarmWire.From(changed, x.Links));
    }

    /// <summary>Gives many alarms a status: 200 when all have it, 202 when that takes longer than the interface lets a client wait.</summary>
    public static async Task UpdateAllAsync(Exchange x)
    {
        var query = x.Query;
        if (query.Text("type") is not null) throw query.Refused("type", "is no filter for changing many alarms.");
        if (Array.TrueForAll(Filters, name => query.Text(name) is null))
            throw Refusal.Invalid("alarm", $"Changing many alarms needs one of {string.Join(", ", Filters)}.");
        using var body = await x.BodyAsync();
        var status = AlarmWire.ToStatus(x.Json(body));
        await x.DoneOrGoingOnAsync(x.Alarms().UpdateAll(x.Caller, QueryOf(x), status), Limits.BulkAnswerMilliseconds);
    }

    public static async Task DeleteAllAsync(Exchange x)
    {
        await x.Alarms().DeleteAll(x.Caller, QueryOf(x));
        await x.Gone();
    }

    private static AlarmQuery QueryOf(Exchange x)
    {
        var query = x.Query;
        // What is resolved is cleared; the word wins over a list of status.
        var statuses = query.Words("status", AlarmWords.Statuses);
        if (query.Text("resolved") is not null)
            statuses = query.Flag("resolved") ? [AlarmStatus.Cleared] : [AlarmStatus.Active, AlarmStatus.Acknowledged];
        return new AlarmQuery(
            query.Source(), query.List("type"), query.Words("severity", AlarmWords.Severities), statuses, query.Span("date"), query.Span("created"),
            query.Span("lastUpdated"));
    }
}
