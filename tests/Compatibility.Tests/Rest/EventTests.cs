namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Events, from end to end.</summary>
[Collection(RestServers.Name)]
public sealed class EventTests(RestFixture rest)
{
    private const string Events = "/event/events";

    [Fact]
    public async Task Events_come_back_as_they_were_sent_newest_first()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var early = await SendAsync(source, "2026-11-20T10:00:00.000+02:00", members: ",\"c8y_Position\":{ \"lat\":51.10 }");
        var late = await SendAsync(source, "2026-11-20T09:00:00.000Z");

        var list = (await rest.Admin.GetAsync($"{Events}?source={source}&withTotalElements=true")).Expect(200);
        Assert.Equal([late, early], list.Ids("events"));
        Assert.Equal(2, list.Statistics.GetProperty("totalElements").GetInt32());
        Assert.Contains("\"time\":\"2026-11-20T10:00:00.000+02:00\"", list.Body, StringComparison.Ordinal);
        Assert.Contains("\"c8y_Position\":{ \"lat\":51.10 }", list.Body, StringComparison.Ordinal);
        Assert.Equal([early, late], (await rest.Admin.GetAsync($"{Events}?source={source}&dateFrom=2026-11-20&revert=true")).Ids("events"));
        Assert.Equal([late], (await rest.Admin.GetAsync($"{Events}?source={source}&pageSize=1")).Ids("events"));
        Assert.Equal([early], (await rest.Admin.GetAsync($"{Events}?source={source}&pageSize=1&currentPage=2")).Ids("events"));
    }

    [Fact]
    public async Task Every_filter_leaves_out_what_it_does_not_name()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var one = await SendAsync(source, "2026-11-20T08:00:00.000Z", "t1", ",\"f\":\"on\"");
        var other = await SendAsync(source, "2026-11-21T08:00:00.000Z", "t2", ",\"f\":1");

        async Task<IEnumerable<string>> FoundAsync(string filter) => (await rest.Admin.GetAsync($"{Events}?source={source}&{filter}")).Expect(200).Ids("events");
        Assert.Equal([one], await FoundAsync("type=t1"));
        Assert.Equal([one], await FoundAsync("dateTo=2026-11-20"));
        Assert.Equal([other], await FoundAsync("dateFrom=2026-11-20T08:00:00.001Z"));
        Assert.Equal([other, one], await FoundAsync("fragmentType=f"));
        Assert.Equal([one], await FoundAsync("fragmentType=f&fragmentValue=on"));
        Assert.Empty(await FoundAsync("fragmentType=g"));
    }

    [Fact]
    public async Task What_was_made_and_what_was_changed_in_a_span_is_found_and_what_was_before_or_after_is_not()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var made = new List<(string Id, string Time)>();
        for (var at = 0; at < 3; at++)
        {
            await Spans.NextMillisecondAsync();
            var id = await SendAsync(source);
            made.Add((id, (await rest.Admin.GetAsync($"{Events}/{id}")).Expect(200).Text("creationTime")));
        }
        var changed = new List<(string Id, string Time)>();
        foreach (var at in (int[])[1, 2, 0])
        {
            await Spans.NextMillisecondAsync();
            changed.Add((made[at].Id, (await rest.Admin.PutAsync($"{Events}/{made[at].Id}", """{"text":"changed"}""")).Expect(200).Text("lastUpdated")));
        }

        async Task<IEnumerable<string>> FoundAsync(string filter) => (await rest.Admin.GetAsync($"{Events}?source={source}&{filter}")).Expect(200).Ids("events");
        await Spans.AssertReachAsync("created", made, FoundAsync);
        await Spans.AssertReachAsync("lastUpdated", changed, FoundAsync);
    }

    [Fact]
    public async Task A_source_is_asked_with_the_assets_and_devices_below_it()
    {
        var (group, inner, device, unit) = (await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"));
        await LinkAsync(group, "childAssets", inner);
        await LinkAsync(inner, "childAssets", device);
        await LinkAsync(device, "childDevices", unit);
        var (atGroup, atDevice, atUnit) = (await SendAsync(group, "2026-11-20T08:00:00Z"), await SendAsync(device, "2026-11-20T08:00:01Z"), await SendAsync(unit, "2026-11-20T08:00:02Z"));
        // What is above is not below.
        var above = await rest.Admin.NewObjectAsync("{}");
        await LinkAsync(above, "childAssets", group);
        await SendAsync(above, "2026-11-20T08:00:03Z");

        Assert.Equal([atGroup], (await rest.Admin.GetAsync($"{Events}?source={group}")).Ids("events"));
        Assert.Equal([atDevice, atGroup], (await rest.Admin.GetAsync($"{Events}?source={group}&withSourceAssets=true")).Ids("events"));
        Assert.Equal([atGroup], (await rest.Admin.GetAsync($"{Events}?source={group}&withSourceDevices=true")).Ids("events"));
        Assert.Equal([atUnit, atDevice, atGroup], (await rest.Admin.GetAsync($"{Events}?source={group}&withSourceAssets=true&withSourceDevices=true")).Ids("events"));
        Assert.Equal([atUnit, atDevice], (await rest.Admin.GetAsync($"{Events}?source={device}&withSourceDevices=true")).Ids("events"));
        Assert.Equal([atDevice], (await rest.Admin.GetAsync($"{Events}?source={device}&withSourceAssets=true")).Ids("events"));
    }

    [Fact]
    public async Task One_is_changed_and_deleted_by_its_id_and_many_by_a_query_which_is_recorded()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var made = (await rest.Admin.PostAsync(Events, Body(source, members: ",\"a\":1,\"b\":2"), accept: null)).Expect(201);
        Assert.Empty(made.Body);
        var path = made.Location!.PathAndQuery;

        var changed = (await rest.Admin.PutAsync(path, """{"text":"other","a":null,"c":[3]}""")).Expect(200);
        Assert.Equal(("other", "t"), (changed.Text("text"), changed.Text("type")));
        Assert.False(changed.Json.TryGetProperty("a", out _));
        Assert.Equal(changed.Body, (await rest.Admin.GetAsync(path)).Expect(200).Body);
        (await rest.Admin.PutAsync(path, """{"time":"2026-11-20T08:00:00Z"}""")).ExpectError(422, "event/Unprocessable Entity");
        (await rest.Admin.DeleteAsync(path)).Expect(204);
        (await rest.Admin.GetAsync(path)).ExpectError(404, "event/Not Found");
        (await rest.Admin.PutAsync(path, """{"text":"late"}""")).ExpectError(404, "event/Not Found");
        (await rest.Admin.DeleteAsync(path)).ExpectError(404, "event/Not Found");

        await SendAsync(source, type: "gone");
        var kept = await SendAsync(source, type: "kept");
        (await rest.Admin.DeleteAsync($"{Events}?source={source}&type=gone")).Expect(204);
        Assert.Equal([kept], (await rest.Admin.GetAsync($"{Events}?source={source}")).Ids("events"));
        var record = Assert.Single((await rest.Admin.GetAsync($"/audit/auditRecords?type=Event&source={source}")).List("auditRecords"));
        Assert.Equal(("Events deleted", "admin"), (record.GetProperty("activity").GetString(), record.GetProperty("user").GetString()));
    }

    [Fact]
    public async Task Whose_object_it_is_sees_and_changes_its_events_and_no_others()
    {
        var (_, user) = await rest.NewUserAsync("ROLE_INVENTORY_CREATE");
        var (own, foreign) = (await user.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"));
        var theirs = await SendAsync(foreign);
        var mine = (await user.PostAsync(Events, Body(own))).Expect(201).Text("id");

        Assert.Equal([mine], (await user.GetAsync($"{Events}?withTotalElements=true")).Ids("events"));
        (await user.GetAsync($"{Events}/{theirs}")).ExpectError(403, "security/Forbidden");
        (await user.PostAsync(Events, Body(foreign))).ExpectError(403, "security/Forbidden");
        (await user.PostAsync(Events, Body("999999999"))).ExpectError(422, "event/Unprocessable Entity");
        (await user.PutAsync($"{Events}/{mine}", """{"text":"x"}""")).Expect(200);
        (await user.DeleteAsync($"{Events}?source={own}")).ExpectError(403, "security/Forbidden");
        (await user.DeleteAsync($"{Events}/{mine}")).Expect(204);
        (await rest.Operator.GetAsync($"{Events}/{theirs}")).Expect(404);
    }

    [Fact]
    public async Task The_events_of_an_object_go_with_it()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var type = rest.Unique("going");
        for (var i = 0; i < 3; i++) await SendAsync(source, type: type);
        (await rest.Admin.DeleteAsync($"/inventory/managedObjects/{source}")).Expect(204);
        Assert.Empty((await rest.Admin.GetAsync($"{Events}?type={type}")).List("events"));
        Assert.Empty((await rest.Admin.GetAsync($"{Events}?source={source}")).List("events"));
    }

    [Fact]
    public async Task A_time_that_no_id_can_tell_is_refused()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        (await rest.Admin.PostAsync(Events, Body(source, "1969-12-31T23:59:59Z"))).ExpectError(422, "event/Unprocessable Entity");
        (await rest.Admin.PostAsync(Events, Body(source, "9999-12-31T23:59:59.999Z"))).ExpectError(422, "event/Unprocessable Entity");
    }

    private async Task LinkAsync(string parent, string kind, string child) =>
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{parent}/{kind}", "{\"managedObject\":{\"id\":\"" + child + "\"}}")).Expect(201);

    private async Task<string> SendAsync(string source, string time = "2026-11-20T08:00:00.000Z", string type = "t", string members = "") =>
        (await rest.Admin.PostAsync(Events, Body(source, time, type, members))).Expect(201).Text("id");

    private static string Body(string source, string time = "2026-11-20T08:00:00.000Z", string type = "t", string members = "") =>
        "{\"source\":{\"id\":\"" + source + "\"},\"time\":\"" + time + "\",\"type\":\"" + type + "\",\"text\":\"x\"" + members + "}";
}
