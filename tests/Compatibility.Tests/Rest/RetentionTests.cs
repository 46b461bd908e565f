namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Retention rules, from end to end. What they remove is tested where time can be told (RetentionTests of the stores).</summary>
[Collection(RestServers.Name)]
public sealed class RetentionTests(RestFixture rest)
{
    [Fact]
    public async Task A_tenant_begins_with_sixty_days_and_makes_changes_and_deletes_rules_that_the_trail_tells_of()
    {
        var first = (await rest.Admin.GetAsync("/retention/retentions")).Expect(200).List("retentionRules").First();
        Assert.Equal(("*", "*", "*", "*", 60, true), (
            first.GetProperty("dataType").GetString(), first.GetProperty("type").GetString(), first.GetProperty("fragmentType").GetString(),
            first.GetProperty("source").GetString(), first.GetProperty("maximumAge").GetInt32(), first.GetProperty("editable").GetBoolean()));

        var type = rest.Unique("c8y_Kept");
        var made = (await rest.Admin.PostAsync("/retention/retentions", $$"""{"dataType":"EVENT","type":"{{type}}","source":"4711","maximumAge":400,"editable":false}""")).Expect(201);
        var id = made.Text("id");
        Assert.Equal($"/retention/retentions/{id}", made.Location!.AbsolutePath);
        var changed = (await rest.Admin.PutAsync($"/retention/retentions/{id}", """{"maximumAge":30,"source":"*"}""")).Expect(200);
        Assert.Equal(("EVENT", type, "*", "30"), (changed.Text("dataType"), changed.Text("type"), changed.Text("source"), changed.Json.GetProperty("maximumAge").ToString()));
        Assert.True((await rest.Admin.GetAsync($"/retention/retentions/{id}")).Expect(200).Json.GetProperty("editable").GetBoolean());
        (await rest.Admin.DeleteAsync($"/retention/retentions/{id}")).Expect(204);
        (await rest.Admin.GetAsync($"/retention/retentions/{id}")).ExpectError(404, "retention/Not Found");
        (await rest.Admin.DeleteAsync($"/retention/retentions/{id}")).ExpectError(404, "retention/Not Found");

        var records = (await rest.Admin.GetAsync($"/audit/auditRecords?type=Retention&source={id}&revert=true")).Expect(200).List("auditRecords").ToList();
        Assert.Equal(["Retention rule created", "Retention rule updated", "Retention rule deleted"], records.Select(record => record.GetProperty("activity").GetString()));
        Assert.Equal(["maximumAge 400 to 30", "source 4711 to *"], records[1].GetProperty("changes").EnumerateArray()
            .Select(change => $"{change.GetProperty("attribute")} {change.GetProperty("previousValue")} to {change.GetProperty("newValue")}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_operator_makes_rules_that_only_a_change_of_its_own_lifts()
    {
        var id = (await rest.Operator.PostAsync("/retention/retentions", """{"dataType":"ALARM","maximumAge":365,"editable":false}""")).Expect(201).Text("id");

        (await rest.Operator.DeleteAsync($"/retention/retentions/{id}")).ExpectError(403, "security/Forbidden");
        (await rest.Operator.PutAsync($"/retention/retentions/{id}", """{"editable":true}""")).Expect(200);
        (await rest.Operator.DeleteAsync($"/retention/retentions/{id}")).Expect(204);
    }
}
