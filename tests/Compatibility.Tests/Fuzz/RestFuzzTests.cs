using System.Globalization;
using System.Text;
using System.Text.Json;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Rest;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Http.Description;

namespace Bailiwick.Compatibility.Tests.Fuzz;

/// <summary>Random requests that know the interface: every route, its parameters and bodies, right ones and damaged ones, by users of every kind.</summary>
public sealed class RestFuzzTests
{
    private const int RequestsInCi = 4_000;
    private const int RequestsPerWorld = 1_000;
    private const int AtOnce = 8;
    private const double ServedShareMin = 0.10;

    private static readonly string[] Accepts = ["application/json", "*/*", "", "text/html", "application/vnd.com.nsn.cumulocity.error+json", "application/vnd.com.nsn.cumulocity.user+json;ver=0.9", ";;;", "a/b;q=x"];
    private static readonly string[] ContentTypes =
    [
        "application/json", "application/json", "application/json", "application/vnd.com.nsn.cumulocity.managedObject+json", "application/vnd.com.nsn.cumulocity.measurementCollection+json", "text/plain",
        "application/json; charset=utf-16", "nonsense",
    ];

    private static readonly string[] Bodies =
    [
        """{"name":"x","type":"t","c8y_IsDevice":{},"com_cumulocity_model_Agent":{},"c8y_SupportedOperations":["c8y_Restart"],"deep":{"a":[1,2,{"b":null}]}}""",
        """{"source":{"id":"ID"},"time":"2026-11-20T08:00:00.000Z","type":"c8y_T","c8y_T":{"T":{"value":21.5,"unit":"C"}}}""",
        """{"measurements":[{"source":{"id":"ID"},"time":"2026-11-20T08:00:00.000Z","type":"c8y_T","c8y_T":{"T":{"value":1}}},{"source":{"id":"ID"},"time":"2026-11-20T08:00:01Z","type":"u","a":{"b":{"value":2}}}]}""",
        """{"source":{"id":"ID"},"time":"2026-11-20T08:00:00.000Z","type":"t","text":"x","severity":"MAJOR","status":"ACTIVE"}""",
        """{"deviceId":"ID","c8y_Restart":{},"description":"x"}""", """{"status":"EXECUTING"}""", """{"status":"FAILED","failureReason":"x"}""", """{"status":"ACKNOWLEDGED"}""", """{"status":"ACCEPTED"}""",
        """{"externalId":"e-1","type":"c8y_Serial"}""", """{"managedObject":{"id":"ID"}}""", """{"references":[{"managedObject":{"id":"ID"}},{"managedObject":{"self":"http://x/inventory/managedObjects/ID"}}]}""",
        """{"userName":"u-1","email":"u@example.com","password":"Long-enough-1","firstName":"a","customProperties":{"x":1},"enabled":true}""", """{"enabled":false}""", """{"owner":"admin"}""",
        """{"role":{"id":"ROLE_INVENTORY_READ"}}""", """{"role":{"self":"/user/roles/ROLE_ALARM_READ"}}""", """{"user":{"self":"/user/TENANT/users/admin"}}""", """{"name":"g-1","description":"x"}""",
        """{"currentUserPassword":"a","newPassword":"Long-enough-2"}""", """{"id":"d-1","type":"t"}""", """{"id":"d-1","securityToken":"x"}""", """{"company":"c","domain":"dd","adminName":"a","adminEmail":"a@example.com","adminPass":"Long-enough-1"}""",
        """{"type":"t","text":"x","time":"2026-11-20T08:00:00.000Z","activity":"a","source":{"id":"ID"},"severity":"WARNING"}""", """{"maximumAge":60,"dataType":"EVENT","type":"t"}""", "[]", "{}", "null", "1", "\"x\"",
    ];

    [Fact]
    public Task No_request_is_answered_with_a_failure_hangs_or_makes_the_server_grow() =>
        Campaign.RunAsync(nameof(RestFuzzTests), "BAILIWICK_FUZZ_REQUESTS", RequestsInCi, RunAsync);

    private static async Task RunAsync(int seed, int count)
    {
        await using var server = await ServerProcess.StartAsync();
        var watch = new ServerWatch(server);
        var statuses = new int[600];
        for (var from = 0; from < count; from += RequestsPerWorld)
        {
            var world = await World.MakeAsync(server, from / RequestsPerWorld);
            // One generator for each request, so that a request is the same however many run beside it.
            await Parallel.ForAsync(from, Math.Min(count, from + RequestsPerWorld), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (index, _) =>
                Interlocked.Increment(ref statuses[await SendAsync(server, world, new Dice(unchecked(seed + index * 7919)))]));
            // The first thousand warms it up.
            if (from == 0) watch.Begin();
        }
        watch.Check();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", statuses.Select((answers, status) => (answers, status)).Where(one => one.answers > 0).Select(one => $"{one.status}: {one.answers}")));
        var served = statuses[200..300].Sum();
        Assert.True(served >= count * ServedShareMin, $"Only {served} of {count} requests were served: the campaign meets nothing but refusals");
        (await Joining.OperatorOf(server).GetAsync("/tenant/currentTenant")).Expect(200);
    }

