namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>The audit trail, from end to end.</summary>
[Collection(RestServers.Name)]
public sealed class AuditTests(RestFixture rest)
{
    private const string Records = "/audit/auditRecords";
    private const string Body = """{"activity":"Door opened","type":"Gate","time":"2026-11-20T08:30:00.000+01:00","text":"The gate was opened.","gate":{"no":1.50}}""";

    [Fact]
    public async Task A_record_is_appended_and_read_and_says_who_appended_it()
    {
        var made = (await rest.Admin.PostAsync(Records, Body)).Expect(201);
        var read = (await rest.Admin.GetAsync(made.Location!.PathAndQuery)).Expect(200);

        Assert.Equal("admin", read.Text("user"));
        Assert.Contains("\"gate\":{\"no\":1.50}", read.Body, StringComparison.Ordinal);
        Assert.Contains(made.Text("id"), (await rest.Admin.GetAsync($"{Records}?type=Gate&pageSize=2000")).Expect(200).Ids("auditRecords"));
        (await rest.Admin.GetAsync($"{Records}/999999999")).ExpectError(404, "audit/Not Found");
    }

    [Fact]
    public async Task Nobody_changes_or_deletes_a_record()
    {
        var record = (await rest.Admin.PostAsync(Records, Body)).Expect(201).Location!.PathAndQuery;
        foreach (var path in new[] { Records, record })
            foreach (var (method, body) in new[] { ("PUT", """{"text":"x"}"""), ("DELETE", null) })
            {
                var refused = (await rest.Admin.SendAsync(method, path, body, null)).Expect(405);
                Assert.DoesNotContain(method, refused.Allow);
                (await rest.AsNobody().SendAsync(method, path, body, null)).Expect(401);
            }
        Assert.Equal("The gate was opened.", (await rest.Admin.GetAsync(record)).Expect(200).Text("text"));
    }

    [Fact]
    public async Task Readers_do_not_append_and_nobody_else_reads()
    {
        var (_, reader) = await rest.NewUserAsync("ROLE_AUDIT_READ");
        var (_, other) = await rest.NewUserAsync();

        (await reader.GetAsync(Records)).Expect(200);
        (await reader.PostAsync(Records, Body)).ExpectError(403, "security/Forbidden");
        (await other.GetAsync($"{Records}/1")).Expect(403);
    }

    [Fact]
    public async Task A_change_of_a_user_leaves_its_record()
    {
        var (name, _) = await rest.NewUserAsync();
        (await rest.Admin.PutAsync($"/user/t1/users/{name}", """{"enabled":false}""")).Expect(200);

        var records = (await rest.Admin.GetAsync($"{Records}?type=User&pageSize=2000")).Expect(200).List("auditRecords");
        Assert.Contains(records, record => record.GetRawText().Contains(name, StringComparison.Ordinal) && record.GetProperty("user").GetString() == "admin");
    }

    [Fact]
    public async Task What_changes_who_may_do_what_with_an_object_leaves_a_record_and_other_changes_of_it_none()
    {
        var (owner, _) = await rest.NewUserAsync();
        var hall = await rest.Admin.NewObjectAsync("""{"name":"Hall","c8y_IsDeviceGroup":{}}""");
        var pump = await rest.Admin.NewObjectAsync("""{"name":"Pump"}""");
        var path = $"/inventory/managedObjects/{hall}";

        (await rest.Admin.PutAsync(path, """{"name":"Hall 1","c8y_Notes":"none"}""")).Expect(200);
        (await rest.Admin.PutAsync(path, "{\"owner\":\"" + owner + "\"}")).Expect(200);
        (await rest.Admin.PutAsync(path, """{"c8y_Global":{}}""")).Expect(200);
        (await rest.Admin.PutAsync(path, """{"c8y_Global":{"again":true}}""")).Expect(200);
        (await rest.Admin.PutAsync(path, """{"c8y_Global":null}""")).Expect(200);
        (await rest.Admin.PostAsync($"{path}/childAssets", "{\"managedObject\":{\"id\":\"" + pump + "\"}}")).Expect(201);
        (await rest.Admin.PostAsync($"{path}/childAssets", "{\"managedObject\":{\"id\":\"" + pump + "\"}}")).Expect(409);
        (await rest.Admin.DeleteAsync($"{path}/childAssets/{pump}")).Expect(204);

        var records = (await rest.Admin.GetAsync($"{Records}?source={hall}&type=Inventory&revert=true&pageSize=100")).Expect(200).List("auditRecords");
        Assert.Equal(
            [
                $"Managed object updated by admin: owner admin {owner}", "Managed object updated by admin: c8y_Global false true", "Managed object updated by admin: c8y_Global true false",
                $"Child linked by admin: childAssets  {pump}", $"Child unlinked by admin: childAssets {pump} ",
            ], records.Select(Words));

        static string Words(System.Text.Json.JsonElement record)
        {
            var change = record.GetProperty("changes").EnumerateArray().Single();
            string Of(string name) => change.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
            return $"{record.GetProperty("activity").GetString()} by {record.GetProperty("user").GetString()}: {Of("attribute")} {Of("previousValue")} {Of("newValue")}";
        }
    }
}
