using System.Text.RegularExpressions;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Http.Description;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>A request with one place for an id; all else in it is the sender's own and right.</summary>
/// <param name="Route">Method and template.</param>
/// <param name="Place">Where the id goes, in words.</param>
/// <param name="Path">Path and query; the place is <see cref="Here"/>.</param>
/// <param name="Body">The body, or null for none.</param>
internal sealed record Probe(string Route, string Place, string Path, string? Body)
{
    /// <summary>Stands for the id.</summary>
    public const string Here = "\u0001";

    public string Method => Route[..Route.IndexOf(' ', StringComparison.Ordinal)];

    public string PathWith(string id) => Path.Replace(Here, Uri.EscapeDataString(id), StringComparison.Ordinal);

    public string? BodyWith(string id) => Body?.Replace(Here, id, StringComparison.Ordinal);
}

/// <summary>All probes of a tenant's users, from the table of routes: every part of every path, every text of every query, every id of every body.</summary>
internal static partial class Probes
{
    private const string Time = "2026-11-20T08:00:00.000Z";

    /// <summary>Members that name something in one body or another. Each is added to every body that has it not: what is read in secret would show.</summary>
    private static readonly string[] Members = ["id", "self", "owner", "tenant", "tenantId", "source", "managedObject", "deviceId", "agentId", "user", "userName", "parent"];

    /// <summary>What such a member is given: one of each kind that the platform looks up by it.</summary>
    public static readonly IReadOnlyList<string> MemberKinds = ["device", "user", "tenant", "operation"];

    /// <summary>Routes whose body holds nothing but what its sender says of itself.</summary>
    public static readonly IReadOnlyList<string> NamesNothing = ["PUT /user/currentUser/password"];

    /// <summary>What a request needs beside what is put to the test; words between per cent signs are the sender's own, by kind.</summary>
    private static readonly Dictionary<string, string> Queries = new(StringComparer.Ordinal)
    {
        ["GET /measurement/measurements/series"] = "source=%device%&dateFrom=2026-11-19&dateTo=2026-11-21",
        ["PUT /alarm/alarms"] = "source=%device%",
        ["GET /authorization/explain"] = "user=%user%&permission=INVENTORY_READ&managedObject=%device%",
        ["GET /authorization/users"] = "permission=INVENTORY_READ&managedObject=%device%",
        ["GET /authorization/permissions"] = "user=%user%&managedObject=%device%",
        ["GET /authorization/managedObjects"] = "user=%user%&permission=INVENTORY_READ",
    };

    private const string OfDevice = $$"""{"source":{"id":"%device%"},"type":"%type%","time":"{{Time}}",""";
    private const string Permissions = "\"devicePermissions\":{\"%device%\":[\"*:*:READ\"]}";
    private static readonly string[] Children =
        ["""{"managedObject":{"id":"%child%"}}""", """{"references":[{"managedObject":{"self":"https://localhost/inventory/managedObjects/%child%"}}]}""", """{"name":"swept","owner":"%administrator%"}"""];
    private static readonly string[] ChildrenNoMore = ["""{"references":[{"managedObject":{"id":"%scratch%"}}]}"""];
    private static readonly string[] Rule = ["""{"dataType":"EVENT","type":"%type%","fragmentType":"%fragment%","source":"%device%","maximumAge":60}"""];

