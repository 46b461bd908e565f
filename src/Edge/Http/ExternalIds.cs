using Bailiwick.Edge.Wire;

namespace Bailiwick.Edge.Http;

/// <summary><c>/identity</c>: the names that the outside world gave managed objects.</summary>
internal static class ExternalIds
{
    public static async Task ListAsync(Exchange x)
    {
        var target = x.ObjectId();
        var names = await x.ManagedObject(target).ExternalIds(x.Caller);
        var self = x.Links.To($"/identity/globalIds/{target}/externalIds");
        await x.AnswerAsync(MediaType.ExternalIdCollection, new ExternalIdCollectionWire(self, [.. names.Select(name => ExternalIdWire.From(name, target, x.Links))]));
    }

    public static async Task BindAsync(Exchange x)
    {
        var target = x.ObjectId();
        using var body = await x.BodyAsync();
        var name = ExternalIdWire.To(x.Json(body));
        await x.ExternalId(name).Bind(x.Caller, target);
        await x.CreatedAsync(MediaType.ExternalId, x.Links.ExternalId(name), ExternalIdWire.From(name, target, x.Links));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var name = x.ExternalIdPart();
        var target = await x.ExternalId(name).Read(x.Caller);
        await x.AnswerAsync(MediaType.ExternalId, ExternalIdWire.From(name, target, x.Links));
    }

    public static async Task UnbindAsync(Exchange x)
    {
        await x.ExternalId(x.ExternalIdPart()).Unbind(x.Caller);
        await x.Gone();
    }
}
