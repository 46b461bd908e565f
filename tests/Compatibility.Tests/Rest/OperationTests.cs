using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Operations, from end to end over REST.</summary>
[Collection(RestServers.Name)]
public sealed class OperationTests(RestFixture rest)
{
    private const string Operations = "/devicecontrol/operations";

    [Fact]
    public async Task An_operation_is_made_taken_up_and_ended_and_then_stays_as_it_is()
    {
        var agent = await AgentAsync();
        var made = (await rest.Admin.PostAsync(Operations, $$"""{"deviceId":"{{agent}}","status":"SUCCESSFUL","failureReason":"x","description":"Restart","c8y_Restart":{ "hard":1.50 } }""")).Expect(201);
        Assert.Equal(("PENDING", agent, "Restart"), (made.Text("status"), made.Text("deviceId"), made.Text("description")));
        Assert.False(made.Json.TryGetProperty("failureReason", out _));
        var path = made.Location!.PathAndQuery;
        Assert.Contains("{ \"hard\":1.50 }", (await rest.Admin.GetAsync(path)).Expect(200).Body, StringComparison.Ordinal);

        Assert.Equal("EXECUTING", (await rest.Admin.PutAsync(path, """{"status":"EXECUTING","creationTime":"2000-01-01T00:00:00Z"}""")).Expect(200).Text("status"));
        (await rest.Admin.PutAsync(path, """{"status":"PENDING"}""")).ExpectError(422, "devicecontrol/Unprocessable Entity");
        var ended = (await rest.Admin.PutAsync(path, """{"status":"FAILED","failureReason":"no power","acme_Result":{"tries":3},"c8y_Restart":null}""")).Expect(200);
        Assert.Equal(("FAILED", "no power", 3), (ended.Text("status"), ended.Text("failureReason"), ended.Json.GetProperty("acme_Result").GetProperty("tries").GetInt32()));
        Assert.False(ended.Json.TryGetProperty("c8y_Restart", out _));
        (await rest.Admin.PutAsync(path, """{"status":"SUCCESSFUL"}""")).ExpectError(422, "devicecontrol/Unprocessable Entity");
        (await rest.Admin.PutAsync(path, """{"acme_Result":{}}""")).ExpectError(422, "devicecontrol/Unprocessable Entity");
        Assert.Equal(ended.Body, (await rest.Admin.GetAsync(path)).Body);
    }

    [Fact]
    public async Task A_pending_operation_may_be_ended_at_once_and_an_answer_is_given_to_who_wants_one()
    {
        var agent = await AgentAsync();
        var made = (await rest.Admin.PostAsync(Operations, $$"""{"deviceId":{{agent}}}""", accept: null)).Expect(201);
        Assert.Empty(made.Body);
        Assert.Empty((await rest.Admin.PutAsync(made.Location!.PathAndQuery, """{"status":"SUCCESSFUL"}""", accept: null)).Expect(200).Body);
        Assert.Equal("SUCCESSFUL", (await rest.Admin.GetAsync(made.Location!.PathAndQuery)).Text("status"));
    }

