using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Http;

/// <summary><c>/tenant/options</c>: what a tenant has decided, by category and key.</summary>
internal static class TenantOptions
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = Page<TenantOption>.Of([.. await Own(x).Options(x.Caller)], page).Select(option => OptionWire.From(option, x.Links));
        await x.AnswerListAsync(MediaType.OptionCollection, OptionCollectionWire.From(x.Frame(found, page), found));
    }

    public static async Task CreateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        json.Require("category", "key");
        var (category, key) = (json.Text("category")!, json.Text("key")!);
        var made = (await Own(x).SetOptions(x.Caller, category, [OptionWire.ToSetting(json, key, "value")]))[0];
        await x.CreatedAsync(MediaType.Option, x.Links.TenantOption(category, key), OptionWire.From(made, x.Links));
    }

    public static async Task ReadCategoryAsync(Exchange x)
    {
        var category = x.Part("category");
        var options = await Own(x).Options(x.Caller);
        await x.AnswerAsync(MediaType.Option, new OptionsOfCategoryWire([.. options.Where(option => option.Category == category)]));
    }

    public static async Task UpdateCategoryAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var changed = await Own(x).SetOptions(x.Caller, x.Part("category"), OptionsOfCategoryWire.To(x.Json(body)));
        await x.ChangedAsync(MediaType.Option, new OptionsOfCategoryWire(changed));
    }

    public static async Task ReadAsync(Exchange x)
    {
        var (category, key) = (x.Part("category"), x.Part("key"));
        var option = (await Own(x).Options(x.Caller)).FirstOrDefault(option => option.Category == category && option.Key == key)
            ?? throw Refusal.NotFound("tenants", $"Unable to find option by given key '{Said.Short(category)}/{Said.Short(key)}'.");
        await x.AnswerAsync(MediaType.Option, OptionWire.From(option, x.Links));
    }

    public static async Task UpdateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var changed = (await Own(x).SetOptions(x.Caller, x.Part("category"), [OptionWire.ToSetting(x.Json(body), x.Part("key"), "value")]))[0];
        await x.ChangedAsync(MediaType.Option, OptionWire.From(changed, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        await Own(x).DeleteOption(x.Caller, x.Part("category"), x.Part("key"));
        await x.Gone();
    }

    /// <summary>The operator's: of the tenant that is named, or of its own.</summary>
    public static async Task PinAsync(Exchange x)
    {
        var tenant = x.Query.Text("tenantId") is not { } named ? x.Tenant
            : Bailiwick.Grains.Abstractions.Identity.TenantId.TryParse(named, out var id) ? id : throw PathParts.NoSuchTenant(named);
        using var body = await x.BodyAsync();
        var changed = await x.TenantGrain(tenant).PinOption(x.Caller, x.Part("category"), x.Part("key"), OptionWire.ToEditable(x.Json(body)));
        var wire = OptionWire.From(changed, x.Links);
        await x.ChangedAsync(MediaType.Option, tenant == x.Tenant ? wire : wire with { Value = null });
    }

    private static ITenantGrain Own(Exchange x) => x.TenantGrain(x.Tenant);
}
