namespace Bailiwick.Demo;

/// <summary>A user of a customer, what it is there to show, and what it signs in with.</summary>
internal sealed record DemoUser(string Name, string Password, string Group, string Shows);

/// <summary>A plant: a group of devices.</summary>
internal sealed record Plant(string Name, string ObjectId);

/// <summary>A customer: a tenant with users and plants of its own.</summary>
internal sealed record Customer(string Tenant, string Name, string AdminPassword, IReadOnlyList<DemoUser> Users, IReadOnlyList<Plant> Plants);

/// <summary>Two customers on one platform. Neither can tell that the other is there.</summary>
internal static class Customers
{
    private static readonly (string Name, string Group, string Shows)[] People =
    [
        ("manager", "Global Manager", "reads and changes everything of its customer but users"),
        ("reader", "Global Reader", "reads everything of its customer, changes nothing"),
        ("installer", "", "may make devices and sees those it made (none yet), and what is marked c8y_Global"),
        ("guest", "", "has no role: sees what is marked c8y_Global"),
    ];

    public static async Task<IReadOnlyList<Customer>> FoundAsync(DemoServer server, CancellationToken stop)
    {
        Console.WriteLine("Making two customers with their users and plants ...");
        var @operator = server.Rest("management/admin", server.OperatorPassword);
        var password = DemoServer.NewPassword();
        var second = await @operator.PostAsync(
            "/tenant/tenants", $$"""{"domain":"south","company":"South Works","adminName":"admin","adminEmail":"admin@south.example","adminPass":"{{password}}"}""", stop);
        return
        [
            await FurnishAsync(server, "t1", "North Works", server.AdminPassword, ["Foundry", "Paint shop"], stop),
            await FurnishAsync(server, second.GetProperty("id").GetString()!, "South Works", password, ["Bottling"], stop),
        ];
    }

    private static async Task<Customer> FurnishAsync(DemoServer server, string tenant, string name, string adminPassword, string[] plants, CancellationToken stop)
    {
        var admin = server.Rest($"{tenant}/admin", adminPassword);
        var users = new List<DemoUser>();
        foreach (var (person, group, shows) in People)
        {
            var user = new DemoUser(person, DemoServer.NewPassword(), group, shows);
            await admin.PostAsync($"/user/{tenant}/users", $$"""{"userName":"{{person}}","email":"{{person}}@{{tenant}}.example","password":"{{user.Password}}"}""", stop);
            if (group.Length > 0) await JoinAsync(admin, tenant, group, person, stop);
            else if (person == "installer") await admin.PostAsync($"/user/{tenant}/users/{person}/roles", """{"role":{"id":"ROLE_INVENTORY_CREATE"}}""", stop);
            users.Add(user);
        }
        var made = new List<Plant>();
        foreach (var plant in plants)
        {
            // What everybody of the customer may see is marked so: the plants themselves, and none of their devices.
            var group = await admin.PostAsync("/inventory/managedObjects", $$$"""{"name":"{{{plant}}}","type":"c8y_DeviceGroup","c8y_IsDeviceGroup":{},"c8y_Global":{}}""", stop);
            made.Add(new Plant(plant, group.GetProperty("id").GetString()!));
        }
        return new Customer(tenant, name, adminPassword, users, made);
    }

    private static async Task JoinAsync(Rest admin, string tenant, string group, string user, CancellationToken stop)
    {
        var found = await admin.GetAsync($"/user/{tenant}/groupByName/{Uri.EscapeDataString(group)}", stop);
        await admin.PostAsync($"/user/{tenant}/groups/{found.GetProperty("id").GetInt32()}/users", $$$"""{"user":{"self":"/user/{{{tenant}}}/users/{{{user}}}"}}""", stop);
    }
}