    [Fact]
    public async Task An_operation_needs_an_agent_at_or_above_its_device()
    {
        var (agent, below, far, loose) = (await AgentAsync(), await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"));
        await LinkAsync(agent, below, "childDevices");
        await LinkAsync(below, far, "childDevices");
        await LinkAsync(agent, loose, "childAssets");

        foreach (var device in new[] { agent, below, far }) await RestartAsync(device);
        (await rest.Admin.PostAsync(Operations, Restart(loose))).ExpectError(422, "devicecontrol/Unprocessable Entity");
        (await rest.Admin.PostAsync(Operations, Restart("999999999"))).ExpectError(422, "devicecontrol/Unprocessable Entity");
        (await rest.Admin.DeleteAsync($"/inventory/managedObjects/{agent}/childDevices/{below}")).Expect(204);
        (await rest.Admin.PostAsync(Operations, Restart(far))).ExpectError(422, "devicecontrol/Unprocessable Entity");
    }

    [Fact]
    public async Task Lists_filter_by_device_agent_status_fragment_and_time_oldest_first()
    {
        var (agent, child) = (await AgentAsync("Gateway"), await rest.Admin.NewObjectAsync("""{"name":"Motor"}"""));
        await LinkAsync(agent, child, "childDevices");
        var name = rest.Unique("motor");
        (await rest.Admin.PostAsync($"/identity/globalIds/{child}/externalIds", $$"""{"type":"c8y_Serial","externalId":"{{name}}"}""")).Expect(201);
        var first = await RestartAsync(agent);
        var second = await RestartAsync(child);
        var third = (await rest.Admin.PostAsync(Operations, $$"""{"deviceId":"{{agent}}","c8y_Command":{"text":"ls"} }""")).Expect(201).Text("id");
        (await rest.Admin.PutAsync($"{Operations}/{first}", """{"status":"EXECUTING"}""")).Expect(200);

        Assert.Equal([first, third], await IdsAsync($"deviceId={agent}"));
        Assert.Equal([first, second, third], await IdsAsync($"agentId={agent}"));
        Assert.Equal([second], await IdsAsync($"agentId={child}"));
        Assert.Equal([second, third], await IdsAsync($"agentId={agent}&status=PENDING"));
        Assert.Equal([first], await IdsAsync($"agentId={agent}&status=EXECUTING"));
        Assert.Empty(await IdsAsync($"agentId={agent}&status=FAILED"));
        Assert.Equal([first, second], await IdsAsync($"agentId={agent}&fragmentType=c8y_Restart"));
        Assert.Equal([third], await IdsAsync($"agentId={agent}&status=PENDING&fragmentType=c8y_Command"));
        Assert.Equal([third, second, first], await IdsAsync($"agentId={agent}&dateFrom=2000-01-01&revert=true"));
        Assert.Equal([first, second, third], await IdsAsync($"agentId={agent}&dateFrom=2000-01-01&dateTo=2999-01-01"));
        Assert.Empty(await IdsAsync($"agentId={agent}&dateTo=2000-01-01"));

        var page = (await rest.Admin.GetAsync($"{Operations}?agentId={agent}&pageSize=2&currentPage=2&withTotalPages=true&withTotalElements=true")).Expect(200);
        Assert.Equal([third], page.Ids("operations"));
        Assert.Equal((2, 3), (page.Statistics.GetProperty("totalPages").GetInt32(), page.Statistics.GetProperty("totalElements").GetInt32()));
        var shown = (await rest.Admin.GetAsync($"{Operations}?agentId={child}")).List("operations").Single();
        Assert.Equal(("Motor", name), (shown.GetProperty("deviceName").GetString(), shown.GetProperty("deviceExternalIDs").GetProperty("externalIds")[0].GetProperty("externalId").GetString()));
        Assert.False((await rest.Admin.GetAsync($"{Operations}?deviceId={child}")).List("operations").Single().TryGetProperty("deviceExternalIDs", out _));
    }

    [Fact]
    public async Task Who_reads_operations_sees_of_a_device_what_they_may_see_of_it()
    {
        var agent = await AgentAsync("Secret");
        await RestartAsync(agent);
        var (_, reader) = await rest.NewUserAsync("ROLE_DEVICE_CONTROL_READ");
        Assert.False((await reader.GetAsync($"{Operations}?agentId={agent}")).Expect(200).List("operations").Single().TryGetProperty("deviceName", out _));
        Assert.False((await reader.GetAsync($"{Operations}?agentId={agent}")).Expect(200).List("operations").Single().TryGetProperty("deviceExternalIDs", out _));
    }

    [Fact]
    public async Task An_owner_sees_and_changes_the_operations_of_its_devices_and_exactly_those_are_counted()
    {
        var (name, owner) = await rest.NewUserAsync("ROLE_INVENTORY_CREATE");
        var own = await owner.NewObjectAsync("""{"com_cumulocity_model_Agent":{}}""");
        var foreign = await rest.Admin.NewObjectAsync("{}");
        await LinkAsync(own, foreign, "childDevices");
        await RestartAsync(foreign);
        var mine = (await owner.PostAsync(Operations, Restart(own))).Expect(201).Text("id");
        (await owner.PostAsync(Operations, Restart(foreign))).Expect(403);

        var list = (await owner.GetAsync($"{Operations}?agentId={own}&withTotalElements=true")).Expect(200);
        Assert.Equal([mine], list.Ids("operations"));
        Assert.Equal(1, list.Statistics.GetProperty("totalElements").GetInt32());
        (await owner.PutAsync($"{Operations}/{mine}", """{"status":"EXECUTING"}""")).Expect(200);
        (await owner.DeleteAsync($"{Operations}?deviceId={own}")).Expect(403);
        Assert.NotEmpty(name);
    }

    [Fact]
    public async Task A_query_deletes_what_it_names_and_a_device_takes_its_operations_with_it()
    {
        var (agent, other) = (await AgentAsync(), await AgentAsync());
        var (ended, open, kept) = (await RestartAsync(agent), await RestartAsync(agent), await RestartAsync(other));
        (await rest.Admin.PutAsync($"{Operations}/{ended}", """{"status":"FAILED"}""")).Expect(200);
        (await rest.Admin.DeleteAsync($"{Operations}?deviceId={agent}&status=FAILED")).Expect(204);
        Assert.Equal([open], await IdsAsync($"deviceId={agent}"));
        (await rest.Admin.GetAsync($"{Operations}/{ended}")).ExpectError(404, "devicecontrol/Not Found");

        (await rest.Admin.DeleteAsync($"/inventory/managedObjects/{agent}")).Expect(204);
        (await rest.Admin.GetAsync($"{Operations}/{open}")).ExpectError(404, "devicecontrol/Not Found");
        Assert.Empty(await IdsAsync($"deviceId={agent}"));
        Assert.Equal([kept], await IdsAsync($"deviceId={other}"));
    }

    [Fact]
    public async Task Making_and_changing_are_on_record_with_what_changed_and_without_the_content()
    {
        var agent = await AgentAsync();
        var made = (await rest.Admin.PostAsync(Operations, $$"""{"deviceId":"{{agent}}","c8y_Command":{"text":"the secret command"} }""")).Expect(201).Text("id");
        (await rest.Admin.PutAsync($"{Operations}/{made}", """{"status":"FAILED","failureReason":"no power"}""")).Expect(200);

        var records = (await rest.Admin.GetAsync($"/audit/auditRecords?type=Operation&source={agent}")).Expect(200);
        Assert.Equal(["Operation updated", "Operation created"], records.List("auditRecords").Select(record => record.GetProperty("activity").GetString()!));
        var updated = records.List("auditRecords").First();
        Assert.Equal("admin", updated.GetProperty("user").GetString());
        Assert.Contains(made, updated.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal([("status", "PENDING", "FAILED"), ("failureReason", null, "no power")],
            updated.GetProperty("changes").EnumerateArray().Select(change => (change.GetProperty("attribute").GetString()!, Value(change, "previousValue"), Value(change, "newValue"))));
        Assert.DoesNotContain("the secret command", records.Body, StringComparison.Ordinal);

        // A change that changes nothing is none.
        var idle = await RestartAsync(agent);
        (await rest.Admin.PutAsync($"{Operations}/{idle}", """{"status":"PENDING"}""")).Expect(200);
        Assert.Equal("Operation created", (await rest.Admin.GetAsync($"/audit/auditRecords?type=Operation&source={agent}&pageSize=1")).List("auditRecords").Single().GetProperty("activity").GetString());
    }

    private static string? Value(JsonElement change, string name) => change.TryGetProperty(name, out var value) ? value.GetString() : null;

    private async Task<List<string>> IdsAsync(string query) => [.. (await rest.Admin.GetAsync($"{Operations}?{query}&pageSize=100")).Expect(200).Ids("operations")];

    private Task<string> AgentAsync(string name = "Agent") => rest.Admin.NewObjectAsync($$"""{"name":"{{name}}","com_cumulocity_model_Agent":{} }""");

    private async Task LinkAsync(string parent, string child, string kind) =>
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{parent}/{kind}", $$$"""{"managedObject":{"id":"{{{child}}}"}}""")).Expect(201);

    private async Task<string> RestartAsync(string device) => (await rest.Admin.PostAsync(Operations, Restart(device))).Expect(201).Text("id");

    private static string Restart(string device) => $$"""{"deviceId":"{{device}}","c8y_Restart":{} }""";
}
