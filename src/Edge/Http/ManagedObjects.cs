using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Http;

/// <summary><c>/inventory/managedObjects</c></summary>
internal static class ManagedObjects
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = await x.Inventory().Find(x.Caller, QueryOf(x), page, ViewOf(x));
        await x.AnswerListAsync(MediaType.ManagedObjectCollection, ManagedObjectCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task CountAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.Plain, new CountWire(await x.Inventory().Count(x.Caller, QueryOf(x))));

    public static async Task CreateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        if (FragmentsJson.ReadNew(body.Bytes.Span, out var wish) is { } refusal) throw refusal;
        var made = await x.Inventory().Create(x.Caller, wish);
        await x.CreatedAsync(MediaType.ManagedObject, x.Links.ManagedObject(made.Id), ManagedObjectWire.From(made, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var view = await x.ManagedObject(x.ObjectId()).Read(x.Caller, ViewOf(x));
        await x.AnswerAsync(MediaType.ManagedObject, ManagedObjectWire.From(view, x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        var grain = x.ManagedObject(x.ObjectId());
        using var body = await x.BodyAsync();
        if (FragmentsJson.ReadChange(body.Bytes.Span, out var change) is { } refusal) throw refusal;
        var changed = await grain.Update(x.Caller, change);
        await x.ChangedAsync(MediaType.ManagedObject, ManagedObjectWire.From(changed, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        var options = new DeleteOptions(x.Query.Flag("cascade") | x.Query.Flag("forceCascade"), x.Query.Flag("withDeviceUser"));
        await x.ManagedObject(x.ObjectId()).Delete(x.Caller, options);
        await x.Gone();
    }

    public static async Task SupportedMeasurementsAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.Plain, SupportedMeasurementsWire.From(await x.Device(x.ObjectId()).SupportedSeries(x.Caller)));

    public static async Task SupportedSeriesAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.Plain, SupportedSeriesWire.From(await x.Device(x.ObjectId()).SupportedSeries(x.Caller)));

    private static ViewOptions ViewOf(Exchange x) => new(
        x.Query.Flag("withChildren", whenAbsent: true), x.Query.Flag("withParents"), x.Query.Flag("withGroups"), x.Query.Flag("withChildrenCount"),
        x.Query.Flag("skipChildrenNames"));

    private static InventoryQuery QueryOf(Exchange x)
    {
        RefuseUnknownFilters(x.Query);
        return new InventoryQuery(
            x.Query.Text("type"), x.Query.Text("fragmentType"), x.Query.Text("owner"), x.Query.Ids("ids"), ParentOf(x.Query), x.Query.Text("text"),
            x.Query.Flag("onlyRoots"));
    }

    /// <summary>A filter that is not served is refused: to leave it out would answer with objects that were not asked for.</summary>
    private static void RefuseUnknownFilters(RequestQuery query)
    {
        if (query.Text("query") is not null || query.Text("q") is not null)
            throw Refusal.Invalid("inventory", "Find by filter query failed : Queries in the query language are not served.");
    }

    private static ParentOf? ParentOf(RequestQuery query) =>
        query.Id("childDeviceId") is { } device ? new(ChildKind.Device, device)
        : query.Id("childAssetId") is { } asset ? new(ChildKind.Asset, asset)
        : query.Id("childAdditionId") is { } addition ? new(ChildKind.Addition, addition)
        : null;
}
