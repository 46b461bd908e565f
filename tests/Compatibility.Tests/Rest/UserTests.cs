namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Users, groups and roles, from end to end: above all, that a right ends when it is taken away.</summary>
[Collection(RestServers.Name)]
public sealed class UserTests(RestFixture rest)
{
    [Fact]
    public async Task The_administrator_is_in_the_group_admins_whose_id_is_2()
    {
        var user = (await rest.Admin.GetAsync("/user/currentUser", "application/vnd.com.nsn.cumulocity.user+json")).Expect(200);
        var group = Assert.Single(user.Json.GetProperty("groups").GetProperty("references").EnumerateArray()).GetProperty("group");

        Assert.Equal((2, "admins"), (group.GetProperty("id").GetInt32(), group.GetProperty("name").GetString()));
        Assert.True(group.GetProperty("roles").GetProperty("references").GetArrayLength() > 5);
        var current = (await rest.Admin.GetAsync("/user/currentUser")).Expect(200);
        Assert.Contains("ROLE_INVENTORY_READ", current.List("effectiveRoles").Select(role => role.GetProperty("name").GetString()));
        (await rest.Admin.GetAsync("/user/t1/groupByName/admins")).Expect(200);
    }

    [Fact]
    public async Task A_user_is_made_read_changed_and_deleted()
    {
        var (name, user) = await rest.NewUserAsync();
        (await user.GetAsync("/user/currentUser")).Expect(200);
        (await rest.Admin.PostAsync("/user/t1/users", $$"""{"userName":"{{name}}","email":"x@example.com","password":"Password-of-a-test-1"}""")).ExpectError(409, "users/Duplicate");

        (await rest.Admin.PutAsync($"/user/t1/users/{name}", """{"firstName":"Jo"}""")).Expect(200);
        Assert.Equal("Jo", (await rest.Admin.GetAsync($"/user/t1/userByName/{name}")).Expect(200).Text("firstName"));
        Assert.Contains(name, (await rest.Admin.GetAsync($"/user/t1/users?username={name}&pageSize=2000")).Expect(200).Ids("users"));
        (await rest.Admin.DeleteAsync($"/user/t1/users/{name}")).Expect(204);
        (await rest.Admin.GetAsync($"/user/t1/users/{name}")).ExpectError(404, "users/Not Found");
        (await user.GetAsync("/user/currentUser")).ExpectError(401, "security/Unauthorized");
    }

    [Fact]
    public async Task A_disabled_user_is_nobody_from_the_next_request_on_and_somebody_again_when_enabled()
    {
        var (name, user) = await rest.NewUserAsync("ROLE_INVENTORY_READ");
        (await user.GetAsync("/inventory/managedObjects")).Expect(200);

        (await rest.Admin.PutAsync($"/user/t1/users/{name}", """{"enabled":false}""")).Expect(200);
        (await user.GetAsync("/inventory/managedObjects")).ExpectError(401, "security/Unauthorized");
        (await rest.Admin.PutAsync($"/user/t1/users/{name}", """{"enabled":true}""")).Expect(200);
        (await user.GetAsync("/inventory/managedObjects")).Expect(200);
    }

    [Fact]
    public async Task A_role_that_is_taken_away_bites_on_the_next_request()
    {
        var id = await rest.Admin.NewObjectAsync("{}");
        var (name, user) = await rest.NewUserAsync("ROLE_INVENTORY_READ");
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(200);

        (await rest.Admin.DeleteAsync($"/user/t1/users/{name}/roles/ROLE_INVENTORY_READ")).Expect(204);
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(403);
    }

    [Fact]
    public async Task A_group_gives_and_takes_its_roles_at_once()
    {
        var id = await rest.Admin.NewObjectAsync("{}");
        var (name, user) = await rest.NewUserAsync();
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(403);

        (await rest.Admin.PostAsync("/user/t1/groups/2/users", "{\"user\":{\"self\":\"/user/t1/users/" + name + "\"}}")).Expect(201);
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(200);
        Assert.Contains(name, (await rest.Admin.GetAsync("/user/t1/groups/2/users?pageSize=2000")).Expect(200).List("references").Select(row => row.GetProperty("user").GetProperty("id").GetString()));
        (await rest.Admin.DeleteAsync($"/user/t1/groups/2/users/{name}")).Expect(204);
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(403);
    }

