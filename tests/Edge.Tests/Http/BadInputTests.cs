using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>Bad input: each row is a request and the error that tells its sender what is wrong. No grain hears of any.</summary>
public sealed class BadInputTests(SharedRest rest) : IClassFixture<SharedRest>
{
    private const string Json = "application/json";
    private const string Objects = "/inventory/managedObjects";
    private const string Measurements = "/measurement/measurements";
    private const string Events = "/event/events";
    private const string Event = Events + "/1000000000000001000000000000001";
    private const string Alarms = "/alarm/alarms";
    private const string Alarm = Alarms + "/1000000000000001000000000000001";
    private const string Operations = "/devicecontrol/operations";
    private static readonly string Deep = string.Concat(Enumerable.Repeat("[", Limits.JsonDepthMax + 1)) + string.Concat(Enumerable.Repeat("]", Limits.JsonDepthMax + 1));

    public static readonly TheoryData<string, string, string?, int, string, string> Rows = new()
    {
        // Bodies that are no JSON objects
        { "POST", Objects, "", 400, "undefined/Bad Request", "managed object" },
        { "POST", Objects, "{", 400, "undefined/Bad Request", "not JSON" },
        { "POST", Objects, "{}x", 400, "undefined/Bad Request", "not JSON" },
        { "POST", Objects, "{\"a\":1,}", 400, "undefined/Bad Request", "not JSON" },
        { "POST", Objects, "[]", 400, "undefined/Bad Request", "not a JSON object" },
        { "POST", Objects, "null", 400, "undefined/Bad Request", "not a JSON object" },
        { "POST", Objects, "\"text\"", 400, "undefined/Bad Request", "not a JSON object" },
        { "POST", Objects, $"{{\"a\":{Deep}}}", 400, "undefined/Bad Request", "not JSON" },
        { "POST", Objects, "{\"a\":1,\"a\":2}", 422, "undefined/validationError", "twice" },
        { "POST", Objects, "{\"a\":\"\\ud800\"}", 400, "undefined/Bad Request", "surrogate" },
        { "POST", Objects, "{\"\\udc00\":1}", 400, "undefined/Bad Request", "surrogate" },
        { "POST", Objects, "{\"name\":1}", 422, "inventory/Invalid Data", "'name' must be a string" },
        { "PUT", Objects + "/1", "{\"type\":{}}", 422, "inventory/Invalid Data", "'type' must be a string" },
        { "PUT", Objects + "/1", "", 400, "undefined/Bad Request", "managed object" },

        // Paths and queries
        { "GET", Objects + "/0", null, 404, "inventory/Not Found", "'0'" },
        { "GET", Objects + "/-1", null, 404, "inventory/Not Found", "'-1'" },
        { "GET", Objects + "/99999999999999999999", null, 404, "inventory/Not Found", "'99999999999999999999'" },
        { "GET", Objects + "/%01", null, 404, "inventory/Not Found", "' '" },
        { "GET", Objects + "?pageSize=-1", null, 422, "inventory/Invalid Data", "pageSize must be a whole number from 0, and not '-1'" },
        { "GET", Objects + "?pageSize=ten", null, 422, "inventory/Invalid Data", "pageSize" },
        { "GET", Objects + "?pageSize=1.5", null, 422, "inventory/Invalid Data", "pageSize" },
        { "GET", Objects + "?pageSize=99999999999999999999", null, 422, "inventory/Invalid Data", "pageSize" },
        { "GET", Objects + "?currentPage=0", null, 422, "inventory/Invalid Data", "currentPage must be a whole number from 1" },
        { "GET", Objects + "?currentPage=-3", null, 422, "inventory/Invalid Data", "currentPage" },
        { "GET", Objects + "?withTotalPages=yes", null, 422, "inventory/Invalid Data", "withTotalPages must be true or false, and not 'yes'" },
        { "GET", Objects + "?withChildren=2", null, 422, "inventory/Invalid Data", "withChildren" },
        { "GET", Objects + "?q=x", null, 422, "inventory/Invalid Data", "Find by filter query failed" },
        { "POST", "/devicecontrol/newDeviceRequests", "{\"id\":\"a\",\"tenantId\":\"T!\"}", 422, "devicecontrol/Unprocessable Entity", "tenantId" },
        { "GET", Objects + "/1/childAssets?query=x", null, 422, "inventory/Invalid Data", "query" },
        { "POST", "/user/t1/users", "{\"userName\":\"a\",\"email\":\"a@b.example\",\"sendPasswordResetEmail\":true}", 422, "users/Unprocessable Entity", "sendPasswordResetEmail" },
        { "PUT", "/user/t1/users/a", "{\"sendPasswordResetEmail\":true}", 422, "users/Unprocessable Entity", "sendPasswordResetEmail" },
        { "POST", "/tenant/tenants", "{\"domain\":\"ab\",\"company\":\"c\",\"sendPasswordResetEmail\":true}", 422, "tenants/Invalid Data", "sendPasswordResetEmail" },
        { "GET", Objects + "?onlyRoots=1", null, 422, "inventory/Invalid Data", "onlyRoots must be true or false" },
        { "GET", Objects + "/x/supportedSeries", null, 404, "inventory/Not Found", "'x'" },
        { "GET", Objects + "/x/user", null, 404, "inventory/Not Found", "'x'" },
        { "GET", Measurements + "/series?source=1&dateTo=2026-11-20", null, 422, "undefined/validationError", "should be included: dateFrom" },
        { "GET", Measurements + "/series?source=1&dateFrom=x&dateTo=2026-11-20", null, 422, "measurement/Unprocessable Entity", "dateFrom must be" },
        { "GET", Measurements + "/series?source=1&dateFrom=2026-11-20&dateTo=2026-11-20&aggregationType=WEEKLY", null, 422, "measurement/Unprocessable Entity", "must be DAILY, HOURLY or MINUTELY, and not 'WEEKLY'" },
        { "GET", Measurements + "/series?source=1&dateFrom=2026-11-20&dateTo=2026-11-20&series=c8y_T", null, 422, "measurement/Unprocessable Entity", "'c8y_T' is no name of a fragment and its series" },
        { "GET", Measurements + "/series?source=1&dateFrom=2026-11-20&dateTo=2026-11-20&series=" + string.Join(',', Enumerable.Range(0, Limits.SeriesColumnsMax + 1).Select(i => $"a.b{i}")), null, 422, "measurement/Unprocessable Entity", "At most 200" },
        { "GET", Objects + "/count?query=x", null, 422, "inventory/Invalid Data", "Find by filter query failed" },
        { "GET", Measurements + "?dateFrom=yesterday", null, 422, "measurement/Unprocessable Entity", "dateFrom must be a date or time" },
        { "GET", Measurements + "?dateTo=2026-13-01", null, 422, "measurement/Unprocessable Entity", "dateTo" },
        { "GET", Measurements + "?dateTo=2026-11-20T25:00:00Z", null, 422, "measurement/Unprocessable Entity", "dateTo" },
        { "GET", Measurements + "?revert=true", null, 422, "measurement/Unprocessable Entity", "revert: needs dateFrom or dateTo" },
        { "GET", Measurements + "/1x", null, 404, "measurement/Not Found", "'1x'" },
        { "GET", "/audit/auditRecords?dateFrom=x", null, 422, "audit/Unprocessable Entity", "dateFrom" },
        { "GET", "/audit/auditRecords/0", null, 404, "audit/Not Found", "'0'" },
        { "GET", "/user/t1/users?groups=x", null, 422, "users/Unprocessable Entity", "'x' is not the id of a group" },
        { "GET", "/user/t1/users/a%20b", null, 404, "users/Not Found", "User not found: a b" },
        { "GET", "/user/t1/groups/x", null, 404, "groups/Not Found", "'x'" },
        { "GET", "/user/t1/groups?pageSize=x", null, 422, "groups/Unprocessable Entity", "pageSize" },
        { "GET", "/tenant/tenants/..%2f", null, 404, "security/Not Found", "There is no tenant with id = ../" },

        // Measurements
        { "POST", Measurements, "", 400, "undefined/Bad Request", "measurement" },
        { "POST", Measurements, "{}", 422, "undefined/validationError", "Following mandatory fields should be included: source,time,type" },
        { "POST", Measurements, "{\"source\":{\"id\":\"1\"},\"type\":\"t\",\"time\":\"2026-11-20T08:00:00\"}", 422, "undefined/validationError", "time zone" },
        { "POST", Measurements, "{\"source\":{\"id\":\"x\"},\"type\":\"t\",\"time\":\"2026-11-20T08:00:00Z\"}", 422, "undefined/validationError", "source.id" },
        { "POST", Measurements, "{\"source\":{\"id\":\"1\"},\"type\":\"t\",\"time\":\"2026-11-20T08:00:00Z\",\"f\":{\"s\":{\"value\":\"1\"}}}", 422, "undefined/validationError", "must be a number" },
        { "POST", Measurements, "{\"measurements\":[{}]}", 422, "undefined/validationError", "mandatory" },
        { "POST", Measurements, "{\"measurements\":[1]}", 400, "undefined/Bad Request", "not a JSON object" },

        // Events and alarms
        { "POST", Events, "", 400, "event/Bad Request", "no body" },
        { "POST", Events, "{", 400, "undefined/Bad Request", "not JSON" },
        { "POST", Events, "[]", 400, "undefined/Bad Request", "not a JSON object" },
        { "POST", Events, "{}", 422, "undefined/validationError", "Following mandatory fields should be included: source,type,text,time" },
        { "POST", Events, "{\"source\":{},\"type\":\"t\",\"text\":\"x\",\"time\":\"2026-11-20T08:00:00Z\"}", 422, "undefined/validationError", "source.id" },
        { "POST", Events, "{\"source\":{\"id\":\"0\"},\"type\":\"t\",\"text\":\"x\",\"time\":\"2026-11-20T08:00:00Z\"}", 422, "event/Unprocessable Entity", "does not name a managed object: '0'" },
        { "POST", Events, "{\"source\":{\"id\":\"1\"},\"type\":\"t\",\"text\":\"x\",\"time\":\"2026-11-20T08:00:00\"}", 422, "event/Unprocessable Entity", "time must be a time with its zone" },
        { "POST", Events, "{\"source\":{\"id\":\"1\"},\"type\":\"t\",\"text\":7,\"time\":\"2026-11-20T08:00:00Z\"}", 422, "event/Unprocessable Entity", "text must be a string" },
        { "POST", Events, "{\"events\":[]}", 422, "undefined/validationError", "mandatory" },
        { "PUT", Event, "{\"source\":{\"id\":\"1\"}}", 422, "event/Unprocessable Entity", "only text and fragments can be changed, and not source" },
        { "PUT", Event, "{\"lastUpdated\":null}", 422, "event/Unprocessable Entity", "and not lastUpdated" },
        { "GET", Events + "?revert=true", null, 422, "event/Unprocessable Entity", "revert: needs dateFrom or dateTo" },
        { "GET", Events + "?fragmentValue=x", null, 422, "event/Unprocessable Entity", "fragmentValue: needs fragmentType" },
        { "GET", Events + "?withSourceAssets=true", null, 422, "event/Unprocessable Entity", "withSourceAssets: needs source" },
        { "GET", Events + "?withSourceDevices=true", null, 422, "event/Unprocessable Entity", "withSourceDevices: needs source" },
        { "GET", Events + "?createdFrom=x", null, 422, "event/Unprocessable Entity", "createdFrom must be a date or time" },
        { "DELETE", Events + "?lastUpdatedTo=x", null, 422, "event/Unprocessable Entity", "lastUpdatedTo" },
        { "GET", Events + "/1x", null, 404, "event/Not Found", "'1x'" },
        { "POST", Alarms, "{}", 422, "undefined/validationError", "Following mandatory fields should be included: source,type,text,severity,time" },
        { "POST", Alarms, "{\"source\":{\"id\":\"1\"},\"type\":\"t\",\"text\":\"x\",\"severity\":\"major\",\"time\":\"2026-11-20T08:00:00Z\"}", 422, "alarm/Unprocessable Entity", "severity must be one of CRITICAL, MAJOR, MINOR, WARNING, and not 'major'" },
        { "POST", Alarms, "{\"source\":{\"id\":\"1\"},\"type\":\"t\",\"text\":\"x\",\"severity\":\"MAJOR\",\"status\":\"NONE\",\"time\":\"2026-11-20T08:00:00Z\"}", 422, "alarm/Unprocessable Entity", "status must be one of ACTIVE, ACKNOWLEDGED, CLEARED" },
        { "PUT", Alarm, "{\"count\":1}", 422, "alarm/Unprocessable Entity", "and not count" },
        { "PUT", Alarm, "{\"status\":\"OPEN\"}", 422, "alarm/Unprocessable Entity", "status must be one of" },
        { "PUT", Alarms, "{\"status\":\"CLEARED\"}", 422, "alarm/Unprocessable Entity", "needs one of source" },
        { "PUT", Alarms + "?type=t", "{\"status\":\"CLEARED\"}", 422, "alarm/Unprocessable Entity", "type: is no filter" },
        { "PUT", Alarms + "?resolved=false", "{}", 422, "undefined/validationError", "status" },
        { "PUT", Alarms + "?resolved=false", "{\"status\":\"CLEARED\",\"text\":\"x\"}", 422, "alarm/Unprocessable Entity", "nothing else" },
        { "GET", Alarms + "?severity=BAD", null, 422, "alarm/Unprocessable Entity", "severity: 'BAD' is none of CRITICAL, MAJOR, MINOR, WARNING" },
        { "GET", Alarms + "?status=ACTIVE,OPEN", null, 422, "alarm/Unprocessable Entity", "'OPEN' is none of" },
        { "GET", Alarms + "?resolved=yes", null, 422, "alarm/Unprocessable Entity", "resolved must be true or false" },
        { "GET", Alarms + "/count?withSourceDevices=true", null, 422, "alarm/Unprocessable Entity", "needs source" },
        { "GET", Alarms + "/null", null, 404, "alarm/Not Found", "'null'" },
        // Operations
        { "POST", Operations, "", 400, "devicecontrol/Bad Request", "no body" },
        { "POST", Operations, "{\"c8y_Restart\":{}}", 422, "undefined/validationError", "Following mandatory fields should be included: deviceId" },
        { "POST", Operations, "{\"deviceId\":\"x\"}", 422, "devicecontrol/Unprocessable Entity", "does not name a managed object: 'x'" },
        { "POST", Operations, "{\"deviceId\":[]}", 422, "devicecontrol/Unprocessable Entity", "deviceId must be a string" },
        { "POST", Operations, "{\"deviceId\":\"1\",\"description\":1}", 422, "devicecontrol/Unprocessable Entity", "description must be a string" },
        { "PUT", Operations + "/1", "{\"status\":\"EXECUTING\"}", 404, "devicecontrol/Not Found", "No operation for gid '1'" },
        { "PUT", Operations + "/1000000000000001000000000000001", "{\"status\":\"DONE\"}", 422, "devicecontrol/Unprocessable Entity", "status must be one of PENDING, EXECUTING, SUCCESSFUL, FAILED, and not 'DONE'" },
        { "GET", Operations + "/x", null, 404, "devicecontrol/Not Found", "No operation for gid 'x'" },
        { "GET", Operations + "?status=DONE", null, 422, "devicecontrol/Unprocessable Entity", "status: must be one of" },
        { "GET", Operations + "?revert=true", null, 422, "devicecontrol/Unprocessable Entity", "revert: needs dateFrom or dateTo" },
        { "GET", Operations + "?bulkOperationId=1", null, 422, "devicecontrol/Unprocessable Entity", "Bulk operations are not served" },
        { "DELETE", Operations + "?dateFrom=x", null, 422, "devicecontrol/Unprocessable Entity", "dateFrom" },

        // Children and external ids
        { "POST", Objects + "/1/childDevices", "{\"managedObject\":{}}", 422, "undefined/validationError", "managedObject.id" },
        { "POST", Objects + "/1/childDevices", "{\"managedObject\":{\"id\":\"x\"}}", 422, "inventory/Invalid Data", "does not name a managed object: 'x'" },
        { "POST", Objects + "/1/childDevices", "{\"managedObject\":[]}", 422, "inventory/Invalid Data", "managedObject must be an object" },
        { "POST", Objects + "/1/childDevices", "{\"references\":{}}", 422, "inventory/Invalid Data", "references must be a list" },
        { "POST", Objects + "/1/childDevices", "{\"references\":[1]}", 422, "inventory/Invalid Data", "references[0] must be an object" },
        { "DELETE", Objects + "/1/childDevices", "{}", 422, "undefined/validationError", "references" },
        { "DELETE", Objects + "/1/childDevices", "", 400, "inventory/Bad Request", "no body" },
        { "GET", Objects + "/1/childDevices/x", null, 404, "inventory/Not Found", "'x'" },
        { "POST", "/identity/globalIds/1/externalIds", "{\"type\":\"\",\"externalId\":\"x\"}", 422, "undefined/validationError", "type" },
        { "POST", "/identity/globalIds/1/externalIds", "{\"type\":1,\"externalId\":\"x\"}", 422, "identity/Unprocessable Entity", "type must be a string" },

        // Users, tenants, registration, audit
        { "POST", "/user/t1/users", "{\"userName\":\"a b\",\"email\":\"e\",\"password\":\"p\"}", 422, "users/Unprocessable Entity", "userName must be" },
        { "POST", "/user/t1/users", "{\"userName\":\"ab\",\"email\":\"e\"}", 422, "undefined/validationError", "password" },
        { "PUT", "/user/t1/users/ab", "{\"enabled\":\"no\"}", 422, "users/Unprocessable Entity", "enabled must be true or false" },
        { "POST", "/user/t1/users/ab/roles", "{}", 422, "undefined/validationError", "role.self" },
        { "POST", "/user/t1/users/ab/roles", "{\"role\":{\"self\":\"/user/roles/ROLE_X\"}}", 404, "Not Found", "Cannot find the specified role." },
        { "POST", "/user/t1/groups/2/users", "{\"user\":{\"self\":\"/user/t1/users/a%20b\"}}", 404, "users/Not Found", "User not found: a b" },
        { "POST", "/user/t1/groups", "", 400, "groups/Bad Request", "no body" },
        { "POST", "/user/t1/groups", "{\"name\":\"\"}", 422, "undefined/validationError", "name" },
        { "POST", "/user/t1/groups", "{\"name\":5}", 422, "groups/Unprocessable Entity", "name must be a string" },
        { "POST", "/user/t1/groups", "{\"name\":\"a\",\"roles\":{\"references\":[{\"role\":{\"id\":\"ROLE_X\"}}]}}", 422, "groups/Unprocessable Entity", "There is no role 'ROLE_X'" },
        { "POST", "/user/t1/groups", "{\"name\":\"a\",\"applications\":[{\"type\":\"HOSTED\"}]}", 422, "undefined/validationError", "applications.id" },
        { "POST", "/user/inventoryroles", "", 400, "inventoryrole/Bad Request", "no body" },
        { "POST", "/user/inventoryroles", "{\"name\":5}", 422, "inventoryrole/Unprocessable Entity", "name must be a string" },
        { "PUT", "/user/inventoryroles/1", "{\"permissions\":{}}", 422, "inventoryrole/Unprocessable Entity", "permissions must be a list" },
        { "PUT", "/user/inventoryroles/1", "{\"permissions\":[1]}", 422, "inventoryrole/Unprocessable Entity", "permissions[0] must be an object" },
        { "PUT", "/user/inventoryroles/1", "{\"permissions\":[{\"scope\":\"*\",\"permission\":\"*\",\"type\":1}]}", 422, "inventoryrole/Unprocessable Entity", "type must be a string" },
        { "POST", "/user/t1/users/ab/roles/inventory", "{\"managedObject\":{\"id\":\"1\"},\"roles\":[]}", 422, "users/Unprocessable Entity", "managedObject must be a string" },
        { "POST", "/user/t1/users/ab/roles/inventory", "{\"managedObject\":-1,\"roles\":[{\"id\":1}]}", 422, "users/Unprocessable Entity", "'-1' is no id of a managed object" },
        { "POST", "/user/t1/users/ab/roles/inventory", "{\"managedObject\":1,\"roles\":[{}]}", 422, "undefined/validationError", "roles.id" },
        { "PUT", "/user/t1/users/ab/roles/inventory/1", "{\"roles\":[{\"id\":1.5}]}", 422, "users/Unprocessable Entity", "'1.5' is no id of an inventory role" },
        { "PUT", "/user/t1/users/ab", "{\"devicePermissions\":[]}", 422, "users/Unprocessable Entity", "devicePermissions must be an object" },
        { "PUT", "/user/t1/users/ab", "{\"devicePermissions\":{\"1\":\"*:*:*\"}}", 422, "users/Unprocessable Entity", "devicePermissions.1 must be a list" },
        { "PUT", "/user/t1/users/ab", "{\"devicePermissions\":{\"0\":[]}}", 422, "users/Unprocessable Entity", "'0' is no id of a managed object" },
        { "PUT", "/user/devicePermissions/1", "{\"users\":[{\"devicePermissions\":{}}]}", 422, "undefined/validationError", "users.userName" },
        { "PUT", "/user/devicePermissions/1", "{\"groups\":[{\"id\":\"x\",\"devicePermissions\":{}}]}", 422, "users/Unprocessable Entity", "'x' is not the id of a group" },
        { "PUT", "/user/devicePermissions/x", "{}", 404, "inventory/Not Found", "'x'" },
        { "PUT", "/user/t1/groups/x", "{\"name\":\"a\"}", 404, "groups/Not Found", "'x'" },
        { "PUT", "/user/t1/groups/2", "{\"customProperties\":[]}", 422, "groups/Unprocessable Entity", "customProperties must be an object" },
        { "POST", "/user/t1/groups/2/roles", "{}", 422, "undefined/validationError", "role.self" },
        { "DELETE", "/user/t1/groups/2/roles/ROLE_X", null, 404, "Not Found", "Cannot find the specified role." },
        { "PUT", "/user/t1/users/ab/owner", "{}", 422, "undefined/validationError", "owner" },
        { "PUT", Objects + "/1/user", "{\"enabled\":\"no\"}", 422, "inventory/Invalid Data", "enabled must be true or false" },
        { "POST", "/user/t1/groups/2/users", "{\"user\":\"ab\"}", 422, "groups/Unprocessable Entity", "user must be an object" },
        { "PUT", "/user/currentUser/password", "{\"newPassword\":5,\"currentUserPassword\":\"x\"}", 422, "users/Unprocessable Entity", "newPassword must be a string" },
        { "POST", "/tenant/tenants", "{\"domain\":\"x\",\"company\":true}", 422, "tenants/Invalid Data", "company must be a string" },
        { "PUT", "/devicecontrol/newDeviceRequests/x", "{}", 422, "undefined/validationError", "status" },
        { "POST", "/devicecontrol/deviceCredentials", "{\"id\":{}}", 422, "devicecontrol/Unprocessable Entity", "id must be a string" },
        { "POST", "/devicecontrol/deviceCredentials", "{\"id\":\"\"}", 422, "undefined/validationError", "id" },
        { "POST", "/audit/auditRecords", "{\"activity\":\"a\",\"type\":\"t\",\"text\":\"x\",\"time\":\"2026-11-20T08:00:00\"}", 422, "audit/Unprocessable Entity", "time must be a time with its zone" },
        { "POST", "/audit/auditRecords", "{\"activity\":\"a\",\"type\":\"t\",\"text\":\"x\",\"time\":\"2026-11-20T08:00:00Z\",\"severity\":\"BAD\"}", 422, "audit/Unprocessable Entity", "severity must be one of" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Bad_input_is_told_what_is_wrong(string method, string target, string? body, int status, string error, string told)
    {
        await using var server = await RestServer.StartAsync();
        using var answer = await server.SendAsync(method, target, body);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal($"{status} {error}", $"{(int)answer.StatusCode} {json.RootElement.GetProperty("error").GetString()}");
        Assert.Contains(told, json.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(server.Grains.Calls);
        Assert.Empty(server.Log.Lines);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    [InlineData("application/json;charset=ISO-8859-1")]
    [InlineData("application/vnd.other.managedObject+json")]
    public async Task A_body_of_another_type_is_415(string contentType)
    {
        using var answer = await rest.Server.SendAsync("POST", Objects, "{}", contentType);

        Assert.Equal(415, (int)answer.StatusCode);
        Assert.Contains(contentType, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Json)]
    [InlineData("Application/JSON; charset=\"utf-8\"")]
    [InlineData("application/vnd.com.nsn.cumulocity.managedobject+json;")]
    [InlineData("APPLICATION/VND.COM.NSN.CUMULOCITY.MANAGEDOBJECT+JSON;ver=0.9")]
    public async Task A_type_of_the_interface_is_read_however_it_is_spelt(string? contentType)
    {
        using var answer = await rest.Server.SendAsync("POST", Objects, "{}", contentType);

        Assert.Equal(201, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_malformed()
    {
        using var request = RestServer.Request("POST", Objects, "{}");
        request.Content = new ByteArrayContent([.. "{\"a\":\""u8, 0xFF, .. "\"}"u8]);
        using var answer = await rest.Server.Client.SendAsync(request);

        Assert.Equal(400, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_413(bool isChunked)
    {
        using var request = RestServer.Request("POST", Objects, "{}");
        request.Content = new StreamContent(new MemoryStream(new byte[Limits.RequestBodyBytesMax + 1]));
        request.Headers.TransferEncodingChunked = isChunked;
        using var answer = await rest.Server.Client.SendAsync(request);

        Assert.Equal(413, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_large_body_that_comes_in_many_pieces_is_read_whole()
    {
        await using var server = await RestServer.StartAsync();
        using var request = RestServer.Request("POST", Objects, $"{{\"c8y_Text\":\"{new string('x', 3 << 20)}\",\"c8y_Last\":1.50}}");
        request.Headers.TransferEncodingChunked = true;
        using var answer = await server.Client.SendAsync(request);

        Assert.Equal(201, (int)answer.StatusCode);
        var wish = Assert.Single(server.Grains.Calls).Argument<Bailiwick.Grains.Abstractions.Inventory.NewManagedObject>(1);
        Assert.Equal((3 << 20) + 2, wish.Fragments.Items[0].Json.Length);
        Assert.Equal("1.50", Encoding.UTF8.GetString(wish.Fragments.Items[1].Json));
    }

    [Fact]
    public async Task Echoed_values_are_cut_and_harmless()
    {
        using var answer = await rest.Server.SendAsync("GET", $"{Objects}?pageSize={new string('x', 4000)}%0A%1B");
        var message = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("message").GetString()!;

        Assert.InRange(message.Length, 1, 250);
        Assert.DoesNotContain(message, char.IsControl);
    }
}
