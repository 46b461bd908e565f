namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>A change that is only tried: it says who would gain and lose what, that is what then happens, and the trial itself changes nothing.</summary>
[Collection(RestServers.Name)]
public sealed class DryRunTests(RestFixture rest)
{
    private async Task<(string Hall, string Pump)> PlantAsync()
    {
        var hall = await rest.Admin.NewObjectAsync("""{"name":"Hall","c8y_IsDeviceGroup":{}}""");
        var pump = await rest.Admin.NewObjectAsync("""{"name":"Pump","c8y_IsDevice":{}}""");
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{hall}/childAssets", Reference(pump))).Expect(201);
        return (hall, pump);
    }

    private static string Reference(string id) => "{\"managedObject\":{\"id\":\"" + id + "\"}}";

    private static string Wish(string on, int role) => "{\"managedObject\":\"" + on + "\",\"roles\":[{\"id\":" + role + "}]}";

    private static List<(string Change, string User, string Permission, string? Object)> Shifts(Reply effect) =>
    [
        .. effect.Expect(200).List("changes").Select(shift => (shift.GetProperty("change").GetString()!, shift.GetProperty("user").GetString()!, shift.GetProperty("permission").GetString()!,
            shift.TryGetProperty("managedObject", out var target) ? target.GetProperty("id").GetString() : null)),
    ];

