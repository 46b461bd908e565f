using System.Globalization;

namespace Bailiwick.Demo;

/// <summary>What there is to look at, as each user really finds it: every number was asked for with that user's own credentials.</summary>
internal static class Tour
{
    private static readonly (string Title, string Path)[] Lists =
    [
        ("objects", "/inventory/managedObjects"), ("measurements", "/measurement/measurements"), ("alarms", "/alarm/alarms"), ("users", "/user/{tenant}/users"), ("audit", "/audit/auditRecords"),
    ];

    public static async Task PrintAsync(DemoServer server, IReadOnlyList<Customer> customers, CancellationToken stop)
    {
        Console.WriteLine();
        Console.WriteLine(server.ReadyLine);
        if (server.HasTls) Console.WriteLine($"A client over TLS trusts {server.AuthorityFile}");
        foreach (var customer in customers)
        {
            Console.WriteLine();
            Console.WriteLine($"{customer.Name} (tenant {customer.Tenant}), plants: {string.Join(", ", customer.Plants.Select(plant => plant.Name))}. What each of its users sees now:");
            Console.WriteLine($"  {"user",-14} {"password",-14} {string.Concat(Lists.Select(list => $"{list.Title,13}"))}   what it shows");
            await PrintUserAsync(server, customer, new DemoUser("admin", customer.AdminPassword, "admins", "everything of its customer, users and audit too"), stop);
            foreach (var user in customer.Users) await PrintUserAsync(server, customer, user, stop);
        }
        var first = customers[0];
        var reader = first.Users[1];
        Console.WriteLine($"""

            The platform's operator, management/admin ({server.OperatorPassword}), manages tenants and sees nothing of either customer's data.

            Try:
              curl -u {first.Tenant}/{reader.Name}:{reader.Password} '{server.Http}inventory/managedObjects?fragmentType=c8y_IsDevice&pageSize=3'
              curl -u {first.Tenant}/{reader.Name}:{reader.Password} '{server.Http}alarm/alarms?resolved=false'
              curl -u {first.Tenant}/{reader.Name}:{reader.Password} -X DELETE '{server.Http}inventory/managedObjects/{first.Plants[0].ObjectId}'     (refused: 403, and on the audit trail)
              a browser on {server.Http}scalar/

            The devices go on speaking until you interrupt (Ctrl-C).
            """);
    }

    private static async Task PrintUserAsync(DemoServer server, Customer customer, DemoUser user, CancellationToken stop)
    {
        var rest = server.Rest($"{customer.Tenant}/{user.Name}", user.Password);
        var found = new List<string>();
        foreach (var (_, path) in Lists)
        {
            var count = await rest.CountAsync(path.Replace("{tenant}", customer.Tenant, StringComparison.Ordinal), stop);
            found.Add((count?.ToString(CultureInfo.InvariantCulture) ?? "refused").PadLeft(13));
        }
        Console.WriteLine($"  {user.Name,-14} {user.Password,-14} {string.Concat(found)}   {user.Shows}");
    }
}
