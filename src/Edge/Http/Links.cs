using System.Globalization;
using System.Text;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Http;

/// <summary>The absolute links of one answer, on the scheme and host by which the client came (<see cref="Forwarded"/>).</summary>
internal sealed class Links
{
    private byte[]? _measurement;
    private byte[]? _source;

    public Links(HttpRequest request, bool trustsForwarded)
    {
        var host = Forwarded.Host(request, trustsForwarded);
        Base = $"{Forwarded.Scheme(request, trustsForwarded)}://{(string.IsNullOrEmpty(host) ? LocalHost(request) : host)}";
    }

    /// <summary>Scheme and host, without a slash at the end.</summary>
    public string Base { get; }

    /// <summary>The beginning of every measurement's link, in UTF-8: lists hold thousands.</summary>
    public ReadOnlySpan<byte> MeasurementPrefix => _measurement ??= Encoding.UTF8.GetBytes($"{Base}/measurement/measurements/");

    /// <summary>The beginning of every managed object's link, in UTF-8.</summary>
    public ReadOnlySpan<byte> ManagedObjectPrefix => _source ??= Encoding.UTF8.GetBytes($"{Base}/inventory/managedObjects/");

    public string To(string path) => Base + path;

    public string ManagedObject(ObjectId id) => $"{Base}/inventory/managedObjects/{id}";

    public string Event(EventId id) => $"{Base}/event/events/{id}";

    /// <summary>An alarm's address; that of one that was not stored ends in <c>null</c>, as the interface has it.</summary>
    public string Alarm(AlarmId? id) => $"{Base}/alarm/alarms/{(id is { } stored ? stored.ToString() : "null")}";

    public string User(UserId user) => $"{Base}/user/{user.Tenant}/users/{Escape(user.Name)}";

    public string Group(TenantId tenant, int id) => string.Create(CultureInfo.InvariantCulture, $"{Base}/user/{tenant}/groups/{id}");

    public string InventoryRole(int id) => string.Create(CultureInfo.InvariantCulture, $"{Base}/user/inventoryroles/{id}");

    public string RetentionRule(int id) => string.Create(CultureInfo.InvariantCulture, $"{Base}/retention/retentions/{id}");

    public string Role(string name) => $"{Base}/user/roles/{name}";

    public string Tenant(TenantId tenant) => $"{Base}/tenant/tenants/{tenant}";

    public string TenantOption(string category, string key) => $"{Base}/tenant/options/{Escape(category)}/{Escape(key)}";

    public string SystemOption(string category, string key) => $"{Base}/tenant/system/options/{Escape(category)}/{Escape(key)}";

    public string ExternalId(ExternalId id) => $"{Base}/identity/externalIds/{Escape(id.Type)}/{Escape(id.Value)}";

    public static string Escape(string part) => Uri.EscapeDataString(part);

    private static string LocalHost(HttpRequest request)
    {
        var connection = request.HttpContext.Connection;
        return $"{connection.LocalIpAddress?.ToString() ?? "localhost"}:{connection.LocalPort.ToString(CultureInfo.InvariantCulture)}";
    }
}
