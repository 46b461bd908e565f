using System.Globalization;
using System.Net;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>What single endpoints make of a request: the question that reaches the grain, and what they never do.</summary>
public sealed class EndpointTests
{
    private const string Sample = "\"time\":\"2026-11-20T08:30:00.000+01:00\",\"type\":\"t\",\"f\":{\"s\":{\"value\":1}}";

    [Fact]
    public async Task Free_fragments_go_in_and_come_out_byte_by_byte()
    {
        const string fragments = """ "c8y_A":{ "b" :  [1.50, 1e3,-0.0], "ü":"\u00fc\/<>&'+" },"a b":"x"} """;
        await using var server = await RestServer.StartAsync();
        using var answer = await server.SendAsync("POST", "/inventory/managedObjects", "{" + fragments, accept: "*/*");
        var shown = await answer.Content.ReadAsStringAsync();

        Assert.EndsWith(fragments.Trim(), shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_objects_asks_for_all_filters_at_once()
    {
        var call = await AskedAsync<IInventoryGrain>("GET", "/inventory/managedObjects?type=a&fragmentType=b&owner=c&ids=1,2&ids=x,3&childAssetId=9&childDeviceId=8&text=d&withChildren=false&withParents=true");
        var query = call.Argument<InventoryQuery>(1);

        Assert.Equal(("a", "b", "c", "d"), (query.Type, query.FragmentType, query.Owner, query.Text));
        Assert.Equal([1, 2, 3], query.Ids!.Select(id => id.Value));
        Assert.Equal([new ParentOf(ChildKind.Device, new ObjectId(8)), new ParentOf(ChildKind.Asset, new ObjectId(9))], query.ParentsOf!);
        Assert.Equal(new ViewOptions(false, true), call.Argument<ViewOptions>(3));
    }

    [Fact]
    public async Task Filters_that_can_match_nothing_are_no_filters_left_out()
    {
        var call = await AskedAsync<IInventoryGrain>("GET", "/inventory/managedObjects?ids=x&childDeviceId=y");
        var query = call.Argument<InventoryQuery>(1);

        Assert.Empty(query.Ids!);
        Assert.Equal([new ParentOf(ChildKind.Device, default)], query.ParentsOf!);
    }

    [Theory]
    [InlineData("dateFrom=2026-11-20", "2026-11-20T00:00:00.000Z", null)]
    [InlineData("dateTo=2026-11-20", null, "2026-11-20T23:59:59.999Z")]
    [InlineData("dateFrom=2026-11-20T08:00:00", "2026-11-20T08:00:00.000Z", null)]
    [InlineData("dateFrom=2026-11-20T08:00:00.123Z", "2026-11-20T08:00:00.123Z", null)]
    [InlineData("dateFrom=2026-11-20T08:00:00%2B01:00", "2026-11-20T07:00:00.000Z", null)]
    [InlineData("dateFrom=2026-11-20T08:00:00+01:00", "2026-11-20T07:00:00.000Z", null)]
    [InlineData("dateFrom=2026-11-20T08:00:00-01:30", "2026-11-20T09:30:00.000Z", null)]
    [InlineData("dateFrom=", null, null)]
    public async Task Dates_of_a_query_are_read_by_the_interfaces_rules(string query, string? from, string? to)
    {
        var call = await AskedAsync<IMeasurementsGrain>("GET", $"/measurement/measurements?{query}");
        var asked = call.Argument<MeasurementQuery>(1);

        Assert.Equal((MillisecondsOf(from), MillisecondsOf(to)), (asked.FromMs, asked.ToMs));
    }

    [Fact]
    public async Task Measurements_are_asked_for_by_source_fragment_and_series_newest_first()
    {
        var call = await AskedAsync<IMeasurementsGrain>("GET", "/measurement/measurements?source=7&type=t&valueFragmentType=f&valueFragmentSeries=s&dateFrom=2026-11-20&revert=true");

        Assert.Equal(new MeasurementQuery(new ObjectId(7), MillisecondsOf("2026-11-20T00:00:00Z"), null, "t", "f", "s", true), call.Argument<MeasurementQuery>(1));
    }

    [Fact]
    public async Task A_source_that_can_be_none_is_asked_for_and_not_left_out()
    {
        var call = await AskedAsync<IMeasurementsGrain>("DELETE", "/measurement/measurements?source=x");

        Assert.Equal(default(ObjectId), call.Argument<MeasurementQuery>(1).Source);
    }

    [Fact]
    public async Task Measurements_of_many_sources_are_asked_for_at_once_so_that_all_are_stored_or_none()
    {
        var grains = World.Grains().On<IMeasurementsGrain>(nameof(IMeasurementsGrain.Add), _ => throw World.Denied("not yours"));
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("POST", "/measurement/measurements", Several(1, 2, 3));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal([1, 2, 3], Assert.Single(grains.Calls).Argument<IReadOnlyList<SourcedMeasurement>>(1).Select(one => one.Source.Value));
    }

    [Fact]
    public async Task Measurements_of_a_source_that_there_is_not_are_422()
    {
        var grains = World.Grains().On<IMeasurementsGrain>(nameof(IMeasurementsGrain.Add), _ => throw Refusal.NotFound("inventory", "No managedObject for id '1'!"));
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("POST", "/measurement/measurements", Several(1));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("measurement/Unprocessable Entity", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answers_for_many_sources_keep_the_order_of_the_request()
    {
        await using var server = await RestServer.StartAsync();
        using var answer = await server.SendAsync("POST", "/measurement/measurements", Several(2, 1, 2), accept: "application/json");
        using var shown = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal(["2", "1", "2"], shown.RootElement.GetProperty("measurements").EnumerateArray().Select(one => one.GetProperty("source").GetProperty("id").GetString()));
    }

    [Fact]
    public async Task A_realm_that_can_be_no_tenant_is_asked_for_all_the_same_so_that_the_gate_refuses_and_records()
    {
        var grains = World.Grains().On<IUsersGrain>(nameof(IUsersGrain.Find), _ => throw World.Denied("of another tenant"));
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("GET", "/user/T2!/users");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("userManagement/Forbidden", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("0", Assert.Single(grains.Calls).Key);
    }

    [Theory]
    [InlineData("""{"id":"4711"}""", """{"id":"4711"}""")]
    [InlineData("{}", "c8y_Position")]
    public async Task A_change_that_names_only_the_object_is_a_sign_of_life_and_answered_with_just_its_id(string body, string shown)
    {
        await using var server = await RestServer.StartAsync();
        using var answer = await server.SendAsync("PUT", "/inventory/managedObjects/4711", body, accept: "application/json");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(shown, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(nameof(IManagedObjectGrain.Update), Assert.Single(server.Grains.Calls).Method.Name);
    }

    [Fact]
    public async Task An_empty_list_of_measurements_stores_nothing()
    {
        await using var server = await RestServer.StartAsync();
        using var answer = await server.SendAsync("POST", "/measurement/measurements", """{"measurements":[]}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Empty(server.Grains.Calls);
    }

    [Fact]
    public async Task A_new_child_whose_link_is_refused_goes_again()
    {
        var grains = World.Grains().On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Link), _ => throw World.Denied("not your parent"));
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("POST", "/inventory/managedObjects/1/childAssets", """{"name":"x"}""");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("IManagedObjectGrain.Delete t1/4720", $"{grains.Calls.Last().Name} {grains.Calls.Last().Key}");
    }

    [Fact]
    public async Task A_new_child_whose_link_fails_goes_again_and_the_answer_is_what_went_wrong_first()
    {
        var grains = World.Grains()
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Link), _ => throw new TimeoutException("the silo is gone"))
            .On<IManagedObjectGrain>(nameof(IManagedObjectGrain.Delete), _ => throw World.Denied("nor may you delete"));
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("POST", "/inventory/managedObjects/1/childAssets", """{"name":"x"}""");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("IManagedObjectGrain.Delete t1/4720", $"{grains.Calls.Last().Name} {grains.Calls.Last().Key}");
    }

    [Fact]
    public async Task Who_may_link_a_child_and_not_see_it_is_shown_where_it_is()
    {
        var grains = World.Grains().On<IInventoryGrain>(nameof(IInventoryGrain.Find), _ => new Page<ManagedObjectView>([], false, null));
        await using var server = await RestServer.StartAsync(grains);
        using var answer = await server.SendAsync("POST", "/inventory/managedObjects/1/childAssets", """{"managedObject":{"id":"2"}}""", accept: "*/*");

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.EndsWith("""{"id":"2","self":"http://bailiwick.test/inventory/managedObjects/2"}}""", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("?cascade=true", true, false)]
    [InlineData("?forceCascade=true", true, false)]
    [InlineData("?cascade=false&withDeviceUser=true", false, true)]
    public async Task A_deletion_goes_as_far_as_it_is_told(string query, bool cascade, bool withUser)
    {
        var call = await AskedAsync<IManagedObjectGrain>("DELETE", $"/inventory/managedObjects/1{query}");

        Assert.Equal(new DeleteOptions(cascade, withUser), call.Argument<DeleteOptions>(1));
    }

    [Fact]
    public async Task A_change_of_a_user_says_only_what_the_body_says()
    {
        var call = await AskedAsync<IUserGrain>("PUT", "/user/t1/users/jones", """{"id":"x","userName":"y","email":null,"firstName":"A","enabled":false,"customProperties":{"a":1}}""");
        var change = call.Argument<UserChange>(1);

        Assert.Equal("t1/jones", call.Key);
        Assert.Equal(("", "A", null, false), (change.Email, change.FirstName, change.LastName, change.IsEnabled));
        Assert.Null(change.Password);
        Assert.Null(change.ShouldResetPassword);
        Assert.Equal("a", Assert.Single(change.CustomProperties!.Items).Name);
    }

    [Fact]
    public async Task A_new_user_has_the_groups_and_roles_that_the_body_names()
    {
        var call = await AskedAsync<IUserGrain>("POST", "/user/t1/users", """
            {"userName":"jones","email":"j@example.com","password":"p","enabled":false,
             "groups":{"references":[{"group":{"id":2}},{"group":{"self":"/user/t1/groups/3"}}]},"roles":{"references":[{"role":{"id":"ROLE_DEVICE"}}]}}
            """);
        var wish = call.Argument<NewUser>(1);

        Assert.Equal([2, 3], wish.Groups);
        Assert.Equal(AuthoritySet.Of(Authority.Device), wish.Direct);
        Assert.False(wish.IsEnabled);
    }

    [Theory]
    [InlineData("http://h/user/t1/users/a%40b.c", "t1/a@b.c")]
    [InlineData("/user/t1/users/jones", "t1/jones")]
    [InlineData("/user/t1/users/jones/?x=1", "t1/jones")]
    [InlineData("/user/t2/users/jones", "t1/jones")]
    public async Task A_user_is_put_into_a_group_of_the_realm_in_the_path_and_no_other(string self, string key)
    {
        var call = await AskedAsync<IUserGrain>("POST", "/user/t1/groups/2/users", "{\"user\":{\"self\":\"" + self + "\"}}");

        Assert.Equal(key, call.Key);
        Assert.Equal(2, call.Argument<int>(1));
    }

    [Fact]
    public async Task No_answer_about_a_user_holds_a_password()
    {
        await using var server = await RestServer.StartAsync();
        foreach (var (method, target, body) in new[] { ("GET", "/user/t1/users", null), ("GET", "/user/currentUser", null), ("POST", "/user/t1/users", """{"userName":"j","email":"e","password":"hunter2-x"}""") })
        {
            using var answer = await server.SendAsync(method, target, body, accept: "application/json");
            var text = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotContain("\"password\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2-x", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_audit_record_takes_its_members_and_leaves_changes_to_the_platform()
    {
        var call = await AskedAsync<IAuditLogGrain>("POST", "/audit/auditRecords", """
            {"id":"9","activity":"a","type":"t","text":"x","time":"2026-11-20T08:30:00+01:00","source":{"id":47},"user":"u","application":"p","severity":"MAJOR","changes":[{"attribute":"z"}],"own":{"a":1.0}}
            """);
        var record = call.Argument<NewAuditRecord>(1);

        Assert.Equal(("t", "a", "x", "47", "u", "p", "MAJOR"), (record.Type, record.Activity, record.Text, record.Source, record.User, record.Application, record.Severity));
        Assert.Equal(TimeSpan.FromHours(1), record.Time!.Value.Offset);
        Assert.Null(record.Changes);
        Assert.Equal("""{"a":1.0}""", Encoding.UTF8.GetString(Assert.Single(record.Members!.Items).Json));
    }

    [Fact]
    public async Task A_device_asks_for_its_credentials_by_its_id_and_token()
    {
        var call = await AskedAsync<IDeviceRequestGrain>("POST", "/devicecontrol/deviceCredentials", """{"id":"a/b","securityToken":"s"}""");

        Assert.Equal(("a%2Fb", "s"), (call.Key, call.Argument<string>(1)));
    }

    private static async Task<GrainCall> AskedAsync<TGrain>(string method, string target, string? body = null)
    {
        await using var server = await RestServer.StartAsync();
        using var answer = await server.SendAsync(method, target, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return Assert.Single(server.Grains.Calls, call => call.Method.DeclaringType == typeof(TGrain));
    }

    private static string Several(params int[] sources) =>
        "{\"measurements\":[" + string.Join(',', sources.Select(source => $"{{\"source\":{{\"id\":\"{source}\"}},{Sample}}}")) + "]}";

    private static long? MillisecondsOf(string? time) => time is null ? null : DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    /// <summary>The interface's limit for a change of many: after it the answer says that the work goes on, whatever becomes of it.</summary>
    [Fact]
    public async Task A_change_of_many_alarms_that_takes_long_is_answered_202()
    {
        var done = new TaskCompletionSource<long>();
        var grains = World.Grains().On<IAlarmsGrain>(nameof(IAlarmsGrain.UpdateAll), _ => done.Task);
        await using var server = await RestServer.StartAsync(grains);
        using (var answer = await server.SendAsync("PUT", "/alarm/alarms?resolved=false", "{\"status\":\"CLEARED\"}"))
            Assert.Equal((202, ""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        done.SetException(new Refusal(RefusalKind.Denied, "security", "no"));
        Assert.Empty(server.Log.Lines);
    }
}
