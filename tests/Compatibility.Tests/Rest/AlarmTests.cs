using System.Diagnostics;
using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Alarms, from end to end.</summary>
[Collection(RestServers.Name)]
public sealed class AlarmTests(RestFixture rest)
{
    private const string Alarms = "/alarm/alarms";

    [Fact]
    public async Task An_alarm_that_is_raised_again_is_counted_until_it_is_cleared()
    {
        var source = await rest.Admin.NewObjectAsync("""{"name":"Pump"}""");
        var first = (await rest.Admin.PostAsync(Alarms, Body(source, time: "2026-11-20T10:00:00.000+02:00", members: ",\"why\":\"dry\""))).Expect(201);
        Assert.Equal((1, "ACTIVE", "Pump"), (first.Json.GetProperty("count").GetInt32(), first.Text("status"), first.Json.GetProperty("source").GetProperty("name").GetString()));
        Assert.False(first.Json.TryGetProperty("firstOccurrenceTime", out _));

        var again = (await rest.Admin.PostAsync(Alarms, Body(source, text: "other", severity: "MINOR", time: "2026-11-20T09:00:00.000Z"))).Expect(201);
        Assert.Equal(first.Text("id"), again.Text("id"));
        Assert.Equal(first.Location, again.Location);
        Assert.Equal((2, "x", "MAJOR"), (again.Json.GetProperty("count").GetInt32(), again.Text("text"), again.Text("severity")));
        Assert.Equal(("2026-11-20T09:00:00.000Z", "2026-11-20T10:00:00.000+02:00"), (again.Text("time"), again.Text("firstOccurrenceTime")));
        (await rest.Admin.PutAsync($"{Alarms}/{first.Text("id")}", """{"status":"ACKNOWLEDGED"}""")).Expect(200);
        Assert.Equal(3, (await rest.Admin.PostAsync(Alarms, Body(source))).Expect(201).Json.GetProperty("count").GetInt32());

        (await rest.Admin.PutAsync($"{Alarms}/{first.Text("id")}", """{"status":"CLEARED"}""")).Expect(200);
        var anew = (await rest.Admin.PostAsync(Alarms, Body(source))).Expect(201);
        Assert.NotEqual(first.Text("id"), anew.Text("id"));
        Assert.Equal(1, anew.Json.GetProperty("count").GetInt32());
        Assert.Equal(2, (await rest.Admin.GetAsync($"{Alarms}?source={source}")).List("alarms").Count());
    }

    [Fact]
    public async Task What_happens_to_an_alarm_is_recorded_and_what_changes_nothing_is_not()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var id = await RaiseAsync(source);
        await RaiseAsync(source);
        (await rest.Admin.PutAsync($"{Alarms}/{id}", """{"status":"ACKNOWLEDGED","severity":"MINOR","ticket":42}""")).Expect(200);
        var before = (await rest.Admin.GetAsync($"{Alarms}/{id}")).Body;
        (await rest.Admin.PutAsync($"{Alarms}/{id}", """{"status":"ACKNOWLEDGED","severity":"MINOR","ticket":42}""")).Expect(200);
        Assert.Equal(before, (await rest.Admin.GetAsync($"{Alarms}/{id}")).Body);