    /// <summary>Bodies that are right, with the sender's own ids in them.</summary>
    private static readonly Dictionary<string, string[]> Bodies = new(StringComparer.Ordinal)
    {
        ["POST /tenant/options"] = ["""{"category":"%category%","key":"%new%","value":"swept"}"""],
        ["PUT /tenant/options/{category}"] = ["""{"%new%":"swept"}"""],
        ["PUT /tenant/options/{category}/{key}"] = ["""{"value":"swept"}"""],
        ["PUT /tenant/options/{category}/{key}/editable"] = ["""{"editable":"true"}"""],
        ["PUT /tenant/loginOptions/{option}"] = ["""{"id":"%loginOption%","type":"BASIC"}"""],
        ["POST /tenant/tenants"] = ["""{"domain":"%domain%","company":"swept","adminName":"%administrator%","adminEmail":"a@test.example","adminPass":"Swept-of-the-test-1"}"""],
        ["PUT /tenant/tenants/{id}"] = ["""{"contactName":"swept"}"""],
        ["PUT /user/currentUser"] = ["{\"lastName\":\"swept\"," + Permissions + "}"],
        ["POST /user/inventoryroles"] = ["""{"name":"%new%","permissions":[{"id":"%inventoryRole%","scope":"*","type":"%fragment%","permission":"READ"}]}"""],
        ["PUT /user/inventoryroles/{id}"] = ["""{"name":"%inventoryRoleName%"}"""],
        ["PUT /user/devicePermissions/{id}"] = ["{\"users\":[{\"userName\":\"%user%\"," + Permissions + "}],\"groups\":[{\"id\":\"%group%\"," + Permissions + "}]}"],
        ["POST /user/{tenant}/users"] = ["{\"userName\":\"%new%\",\"email\":\"n@test.example\",\"password\":\"Swept-of-the-test-1\",\"owner\":\"%administrator%\",\"groups\":{\"references\":[{\"group\":{\"id\":\"%group%\"}}]},\"roles\":{\"references\":[{\"role\":{\"id\":\"%role%\"}}]}," + Permissions + "}"],
        ["PUT /user/{tenant}/users/{userId}"] = ["{\"lastName\":\"swept\"," + Permissions + "}"],
        ["POST /user/{tenant}/users/{userId}/roles"] = ["""{"role":{"id":"%role%"}}"""],
        ["POST /user/{tenant}/users/{userId}/roles/inventory"] = ["""{"managedObject":"%device%","roles":[{"id":"%inventoryRole%"}]}"""],
        ["PUT /user/{tenant}/users/{userId}/roles/inventory/{id}"] = ["""{"roles":[{"id":"%inventoryRole%"}]}"""],
        ["PUT /user/{tenant}/users/{userId}/owner"] = ["""{"owner":"%administrator%"}"""],
        ["PUT /user/{tenant}/users/{userId}/delegatedby"] = ["""{"delegatedBy":"%administrator%"}"""],
        ["POST /user/{tenant}/groups"] = ["{\"name\":\"%new%\"," + Permissions + "}"],
        ["PUT /user/{tenant}/groups/{groupId}"] = ["{\"name\":\"%groupName%\"," + Permissions + "}"],
        ["POST /user/{tenant}/groups/{groupId}/roles"] = ["""{"role":{"id":"%role%"}}"""],
        ["POST /user/{tenant}/groups/{groupId}/users"] = ["""{"user":{"id":"%user%"}}"""],
        ["POST /inventory/managedObjects"] = ["""{"name":"swept","type":"%type%","owner":"%administrator%"}"""],
        ["PUT /inventory/managedObjects/{id}"] = ["""{"name":"swept","type":"%type%","owner":"%administrator%"}"""],
        ["PUT /inventory/managedObjects/{id}/user"] = ["""{"enabled":true}"""],
        ["POST /inventory/managedObjects/{id}/childDevices"] = Children,
        ["POST /inventory/managedObjects/{id}/childAssets"] = Children,
        ["POST /inventory/managedObjects/{id}/childAdditions"] = Children,
        ["DELETE /inventory/managedObjects/{id}/childDevices"] = ChildrenNoMore,
        ["DELETE /inventory/managedObjects/{id}/childAssets"] = ChildrenNoMore,
        ["DELETE /inventory/managedObjects/{id}/childAdditions"] = ChildrenNoMore,
        ["POST /identity/globalIds/{id}/externalIds"] = ["""{"type":"%externalType%","externalId":"%new%"}"""],
        ["POST /measurement/measurements"] = [OfDevice + "\"f\":{\"s\":{\"value\":1}}}", "{\"measurements\":[" + OfDevice + "\"f\":{\"s\":{\"value\":1}}}]}"],
        ["POST /event/events"] = [OfDevice + "\"text\":\"swept\"}"],
        ["PUT /event/events/{id}"] = ["""{"text":"swept"}"""],
        ["POST /alarm/alarms"] = [OfDevice + "\"text\":\"swept\",\"severity\":\"MAJOR\"}"],
        ["PUT /alarm/alarms"] = ["""{"status":"ACKNOWLEDGED"}"""],
        ["PUT /alarm/alarms/{id}"] = ["""{"text":"swept"}"""],
        ["POST /devicecontrol/operations"] = ["""{"deviceId":"%device%","swept":{}}"""],
        ["PUT /devicecontrol/operations/{id}"] = ["""{"swept":{"x":1}}"""],
        ["POST /devicecontrol/newDeviceRequests"] = ["""{"id":"%new%","groupId":"%folder%"}"""],
        ["PUT /devicecontrol/newDeviceRequests/{id}"] = ["""{"status":"ACCEPTED"}"""],
        ["POST /devicecontrol/deviceCredentials"] = ["""{"id":"%deviceRequest%"}"""],
        ["POST /retention/retentions"] = Rule,
        ["PUT /retention/retentions/{id}"] = Rule,
        ["POST /audit/auditRecords"] = [$$$"""{"type":"%type%","activity":"swept","text":"swept","time":"{{{Time}}}","user":"%user%","application":"%application%","source":{"id":"%device%"}}"""],
    };

