using System.Text;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>Everything that a tenant's administrator can read of it, as text: two of them are the same when nothing has changed in between.</summary>
internal static class Snapshot
{
    public static async Task<string> TakeAsync(SweptTenant tenant, bool withTrail = true)
    {
        var all = new StringBuilder();
        foreach (var path in Paths(tenant, withTrail))
            all.Append(path).Append('\n').Append((await tenant.Admin.GetAsync(path)).Expect(200).Body).Append('\n');
        return all.ToString();
    }

    private static IEnumerable<string> Paths(SweptTenant tenant, bool withTrail)
    {
        var (ids, users) = (tenant.Ids, $"/user/{tenant.Id}/users");
        const string whole = "pageSize=2000&withTotalPages=true";
        foreach (var list in (string[])["inventory/managedObjects", "measurement/measurements", "event/events", "alarm/alarms", "devicecontrol/operations", "devicecontrol/newDeviceRequests", "tenant/options", "retention/retentions", "user/inventoryroles"])
            yield return $"/{list}?{whole}{(list.StartsWith("inventory", StringComparison.Ordinal) ? "&withParents=true" : "")}";
        yield return "/tenant/currentTenant";
        yield return "/tenant/loginOptions/BASIC";
        yield return $"{users}?{whole}";
        yield return $"{users}?{whole}&onlyDevices=true";
        yield return $"/user/{tenant.Id}/groups?{whole}";
        foreach (var user in (string[])["user", "administrator", "overseer", "keeper", "bare", "deviceUser"]) yield return $"{users}/{ids[user]}/roles/inventory";
        foreach (var thing in (string[])["device", "folder", "global", "child", "asset", "addition"])
        {
            yield return $"/identity/globalIds/{ids[thing]}/externalIds";
            yield return $"/user/devicePermissions/{ids[thing]}";
            yield return $"/inventory/managedObjects/{ids[thing]}/supportedSeries";
        }
        yield return $"/inventory/managedObjects/{ids["device"]}/user";
        yield return $"/inventory/managedObjects/{ids["device"]}/availability";
        yield return $"/measurement/measurements/series?source={ids["device"]}&dateFrom=2026-11-19&dateTo=2026-11-21";
        if (!withTrail) yield break;
        yield return $"/audit/auditRecords?{whole}";
        yield return $"/authorization/denials?{whole}";
    }
}
