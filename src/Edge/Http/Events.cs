using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Http;

/// <summary><c>/event/events</c></summary>
internal static class Events
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = await x.Events().Find(x.Caller, QueryOf(x), page);
        await x.AnswerListAsync(MediaType.EventCollection, EventCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task CreateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        var source = EventWire.SourceOf(json);
        var made = await x.Device(source).AddEvent(x.Caller, EventWire.To(json));
        await x.CreatedAsync(MediaType.Event, x.Links.Event(made.Id), EventWire.From(made, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var id = x.EventId();
        await x.AnswerAsync(MediaType.Event, EventWire.From(await x.Device(id.Source).ReadEvent(x.Caller, id), x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        var id = x.EventId();
        using var body = await x.BodyAsync();
        var changed = await x.Device(id.Source).UpdateEvent(x.Caller, id, EventWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.Event, EventWire.From(changed, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        var id = x.EventId();
        await x.Device(id.Source).DeleteEvent(x.Caller, id);
        await x.Gone();
    }

    public static async Task DeleteAllAsync(Exchange x)
    {
        await x.Events().DeleteAll(x.Caller, QueryOf(x));
        await x.Gone();
    }

    private static EventQuery QueryOf(Exchange x)
    {
        var query = x.Query;
        var wanted = new EventQuery(
            query.Source(), query.Text("type"), query.Span("date"), query.Span("created"), query.Span("lastUpdated"),
            query.Text("fragmentType"), query.Text("fragmentValue"), query.Flag("revert"));
        if (wanted.OldestFirst && wanted.Time == Within.AnyTime) throw query.Refused("revert", "needs dateFrom or dateTo beside it.");
        if (wanted is { FragmentValue: not null, FragmentType: null }) throw query.Refused("fragmentValue", "needs fragmentType beside it.");
        return wanted;
    }
}
