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
    public async Task A_tenant_that_was_let_makes_tenants_below_it_and_sees_how_they_stand_and_nothing_more()
    {
        var (parent, boss) = await NewTenantAsync();
        const string Wish = """{"domain":"DOMAIN","company":"Pumps Ltd","adminName":"boss","adminEmail":"boss@example.com","adminPass":"Password-of-a-test-1"}""";
        (await boss.PostAsync("/tenant/tenants", Wish.Replace("DOMAIN", rest.Unique("domain"), StringComparison.Ordinal))).ExpectError(403, "security/Forbidden");
        await GiveAsync(parent, "ROLE_TENANT_MANAGEMENT_ADMIN", "ROLE_TENANT_MANAGEMENT_READ");
        (await boss.PostAsync("/tenant/tenants", Wish.Replace("DOMAIN", rest.Unique("domain"), StringComparison.Ordinal))).ExpectError(403, "security/Forbidden");

        Assert.True((await rest.Operator.PutAsync($"/tenant/tenants/{parent}", """{"allowCreateTenants":true}""")).Expect(200).Json.GetProperty("allowCreateTenants").GetBoolean());
        Assert.Empty((await boss.GetAsync("/tenant/tenants")).Expect(200).List("tenants"));
        var made = (await boss.PostAsync("/tenant/tenants", Wish.Replace("DOMAIN", rest.Unique("domain"), StringComparison.Ordinal))).Expect(201);
        var child = made.Text("id");
        var below = rest.As($"{child}/boss", "Password-of-a-test-1");
        var thing = await below.NewObjectAsync("{\"name\":\"theirs\",\"c8y_Global\":{}}");

        Assert.Equal(parent, made.Text("parent"));
        Assert.Equal([child], (await boss.GetAsync("/tenant/tenants")).Expect(200).Ids("tenants"));
        Assert.Equal(child, (await boss.GetAsync($"/tenant/tenants/{child}")).Expect(200).Text("id"));
        (await boss.GetAsync($"/inventory/managedObjects/{thing}")).ExpectError(404, "inventory/Not Found");
        (await boss.GetAsync($"/user/{child}/users")).ExpectError(403, "userManagement/Forbidden");
        (await boss.PutAsync($"/tenant/tenants/{child}", """{"allowCreateTenants":true}""")).ExpectError(403, "security/Forbidden");
        (await below.GetAsync("/tenant/tenants")).ExpectError(403, "security/Forbidden");
        (await boss.GetAsync("/tenant/tenants/t1")).ExpectError(404, "security/Not Found");

        (await rest.Operator.PutAsync($"/tenant/tenants/{parent}", """{"allowCreateTenants":false}""")).Expect(200);
        (await boss.PostAsync("/tenant/tenants", Wish.Replace("DOMAIN", rest.Unique("domain"), StringComparison.Ordinal))).ExpectError(403, "security/Forbidden");
        Assert.Equal("SUSPENDED", (await boss.PutAsync($"/tenant/tenants/{child}", """{"status":"SUSPENDED"}""")).Expect(200).Text("status"));
        (await below.GetAsync("/inventory/managedObjects")).ExpectError(401, "security/Unauthorized");
    }

    [Fact]
    public async Task A_tenant_is_deleted_by_the_operator_alone_after_those_below_it_and_its_domain_is_free()
    {
        var (parent, boss) = await NewTenantAsync();
        await GiveAsync(parent, "ROLE_TENANT_MANAGEMENT_ADMIN");
        (await rest.Operator.PutAsync($"/tenant/tenants/{parent}", """{"allowCreateTenants":true}""")).Expect(200);
        var domain = rest.Unique("domain");
        var child = (await boss.PostAsync("/tenant/tenants", $$"""{"domain":"{{domain}}","company":"Pumps Ltd"}""")).Expect(201).Text("id");

        (await boss.DeleteAsync($"/tenant/tenants/{child}")).ExpectError(403, "security/Forbidden");
        Assert.Contains(child, (await rest.Operator.DeleteAsync($"/tenant/tenants/{parent}")).ExpectError(409, "tenants/Duplicate").Body, StringComparison.Ordinal);
        (await boss.GetAsync("/inventory/managedObjects")).Expect(200);
        (await rest.Operator.DeleteAsync($"/tenant/tenants/{child}")).Expect(204);
        (await rest.Operator.GetAsync($"/tenant/tenants/{child}")).ExpectError(404, "security/Not Found");
        (await rest.Operator.DeleteAsync($"/tenant/tenants/{parent}")).Expect(204);

        (await boss.GetAsync("/inventory/managedObjects")).ExpectError(401, "security/Unauthorized");
        Assert.DoesNotContain(parent, (await rest.Operator.GetAsync("/tenant/tenants?pageSize=2000")).Expect(200).Ids("tenants"));
        Assert.NotEqual(child, (await rest.Operator.PostAsync("/tenant/tenants", $$"""{"domain":"{{domain}}","company":"Pumps Ltd"}""")).Expect(201).Text("id"));
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

    private async Task GiveAsync(string tenant, params string[] roles)
    {
        var admin = rest.As($"{tenant}/boss", "Password-of-a-test-1");
        foreach (var role in roles) (await admin.PostAsync($"/user/{tenant}/users/boss/roles", $$$"""{"role":{"id":"{{{role}}}"}}""")).Expect(201);
    }
}
