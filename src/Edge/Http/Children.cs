using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Http;

/// <summary>The children of a managed object: <c>childDevices</c>, <c>childAssets</c> and <c>childAdditions</c> below it.</summary>
internal static class Children
{
    public static async Task ListAsync(Exchange x, ChildKind kind)
    {
        var page = x.Query.Page();
        if (x.Query.Text("query") is not null) throw x.Query.Refused("query", "queries in the query language are not served.");
        var found = await x.ManagedObject(x.ObjectId()).Children(x.Caller, kind, page);
        var wire = ManagedObjectReferenceCollectionWire.From(x.Frame(found, page), found, Collection(x, kind), x.Links);
        await x.AnswerListAsync(MediaType.ManagedObjectReferenceCollection, wire);
    }

    public static async Task ReadAsync(Exchange x, ChildKind kind)
    {
        var child = await x.ManagedObject(x.ObjectId()).Child(x.Caller, kind, x.ObjectId("childId"));
        await x.AnswerAsync(MediaType.ManagedObjectReference, ManagedObjectReferenceWire.From(Collection(x, kind), child, x.Links));
    }

    /// <summary>
    /// A body is one of three things: a reference, a list of references, or a new object. Its media type says which, or its
    /// members where it is plain JSON.
    /// </summary>
    public static async Task LinkAsync(Exchange x, ChildKind kind)
    {
        var parent = x.ObjectId();
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        if (MediaType.ManagedObject.IsSent(x.Request)) await LinkNewAsync(x, kind, parent, body);
        else if (MediaType.ManagedObjectReferenceCollection.IsSent(x.Request) || json.Has("references")) await LinkManyAsync(x, kind, parent, json);
        else if (MediaType.ManagedObjectReference.IsSent(x.Request) || json.Has("managedObject")) await LinkOneAsync(x, kind, parent, json);
        else await LinkNewAsync(x, kind, parent, body);
    }

    public static async Task UnlinkAsync(Exchange x, ChildKind kind)
    {
        await x.ManagedObject(x.ObjectId()).Unlink(x.Caller, kind, [x.ObjectId("childId")]);
        await x.Gone();
    }

    public static async Task UnlinkManyAsync(Exchange x, ChildKind kind)
    {
        var parent = x.ManagedObject(x.ObjectId());
        using var body = await x.BodyAsync();
        await parent.Unlink(x.Caller, kind, ReferencedBy(x.Json(body)));
        await x.Gone();
    }

    private static async Task LinkOneAsync(Exchange x, ChildKind kind, ObjectId parent, JsonBody json)
    {
        var child = ChildOf(json);
        await x.ManagedObject(parent).Link(x.Caller, kind, [child]);
        var wire = (await ReferencesAsync(x, kind, [child]))[0];
        await x.CreatedAsync(MediaType.ManagedObjectReference, wire.Self, wire);
    }

    private static async Task LinkManyAsync(Exchange x, ChildKind kind, ObjectId parent, JsonBody json)
    {
        var children = ReferencedBy(json);
        await x.ManagedObject(parent).Link(x.Caller, kind, children);
        var references = await ReferencesAsync(x, kind, children);
        var collection = Collection(x, kind);
        await x.CreatedAsync(MediaType.ManagedObjectReferenceCollection, collection, new ManagedObjectReferencesWire(collection, references));
    }

    /// <summary>Makes an object and links it. Where the link fails, whatever the reason, the object goes again: the request did nothing.</summary>
    private static async Task LinkNewAsync(Exchange x, ChildKind kind, ObjectId parent, RequestBody body)
    {
        if (FragmentsJson.ReadNew(body.Bytes.Span, out var wish) is { } refusal) throw refusal;
        var made = await x.Inventory().Create(x.Caller, wish);
        try
        {
            await x.ManagedObject(parent).Link(x.Caller, kind, [made.Id]);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            await TakeBackAsync(x, made.Id);
            throw;
        }
        await x.CreatedAsync(MediaType.ManagedObject, x.Links.ManagedObject(made.Id), ManagedObjectWire.From(made, x.Links));
    }

    private static async Task TakeBackAsync(Exchange x, ObjectId made)
    {
        try
        {
            await x.ManagedObject(made).Delete(x.Caller, default);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The client is told what went wrong first. The object stands alone then, where its owner sees it.
        }
    }

    /// <summary>
    /// New links, with the children where the client wants to see them. Who may link an object and not see it is shown its id. The objects are listed and not
    /// read: a list leaves out what does not show, and nobody is refused, who did not ask.
    /// </summary>
    private static async Task<IReadOnlyList<ManagedObjectReferenceWire>> ReferencesAsync(Exchange x, ChildKind kind, List<ObjectId> children)
    {
        var shown = new Dictionary<ObjectId, ManagedObject>();
        try
        {
            if (MediaType.WantsRepresentation(x.Request) && children.Count > 0)
                foreach (var view in (await x.Inventory().Find(x.Caller, new InventoryQuery(Ids: children), new PageRequest(1, children.Count, false), default)).Items)
                    shown.Add(view.Object.Id, view.Object);
        }
        catch (Exception failure) when (failure is Refusal or TimeoutException or OrleansException)
        {
            // The links are made. Whoever was told that they failed would try again, and learn that they are there.
        }
        var collection = Collection(x, kind);
        return [.. children.Select(child => new ManagedObjectReferenceWire(
            $"{collection}/{child}", shown.TryGetValue(child, out var found) ? ManagedObjectWire.From(found, x.Links) : ManagedObjectWire.Unseen(child, x.Links)))];
    }

    private static List<ObjectId> ReferencedBy(JsonBody json)
    {
        json.Require("references");
        return json.Objects("references", Limits.LinksPerRequestMax)!.Select(ChildOf).Distinct().ToList();
    }

    private static ObjectId ChildOf(JsonBody reference) =>
        reference.Object("managedObject")?.ReferencedObject() ?? throw Refusal.Missing("managedObject.id");

    private static string Collection(Exchange x, ChildKind kind) => $"{x.Links.ManagedObject(x.ObjectId())}/{Name(kind)}";

    private static string Name(ChildKind kind) => kind switch
    {
        ChildKind.Device => "childDevices",
        ChildKind.Asset => "childAssets",
        ChildKind.Addition => "childAdditions",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
