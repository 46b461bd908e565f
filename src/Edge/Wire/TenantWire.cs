using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>A tenant as who stands above it sees it. An administrator's password goes in and never out.</summary>
internal sealed record TenantWire(
    string Id, string Self, string Domain, string Company, string? AdminEmail, string? AdminName, string? ContactName, string? ContactPhone,
    string Status, string? Parent, string CreationTime, bool AllowCreateTenants, ReferencesWire Applications, ReferencesWire OwnedApplications,
    FragmentsWire CustomProperties)
{
    public static TenantWire From(Tenant tenant, Links links) => new(
        tenant.Id.Value, links.Tenant(tenant.Id), tenant.Domain, tenant.Company, tenant.AdminEmail, tenant.AdminName, tenant.ContactName,
        tenant.ContactPhone, tenant.Status == TenantStatus.Suspended ? "SUSPENDED" : "ACTIVE", tenant.Parent?.Value, WireTime.Text(tenant.CreationTime),
        tenant.AllowsSubtenants, ReferencesWire.None, ReferencesWire.None, FragmentsWire.None);

    public static NewTenant ToNew(JsonBody body)
    {
        body.RefuseResetMail();
        body.Require("domain", "company");
        return new NewTenant(
            body.Text("domain")!, body.Text("company")!, body.Text("adminName"), body.Text("adminEmail"), body.Text("adminPass"),
            body.Text("contactName"), PhoneOf(body))
        {
            AllowsSubtenants = body.Flag("allowCreateTenants") ?? false,
        };
    }

    public static TenantChange ToChange(JsonBody body) =>
        new(body.Text("company"), body.Text("contactName"), PhoneOf(body), body.Text("adminEmail"), StatusOf(body))
        {
            AllowsSubtenants = body.Flag("allowCreateTenants"),
        };

    // The command line client spells it with an underscore.
    private static string? PhoneOf(JsonBody body) => body.Text("contactPhone") ?? body.Text("contact_phone");

    private static TenantStatus? StatusOf(JsonBody body) => body.Text("status") switch
    {
        null => null,
        "ACTIVE" => TenantStatus.Active,
        "SUSPENDED" => TenantStatus.Suspended,
        var other => throw body.Invalid($"status must be ACTIVE or SUSPENDED, and not '{Said.Short(other)}'."),
    };
}

/// <summary>A list of references that is empty: nothing of its kind can be in it yet.</summary>
internal sealed record ReferencesWire(IReadOnlyList<string> References)
{
    public static readonly ReferencesWire None = new([]);
}

internal sealed record TenantCollectionWire : PageWire
{
    private TenantCollectionWire(PageWire frame, IReadOnlyList<TenantWire> rows) : base(frame) => Tenants = rows;

    public IReadOnlyList<TenantWire> Tenants { get; }

    public static TenantCollectionWire From(PageWire frame, Page<Tenant> page, Links links) => new(frame, [.. page.Items.Select(tenant => TenantWire.From(tenant, links))]);
}

/// <summary>The caller's own tenant. Clients take its id from <c>name</c>.</summary>
internal sealed record CurrentTenantWire(
    string Name, string DomainName, string Company, string? Parent, bool AllowCreateTenants, ReferencesWire Applications, FragmentsWire CustomProperties, string Self)
{
    public static CurrentTenantWire From(Tenant tenant, string domainName, bool withParent, Links links) => new(
        tenant.Id.Value, domainName, tenant.Company, withParent ? tenant.Parent?.Value : null, tenant.AllowsSubtenants, ReferencesWire.None, FragmentsWire.None,
        links.To("/tenant/currentTenant"));
}