    private static async Task<HttpResponseMessage> AnswerAsync(HttpClient user, HttpRequestMessage request)
    {
        try
        {
            return await user.SendAsync(request);
        }
        catch (OperationCanceledException hang)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync();
            throw new InvalidOperationException($"{request.Method} {request.RequestUri} was not answered. Its body: {body}", hang);
        }
    }

    private static async Task<int> SendAsync(ServerProcess server, World world, Dice dice)
    {
        var route = dice.Of(Routes.All);
        using var request = new HttpRequestMessage(new HttpMethod(dice.OneIn(30) ? dice.Of(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]) : route.Method), $"{PathOf(world, route, dice)}{QueryOf(world, route, dice)}");
        if (route.Method is "POST" or "PUT" || dice.OneIn(20))
        {
            request.Content = new ByteArrayContent(dice.Damaged(BodyFor(route, dice).Replace("ID", dice.Of(world.Ids), StringComparison.Ordinal).Replace("TENANT", world.Tenant, StringComparison.Ordinal)));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", dice.OneIn(3) ? dice.Of(ContentTypes) : "application/json");
        }
        request.Headers.TryAddWithoutValidation("Accept", dice.OneIn(3) ? dice.Of(Accepts) : "application/json");
        if (dice.OneIn(30)) request.Headers.TryAddWithoutValidation("X-HTTP-METHOD", dice.Of(["PUT", "DELETE", "put", "NONE", " "]));
        using var answer = await AnswerAsync(dice.Of(world.Users), request);
        var body = await answer.Content.ReadAsStringAsync();
        var status = (int)answer.StatusCode;
        Assert.True(status < 500, $"{request.Method} {request.RequestUri}: {status} {body}\nThe server's log:\n{server.Output.Text}");
        // A zero in a path is refused by the web server itself, before anything of ours has seen it.
        var isOurs = status != 400 || !request.RequestUri!.AbsolutePath.Contains("%00", StringComparison.Ordinal);
        if (status >= 400 && isOurs && request.Method != HttpMethod.Head) AssertError($"{request.Method} {request.RequestUri}: {status}", body);
        return status;
    }

    /// <summary>Mostly one that the route could take.</summary>
    private static string BodyFor(Route route, Dice dice)
    {
        if (dice.OneIn(4)) return dice.Of(Bodies);
        var member = route.Template switch
        {
            "/measurement/measurements" => "\"c8y_T\"",
            "/event/events" or "/event/events/{id}" => "\"text\"",
            var template when template.StartsWith("/alarm", StringComparison.Ordinal) => route.Method == "POST" ? "\"severity\"" : "\"status\"",
            "/devicecontrol/operations" => "\"deviceId\"",
            var template when template.StartsWith("/devicecontrol/operations", StringComparison.Ordinal) => "\"status\"",
            var template when template.StartsWith("/inventory/managedObjects/{id}/child", StringComparison.Ordinal) => "\"managedObject\"",
            var template when template.StartsWith("/inventory", StringComparison.Ordinal) => "\"name\"",
            var template when template.EndsWith("/users", StringComparison.Ordinal) => route.Template.Contains("groups", StringComparison.Ordinal) ? "\"user\"" : "\"userName\"",
            var template when template.EndsWith("/roles", StringComparison.Ordinal) => "\"role\"",
            var template when template.StartsWith("/audit", StringComparison.Ordinal) => "\"activity\"",
            var template when template.StartsWith("/identity", StringComparison.Ordinal) => "\"externalId\"",
            _ => "{",
        };
        return dice.Of([.. Bodies.Where(body => body.Contains(member, StringComparison.Ordinal))]);
    }

    /// <summary>Every refusal has the interface's own form.</summary>
    private static void AssertError(string what, string body)
    {
        using var error = JsonDocument.Parse(body.Length == 0 ? "{}" : body);
        foreach (var member in (string[])["error", "message", "info"])
            Assert.True(error.RootElement.TryGetProperty(member, out var text) && text.GetString() is { Length: > 0 }, $"{what} without '{member}': {body}");
    }

    private static string PathOf(World world, Route route, Dice dice) => string.Concat(route.Segments.Select(segment => "/" + (Route.IsPart(segment) ? Part(world, segment[1..^1], dice) : segment)));

    private static string Part(World world, string name, Dice dice) => dice.OneIn(6) ? Escaped(dice.Text()) : name switch
    {
        "tenant" => dice.OneIn(8) ? "t1" : world.Tenant,
        "userId" => dice.Of(["admin", "nobody", "u-1", "device_d-1"]),
        "groupId" => dice.Of(["1", "2", "3", "9", "101"]),
        "role" => dice.Of(["ROLE_INVENTORY_READ", "ROLE_ALARM_READ", "ROLE_NONE"]),
        "type" => "c8y_Serial",
        "externalId" => dice.Of(["e-1", "e-2"]),
        "name" => dice.Of(["admins", "devices", "g-1"]),
        "category" => "system",
        "key" => "version",
        _ => dice.OneIn(10) ? dice.Of(["d-1", "d-2"]) : dice.Of(world.Ids),
    };

    private static string QueryOf(World world, Route route, Dice dice)
    {
        var query = new StringBuilder();
        foreach (var parameter in route.Description.Query)
        {
            if (!parameter.IsRequired && !dice.OneIn(6)) continue;
            var value = dice.OneIn(5) ? dice.Text() : parameter.Kind switch
            {
                ParameterKind.Flag => dice.Of(["true", "false"]),
                ParameterKind.Number => dice.Number(),
                ParameterKind.Time => dice.Of(["2026-11-19", "2026-11-21T00:00:00.000Z", "2026-11-20T08:00:00+01:00"]),
                _ => parameter.Name is "source" or "deviceId" or "ids" or "childDeviceId" ? dice.Of(world.Ids) : dice.Of(["c8y_T", "t", "admin", "c8y_T.T", "MAJOR", "ACTIVE", "x"]),
            };
            query.Append(query.Length == 0 ? '?' : '&').Append(parameter.Name).Append('=').Append(Escaped(value));
        }
        if (dice.OneIn(20)) query.Append(query.Length == 0 ? '?' : '&').Append(Escaped(dice.Text())).Append('=').Append(Escaped(dice.Text()));
        return query.ToString();
    }

    private static string Escaped(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(one => $"%{one:X2}"));

    /// <summary>A tenant to break, with users of every kind: what a request breaks in it troubles the next thousand no more.</summary>
    private sealed record World(string Tenant, IReadOnlyList<string> Ids, IReadOnlyList<HttpClient> Users)
    {
        public static async Task<World> MakeAsync(ServerProcess server, int number)
        {
            const string password = "Broken-on-purpose-1";
            var made = (await Joining.OperatorOf(server).PostAsync(
                "/tenant/tenants", $$"""{"company":"c","domain":"world{{number.ToString(CultureInfo.InvariantCulture)}}","adminName":"admin","adminEmail":"a@example.com","adminPass":"{{password}}"}""")).Expect(201);
            var tenant = made.Text("id");
            var admin = server.NewClientOf($"{tenant}/admin", password, server.Http);
            var rest = new RestClient(admin);
            (await rest.PostAsync($"/user/{tenant}/users", $$"""{"userName":"nobody","email":"n@example.com","password":"{{password}}"}""")).Expect(201);
            var ids = new List<string>();
            for (var index = 0; index < 4; index++) ids.Add(await rest.NewObjectAsync("""{"name":"x","c8y_IsDevice":{},"com_cumulocity_model_Agent":{}}"""));
            ids.Add("999999999");
            ids.Add(await Joining.AdminOf(server).NewObjectAsync("{}"));
            foreach (var path in (string[])["/measurement/measurements", "/event/events", "/alarm/alarms", "/devicecontrol/operations"])
            {
                var body = Bodies.First(body => path.StartsWith("/measurement", StringComparison.Ordinal) ? body.Contains("\"c8y_T\"", StringComparison.Ordinal) : path.StartsWith("/device", StringComparison.Ordinal) ? body.Contains("deviceId", StringComparison.Ordinal) : body.Contains("\"severity\":\"MAJOR\"", StringComparison.Ordinal));
                ids.Add((await rest.PostAsync(path, body.Replace("ID", ids[0], StringComparison.Ordinal))).Expect(201).Text("id"));
            }
            var strangerToAll = server.NewClient(server.Http);
            // Mostly the one who may nearly everything: others are soon refused.
            return new World(tenant, ids, [admin, admin, admin, admin, admin, server.NewClientOf($"{tenant}/nobody", password, server.Http), server.NewClientOf("management/devicebootstrap", FirstPasswords.Device, server.Http), strangerToAll]);
        }
    }
}
