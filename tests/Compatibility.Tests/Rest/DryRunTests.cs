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

        Assert.Equal(((string[])[one, two]).Order(StringComparer.Ordinal), Shifts(effect).Select(shift => shift.User));
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
        var (_, pump) = await PlantAsync();
        (await user.DeleteAsync($"/inventory/managedObjects/{pump}?dryRun=true")).ExpectError(403, "security/Forbidden");
        (await rest.Admin.DeleteAsync($"/inventory/managedObjects/{long.MaxValue}?dryRun=true")).Expect(404);
        (await rest.Admin.PutAsync($"/inventory/managedObjects/{pump}/user?dryRun=true", """{"enabled":false}""")).Expect(404);
        Assert.Empty(Shifts(await rest.Admin.PutAsync($"/user/t1/users/{name}?dryRun=true", "{}")));
    }

    /// <summary>All that is decided now of these users, everywhere and on each of these objects, put as trials put it; nothing of who or what is not there.</summary>
    private async Task<HashSet<(string User, string Permission, string? Object)>> DecidedAsync(string[] users, string[] objects)
    {
        var decided = new HashSet<(string, string, string?)>();
        foreach (var user in users)
            foreach (var target in (string?[])[null, .. objects])
            {
                var asked = await rest.Admin.GetAsync($"/authorization/permissions?user={user}&pageSize=100{(target is null ? "" : $"&managedObject={target}")}");
                if (asked.Status == 404) continue;
                foreach (var row in asked.Expect(200).List("explanations"))
                    if (row.GetProperty("allowed").GetBoolean())
                        decided.Add((user, row.GetProperty("permission").GetString()!, target));
            }
        return decided;
    }

    private async Task<int> RecordsAsync() =>
        (await rest.Admin.GetAsync("/audit/auditRecords?pageSize=1&withTotalElements=true")).Expect(200).Statistics.GetProperty("totalElements").GetInt32();

    /// <summary>Tries a change, and makes it: the trial changes nothing and is not recorded, and of these users and objects it told all that the change then comes to.</summary>
    private async Task<List<(string Change, string User, string Permission, string? Object)>> RequireComesToWhatWasToldAsync(
        string[] users, string[] objects, Func<string, Task<Reply>> changeAsync)
    {
        var (before, records) = (await DecidedAsync(users, objects), await RecordsAsync());
        var effect = await changeAsync("dryRun=true");
        var told = Shifts(effect);
        Assert.Equal(before, await DecidedAsync(users, objects));
        Assert.Equal(records, await RecordsAsync());
        Assert.InRange((await changeAsync("dryRun=false")).Status, 200, 204);
        var after = await DecidedAsync(users, objects);

        Assert.Equal([.. Between("GAINED", after, before).Concat(Between("LOST", before, after)).Order()], told.Order());
        Assert.Equal((told.Count(shift => shift.Change == "GAINED"), told.Count(shift => shift.Change == "LOST"), true),
            (effect.Json.GetProperty("gained").GetInt32(), effect.Json.GetProperty("lost").GetInt32(), effect.Json.GetProperty("complete").GetBoolean()));
        return told;

        // What is held everywhere before or after is told once, and of no object.
        IEnumerable<(string Change, string User, string Permission, string? Object)> Between(
            string change, HashSet<(string User, string Permission, string? Object)> one, HashSet<(string User, string Permission, string? Object)> other) =>
            one.Except(other).Where(had => had.Object is null || !(before.Contains(had with { Object = null }) || after.Contains(had with { Object = null })))
                .Select(had => (change, had.User, had.Permission, had.Object));
    }

    [Theory]
    [InlineData("")]
    [InlineData("cascade=true&")]
    public async Task A_deletion_comes_to_what_its_trial_told_on_what_goes_and_on_what_is_cut_off(string how)
    {
        var (hall, pump) = await PlantAsync();
        var part = await rest.Admin.NewObjectAsync("""{"c8y_IsDeviceGroup":{}}""");
        var (yard, valve) = await PlantAsync();
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{hall}/childAssets", Reference(part))).Expect(201);
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{part}/childAssets", Reference(valve))).Expect(201);
        // It stands above what goes by another way than the one that is deleted.
        var wing = await rest.Admin.NewObjectAsync("{}");
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{wing}/childAssets", Reference(part))).Expect(201);
        async Task<string> ReaderAsync(string on)
        {
            var (name, _) = await rest.NewUserAsync();
            (await rest.Admin.PostAsync($"/user/t1/users/{name}/roles/inventory", Wish(on, 1))).Expect(200);
            return name;
        }
        var (ofHall, ofPart, ofYard, ofWing) = (await ReaderAsync(hall), await ReaderAsync(part), await ReaderAsync(yard), await ReaderAsync(wing));
        var (holder, _) = await rest.NewUserAsync();
        (await rest.Admin.PutAsync($"/user/t1/users/{holder}", $$$"""{"devicePermissions":{"{{{part}}}":["MANAGED_OBJECT:*:READ"],"{{{pump}}}":["ALARM:*:ADMIN"]}}""")).Expect(200);
        var (owner, _) = await rest.NewUserAsync();
        (await rest.Admin.PutAsync($"/inventory/managedObjects/{pump}", $$"""{"owner":"{{owner}}"}""")).Expect(200);

        var told = await RequireComesToWhatWasToldAsync([ofHall, ofPart, ofYard, ofWing, holder, owner, "admin"], [hall, part, pump, yard, valve, wing],
            trial => rest.Admin.DeleteAsync($"/inventory/managedObjects/{hall}?{how}{trial}"));

        var losers = told.Where(loss => loss is { Change: "LOST", Permission: "INVENTORY_READ" }).ToList();
        Assert.Equal([hall, pump, part, valve], losers.Where(loss => loss.User == ofHall).Select(loss => loss.Object));
        Assert.Equal([part, valve], losers.Where(loss => loss.User == ofWing).Select(loss => loss.Object));
        // Who reaches the valve by another way keeps it, as long as it is there.
        Assert.Equal(how.Length > 0 ? [valve] : [], losers.Where(loss => loss.User == ofYard).Select(loss => loss.Object));
        Assert.Equal(how.Length > 0, told.Exists(loss => loss.User == owner));
    }

    [Fact]
    public async Task What_goes_with_a_device_and_its_user_is_told_together()
    {
        var (name, device) = await rest.NewDeviceAsync();
        var own = await device.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        var (reader, _) = await rest.NewUserAsync();
        (await rest.Admin.PostAsync($"/user/t1/users/{reader}/roles/inventory", Wish(own, 1))).Expect(200);

        var told = await RequireComesToWhatWasToldAsync([name, reader], [own], async trial =>
        {
            (await device.GetAsync("/user/currentUser")).Expect(200);
            return await rest.Admin.DeleteAsync($"/inventory/managedObjects/{own}?withDeviceUser=true&{trial}");
        });

        Assert.Contains(("LOST", name, "INVENTORY_CREATE", null), told);
        Assert.Contains(("LOST", name, "INVENTORY_ADMIN", own), told);
        Assert.Contains(("LOST", reader, "INVENTORY_READ", own), told);
    }

    [Fact]
    public async Task A_device_that_is_shut_out_and_let_in_again_comes_to_what_its_trials_told()
    {
        var (name, device) = await rest.NewDeviceAsync();
        var own = await device.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        Task<List<(string Change, string User, string Permission, string? Object)>> ToldAsync(bool isEnabled) => RequireComesToWhatWasToldAsync(
            [name], [own], trial => rest.Admin.PutAsync($"/inventory/managedObjects/{own}/user?{trial}", $$"""{"enabled":{{(isEnabled ? "true" : "false")}}}"""));

        Assert.Empty(await ToldAsync(true));
        var lost = await ToldAsync(false);
        Assert.Contains(("LOST", name, "INVENTORY_ADMIN", own), lost);
        (await device.GetAsync("/user/currentUser")).Expect(401);
        Assert.Equal(lost.Select(loss => loss with { Change = "GAINED" }), await ToldAsync(true));
        (await device.GetAsync("/user/currentUser")).Expect(200);
    }

    [Fact]
    public async Task Who_may_not_see_users_is_told_of_none_by_a_deletion_or_by_shutting_a_device_out()
    {
        var (name, device) = await rest.NewDeviceAsync();
        var own = await device.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        var (_, manager) = await rest.NewUserAsync("ROLE_INVENTORY_ADMIN");

        (await manager.PutAsync($"/inventory/managedObjects/{own}/user?dryRun=true", """{"enabled":false}""")).ExpectError(403, "security/Forbidden");
        (await manager.DeleteAsync($"/inventory/managedObjects/{own}?dryRun=true")).Expect(403);
        (await manager.DeleteAsync($"/inventory/managedObjects/{own}?withDeviceUser=true&dryRun=true")).Expect(403);

        Assert.Equal(name, (await device.GetAsync($"/inventory/managedObjects/{own}")).Expect(200).Text("owner"));
        (await manager.PutAsync($"/inventory/managedObjects/{own}/user", """{"enabled":false}""")).Expect(200);
    }

    /// <summary>Whom somebody manages is no permission: it gives nothing and takes nothing, and the trial tells whether it may be done.</summary>
    [Theory]
    [InlineData("owner", "owner")]
    [InlineData("delegatedby", "delegatedBy")]
    public async Task Whom_a_user_stands_below_and_acts_for_can_be_tried_and_comes_to_nothing_on_objects(string path, string member)
    {
        var (_, pump) = await PlantAsync();
        var (above, maker) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE", "ROLE_INVENTORY_READ");
        var (name, _) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE");
        var address = $"/user/t1/users/{name}/{path}";

        (await rest.Admin.PutAsync($"{address}?dryRun=true", $$"""{"{{member}}":"{{rest.Unique("nobody")}}"}""")).Expect(422);
        (await rest.Admin.PutAsync($"{address}?dryRun=true", $$"""{"{{member}}":"{{name}}"}""")).Expect(422);
        Assert.Empty(await RequireComesToWhatWasToldAsync([above, name], [pump], trial => rest.Admin.PutAsync($"{address}?{trial}", $$"""{"{{member}}":"{{above}}"}""")));
        Assert.Equal(above, (await rest.Admin.GetAsync($"/user/t1/users/{name}")).Expect(200).Text(member));
        var (foreign, _) = await rest.NewUserAsync();
        (await maker.PutAsync($"/user/t1/users/{foreign}/{path}?dryRun=true", """{"owner":"admin","delegatedBy":"admin"}""")).Expect(403);
        (await rest.Admin.DeleteAsync($"{address}?dryRun=true")).Expect(200);
        Assert.Equal(above, (await rest.Admin.GetAsync($"/user/t1/users/{name}")).Expect(200).Text(member));
        Assert.Empty(await RequireComesToWhatWasToldAsync([above, name], [pump], trial => rest.Admin.DeleteAsync($"{address}?{trial}")));
        Assert.False((await rest.Admin.GetAsync($"/user/t1/users/{name}")).Expect(200).Json.TryGetProperty(member, out _));
    }

    [Fact]
    public async Task A_user_that_is_made_comes_to_what_its_trial_told()
    {
        var (hall, pump) = await PlantAsync();
        var (above, _) = await rest.NewUserAsync("ROLE_ALARM_READ", "ROLE_EVENT_READ");
        (await rest.Admin.PutAsync($"/user/t1/users/{above}", $$$"""{"devicePermissions":{"{{{pump}}}":["MEASUREMENT:*:READ"]}}""")).Expect(200);
        var group = (await rest.Admin.PostAsync("/user/t1/groups", $$"""{"name":"{{rest.Unique("group")}}"}""")).Expect(201).Json.GetProperty("id").GetInt32();
        (await rest.Admin.PostAsync($"/user/t1/groups/{group}/roles", """{"role":{"id":"ROLE_EVENT_READ"}}""")).Expect(201);
        var made = rest.Unique("made");
        string Body(string more) => $$"""{"userName":"{{made}}","email":"a@example.com","password":"Password-of-a-test-1","owner":"{{above}}",{{more}}}""";
        var body = Body($$$"""
            "groups":{"references":[{"group":{"id":"{{{group}}}"}}]},"roles":{"references":[{"role":{"id":"ROLE_ALARM_READ"}}]},"devicePermissions":{"{{{pump}}}":["MEASUREMENT:*:READ"]}
            """);

        // What the one above does not hold it is not given, when it is tried either.
        (await rest.Admin.PostAsync("/user/t1/users?dryRun=true", Body("\"roles\":{\"references\":[{\"role\":{\"id\":\"ROLE_AUDIT_READ\"}}]}"))).Expect(403);
        var told = await RequireComesToWhatWasToldAsync([made, above], [hall, pump], async trial =>
        {
            (await rest.Admin.GetAsync($"/user/t1/users/{made}")).Expect(404);
            return await rest.Admin.PostAsync($"/user/t1/users?{trial}", body);
        });

        Assert.All(told, gain => Assert.Equal(("GAINED", made), (gain.Change, gain.User)));
        Assert.Contains(("GAINED", made, "ALARM_READ", null), told);
        Assert.Contains(("GAINED", made, "EVENT_READ", null), told);
        Assert.Contains(("GAINED", made, "OWN_READ", null), told);
        Assert.Contains(("GAINED", made, "MEASUREMENT_READ", pump), told);
        (await rest.Admin.PostAsync("/user/t1/users?dryRun=true", body)).Expect(409);
    }

    [Theory]
    [InlineData("/user/t1/groups", "\"devicePermissions\":{}")]
    [InlineData("/user/inventoryroles", "\"permissions\":[{\"scope\":\"*\",\"type\":\"*\",\"permission\":\"*\"}]")]
    public async Task A_new_group_and_a_new_role_can_be_tried_and_come_to_nothing_while_nobody_has_them(string collection, string more)
    {
        var (_, pump) = await PlantAsync();
        var (user, _) = await rest.NewUserAsync();
        var name = rest.Unique("new");
        string Body(string called) => $$"""{"name":"{{called}}",{{more}}}""";

        (await rest.Admin.PostAsync($"{collection}?dryRun=true", Body(""))).Expect(422);
        Assert.Empty(await RequireComesToWhatWasToldAsync([user, "admin"], [pump], async trial =>
        {
            Assert.DoesNotContain($"\"{name}\"", (await rest.Admin.GetAsync($"{collection}?pageSize=2000")).Expect(200).Body, StringComparison.Ordinal);
            return await rest.Admin.PostAsync($"{collection}?{trial}", Body(name));
        }));
        Assert.Contains($"\"{name}\"", (await rest.Admin.GetAsync($"{collection}?pageSize=2000")).Expect(200).Body, StringComparison.Ordinal);
        (await rest.Admin.PostAsync($"{collection}?dryRun=true", Body(name))).Expect(409);
    }

    [Fact]
    public async Task What_cannot_be_tried_is_refused_and_not_done()
    {
        var (_, pump) = await PlantAsync();
        var objects = (await rest.Admin.GetAsync("/inventory/managedObjects/count")).Expect(200).Body;
        foreach (var kind in (string[])["childAssets", "childDevices", "childAdditions"])
            (await rest.Admin.PostAsync($"/inventory/managedObjects/{pump}/{kind}?dryRun=true", """{"name":"new"}""")).Expect(422);
        (await rest.Admin.PutAsync($"/inventory/managedObjects/{pump}?dryRun=maybe", """{"name":"new"}""")).Expect(422);
        (await rest.Admin.PostAsync("/inventory/managedObjects?dryRun=true", "{}")).Expect(422);
        (await rest.Admin.PutAsync("/user/currentUser?dryRun=true", """{"firstName":"new"}""")).Expect(422);

        Assert.Equal("Pump", (await rest.Admin.GetAsync($"/inventory/managedObjects/{pump}")).Expect(200).Text("name"));
        Assert.Equal(objects, (await rest.Admin.GetAsync("/inventory/managedObjects/count")).Expect(200).Body);
        Assert.Empty((await rest.Admin.GetAsync($"/inventory/managedObjects/{pump}/childAssets")).Expect(200).List("references"));
    }
}
