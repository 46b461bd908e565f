using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Http;

/// <summary><c>/tenant/system/options</c>: what the platform says of itself. Read-only. The edge itself knows but the version; the rest is the tenant's grain's to say.</summary>
internal static class SystemOptions
{
    private const string VersionCategory = "system";
    private const string VersionKey = "version";

    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var told = await x.TenantGrain(x.Tenant).SystemOptions(x.Caller);
        var found = Page<OptionWire>.Of([.. told.Select(option => OptionWire.From(option, x.Links)), Version(x)], page);
        await x.AnswerAsync(MediaType.OptionCollection, OptionCollectionWire.From(x.Frame(found, page), found));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var (category, key) = (x.Part("category"), x.Part("key"));
        if (category == VersionCategory && key == VersionKey)
        {
            await x.TenantGrain(x.Tenant).ReadOwn(x.Caller);
            await x.AnswerAsync(MediaType.Option, Version(x));
            return;
        }
        var option = await x.TenantGrain(x.Tenant).SystemOption(x.Caller, category, key)
            ?? throw Refusal.NotFound("tenants", $"Unable to find system option by given key '{Said.Short(category)}/{Said.Short(key)}'.");
        await x.AnswerAsync(MediaType.Option, OptionWire.From(option, x.Links));
    }

    private static OptionWire Version(Exchange x) => new(VersionCategory, VersionKey, x.Settings.Version, x.Links.SystemOption(VersionCategory, VersionKey));
}