    [Fact]
    public async Task A_group_of_ones_own_gives_what_it_has_and_takes_it_with_it_when_it_goes()
    {
        var id = await rest.Admin.NewObjectAsync("{}");
        var (name, user) = await rest.NewUserAsync();
        var group = rest.Unique("group");
        var made = (await rest.Admin.PostAsync("/user/t1/groups", "{\"name\":\"" + group + "\",\"description\":\"d\",\"applications\":[{\"id\":\"7\",\"type\":\"HOSTED\"}]}")).Expect(201);
        var path = made.Location!.PathAndQuery;
        Assert.True(made.Json.GetProperty("id").GetInt32() > 12);
        Assert.Equal("7", made.Json.GetProperty("applications")[0].GetProperty("id").GetString());
        (await rest.Admin.PostAsync("/user/t1/groups", "{\"name\":\"" + group + "\"}")).ExpectError(409, "groups/Duplicate");

        (await rest.Admin.PostAsync($"{path}/users", "{\"user\":{\"self\":\"/user/t1/users/" + name + "\"}}")).Expect(201);
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(403);
        (await rest.Admin.PostAsync($"{path}/roles", """{"role":{"self":"/user/roles/ROLE_INVENTORY_READ"}}""")).Expect(201);
        (await rest.Admin.PostAsync($"{path}/roles", """{"role":{"id":"ROLE_INVENTORY_READ"}}""")).ExpectError(409, "groups/Duplicate");
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(200);
        (await rest.Admin.DeleteAsync($"{path}/roles/ROLE_INVENTORY_READ")).Expect(204);
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(403);
        (await rest.Admin.PostAsync($"{path}/roles", """{"role":{"id":"ROLE_INVENTORY_READ"}}""")).Expect(201);
        Assert.Equal("renamed " + group, (await rest.Admin.PutAsync(path, "{\"name\":\"renamed " + group + "\"}")).Expect(200).Text("name"));

        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(200);
        (await rest.Admin.DeleteAsync(path)).Expect(204);
        (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(403);
        (await rest.Admin.GetAsync(path)).ExpectError(404, "groups/Not Found");
        Assert.Empty((await rest.Admin.GetAsync($"/user/t1/users/{name}/groups")).Expect(200).List("references"));
        Assert.Contains("Global role deleted", (await rest.Admin.GetAsync("/audit/auditRecords?type=Group&pageSize=5")).Expect(200).List("auditRecords").Select(record => record.GetProperty("activity").GetString()));
    }

    [Fact]
    public async Task A_user_is_put_below_another_and_counted_there()
    {
        var (above, _) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE");
        var (below, _) = await rest.NewUserAsync();
        Assert.Equal(above, (await rest.Admin.PutAsync($"/user/t1/users/{below}/owner", "{\"owner\":\"" + above + "\"}")).Expect(200).Text("owner"));

        Assert.Equal(above, (await rest.Admin.GetAsync($"/user/t1/users/{below}")).Expect(200).Text("owner"));
        Assert.Equal([below], (await rest.Admin.GetAsync($"/user/t1/users?owner={above}")).Expect(200).Ids("users"));
        var listed = (await rest.Admin.GetAsync($"/user/t1/users?username={above}&withSubusersCount=true")).Expect(200).List("users").First();
        Assert.Equal(1, listed.GetProperty("subusersCount").GetInt32());
        (await rest.Admin.PutAsync($"/user/t1/users/{above}/owner", "{\"owner\":\"" + below + "\"}")).ExpectError(422, "users/Unprocessable Entity");
        (await rest.Admin.DeleteAsync($"/user/t1/users/{below}/owner")).Expect(204);
        Assert.Empty((await rest.Admin.GetAsync($"/user/t1/users?owner={above}")).Expect(200).List("users"));
    }

    [Fact]
    public async Task Ones_own_profile_is_ones_own_and_what_administrators_decide_is_not()
    {
        var (name, user) = await rest.NewUserAsync();

        var changed = (await user.PutAsync("/user/currentUser", """{"firstName":"Jo","enabled":false,"groups":{"references":[{"group":{"id":2}}]}}""")).Expect(200);
        Assert.Equal("Jo", changed.Text("firstName"));
        (await user.GetAsync("/user/currentUser")).Expect(200);
        (await user.GetAsync("/user/t1/users")).ExpectError(403, "security/Forbidden");
        Assert.Empty((await rest.Admin.GetAsync($"/user/t1/users/{name}/groups")).Expect(200).List("references"));
    }

    [Fact]
    public async Task A_new_password_ends_the_old_one()
    {
        var (name, user) = await rest.NewUserAsync();
        (await user.PutAsync("/user/currentUser/password", """{"currentUserPassword":"wrong","newPassword":"Password-of-a-test-2"}""")).Expect(422);
        (await user.PutAsync("/user/currentUser/password", """{"currentUserPassword":"Password-of-a-test-1","newPassword":"short"}""")).Expect(422);
        (await user.PutAsync("/user/currentUser/password", """{"currentUserPassword":"Password-of-a-test-1","newPassword":"Password-of-a-test-2"}""")).Expect(200);

        (await user.GetAsync("/user/currentUser")).Expect(401);
        (await rest.As($"t1/{name}", "Password-of-a-test-2").GetAsync("/user/currentUser")).Expect(200);
    }

    [Fact]
    public async Task The_users_of_another_tenant_are_out_of_reach()
    {
        (await rest.Admin.GetAsync("/user/management/users")).ExpectError(403, "userManagement/Forbidden");
        (await rest.Operator.GetAsync("/user/t1/users")).ExpectError(403, "userManagement/Forbidden");
        (await rest.Admin.GetAsync("/user/management/users/admin")).ExpectError(403, "userManagement/Forbidden");
    }

    [Fact]
    public async Task All_roles_are_listed_by_pages()
    {
        var names = new List<string>();
        for (string? page = "/user/roles?pageSize=20"; page is not null;)
        {
            var reply = (await rest.Admin.GetAsync(page)).Expect(200);
            names.AddRange(reply.Ids("roles"));
            page = reply.Json.TryGetProperty("next", out var next) ? next.GetString() : null;
        }

        Assert.Equal(names.Distinct(), names);
        Assert.Contains("ROLE_NOTIFICATION_2_ADMIN", names);
        (await rest.Admin.GetAsync("/user/roles/ROLE_INVENTORY_READ")).Expect(200);
        (await rest.Admin.GetAsync("/user/roles/ROLE_NONE")).ExpectError(404, "Not Found");
    }

    [Fact]
    public async Task Who_only_makes_users_sees_of_the_roles_those_that_it_holds_itself_or_by_a_group()
    {
        var (name, maker) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE", "ROLE_ALARM_READ");
        var group = (await rest.Admin.PostAsync("/user/t1/groups", "{\"name\":\"" + rest.Unique("group") + "\",\"roles\":{\"references\":[]}}")).Expect(201).Json.GetProperty("id").GetInt32();
        (await rest.Admin.PostAsync($"/user/t1/groups/{group}/roles", """{"role":{"id":"ROLE_EVENT_READ"}}""")).Expect(201);
        (await rest.Admin.PostAsync($"/user/t1/groups/{group}/users", "{\"user\":{\"id\":\"" + name + "\"}}")).Expect(201);
        var listed = (await maker.GetAsync("/user/roles?pageSize=1000&withTotalElements=true")).Expect(200);

        Assert.Equal(
            ["ROLE_ALARM_READ", "ROLE_EVENT_READ", "ROLE_USER_MANAGEMENT_CREATE", "ROLE_USER_MANAGEMENT_OWN_ADMIN", "ROLE_USER_MANAGEMENT_OWN_READ"],
            listed.Ids("roles").Order(StringComparer.Ordinal));
        Assert.Equal(5, listed.Statistics.GetProperty("totalElements").GetInt32());
        (await maker.GetAsync("/user/roles/ROLE_EVENT_READ")).Expect(200);
        (await maker.GetAsync("/user/roles/ROLE_EVENT_ADMIN")).ExpectError(404, "Not Found");
    }
}