    /// <summary>Which kind of the sender's own a part of a path is; of a family with several kinds of ids, the longer beginning has the word.</summary>
    private static readonly (string Beginning, string Part, string Kind)[] Own =
    [
        ("PUT /inventory/managedObjects/{id}", "{id}", "scratch"), ("", "{tenant}", "tenant"), ("", "{userId}", "user"), ("", "{childId}", "child"), ("", "{externalId}", "externalId"), ("", "{type}", "externalType"),
        ("", "{groupId}", "group"), ("", "{name}", "groupName"), ("", "{role}", "role"), ("", "{category}", "category"), ("", "{key}", "key"), ("", "{option}", "loginOption"),
        ("/inventory", "{id}", "device"), ("/identity", "{id}", "device"), ("/measurement", "{id}", "measurement"), ("/event", "{id}", "event"), ("/alarm", "{id}", "alarm"),
        ("/devicecontrol/operations", "{id}", "operation"), ("/devicecontrol/newDeviceRequests", "{id}", "deviceRequest"), ("/retention", "{id}", "retentionRule"), ("/audit", "{id}", "auditRecord"),
        ("/authorization", "{id}", "denial"), ("/user/inventoryroles", "{id}", "inventoryRole"), ("/user/devicePermissions", "{id}", "device"), ("/user/{tenant}", "{id}", "assignment"), ("/tenant", "{id}", "tenant"),
    ];

    /// <summary>Every place for an id in every request, filled with what a tenant has.</summary>
    public static IEnumerable<Probe> Of(IReadOnlyDictionary<string, string> own) =>
        Routes.All.SelectMany(Patterns).SelectMany(pattern => Cut(pattern, own)).DistinctBy(probe => (probe.Route, probe.Path, probe.Body));

    /// <summary>The path of a route, with what a tenant has.</summary>
    public static string PathOf(Route route, IReadOnlyDictionary<string, string> own) => Fill(PatternOf(route), own);

    /// <summary>The query that a route cannot do without, with what a tenant has; empty for none.</summary>
    public static string QueryOf(Route route, IReadOnlyDictionary<string, string> own) => Queries.TryGetValue(NameOf(route), out var query) ? $"?{Fill(query, own)}" : "";

