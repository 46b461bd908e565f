using System.Diagnostics;
using System.Text;
using Bailiwick.Compatibility.Tests.Devices;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>All that a tenant's administrator can read of it.</summary>
/// <param name="Things">As text: the same as long as nothing has changed.</param>
/// <param name="Trail">Its audit records, the newest first.</param>
internal sealed record Snapshot(string Things, IReadOnlyList<string> Trail)
{
    public static async Task<Snapshot> TakeAsync(SweptTenant tenant)
    {
        var all = new StringBuilder();
        foreach (var path in Paths(tenant)) all.Append(path).Append('\n').Append((await tenant.Admin.GetAsync(path)).Expect(200).Body).Append('\n');
        return new Snapshot(all.ToString(), [.. (await tenant.Admin.ListAsync("/audit/auditRecords", "auditRecords")).Select(record => record.GetRawText()).Distinct()]);
    }

    /// <summary>The same once it shows what its own devices did last: when they were heard of is written a moment after they were answered.</summary>
    public static async Task<Snapshot> SettledAsync(SweptTenant tenant)
    {
        var waited = Stopwatch.StartNew();
        for (var last = await TakeAsync(tenant); waited.Elapsed < BailiwickProcess.Patience;)
        {
            var next = await TakeAsync(tenant);
            if (next.Things == last.Things) return next;
            last = next;
        }
        throw new TimeoutException($"Awaited that nothing changes in {tenant.Id} for {BailiwickProcess.Patience}.");
    }

    /// <summary>
    /// Demands that nothing is another since. The trail may have grown by what concerns the tenant alone: refusals of its own users are summed up a minute later,
    /// and who fails to sign in to it is recorded in it.
    /// </summary>
    public async Task DemandSameAsync(SweptTenant tenant, SweptTenant? intruder = null)
    {
        var now = await TakeAsync(tenant);
        Assert.Equal(Things, now.Things);
        Assert.Equal(Trail, now.Trail.TakeLast(Trail.Count));
        if (intruder is not null) Assert.All(now.Trail.SkipLast(Trail.Count), record => Assert.DoesNotContain(intruder.Mark, record, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Paths(SweptTenant tenant)
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
    }
}