    [Fact]
    public async Task A_role_that_is_tried_on_a_user_tells_what_it_would_give_and_gives_nothing()
    {
        var (name, user) = await rest.NewUserAsync();
        var roles = $"/user/t1/users/{name}/roles";
        var effect = await rest.Admin.PostAsync($"{roles}?dryRun=true", """{"role":{"id":"ROLE_ALARM_READ"}}""");

        Assert.Equal([("GAINED", name, "ALARM_READ", null)], Shifts(effect));
        Assert.Equal((1, 0, true), (effect.Json.GetProperty("gained").GetInt32(), effect.Json.GetProperty("lost").GetInt32(), effect.Json.GetProperty("complete").GetBoolean()));
        Assert.DoesNotContain("ROLE_ALARM_READ", (await rest.Admin.GetAsync($"{roles}?pageSize=100")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Equal(0, (await user.GetAsync("/alarm/alarms?withTotalElements=true")).Expect(200).Statistics.GetProperty("totalElements").GetInt32());
    }

    [Theory]
    [InlineData("dryRun")]
    [InlineData("dryRun=")]
    [InlineData("dryRun=yes")]
    [InlineData("dryRun=false&dryRun=true")]
    [InlineData("dryRun=true&dryRun=true")]
    public async Task Who_says_anything_of_a_trial_that_is_not_plain_gets_no_change(string query)
    {
        var (name, user) = await rest.NewUserAsync("ROLE_ALARM_READ");

        (await rest.Admin.DeleteAsync($"/user/t1/users/{name}?{query}")).Expect(422);

        (await user.GetAsync("/alarm/alarms")).Expect(200);
        (await rest.Admin.DeleteAsync($"/user/t1/users/{name}?dryRun=false")).Expect(204);
    }

    [Fact]
    public async Task An_inventory_role_that_is_tried_and_then_given_and_taken_does_what_was_said()
    {
        var (hall, pump) = await PlantAsync();
        var (name, user) = await rest.NewUserAsync();
        var assignments = $"/user/t1/users/{name}/roles/inventory";
        var gains = Shifts(await rest.Admin.PostAsync($"{assignments}?dryRun=true", Wish(hall, 1)));
        Assert.All(gains, gain => Assert.Equal(("GAINED", name), (gain.Change, gain.User)));
        Assert.Contains(gains, gain => gain is { Permission: "INVENTORY_READ" } && gain.Object == pump);
        Assert.Contains(gains, gain => gain is { Permission: "ALARM_READ" } && gain.Object == hall);
        Assert.DoesNotContain(gains, gain => gain.Permission.EndsWith("_ADMIN", StringComparison.Ordinal));
        (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(403);

        var given = (await rest.Admin.PostAsync(assignments, Wish(hall, 1))).Expect(200).Json.GetProperty("id").GetInt32();
        (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(200);
        var losses = Shifts(await rest.Admin.SendAsync("DELETE", $"{assignments}/{given}?dryRun=true", null, "application/json"));
        Assert.Equal(gains.Select(gain => gain with { Change = "LOST" }), losses);
        (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(200);
    }

    [Fact]
    public async Task A_link_that_is_tried_tells_who_would_see_what_moves()
    {
        var (hall, pump) = await PlantAsync();
        var (name, user) = await rest.NewUserAsync();
        var (other, below) = await PlantAsync();
        (await rest.Admin.PostAsync($"/user/t1/users/{name}/roles/inventory", Wish(hall, 1))).Expect(200);

        var gains = Shifts(await rest.Admin.PostAsync($"/inventory/managedObjects/{hall}/childAssets?dryRun=true", Reference(other)));
        Assert.Equal([other, below], gains.Where(gain => gain.User == name && gain.Permission == "INVENTORY_READ").Select(gain => gain.Object));
        (await user.GetAsync($"/inventory/managedObjects/{below}")).Expect(403);
        var losses = Shifts(await rest.Admin.SendAsync("DELETE", $"/inventory/managedObjects/{hall}/childAssets/{pump}?dryRun=true", null, "application/json"));
        Assert.Equal([pump], losses.Where(loss => loss is { Change: "LOST", Permission: "INVENTORY_READ" } && loss.User == name).Select(loss => loss.Object));
        (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(200);
    }

    [Fact]
    public async Task What_a_group_and_a_role_give_is_told_of_all_who_have_them()
    {
        var (hall, pump) = await PlantAsync();
        var (member, _) = await rest.NewUserAsync();
        var (holder, user) = await rest.NewUserAsync();
        var group = (await rest.Admin.PostAsync("/user/t1/groups", "{\"name\":\"" + rest.Unique("group") + "\"}")).Expect(201).Json.GetProperty("id").GetInt32();
        (await rest.Admin.PostAsync($"/user/t1/groups/{group}/users", "{\"user\":{\"id\":\"" + member + "\"}}")).Expect(201);
        Assert.Equal([("GAINED", member, "EVENT_READ", null)], Shifts(await rest.Admin.PostAsync($"/user/t1/groups/{group}/roles?dryRun=true", """{"role":{"id":"ROLE_EVENT_READ"}}""")));

        var role = (await rest.Admin.PostAsync("/user/inventoryroles", "{\"name\":\"" + rest.Unique("role") + "\",\"permissions\":[{\"scope\":\"MANAGED_OBJECT\",\"type\":\"*\",\"permission\":\"READ\"}]}"))
            .Expect(201).Json.GetProperty("id").GetInt32();
        (await rest.Admin.PostAsync($"/user/t1/users/{holder}/roles/inventory", Wish(hall, role))).Expect(200);
        var losses = Shifts(await rest.Admin.SendAsync("DELETE", $"/user/inventoryroles/{role}?dryRun=true", null, "application/json"));
        Assert.Contains(("LOST", holder, "INVENTORY_READ", pump), losses);
        Assert.All(losses, loss => Assert.Equal(holder, loss.User));
        (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(200);
    }

    [Fact]
    public async Task A_new_owner_that_is_tried_gains_what_the_old_one_loses()
    {
        var (_, pump) = await PlantAsync();
        var (first, _) = await rest.NewUserAsync();
        var (second, _) = await rest.NewUserAsync();
        (await rest.Admin.PutAsync($"/inventory/managedObjects/{pump}", "{\"owner\":\"" + first + "\"}")).Expect(200);
        var shifts = Shifts(await rest.Admin.PutAsync($"/inventory/managedObjects/{pump}?dryRun=true", "{\"owner\":\"" + second + "\"}"));

        Assert.Equal([first, second], shifts.Select(shift => shift.User).Distinct().Order(StringComparer.Ordinal));
        Assert.All(shifts, shift => Assert.Equal(shift.User == first ? "LOST" : "GAINED", shift.Change));
        Assert.Equal(shifts.Where(shift => shift.User == first).Select(shift => shift.Permission), shifts.Where(shift => shift.User == second).Select(shift => shift.Permission));
        Assert.Equal(first, (await rest.Admin.GetAsync($"/inventory/managedObjects/{pump}")).Text("owner"));
    }

    [Fact]
    public async Task Device_permissions_that_are_tried_on_several_users_are_told_of_each()
    {
        var (_, pump) = await PlantAsync();
        var (one, _) = await rest.NewUserAsync();
        var (two, _) = await rest.NewUserAsync();
        string Of(string name) => "{\"userName\":\"" + name + "\",\"devicePermissions\":{\"" + pump + "\":[\"MEASUREMENT:c8y_T:READ\"]}}";
        var effect = (await rest.Admin.PutAsync($"/user/devicePermissions/{pump}?dryRun=true", "{\"users\":[" + Of(one) + "," + Of(two) + "],\"groups\":[]}")).Expect(200);

        Assert.Equal([one, two], Shifts(effect).Select(shift => shift.User).Order(StringComparer.Ordinal));
        Assert.All(effect.List("changes"), shift => Assert.Equal("c8y_T", shift.GetProperty("fragments")[0].GetString()));
        Assert.Empty((await rest.Admin.GetAsync($"/user/devicePermissions/{pump}")).Expect(200).List("users"));
    }

    [Fact]
    public async Task Who_only_makes_users_is_told_of_no_object_that_it_does_not_see()
    {
        var (_, pump) = await PlantAsync();
        var (_, maker) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE");
        var sub = await rest.NewUserBelowAsync(maker);
        (await rest.Admin.PutAsync($"/inventory/managedObjects/{pump}", $$"""{"owner":"{{sub}}"}""")).Expect(200);
        (await maker.GetAsync($"/inventory/managedObjects/{pump}")).Expect(403);
        var disabling = $"/user/t1/users/{sub}?dryRun=true";

        var told = (await maker.PutAsync(disabling, """{"enabled":false}""")).Expect(200);
        Assert.DoesNotContain(Shifts(told), shift => shift.Object is not null);
        Assert.Equal((told.List("changes").Count(), false), (told.Json.GetProperty("lost").GetInt32(), told.Json.GetProperty("complete").GetBoolean()));
        Assert.Contains(("LOST", sub, "INVENTORY_ADMIN", pump), Shifts(await rest.Admin.PutAsync(disabling, """{"enabled":false}""")));
    }

    [Fact]
    public async Task What_would_be_refused_is_refused_when_it_is_tried_and_what_changes_nothing_comes_to_nothing()
    {
        var (name, user) = await rest.NewUserAsync();
        (await user.PostAsync($"/user/t1/users/{name}/roles?dryRun=true", """{"role":{"id":"ROLE_ALARM_READ"}}""")).ExpectError(403, "security/Forbidden");
        (await rest.Admin.PostAsync($"/user/t1/users/{name}/roles?dryRun=true", """{"role":{"id":"ROLE_NONE"}}""")).Expect(404);
        Assert.Empty(Shifts(await rest.Admin.PutAsync($"/user/t1/users/{name}?dryRun=true", "{}")));
    }

    [Fact]
    public async Task What_cannot_be_tried_is_refused_and_not_done()
    {
        var (_, pump) = await PlantAsync();
        (await rest.Admin.DeleteAsync($"/inventory/managedObjects/{pump}?dryRun=true")).Expect(422);
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{pump}/childAssets?dryRun=true", """{"name":"new"}""")).Expect(422);
        (await rest.Admin.PutAsync($"/inventory/managedObjects/{pump}?dryRun=maybe", """{"name":"new"}""")).Expect(422);
        var (name, _) = await rest.NewUserAsync();
        var made = rest.Unique("made");
        (await rest.Admin.PutAsync($"/user/t1/users/{name}/owner?dryRun=true", """{"owner":"admin"}""")).Expect(422);
        (await rest.Admin.PutAsync($"/user/t1/users/{name}/delegatedby?dryRun=true", """{"delegatedBy":"admin"}""")).Expect(422);
        (await rest.Admin.PutAsync($"/inventory/managedObjects/{pump}/user?dryRun=true", """{"enabled":false}""")).Expect(422);
        (await rest.Admin.PostAsync("/inventory/managedObjects?dryRun=true", "{}")).Expect(422);
        (await rest.Admin.PostAsync("/user/t1/users?dryRun=true", $$"""{"userName":"{{made}}","email":"a@example.com","password":"Password-of-a-test-1"}""")).Expect(422);
        (await rest.Admin.PostAsync("/user/t1/groups?dryRun=true", $$"""{"name":"{{made}}"}""")).Expect(422);
        (await rest.Admin.PostAsync("/user/inventoryroles?dryRun=true", $$"""{"name":"{{made}}","permissions":[]}""")).Expect(422);

        Assert.Equal("Pump", (await rest.Admin.GetAsync($"/inventory/managedObjects/{pump}")).Expect(200).Text("name"));
        var user = (await rest.Admin.GetAsync($"/user/t1/users/{name}")).Expect(200);
        Assert.False(user.Json.TryGetProperty("owner", out _) || user.Json.TryGetProperty("delegatedBy", out _), user.Body);
        (await rest.Admin.GetAsync($"/user/t1/users/{made}")).Expect(404);
        Assert.DoesNotContain(made, (await rest.Admin.GetAsync("/user/t1/groups?pageSize=2000")).Expect(200).Body + (await rest.Admin.GetAsync("/user/inventoryroles?pageSize=2000")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Empty((await rest.Admin.GetAsync($"/inventory/managedObjects/{pump}/childAssets")).Expect(200).List("references"));
    }
}
