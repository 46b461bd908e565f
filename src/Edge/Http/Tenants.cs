using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Http;

/// <summary><c>/tenant/tenants</c>, for the platform operator and for tenants that have others below them, and <c>/tenant/currentTenant</c>, for everybody.</summary>
internal static class Tenants
{
    public static async Task CurrentAsync(Exchange x)
    {
        var tenant = await x.TenantGrain(x.Tenant).ReadOwn(x.Caller);
        await x.AnswerAsync(MediaType.CurrentTenant, CurrentTenantWire.From(tenant, Forwarded.HostName(x.Request, x.Settings.TrustsForwardedHeaders), x.Query.Flag("withParent"), x.Links));
    }

    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var query = new TenantQuery(x.Query.Text("company"), x.Query.Text("domain"), x.Query.Text("parent"));
        var found = await x.Tenants().Find(x.Caller, query, page);
        await x.AnswerListAsync(MediaType.TenantCollection, TenantCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task CreateAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var made = await x.Tenants().Create(x.Caller, TenantWire.ToNew(x.Json(body)));
        await x.CreatedAsync(MediaType.Tenant, x.Links.Tenant(made.Id), TenantWire.From(made, x.Links));
    }

    public static async Task ReadAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.Tenant, TenantWire.From(await x.TenantGrain(x.TenantId()).Read(x.Caller), x.Links));

    public static async Task UpdateAsync(Exchange x)
    {
        var grain = x.TenantGrain(x.TenantId());
        using var body = await x.BodyAsync();
        var changed = await grain.Update(x.Caller, TenantWire.ToChange(x.Json(body)));
        await x.ChangedAsync(MediaType.Tenant, TenantWire.From(changed, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        await x.Tenants().Delete(x.Caller, x.TenantId());
        await x.Gone();
    }
}