        var records = (await rest.Admin.GetAsync($"/audit/auditRecords?type=Alarm&source={id}")).Expect(200).List("auditRecords").ToList();
        Assert.Equal(["Alarm updated", "Alarm created"], records.Select(record => record.GetProperty("activity").GetString()));
        Assert.All(records, record => Assert.Equal("admin", record.GetProperty("user").GetString()));
        var changes = records[0].GetProperty("changes").EnumerateArray().ToDictionary(change => change.GetProperty("attribute").GetString()!);
        Assert.Equal(["severity", "status", "ticket"], changes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("ACTIVE", "ACKNOWLEDGED"), (changes["status"].GetProperty("previousValue").GetString(), changes["status"].GetProperty("newValue").GetString()));
        Assert.Equal("42", changes["ticket"].GetProperty("newValue").GetString());
    }

    [Fact]
    public async Task Every_filter_leaves_out_what_it_does_not_name()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var critical = await RaiseAsync(source, "a", "CRITICAL", "2026-11-20T08:00:00.000Z");
        var major = await RaiseAsync(source, "b", "MAJOR", "2026-11-21T08:00:00.000Z");
        var warning = await RaiseAsync(source, "c", "WARNING", "2026-11-22T08:00:00.000Z");
        (await rest.Admin.PutAsync($"{Alarms}/{critical}", """{"status":"CLEARED"}""")).Expect(200);
        (await rest.Admin.PutAsync($"{Alarms}/{major}", """{"status":"ACKNOWLEDGED"}""")).Expect(200);

        async Task FoundAsync(string filter, params string[] ids) => Assert.Equal(ids, await this.FoundAsync($"source={source}&{filter}"));
        await FoundAsync("", warning, major, critical);
        await FoundAsync("type=a,c", warning, critical);
        await FoundAsync("severity=CRITICAL,MAJOR", major, critical);
        await FoundAsync("status=ACTIVE", warning);
        await FoundAsync("status=ACKNOWLEDGED,CLEARED", major, critical);
        await FoundAsync("resolved=false", warning, major);
        await FoundAsync("resolved=true&status=ACTIVE", critical);
        await FoundAsync("dateFrom=2026-11-21&dateTo=2026-11-21", major);
        await FoundAsync("dateFrom=2026-11-21", warning, major);
        await FoundAsync("dateTo=2026-11-21", major, critical);
        Assert.Equal([major], (await rest.Admin.GetAsync($"{Alarms}?source={source}&pageSize=1&currentPage=2")).Ids("alarms"));
    }

    [Fact]
    public async Task What_was_raised_and_what_was_changed_in_a_span_is_found_and_what_was_before_or_after_is_not()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var raised = new List<(string Id, string Time)>();
        for (var at = 0; at < 3; at++)
        {
            await Spans.NextMillisecondAsync();
            var answer = (await rest.Admin.PostAsync(Alarms, Body(source, $"t{at}"))).Expect(201);
            raised.Add((answer.Text("id"), answer.Text("creationTime")));
        }
        var changed = new List<(string Id, string Time)>();
        foreach (var at in (int[])[1, 2, 0])
        {
            await Spans.NextMillisecondAsync();
            changed.Add((raised[at].Id, (await rest.Admin.PutAsync($"{Alarms}/{raised[at].Id}", """{"severity":"MINOR"}""")).Expect(200).Text("lastUpdated")));
        }

        Task<IEnumerable<string>> FoundAsync(string filter) => this.FoundAsync($"source={source}&{filter}");
        await Spans.AssertReachAsync("created", raised, FoundAsync);
        await Spans.AssertReachAsync("lastUpdated", changed, FoundAsync);
    }

    [Fact]
    public async Task A_source_is_asked_with_the_assets_and_devices_below_it()
    {
        var (above, group, device, unit) = (await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"));
        foreach (var (parent, kind, child) in new[] { (above, "childAssets", group), (group, "childAssets", device), (device, "childDevices", unit) })
            (await rest.Admin.PostAsync($"/inventory/managedObjects/{parent}/{kind}", "{\"managedObject\":{\"id\":\"" + child + "\"}}")).Expect(201);
        await RaiseAsync(above, time: "2026-11-20T08:00:03.000Z");
        var (atGroup, atDevice, atUnit) = (
            await RaiseAsync(group), await RaiseAsync(device, time: "2026-11-20T08:00:01.000Z"), await RaiseAsync(unit, time: "2026-11-20T08:00:02.000Z"));

        Assert.Equal([atGroup], await FoundAsync($"source={group}"));
        Assert.Equal([atDevice, atGroup], await FoundAsync($"source={group}&withSourceAssets=true"));
        Assert.Equal([atGroup], await FoundAsync($"source={group}&withSourceDevices=true"));
        Assert.Equal([atUnit, atDevice, atGroup], await FoundAsync($"source={group}&withSourceAssets=true&withSourceDevices=true"));
        Assert.Equal([atUnit, atDevice], await FoundAsync($"source={device}&withSourceDevices=true"));
        Assert.Equal([atDevice], await FoundAsync($"source={device}&withSourceAssets=true"));
    }

    [Fact]
    public async Task An_object_says_how_many_alarms_are_open_on_it()
    {
        var source = await rest.Admin.NewObjectAsync("""{"c8y_ActiveAlarmsStatus":{"critical":99}}""");
        var path = $"/inventory/managedObjects/{source}";
        Assert.False((await rest.Admin.GetAsync(path)).Json.TryGetProperty("c8y_ActiveAlarmsStatus", out _));
        var id = await RaiseAsync(source, "a", "CRITICAL");
        await RaiseAsync(source, "a");
        await RaiseAsync(source, "b", "WARNING");

        Assert.Equal("1 0 0 1", Counts((await rest.Admin.GetAsync(path)).Json));
        Assert.Equal("1 0 0 1", Counts((await rest.Admin.GetAsync($"/inventory/managedObjects?ids={source}&fragmentType=c8y_ActiveAlarmsStatus")).List("managedObjects").Single()));
        Assert.Equal("1 0 0 1", Counts((await rest.Admin.PutAsync(path, """{"name":"n","c8y_ActiveAlarmsStatus":{"critical":99}}""")).Json));
        (await rest.Admin.PutAsync($"{Alarms}/{id}", """{"severity":"MAJOR"}""")).Expect(200);
        Assert.Equal("0 1 0 1", Counts((await rest.Admin.GetAsync(path)).Json));
        (await rest.Admin.PutAsync($"{Alarms}/{id}", """{"status":"CLEARED"}""")).Expect(200);
        Assert.Equal("0 0 0 1", Counts((await rest.Admin.GetAsync(path)).Json));
        (await rest.Admin.DeleteAsync($"{Alarms}?source={source}")).Expect(204);
        Assert.Equal("0 0 0 0", Counts((await rest.Admin.GetAsync(path)).Json));
    }

    [Fact]
    public async Task Many_alarms_get_a_status_at_once()
    {
        var (source, other) = (await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"));
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{source}/childDevices", "{\"managedObject\":{\"id\":\"" + other + "\"}}")).Expect(201);
        for (var i = 0; i < 5; i++) await RaiseAsync(source, $"t{i}", i == 0 ? "MINOR" : "MAJOR");
        var below = await RaiseAsync(other);

        await UpdateAllAsync($"source={source}&severity=MAJOR", "ACKNOWLEDGED", $"source={source}&status=ACKNOWLEDGED", 4);
        await UpdateAllAsync($"source={source}&withSourceDevices=true&resolved=false", "CLEARED", $"source={source}&withSourceDevices=true&resolved=true", 6);
        Assert.Equal("0", (await rest.Admin.GetAsync($"{Alarms}/count?source={source}&resolved=false")).Body);
        Assert.Equal("CLEARED", (await rest.Admin.GetAsync($"{Alarms}/{below}")).Text("status"));
        Assert.Equal(2, (await rest.Admin.GetAsync($"/audit/auditRecords?type=Alarm&source={below}")).List("auditRecords").Count());
        (await rest.Admin.PutAsync(Alarms, """{"status":"CLEARED"}""")).ExpectError(422, "alarm/Unprocessable Entity");
    }

    /// <summary>More than one round takes; whether the answer comes before or after the last of them, all are changed.</summary>
    [Fact]
    public async Task A_change_of_very_many_reaches_every_one()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        const int Many = 1500;
        await Parallel.ForEachAsync(Enumerable.Range(0, Many), async (i, _) => await RaiseAsync(source, $"t{i}"));

        await UpdateAllAsync($"source={source}&resolved=false", "CLEARED", $"source={source}&resolved=true", Many);
        Assert.Equal("0 0 0 0", Counts((await rest.Admin.GetAsync($"/inventory/managedObjects/{source}")).Json));
    }

    [Fact]
    public async Task In_maintenance_no_alarm_is_stored()
    {
        var source = await rest.Admin.NewObjectAsync("""{"c8y_RequiredAvailability":{"responseInterval":0}}""");
        var answer = (await rest.Admin.PostAsync(Alarms, Body(source))).Expect(201);
        Assert.EndsWith("/alarms/null", answer.Text("self"), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("id").ValueKind);
        Assert.Empty((await rest.Admin.GetAsync($"{Alarms}?source={source}")).List("alarms"));

        (await rest.Admin.PutAsync($"/inventory/managedObjects/{source}", """{"c8y_RequiredAvailability":{"responseInterval":30}}""")).Expect(200);
        var stored = (await rest.Admin.PostAsync(Alarms, Body(source))).Expect(201);
        Assert.Equal([stored.Text("id")], (await rest.Admin.GetAsync($"{Alarms}?source={source}")).Ids("alarms"));
        (await rest.Admin.PutAsync($"/inventory/managedObjects/{source}", """{"c8y_RequiredAvailability":{"responseInterval":-1}}""")).Expect(200);
        Assert.EndsWith("/alarms/null", (await rest.Admin.PostAsync(Alarms, Body(source, "other"))).Expect(201).Text("self"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whose_object_it_is_sees_and_changes_its_alarms_and_no_others()
    {
        var (_, user) = await rest.NewUserAsync("ROLE_INVENTORY_CREATE");
        var (own, foreign) = (await user.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"));
        var theirs = await RaiseAsync(foreign);
        var mine = (await user.PostAsync(Alarms, Body(own))).Expect(201).Text("id");

        Assert.Equal([mine], (await user.GetAsync($"{Alarms}?withTotalElements=true")).Ids("alarms"));
        Assert.Equal("1", (await user.GetAsync($"{Alarms}/count")).Body);
        (await user.GetAsync($"{Alarms}/{theirs}")).ExpectError(403, "security/Forbidden");
        (await user.PostAsync(Alarms, Body(foreign))).ExpectError(403, "security/Forbidden");
        (await user.PostAsync(Alarms, Body("999999999"))).ExpectError(422, "alarm/Unprocessable Entity");
        (await user.PutAsync($"{Alarms}/{mine}", """{"status":"CLEARED"}""")).Expect(200);
        (await user.PutAsync($"{Alarms}?source={own}", """{"status":"ACTIVE"}""")).ExpectError(403, "security/Forbidden");
        (await user.DeleteAsync($"{Alarms}?source={own}")).ExpectError(403, "security/Forbidden");
        (await user.DeleteAsync($"{Alarms}/{mine}")).Expect(405);
        (await rest.Operator.GetAsync($"{Alarms}/{theirs}")).Expect(404);
    }

    [Fact]
    public async Task The_alarms_of_an_object_go_with_it()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var type = rest.Unique("going");
        await RaiseAsync(source, type);
        (await rest.Admin.DeleteAsync($"/inventory/managedObjects/{source}")).Expect(204);
        Assert.Empty((await rest.Admin.GetAsync($"{Alarms}?type={type}")).List("alarms"));
        Assert.Empty((await rest.Admin.GetAsync($"{Alarms}?type={type}&resolved=false")).List("alarms"));
    }

    /// <summary>The alarms that a filter finds, as many as it counts.</summary>
    private async Task<IEnumerable<string>> FoundAsync(string filter)
    {
        var found = (await rest.Admin.GetAsync($"{Alarms}?{filter}")).Expect(200).Ids("alarms").ToList();
        Assert.Equal($"{found.Count}", (await rest.Admin.GetAsync($"{Alarms}/count?{filter}")).Expect(200).Body);
        return found;
    }

    /// <summary>Changes what a filter names. A 200 says that all is done; a 202 that it goes on, and then it comes to its end.</summary>
    private async Task UpdateAllAsync(string filter, string status, string changed, int count)
    {
        var answer = await rest.Admin.PutAsync($"{Alarms}?{filter}", "{\"status\":\"" + status + "\"}");
        Assert.True(answer.Status is 200 or 202, $"{answer.Status} {answer.Body}");
        var awaited = Stopwatch.StartNew();
        while ((await rest.Admin.GetAsync($"{Alarms}/count?{changed}")).Expect(200).Body is var counted && counted != $"{count}")
            Assert.True(answer.Status == 202 && awaited.Elapsed < BailiwickProcess.Patience, $"Awaited that {count} alarms have changed; {counted} have");
    }

    private static string Counts(JsonElement document)
    {
        var counts = document.GetProperty("c8y_ActiveAlarmsStatus");
        return string.Join(' ', new[] { "critical", "major", "minor", "warning" }.Select(name => counts.GetProperty(name).GetInt64()));
    }

    private async Task<string> RaiseAsync(string source, string type = "t", string severity = "MAJOR", string time = "2026-11-20T08:00:00.000Z") =>
        (await rest.Admin.PostAsync(Alarms, Body(source, type, severity: severity, time: time))).Expect(201).Text("id");

    private static string Body(string source, string type = "t", string text = "x", string severity = "MAJOR", string time = "2026-11-20T08:00:00.000Z", string members = "") =>
        "{\"source\":{\"id\":\"" + source + "\"},\"time\":\"" + time + "\",\"type\":\"" + type + "\",\"text\":\"" + text + "\",\"severity\":\"" + severity + "\"" + members + "}";
}