    /// <summary>A body that is right for a route, with what a tenant has; null for none.</summary>
    public static string? BodyOf(Route route, IReadOnlyDictionary<string, string> own) => Bodies.TryGetValue(NameOf(route), out var bodies) ? Fill(bodies[0], own) : null;

    /// <summary>Whether a route with a body has one here.</summary>
    public static bool HasBody(Route route) => Bodies.ContainsKey(NameOf(route));

    public static string NameOf(Route route) => $"{route.Method} {route.Template}";

    /// <summary>The route's requests with every id by its kind, each text of the query and each member that is not read included.</summary>
    private static IEnumerable<Probe> Patterns(Route route)
    {
        var name = NameOf(route);
        var path = PatternOf(route);
        var query = Queries.GetValueOrDefault(name, "");
        var bodies = Bodies.GetValueOrDefault(name);
        foreach (var body in bodies ?? [null!]) yield return new Probe(name, "", query.Length == 0 ? path : $"{path}?{query}", body);
        foreach (var parameter in route.Description.Query.Where(one => one.Kind is ParameterKind.Text or ParameterKind.Texts))
        {
            var others = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Where(pair => !pair.StartsWith($"{parameter.Name}=", StringComparison.Ordinal));
            yield return new Probe(name, $"?{parameter.Name}", $"{path}?{string.Join('&', [.. others, $"{parameter.Name}={Probe.Here}"])}", bodies?[0]);
        }
        foreach (var member in Members.Where(_ => bodies is not null).Where(member => !bodies![0].StartsWith($"{{\"{member}\":", StringComparison.Ordinal) && !bodies[0].Contains($",\"{member}\":", StringComparison.Ordinal)))
            yield return new Probe(name, $"member {member}", path, $"{bodies![0][..^1]},\"{member}\":\"{Probe.Here}\"}}");
    }

    private static string PatternOf(Route route) => string.Concat(route.Segments.Select(segment => "/" + (Route.IsPart(segment) ? $"%{KindOf(route, segment)}%" : segment)));

    /// <summary>One probe for each id in a pattern, where it has no place of its own yet.</summary>
    private static IEnumerable<Probe> Cut(Probe pattern, IReadOnlyDictionary<string, string> own)
    {
        if (pattern.Place.Length > 0)
        {
            yield return pattern with { Path = Fill(pattern.Path, own), Body = pattern.Body is null ? null : Fill(pattern.Body, own) };
            yield break;
        }
        foreach (var spot in Kind().Matches(pattern.Path).AsEnumerable())
            yield return new Probe(pattern.Route, $"path {spot.Value}", Fill(At(pattern.Path, spot), own), pattern.Body is null ? null : Fill(pattern.Body, own));
        foreach (var spot in Kind().Matches(pattern.Body ?? "").AsEnumerable())
            yield return new Probe(pattern.Route, $"body {spot.Value}", Fill(pattern.Path, own), Fill(At(pattern.Body!, spot), own));
    }

    private static string At(string text, Match spot) => text[..spot.Index] + Probe.Here + text[(spot.Index + spot.Length)..];

    private static string Fill(string text, IReadOnlyDictionary<string, string> own) => Kind().Replace(text, kind => kind.Groups[1].Value switch
    {
        "role" => "ROLE_ALARM_READ",
        "new" => "swept-anew",
        "loginOption" => "BASIC",
        var known => own[known],
    });

    private static string KindOf(Route route, string part) => Own
        .Where(own => own.Part == part && (route.Template.StartsWith(own.Beginning, StringComparison.Ordinal) || NameOf(route) == own.Beginning))
        .MaxBy(own => own.Beginning.Length).Kind ?? throw new InvalidOperationException($"{NameOf(route)}: nobody knows what its {part} is. Add it to the table of parts.");

    [GeneratedRegex("%([a-zA-Z]+)%")]
    private static partial Regex Kind();
}
