namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Tenants, from end to end: made by the operator, closed to each other, shut and opened at once.</summary>
[Collection(RestServers.Name)]
public sealed class TenantTests(RestFixture rest)
{
    [Fact]
    public async Task A_new_tenant_has_an_administrator_who_sees_nothing_of_others()
    {
        var (id, admin) = await NewTenantAsync();
        var type = rest.Unique("c8y_Type");
        var ours = await rest.Admin.NewObjectAsync("{\"type\":\"" + type + "\",\"c8y_Global\":{}}");

        Assert.Equal(id, (await admin.GetAsync("/tenant/currentTenant")).Expect(200).Text("name"));
        Assert.Empty((await admin.GetAsync($"/inventory/managedObjects?type={type}")).Expect(200).List("managedObjects"));
        Assert.Equal("0", (await admin.GetAsync($"/inventory/managedObjects/count?type={type}")).Expect(200).Body);
        (await admin.GetAsync($"/inventory/managedObjects/{ours}")).Expect(404);
        (await admin.GetAsync("/tenant/tenants")).ExpectError(403, "security/Forbidden");
        (await admin.GetAsync("/tenant/tenants/t1")).ExpectError(403, "security/Forbidden");
        (await admin.GetAsync("/user/t1/users")).ExpectError(403, "userManagement/Forbidden");
        Assert.Contains(id, (await rest.Operator.GetAsync("/tenant/tenants?pageSize=2000")).Expect(200).Ids("tenants"));
    }

    [Fact]
    public async Task A_suspended_tenant_is_served_to_nobody_until_it_is_active_again()
    {
        var (id, admin) = await NewTenantAsync();
        (await admin.GetAsync("/inventory/managedObjects")).Expect(200);

        Assert.Equal("SUSPENDED", (await rest.Operator.PutAsync($"/tenant/tenants/{id}", """{"status":"SUSPENDED"}""")).Expect(200).Text("status"));
        (await admin.GetAsync("/inventory/managedObjects")).ExpectError(401, "security/Unauthorized");
        (await admin.GetAsync("/tenant/system/options/system/version")).ExpectError(401, "security/Unauthorized");
        (await rest.Operator.PutAsync($"/tenant/tenants/{id}", """{"status":"ACTIVE"}""")).Expect(200);
        (await admin.GetAsync("/inventory/managedObjects")).Expect(200);
    }

    [Fact]
    public async Task A_domain_is_given_once()
    {
        var domain = rest.Unique("domain");
        var body = $$"""{"domain":"{{domain}}","company":"Pumps Ltd"}""";
        (await rest.Operator.PostAsync("/tenant/tenants", body)).Expect(201);

        (await rest.Operator.PostAsync("/tenant/tenants", body)).Expect(409);
        (await rest.Operator.PostAsync("/tenant/tenants", """{"domain":"1x","company":"Pumps Ltd"}""")).Expect(422);
        (await rest.Operator.GetAsync("/tenant/tenants/t999999")).ExpectError(404, "security/Not Found");
        (await rest.Admin.PostAsync("/tenant/tenants", body)).Expect(403);
    }

    [Fact]
    public async Task The_version_is_read_by_whoever_has_signed_in()
    {
        var (_, user) = await rest.NewUserAsync();

        Assert.Matches(@"^\d+\.\d+\.\d+", (await user.GetAsync("/tenant/system/options/system/version")).Expect(200).Text("value"));
        Assert.Equal("t1", (await user.GetAsync("/tenant/currentTenant")).Expect(200).Text("name"));
    }

    private async Task<(string Id, RestClient Admin)> NewTenantAsync()
    {
        var made = (await rest.Operator.PostAsync("/tenant/tenants", $$"""
            {"domain":"{{rest.Unique("domain")}}","company":"Pumps Ltd","adminName":"boss","adminEmail":"boss@example.com","adminPass":"Password-of-a-test-1"}
            """)).Expect(201);
        return (made.Text("id"), rest.As($"{made.Text("id")}/boss", "Password-of-a-test-1"));
    }
}
