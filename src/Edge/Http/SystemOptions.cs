using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Http;

/// <summary><c>/tenant/system/options</c>: what the platform says of itself. Read-only.</summary>
internal static class SystemOptions
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        await x.TenantGrain(x.Tenant).ReadOwn(x.Caller);
        var found = Page<OptionWire>.Of(All(x), page);
        await x.AnswerAsync(MediaType.OptionCollection, OptionCollectionWire.From(x.Frame(found, page), found));
    }

    public static async Task ReadAsync(Exchange x)
    {
        await x.TenantGrain(x.Tenant).ReadOwn(x.Caller);
        var (category, key) = (x.Part("category"), x.Part("key"));
        var option = All(x).FirstOrDefault(option => option.Category == category && option.Key == key)
            ?? throw Refusal.NotFound("tenants", $"Unable to find system option by given key '{Said.Short(category)}/{Said.Short(key)}'.");
        await x.AnswerAsync(MediaType.Option, option);
    }

    private static OptionWire[] All(Exchange x) =>
    [
        new("system", "version", x.Settings.Version, x.Links.To("/tenant/system/options/system/version")),
    ];
}
