namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Measurements, from end to end.</summary>
[Collection(RestServers.Name)]
public sealed class MeasurementTests(RestFixture rest)
{
    private const string Measurements = "/measurement/measurements";

    [Fact]
    public async Task Measurements_come_back_as_they_were_sent_oldest_first()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var late = (await rest.Admin.PostAsync(Measurements, Body(source, "2026-11-20T10:00:00.000+02:00", "25.10"))).Expect(201);
        var early = (await rest.Admin.PostAsync(Measurements, Body(source, "2026-11-20T07:00:00.000Z", "1e1"))).Expect(201);

        var list = (await rest.Admin.GetAsync($"{Measurements}?source={source}")).Expect(200);
        Assert.Equal([early.Text("id"), late.Text("id")], list.Ids("measurements"));
        Assert.Contains("\"time\":\"2026-11-20T10:00:00.000+02:00\"", list.Body, StringComparison.Ordinal);
        Assert.Contains("{\"T\":{\"value\":25.10,\"unit\":\"°C\"}}", list.Body, StringComparison.Ordinal);
        Assert.Equal([late.Text("id"), early.Text("id")], (await rest.Admin.GetAsync($"{Measurements}?source={source}&dateFrom=2026-11-20&revert=true")).Ids("measurements"));
        Assert.Equal([late.Text("id")], (await rest.Admin.GetAsync($"{Measurements}?source={source}&dateFrom=2026-11-20T08:00:00.000Z")).Ids("measurements"));
        Assert.Equal([early.Text("id")], (await rest.Admin.GetAsync($"{Measurements}?source={source}&dateTo=2026-11-20T07:00:00.000Z")).Ids("measurements"));
        Assert.Empty((await rest.Admin.GetAsync($"{Measurements}?source={source}&valueFragmentType=c8y_Other")).List("measurements"));
        Assert.Equal(2, (await rest.Admin.GetAsync($"{Measurements}?source={source}&valueFragmentType=c8y_T&valueFragmentSeries=T")).List("measurements").Count());
    }

    [Fact]
    public async Task One_is_read_and_deleted_by_its_id_and_many_by_a_query()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var made = (await rest.Admin.PostAsync(Measurements, Body(source), accept: null)).Expect(201);
        Assert.Empty(made.Body);
        var path = made.Location!.PathAndQuery;

        Assert.Equal(source, (await rest.Admin.GetAsync(path)).Expect(200).Json.GetProperty("source").GetProperty("id").GetString());
        (await rest.Admin.DeleteAsync(path)).Expect(204);
        (await rest.Admin.GetAsync(path)).ExpectError(404, "measurement/Not Found");
        (await rest.Admin.PostAsync(Measurements, Body(source))).Expect(201);
        (await rest.Admin.DeleteAsync($"{Measurements}?source={source}")).Expect(204);
        Assert.Empty((await rest.Admin.GetAsync($"{Measurements}?source={source}")).List("measurements"));
    }

    [Fact]
    public async Task A_list_of_measurements_is_stored_whole_or_not_at_all()
    {
        var (name, user) = await rest.NewUserAsync("ROLE_INVENTORY_CREATE");
        var (own, foreign) = (await user.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"));

        (await user.PostAsync(Measurements, List(Body(own), Body(foreign)))).ExpectError(403, "security/Forbidden");
        (await user.PostAsync(Measurements, List(Body(own), Body("999999999")))).ExpectError(422, "measurement/Unprocessable Entity");
        (await user.PostAsync(Measurements, List(Body(own), "{}"))).ExpectError(422, "undefined/validationError");
        Assert.Empty((await user.GetAsync($"{Measurements}?source={own}")).Expect(200).List("measurements"));

        var stored = (await user.PostAsync(Measurements, List(Body(own), Body(own, "2026-11-20T09:00:00Z")))).Expect(201);
        Assert.Equal(stored.Ids("measurements"), (await user.GetAsync($"{Measurements}?source={own}")).Ids("measurements"));
        Assert.NotEmpty(name);
    }

    [Fact]
    public async Task Whose_object_it_is_may_delete_one_measurement_and_not_all()
    {
        var (_, user) = await rest.NewUserAsync("ROLE_INVENTORY_CREATE");
        var own = await user.NewObjectAsync("{}");
        var made = (await user.PostAsync(Measurements, Body(own))).Expect(201);

        (await user.DeleteAsync($"{Measurements}?source={own}")).ExpectError(403, "security/Forbidden");
        (await user.DeleteAsync($"{Measurements}/{made.Text("id")}")).Expect(204);
    }

    [Fact]
    public async Task Readers_read_and_writers_write()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        var (_, reader) = await rest.NewUserAsync("ROLE_MEASUREMENT_READ");
        var (_, writer) = await rest.NewUserAsync("ROLE_MEASUREMENT_ADMIN");

        (await reader.PostAsync(Measurements, Body(source))).Expect(403);
        var made = (await writer.PostAsync(Measurements, Body(source))).Expect(201);
        Assert.Single((await reader.GetAsync($"{Measurements}?source={source}")).Expect(200).List("measurements"));
        Assert.Empty((await writer.GetAsync($"{Measurements}?source={source}")).Expect(200).List("measurements"));
        (await writer.GetAsync($"{Measurements}/{made.Text("id")}")).Expect(403);
        (await rest.Operator.GetAsync($"{Measurements}/{made.Text("id")}")).Expect(404);
    }

    [Fact]
    public async Task The_first_measurement_of_a_series_makes_it_supported_and_deleting_it_does_not_take_that_back()
    {
        var source = await rest.Admin.NewObjectAsync("{}");
        Assert.Empty((await rest.Admin.GetAsync($"/inventory/managedObjects/{source}/supportedSeries")).Expect(200).List("c8y_SupportedSeries"));
        (await rest.Admin.PostAsync(Measurements, Body(source))).Expect(201);
        (await rest.Admin.PostAsync(Measurements, List(Body(source), Body(source).Replace("\"T\"", "\"U\"", StringComparison.Ordinal)))).Expect(201);

        Assert.Equal(["c8y_T.T", "c8y_T.U"], (await rest.Admin.GetAsync($"/inventory/managedObjects/{source}/supportedSeries")).Expect(200).List("c8y_SupportedSeries").Select(name => name.GetString()));
        (await rest.Admin.DeleteAsync($"{Measurements}?source={source}")).Expect(204);
        Assert.Equal(["c8y_T"], (await rest.Admin.GetAsync($"/inventory/managedObjects/{source}/supportedMeasurements")).Expect(200).List("c8y_SupportedMeasurements").Select(name => name.GetString()));
    }

    [Fact]
    public async Task Series_come_in_columns_by_moment_or_drawn_together()
    {
        var (_, user) = await rest.NewUserAsync("ROLE_INVENTORY_CREATE");
        var (_, stranger) = await rest.NewUserAsync("ROLE_INVENTORY_READ");
        var source = await user.NewObjectAsync("{}");
        foreach (var (time, value) in ((string, string)[])[("2026-11-20T08:00:00.000Z", "1"), ("2026-11-20T10:00:30.000+02:00", "3.5"), ("2026-11-21T00:00:00.000Z", "-2")])
            (await user.PostAsync(Measurements, Body(source, time, value))).Expect(201);
        var query = $"{Measurements}/series?source={source}&dateFrom=2026-11-20&dateTo=2026-11-21";

        Assert.Equal(
            """{"values":{"2026-11-20T08:00:00.000Z":[{"min":1,"max":1}],"2026-11-20T08:00:30.000Z":[{"min":3.5,"max":3.5}],"2026-11-21T00:00:00.000Z":[{"min":-2,"max":-2}]},"series":[{"type":"c8y_T","name":"T","unit":"°C"}],"truncated":false}""",
            (await user.GetAsync(query)).Expect(200).Body);
        Assert.Equal(
            """{"values":{"2026-11-21T00:00:00.000Z":[null,{"min":-2,"max":-2}],"2026-11-20T00:00:00.000Z":[null,{"min":1,"max":3.5}]},"series":[{"type":"c8y_X","name":"X"},{"type":"c8y_T","name":"T","unit":"°C"}],"truncated":false}""",
            (await user.GetAsync($"{query}&series=c8y_X.X&series=c8y_T.T&aggregationType=DAILY&revert=true")).Expect(200).Body);
        (await stranger.GetAsync(query)).ExpectError(403, "security/Forbidden");
        (await user.GetAsync($"{Measurements}/series?source=999999999&dateFrom=2026-11-20&dateTo=2026-11-21")).ExpectError(404, "inventory/Not Found");
    }

    /// <summary>An answer promises what a power cut does not take back.</summary>
    [Fact]
    public async Task What_was_answered_is_there_after_the_process_was_killed()
    {
        using var folder = new TemporaryFolder();
        string source, id;
        await using (var server = await ServerProcess.StartOnAsync(folder["data"]))
        {
            var admin = new RestClient(server.NewClientOf("t1/admin", FirstPasswords.Admin));
            source = await admin.NewObjectAsync("""{"name":"Pump"}""");
            id = (await admin.PostAsync(Measurements, Body(source))).Expect(201).Text("id");
            await server.KillAsync();
        }

        await using var again = await ServerProcess.StartOnAsync(folder["data"]);
        var same = new RestClient(again.NewClientOf("t1/admin", FirstPasswords.Admin));
        Assert.Equal("Pump", (await same.GetAsync($"/inventory/managedObjects/{source}")).Expect(200).Text("name"));
        Assert.Equal([id], (await same.GetAsync($"{Measurements}?source={source}")).Ids("measurements"));
        Assert.Equal(["c8y_T.T"], (await same.GetAsync($"/inventory/managedObjects/{source}/supportedSeries")).Expect(200).List("c8y_SupportedSeries").Select(name => name.GetString()));
    }

    private static string Body(string source, string time = "2026-11-20T08:00:00.000Z", string value = "25.10") =>
        "{\"source\":{\"id\":\"" + source + "\"},\"time\":\"" + time + "\",\"type\":\"c8y_Temperature\",\"c8y_T\":{\"T\":{\"value\":" + value + ",\"unit\":\"°C\"}}}";

    private static string List(params string[] bodies) => "{\"measurements\":[" + string.Join(',', bodies) + "]}";

    [Fact]
    public async Task A_source_of_the_highest_number_there_can_be_has_nothing_and_keeps_nobody_waiting()
    {
        const string Highest = "9223372036854775807";
        foreach (var (path, list) in new[]
            { ($"{Measurements}?source={Highest}", "measurements"), ($"/event/events?source={Highest}", "events"), ($"/alarm/alarms?source={Highest}", "alarms"), ($"/devicecontrol/operations?deviceId={Highest}", "operations") })
        {
            Assert.Empty((await rest.Admin.GetAsync(path)).Expect(200).List(list));
            (await rest.Admin.DeleteAsync(path)).Expect(204);
        }
    }
}
