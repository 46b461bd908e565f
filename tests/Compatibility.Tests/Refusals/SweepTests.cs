using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bailiwick.Edge.Http;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>What holds for every route there is: nobody gets in without signing in, and nobody learns what is in another tenant.</summary>
[Collection(RefusalsFromOutside.Name)]
public sealed partial class SweepTests(RefusalServer fixture)
{
    private World World => fixture.World;

    /// <summary>Bodies that are right in themselves, for the routes that read one before they ask.</summary>
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["POST /inventory/managedObjects"] = """{"name":"swept"}""",
        ["POST /measurement/measurements"] = """{"source":{"id":"%other%"},"type":"t","time":"2026-11-20T08:00:00.000Z","c8y_T":{"T":{"value":1}}}""",
        ["POST /event/events"] = """{"source":{"id":"%other%"},"type":"t","text":"x","time":"2026-11-20T08:00:00.000Z"}""",
        ["POST /alarm/alarms"] = """{"source":{"id":"%other%"},"type":"t","text":"x","severity":"MAJOR","time":"2026-11-20T08:00:00.000Z"}""",
        ["PUT /alarm/alarms/{id}"] = """{"status":"CLEARED"}""",
        ["POST /devicecontrol/operations"] = """{"deviceId":"%other%","test_Kept":{}}""",
        ["POST /inventory/managedObjects/{id}/childDevices"] = """{"managedObject":{"id":"{c}"}}""",
        ["POST /inventory/managedObjects/{id}/childAssets"] = """{"managedObject":{"id":"{c}"}}""",
        ["POST /inventory/managedObjects/{id}/childAdditions"] = """{"managedObject":{"id":"{c}"}}""",
        ["DELETE /inventory/managedObjects/{id}/childDevices"] = """{"references":[{"managedObject":{"id":"{c}"}}]}""",
        ["DELETE /inventory/managedObjects/{id}/childAssets"] = """{"references":[{"managedObject":{"id":"{c}"}}]}""",
        ["DELETE /inventory/managedObjects/{id}/childAdditions"] = """{"references":[{"managedObject":{"id":"{c}"}}]}""",
        ["POST /identity/globalIds/{id}/externalIds"] = """{"type":"c8y_Serial","externalId":"swept"}""",
        ["PUT /devicecontrol/newDeviceRequests/{id}"] = """{"status":"ACCEPTED"}""",
        ["POST /user/{tenant}/users"] = """{"userName":"swept","email":"swept@test.example","password":"Swept-of-the-test-1"}""",
        ["POST /user/{tenant}/users/{userId}/roles"] = """{"role":{"id":"ROLE_ALARM_READ"}}""",
        ["PUT /user/{tenant}/users/{userId}/owner"] = """{"owner":"admin"}""",
        ["PUT /user/{tenant}/users/{userId}/delegatedby"] = """{"delegatedBy":"admin"}""",
        ["PUT /user/devicePermissions/{id}"] = """{"users":[{"userName":"plain","devicePermissions":{"%other%":["*:*:READ"]}}],"groups":[]}""",
        ["POST /user/{tenant}/groups"] = """{"name":"swept"}""",
        ["POST /user/{tenant}/groups/{groupId}/roles"] = """{"role":{"id":"ROLE_ALARM_READ"}}""",
        ["POST /user/{tenant}/groups/{groupId}/users"] = """{"user":{"id":"plain"}}""",
    };

    /// <summary>Parts of paths that can name something of another tenant: what exists there, and what exists nowhere.</summary>
    private static readonly Dictionary<(string Family, string Part), (string Foreign, string Nowhere)> Ids = new()
    {
        [("inventory", "{id}")] = ("{foreign}", "{foreign}000"),
        [("inventory", "{childId}")] = ("{foreign}", "{foreign}000"),
        [("identity", "{id}")] = ("{foreign}", "{foreign}000"),
        [("identity", "{externalId}")] = ("foreign-serial", "no-such-serial"),
        [("measurement", "{id}")] = ("{foreignMeasurement}", "7{foreignMeasurement}"),
        [("event", "{id}")] = ("{foreignEvent}", "7{foreignEvent}"),
        [("alarm", "{id}")] = ("{foreignAlarm}", "7{foreignAlarm}"),
        [("devicecontrol", "{id}")] = ("foreign-pump", "no-such-pump"),
        [("operations", "{id}")] = ("{foreignOperation}", "7{foreignOperation}"),
        [("tenant", "{id}")] = ("{t2}", "t424242"),
        [("devicePermissions", "{id}")] = ("{foreign}", "{foreign}000"),
        [("user", "{tenant}")] = ("{t2}", "t424242"),
        [("user", "{userId}")] = ("rival", "nosuchuser"),
    };

    /// <summary>Parts that name nothing of a tenant's own, or are counted in each tenant by itself: there is nothing foreign to name.</summary>
    private static readonly HashSet<(string Family, string Part)> OfNoTenant =
        [("audit", "{id}"), ("authorization", "{id}"), ("retention", "{id}"), ("tenant", "{category}"), ("tenant", "{key}"), ("tenant", "{option}"), ("user", "{role}"), ("user", "{groupId}"), ("user", "{name}"), ("inventoryroles", "{id}"), ("roles/inventory", "{id}"), ("identity", "{type}")];

    public static TheoryData<string> EveryRoute => [.. Routes.All.Where(route => !route.IsOpen).Select(NameOf)];

    public static TheoryData<string, string> EveryForeignId =>
        [.. Routes.All.SelectMany(route => route.Segments.Where(Route.IsPart).Where(part => !IsOfNoTenant(route, part)).Select(part => (NameOf(route), part)))];

    private static bool IsOfNoTenant(Route route, string part) => OfNoTenant.Any(no =>
        no.Part == part && (route.Segments[0] == no.Family || route.Template.Contains($"/{no.Family}/", StringComparison.Ordinal)));

    [Theory, MemberData(nameof(EveryRoute))]
    public async Task Nobody_gets_in_without_signing_in(string route)
    {
        using var answer = await World.SendAsync("nobody", Filled(route, null, ""), null);

        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal("Basic", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("security/Unauthorized", body.RootElement.GetProperty("error").GetString());
        Assert.Equal("Full authentication is required to access this resource", body.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Who_has_not_signed_in_cannot_tell_a_path_that_exists_from_one_that_does_not()
    {
        using var known = await World.SendAsync("nobody", "GET /inventory/managedObjects", null);
        using var unknown = await World.SendAsync("nobody", "GET /inventory/nothing/of/the/kind", null);

        Assert.Equal(known.StatusCode, unknown.StatusCode);
        Assert.Equal(await known.Content.ReadAsStringAsync(), await unknown.Content.ReadAsStringAsync());
    }

    [Theory, MemberData(nameof(EveryForeignId))]
    public async Task What_is_another_tenant_s_cannot_be_told_from_what_is_not_there(string route, string part)
    {
        // Of a family with several kinds of ids, the kind has the word.
        var words = route.Split('/');
        var (foreign, nowhere) = Ids.TryGetValue((words[2], part), out var ofKind) ? ofKind : Ids[(words[1], part)];

        // An administrator, who may do everything in its own tenant, and one who may see tenants below its own.
        foreach (var actor in (string[])["admin", "overseer"])
        {
            var (theirs, notThere) = (await AskAsync(actor, route, part, foreign), await AskAsync(actor, route, part, nowhere));
            Assert.Equal(notThere, theirs);
            // Who holds something on an object that is not there: nobody does.
            if (route == "GET /user/devicePermissions/{id}" && actor == "admin") Assert.Equal((200, true), (theirs.Status, theirs.Text.Contains("\"users\":[]", StringComparison.Ordinal)));
            else Assert.InRange(theirs.Status, 400, 499);
        }
    }

    [Theory]
    [InlineData("POST /measurement/measurements")]
    [InlineData("POST /event/events")]
    [InlineData("POST /alarm/alarms")]
    public async Task Data_for_another_tenant_s_object_is_refused_like_that_for_none(string route)
    {
        var (theirs, notThere) = (await AskAsync("admin", route, "", "{foreign}"), await AskAsync("admin", route, "", "{foreign}000"));

        Assert.Equal(notThere, theirs);
        Assert.Equal(422, theirs.Status);
    }

    [Fact]
    public async Task An_operation_for_another_tenant_s_device_is_refused_like_one_for_none()
    {
        var (theirs, notThere) = (await AskAsync("admin", "POST /devicecontrol/operations", "", "{foreign}"), await AskAsync("admin", "POST /devicecontrol/operations", "", "{foreign}000"));

        Assert.Equal(notThere, theirs);
        Assert.Equal(422, theirs.Status);
    }

    private async Task<(int Status, string Text)> AskAsync(string actor, string route, string part, string id)
    {
        var spelt = World.Spell(id);
        var body = Bodies.GetValueOrDefault(route) ?? (route.StartsWith("PUT", StringComparison.Ordinal) ? "{}" : null);
        var content = body is null ? null : new StringContent(World.Spell(body.Replace("%other%", spelt, StringComparison.Ordinal)), Encoding.UTF8, "application/json");
        using var answer = await World.SendAsync(actor, Filled(route, part, spelt), content);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, OwnDenial().Replace(text.Replace(spelt, "*", StringComparison.Ordinal), ""));
    }

    /// <summary>Every refusal has another number, in the trail of whoever was refused.</summary>
    [GeneratedRegex(",\"denialId\":\"[0-9]+\"")]
    private static partial Regex OwnDenial();

    /// <summary>The route with the part in question filled in, and all others with what the tenant has.</summary>
    private static string Filled(string route, string? part, string id)
    {
        var own = route
            .Replace("{tenant}", part == "{tenant}" ? id : "t1", StringComparison.Ordinal)
            .Replace("{userId}", part == "{userId}" ? id : "plain", StringComparison.Ordinal)
            .Replace("{childId}", part == "{childId}" ? id : "{c}", StringComparison.Ordinal)
            .Replace("{externalId}", part == "{externalId}" ? id : "serial-c", StringComparison.Ordinal)
            .Replace("{type}", "c8y_Serial", StringComparison.Ordinal)
            .Replace("{groupId}", "2", StringComparison.Ordinal)
            .Replace("{name}", "admins", StringComparison.Ordinal)
            .Replace("{role}", "ROLE_ALARM_READ", StringComparison.Ordinal)
            .Replace("{category}", "system", StringComparison.Ordinal)
            .Replace("{key}", "version", StringComparison.Ordinal);
        return own.Replace("{id}", part == "{id}" ? id : "{c}", StringComparison.Ordinal);
    }

    private static string NameOf(Route route) => $"{route.Method} {route.Template}";
}
