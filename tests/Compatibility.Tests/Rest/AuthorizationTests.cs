using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Who may do what, and why: what is explained is what is done, from end to end.</summary>
[Collection(RestServers.Name)]
public sealed class AuthorizationTests(RestFixture rest)
{
    private async Task<(string Hall, string Pump)> PlantAsync()
    {
        var hall = await rest.Admin.NewObjectAsync("""{"name":"Hall","c8y_IsDeviceGroup":{}}""");
        var pump = await rest.Admin.NewObjectAsync("""{"name":"Pump","c8y_IsDevice":{}}""");
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{hall}/childAssets", "{\"managedObject\":{\"id\":\"" + pump + "\"}}")).Expect(201);
        return (hall, pump);
    }

    private async Task AssignAsync(string user, string on, int role) =>
        (await rest.Admin.PostAsync($"/user/t1/users/{user}/roles/inventory", "{\"managedObject\":\"" + on + "\",\"roles\":[{\"id\":" + role + "}]}")).Expect(200);

    private async Task<JsonElement> ExplainAsync(string user, string permission, string? target = null, string more = "") =>
        (await rest.Admin.GetAsync($"/authorization/explain?user={user}&permission={permission}{(target is null ? "" : $"&managedObject={target}")}{more}")).Expect(200).Json;

    [Fact]
    public async Task A_right_by_a_role_on_a_group_is_explained_by_role_and_way_and_what_would_end_it()
    {
        var (hall, pump) = await PlantAsync();
        var (name, _) = await rest.NewUserAsync();
        await AssignAsync(name, hall, 1);

        var why = await ExplainAsync(name, "MEASUREMENT_READ", pump);
        Assert.True(why.GetProperty("allowed").GetBoolean());
        Assert.Equal("INVENTORY_ROLE", why.GetProperty("rule").GetString());
        Assert.Equal([pump, hall], why.GetProperty("path").EnumerateArray().Select(step => step.GetProperty("id").GetString()));
        var reason = Assert.Single(why.GetProperty("reasons").EnumerateArray());
        Assert.Equal((1, "Reader", hall), (reason.GetProperty("inventoryRole").GetProperty("id").GetInt32(), reason.GetProperty("inventoryRole").GetProperty("name").GetString(),
            reason.GetProperty("managedObject").GetProperty("id").GetString()));
        Assert.Equal("INVENTORY_ROLE", Assert.Single(why.GetProperty("nearMisses").EnumerateArray()).GetProperty("rule").GetString());
    }

    [Fact]
    public async Task Every_near_miss_of_a_refusal_is_one_grant_that_ends_it()
    {
        var (hall, pump) = await PlantAsync();
        var (name, user) = await rest.NewUserAsync();
        (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(403);

        var misses = (await ExplainAsync(name, "INVENTORY_READ", pump)).GetProperty("nearMisses").EnumerateArray().ToList();
        Assert.Contains(misses, miss => miss.TryGetProperty("authority", out var role) && role.GetString() == "ROLE_INVENTORY_READ");
        Assert.Contains(misses, miss => miss.GetProperty("rule").GetString() == "OWNERSHIP");
        Assert.Contains(misses, miss => miss.TryGetProperty("inventoryRole", out _) && miss.GetProperty("managedObject").GetProperty("id").GetString() == hall);
        foreach (var miss in misses.Where(miss => miss.TryGetProperty("inventoryRole", out _)))
        {
            var (on, role) = (miss.GetProperty("managedObject").GetProperty("id").GetString()!, miss.GetProperty("inventoryRole").GetProperty("id").GetInt32());
            await AssignAsync(name, on, role);
            (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(200);
            var assignment = (await rest.Admin.GetAsync($"/user/t1/users/{name}/roles/inventory")).List("inventoryAssignments").Single().GetProperty("id").GetInt32();
            (await rest.Admin.DeleteAsync($"/user/t1/users/{name}/roles/inventory/{assignment}")).Expect(204);
            (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(403);
        }
    }

    [Fact]
    public async Task A_right_to_some_fragments_is_explained_with_the_fragment_that_is_asked_for()
    {
        var (_, pump) = await PlantAsync();
        var (name, _) = await rest.NewUserAsync();
        (await rest.Admin.PutAsync($"/user/t1/users/{name}", "{\"devicePermissions\":{\"" + pump + "\":[\"MEASUREMENT:c8y_T:READ\"]}}")).Expect(200);

        Assert.True((await ExplainAsync(name, "MEASUREMENT_READ", pump, "&fragment=c8y_T")).GetProperty("allowed").GetBoolean());
        foreach (var more in (string[])["", "&fragment=c8y_P", "&fragment=c8y_T,c8y_P"])
        {
            var why = await ExplainAsync(name, "MEASUREMENT_READ", pump, more);
            Assert.False(why.GetProperty("allowed").GetBoolean(), more);
            Assert.Equal("c8y_T", why.GetProperty("met")[0].GetProperty("fragments")[0].GetString());
        }
    }

    [Fact]
    public async Task Who_only_makes_users_is_told_of_those_below_about_objects_that_it_sees_and_of_no_group_or_role_beside()
    {
        var (hall, pump) = await PlantAsync();
        var (makerName, maker) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE");
        var sub = await rest.NewUserBelowAsync(maker);
        var ask = $"/authorization/explain?user={sub}&permission=INVENTORY_READ&managedObject={pump}";

        (await maker.GetAsync(ask)).ExpectError(404, "inventory/Not Found");
        (await maker.GetAsync($"{ask}000")).ExpectError(404, "inventory/Not Found");
        await AssignAsync(makerName, pump, 1);
        var misses = (await maker.GetAsync(ask)).Expect(200).List("nearMisses").ToList();
        Assert.NotEmpty(misses);
        Assert.DoesNotContain(misses, miss => miss.TryGetProperty("group", out _) || miss.TryGetProperty("inventoryRole", out _));
        // The hall above the pump is not shown to it.
        Assert.DoesNotContain($"\"{hall}\"", (await maker.GetAsync(ask)).Expect(200).Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"\"{hall}\"", (await maker.GetAsync($"/authorization/permissions?user={sub}&managedObject={pump}&pageSize=100")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_only_makes_users_learns_by_its_denials_nothing_of_an_object_that_it_does_not_see()
    {
        var (hall, pump) = await PlantAsync();
        var (makerName, maker) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE");
        var blind = $"/authorization/denials/{(await maker.GetAsync($"/inventory/managedObjects/{pump}")).Expect(403).Text("denialId")}";
        await AssignAsync(makerName, pump, 1);
        var seeing = $"/authorization/denials/{(await maker.PutAsync($"/inventory/managedObjects/{pump}", "{}")).Expect(403).Text("denialId")}";
        (await rest.Admin.DeleteAsync($"/user/t1/users/{makerName}/roles/inventory/{(await rest.Admin.GetAsync($"/user/t1/users/{makerName}/roles/inventory")).Expect(200).Json.GetProperty("inventoryAssignments")[0].GetProperty("id")}")).Expect(204);

        foreach (var ask in (string[])[blind, seeing])
        {
            var withheld = (await maker.GetAsync(ask)).Expect(200);
            foreach (var id in (string[])[hall, pump])
                foreach (var spelt in (string[])[$"\"{id}\"", $"/{id}", $" {id}"])
                    Assert.DoesNotContain(spelt, withheld.Body.Replace(ask, "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.False(withheld.Json.TryGetProperty("target", out _) || withheld.Json.GetProperty("decision").TryGetProperty("owner", out _), withheld.Body);
            Assert.Equal(makerName, withheld.Text("user"));
        }
        await AssignAsync(makerName, pump, 1);
        var shown = (await maker.GetAsync(seeing)).Expect(200);
        Assert.Equal($"t1/{pump}", shown.Text("target"));
        // The hall is not shown to it, and is no step on the way for it.
        Assert.DoesNotContain($"\"{hall}\"", shown.Body, StringComparison.Ordinal);
        Assert.Contains($"\"{hall}\"", (await rest.Admin.GetAsync(seeing)).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_about_another_object_than_was_asked_for_names_that_and_what_was_decided_there()
    {
        var (hall, pump) = await PlantAsync();
        var valve = await rest.Admin.NewObjectAsync("{}");
        var (name, user) = await rest.NewUserAsync();
        var serial = rest.Unique("serial");
        (await rest.Admin.PostAsync($"/identity/globalIds/{pump}/externalIds", $$"""{"type":"c8y_Serial","externalId":"{{serial}}"}""")).Expect(201);
        await AssignAsync(name, hall, 1);
        await AssignAsync(name, valve, 2);
        // It may change the valve, and only see the pump.
        var link = (await user.PostAsync($"/inventory/managedObjects/{valve}/childAssets", "{\"managedObject\":{\"id\":\"" + pump + "\"}}")).Expect(403);
        var unbind = (await user.DeleteAsync($"/identity/externalIds/c8y_Serial/{serial}")).Expect(403);
        var unlink = (await user.DeleteAsync($"/inventory/managedObjects/{hall}/childAssets/{pump}")).Expect(403);

        foreach (var (refused, permission, about, path) in (IEnumerable<(Reply, string, string, string[])>)
            [(link, "INVENTORY_ADMIN", pump, [pump, hall]), (unbind, "IDENTITY_ADMIN", pump, [pump, hall]), (unlink, "INVENTORY_ADMIN", hall, [hall])])
        {
            var denial = (await rest.Admin.GetAsync($"/authorization/denials/{refused.Text("denialId")}")).Expect(200);
            var decision = denial.Json.GetProperty("decision");
            Assert.Equal((permission, "NOTHING_GRANTED", about, "admin"), (decision.GetProperty("permission").GetString(), decision.GetProperty("rule").GetString(),
                decision.GetProperty("managedObject").GetProperty("id").GetString(), decision.GetProperty("owner").GetString()));
            Assert.Equal(path, decision.GetProperty("path").EnumerateArray().Select(step => step.GetProperty("id").GetString()));
        }
    }

    [Fact]
    public async Task Who_only_makes_users_learns_by_a_refused_link_nothing_of_the_end_that_it_does_not_see()
    {
        var (hall, pump) = await PlantAsync();
        var (makerName, maker) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE");
        foreach (var (parent, child) in (IEnumerable<(string, string)>)[(hall, pump), (pump, hall)])
        {
            // It may change the parent, and holds nothing on the child.
            (await rest.Admin.PutAsync($"/user/t1/users/{makerName}", "{\"devicePermissions\":{\"" + parent + "\":[\"MANAGED_OBJECT:*:*\"]}}")).Expect(200);
            var ask = $"/authorization/denials/{(await maker.PostAsync($"/inventory/managedObjects/{parent}/childAdditions", "{\"managedObject\":{\"id\":\"" + child + "\"}}")).Expect(403).Text("denialId")}";
            foreach (var seen in (string[])[parent, child])
            {
                (await rest.Admin.PutAsync($"/user/t1/users/{makerName}", "{\"devicePermissions\":{\"" + seen + "\":[\"MANAGED_OBJECT:*:READ\"]}}")).Expect(200);
                var withheld = (await maker.GetAsync(ask)).Expect(200).Body.Replace(ask, "", StringComparison.Ordinal);
                foreach (var spelt in (string[])[$"\"{hall}\"", $"\"{pump}\"", $"/{hall}", $"/{pump}"]) Assert.DoesNotContain(spelt, withheld, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Links_of_what_their_maker_does_not_see_refuse_nobody()
    {
        var parent = await rest.Admin.NewObjectAsync("{}");
        var (name, user) = await rest.NewUserAsync("ROLE_INVENTORY_ADMIN");
        var children = new List<string>();
        // So often that the trail would tell no further refusal one by one.
        for (var i = 0; i < Grains.Abstractions.Limits.DenialsRecordedPerUserAndMinute + 2; i++) children.Add(await rest.Admin.NewObjectAsync($$"""{"name":"child{{i}}"}"""));
        var one = (await user.PostAsync($"/inventory/managedObjects/{parent}/childAssets", "{\"managedObject\":{\"id\":\"" + children[0] + "\"}}")).Expect(201);
        var references = string.Join(',', children.Skip(1).Select(child => "{\"managedObject\":{\"id\":\"" + child + "\"}}"));
        var many = (await user.PostAsync($"/inventory/managedObjects/{parent}/childAssets", "{\"references\":[" + references + "]}")).Expect(201);
        Assert.Equal(children, many.List("references").Select(reference => reference.GetProperty("managedObject")).Prepend(one.Json.GetProperty("managedObject")).Select(child => child.GetProperty("id").GetString()));
        Assert.DoesNotContain("\"name\"", one.Body + many.Body, StringComparison.Ordinal);

        Assert.Empty((await rest.Admin.GetAsync($"/authorization/denials?user={name}")).Expect(200).List("denials"));
        var refused = (await user.GetAsync($"/inventory/managedObjects/{parent}")).Expect(403).Text("denialId");
        Assert.Equal("IManagedObjectGrain.Read", (await rest.Admin.GetAsync($"/authorization/denials/{refused}")).Expect(200).Text("door"));
    }

    [Fact]
    public async Task Who_links_is_shown_the_children_that_it_sees()
    {
        var (name, user) = await rest.NewUserAsync("ROLE_INVENTORY_ADMIN");
        var (parent, seen, unseen) = (await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("""{"name":"seen"}"""), await rest.Admin.NewObjectAsync("""{"name":"unseen"}"""));
        (await rest.Admin.PutAsync($"/user/t1/users/{name}", "{\"devicePermissions\":{\"" + seen + "\":[\"MANAGED_OBJECT:*:READ\"]}}")).Expect(200);
        var made = (await user.PostAsync($"/inventory/managedObjects/{parent}/childDevices",
            "{\"references\":[{\"managedObject\":{\"id\":\"" + unseen + "\"}},{\"managedObject\":{\"id\":\"" + seen + "\"}}]}")).Expect(201);
        Assert.Equal([unseen, seen], made.List("references").Select(reference => reference.GetProperty("managedObject").GetProperty("id").GetString()));
        Assert.Equal(["seen"], made.List("references").Select(reference => reference.GetProperty("managedObject")).Where(child => child.TryGetProperty("name", out _)).Select(child => child.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_refusal_by_a_rule_beside_the_table_says_in_words_why_and_what_alone_would_end_it()
    {
        var (makerName, maker) = await rest.NewUserAsync("ROLE_USER_MANAGEMENT_CREATE");
        var sub = await rest.NewUserBelowAsync(maker);
        var give = $"/user/t1/users/{sub}/roles";
        const string Role = """{"role":{"self":"/user/roles/ROLE_ALARM_READ"}}""";
        var refused = (await maker.PostAsync(give, Role)).Expect(403).Text("denialId");

        foreach (var reader in (RestClient[])[rest.Admin, maker])
        {
            var decision = (await reader.GetAsync($"/authorization/denials/{refused}")).Expect(200).Json.GetProperty("decision");
            Assert.Equal(("NOT_HELD", makerName), (decision.GetProperty("rule").GetString(), decision.GetProperty("about").GetString()));
            Assert.Contains("held by who does it", decision.GetProperty("text").GetString(), StringComparison.Ordinal);
            var miss = Assert.Single(decision.GetProperty("nearMisses").EnumerateArray());
            Assert.Equal(("ROLE_ALARM_READ", makerName, $"the role ROLE_ALARM_READ, held by the user '{makerName}'"),
                (miss.GetProperty("authority").GetString(), miss.GetProperty("holder").GetString(), miss.GetProperty("text").GetString()));
        }
        (await rest.Admin.PostAsync($"/user/t1/users/{makerName}/roles", Role)).Expect(201);
        (await maker.PostAsync(give, Role)).Expect(201);
    }

    [Fact]
    public async Task Who_is_disabled_is_served_nothing_and_that_is_the_reason()
    {
        var (name, _) = await rest.NewUserAsync("ROLE_INVENTORY_READ");
        Assert.Equal("GLOBAL_AUTHORITY", (await ExplainAsync(name, "INVENTORY_READ")).GetProperty("rule").GetString());
        (await rest.Admin.PutAsync($"/user/t1/users/{name}", """{"enabled":false}""")).Expect(200);

        var why = await ExplainAsync(name, "INVENTORY_READ");
        Assert.Equal(("NOT_SERVED", "the user is not served"), (why.GetProperty("rule").GetString(), why.GetProperty("unserved").GetString()));
    }

    [Fact]
    public async Task A_refusal_bears_the_number_by_which_what_it_looked_at_is_found_as_it_was()
    {
        var (hall, pump) = await PlantAsync();
        var (name, user) = await rest.NewUserAsync();
        var refused = (await user.PutAsync($"/inventory/managedObjects/{pump}", """{"name":"no"}""")).ExpectError(403, "security/Forbidden");
        await AssignAsync(name, hall, 2);

        var denial = (await rest.Admin.GetAsync($"/authorization/denials/{refused.Text("denialId")}")).Expect(200);
        Assert.Equal((name, "IManagedObjectGrain.Update", $"t1/{pump}"), (denial.Text("user"), denial.Text("door"), denial.Text("target")));
        var decision = denial.Json.GetProperty("decision");
        Assert.Equal(("INVENTORY_ADMIN", "NOTHING_GRANTED", "admin"), (decision.GetProperty("permission").GetString(), decision.GetProperty("rule").GetString(), decision.GetProperty("owner").GetString()));
        var listed = (await rest.Admin.GetAsync($"/authorization/denials?user={name}&pageSize=1")).Expect(200);
        Assert.Equal(refused.Text("denialId"), listed.Ids("denials").Single());
    }

    [Fact]
    public async Task Beyond_the_limit_refusals_bear_the_number_of_the_record_that_says_so()
    {
        var (_, user) = await rest.NewUserAsync();
        var numbers = new List<string>();
        for (var i = 0; i < 60; i++) numbers.Add((await user.GetAsync("/user/t1/users")).Expect(403).Text("denialId"));

        var rest0 = numbers.GroupBy(number => number).Where(same => same.Count() > 1).Select(same => same.Key).ToList();
        Assert.NotEmpty(rest0);
        var said = (await rest.Admin.GetAsync($"/authorization/denials/{rest0[0]}")).Expect(200);
        Assert.Contains("counted", said.Text("text"), StringComparison.Ordinal);
        Assert.False(said.Json.TryGetProperty("decision", out _));
    }

    [Fact]
    public async Task Who_can_names_those_and_no_others_page_by_page_with_the_right_total()
    {
        var (hall, pump) = await PlantAsync();
        var (reader, _) = await rest.NewUserAsync();
        var (other, _) = await rest.NewUserAsync("ROLE_ALARM_READ");
        var (holder, _) = await rest.NewUserAsync();
        await AssignAsync(reader, hall, 1);
        (await rest.Admin.PutAsync($"/user/t1/users/{holder}", "{\"devicePermissions\":{\"" + pump + "\":[\"MANAGED_OBJECT:*:READ\"]}}")).Expect(200);
        var ask = $"/authorization/users?permission=INVENTORY_READ&managedObject={pump}";

        var all = (await rest.Admin.GetAsync($"{ask}&pageSize=2000&withTotalElements=true")).Expect(200);
        var names = all.List("explanations").Select(row => row.GetProperty("user").GetString()!).ToList();
        Assert.Contains(reader, names);
        Assert.Contains(holder, names);
        Assert.Contains("admin", names);
        Assert.DoesNotContain(other, names);
        Assert.Equal(names.Count, all.Statistics.GetProperty("totalElements").GetInt32());
        var paged = new List<string>();
        for (var page = 1; page <= names.Count; page++)
            paged.AddRange((await rest.Admin.GetAsync($"{ask}&pageSize=1&currentPage={page}")).Expect(200).List("explanations").Select(row => row.GetProperty("user").GetString()!));
        Assert.Equal(names, paged);
        Assert.Empty((await rest.Admin.GetAsync($"{ask}&pageSize=1&currentPage={names.Count + 1}")).Expect(200).List("explanations"));
    }

    [Fact]
    public async Task What_and_where_a_user_can_is_what_the_user_is_then_shown()
    {
        var (hall, pump) = await PlantAsync();
        var (name, user) = await rest.NewUserAsync();
        await AssignAsync(name, hall, 1);

        var where = (await rest.Admin.GetAsync($"/authorization/managedObjects?user={name}&permission=INVENTORY_READ&withTotalElements=true")).Expect(200);
        Assert.Equal([hall, pump], where.List("explanations").Select(row => row.GetProperty("managedObject").GetProperty("id").GetString()).Intersect([hall, pump]));
        var shown = (await user.GetAsync("/inventory/managedObjects?pageSize=2000&withTotalElements=true")).Expect(200);
        Assert.Equal(shown.Statistics.GetProperty("totalElements").GetInt32(), where.Statistics.GetProperty("totalElements").GetInt32());
        var what = (await rest.Admin.GetAsync($"/authorization/permissions?user={name}&managedObject={pump}&pageSize=100")).Expect(200).List("explanations").ToList();
        foreach (var row in what)
            Assert.Equal(row.GetProperty("permission").GetString()!.EndsWith("_READ", StringComparison.Ordinal), row.GetProperty("allowed").GetBoolean());
        Assert.Contains(what, row => row.GetProperty("permission").GetString() == "ALARM_READ");
    }

    [Fact]
    public async Task Where_a_user_can_lists_nothing_that_the_user_is_refused()
    {
        var (_, pump) = await PlantAsync();
        var plain = await rest.Admin.NewObjectAsync("""{"c8y_T":{}}""");
        var (name, user) = await rest.NewUserAsync();
        await rest.Admin.NewObjectAsync("""{"name":"Notice","c8y_Global":{}}""");
        (await rest.Admin.PutAsync($"/user/t1/users/{name}",
            "{\"devicePermissions\":{\"" + pump + "\":[\"MANAGED_OBJECT:c8y_T:READ\",\"MEASUREMENT:c8y_T:READ\"],\"" + plain + "\":[\"MANAGED_OBJECT:c8y_T:READ\"]}}")).Expect(200);
        async Task<List<string>> WhereAsync(string permission)
        {
            var page = (await rest.Admin.GetAsync($"/authorization/managedObjects?user={name}&permission={permission}&pageSize=2000&withTotalElements=true")).Expect(200);
            var rows = page.List("explanations").Select(row => row.GetProperty("managedObject").GetProperty("id").GetString()!).ToList();
            Assert.Equal(rows.Count, page.Statistics.GetProperty("totalElements").GetInt32());
            return rows;
        }

        (await user.GetAsync($"/inventory/managedObjects/{pump}")).Expect(403);
        Assert.Equal((await user.GetAsync("/inventory/managedObjects?pageSize=2000")).Expect(200).Ids("managedObjects"), await WhereAsync("INVENTORY_READ"));
        Assert.Equal([plain], await WhereAsync("IDENTITY_READ"));
        // What of an object's data is covered is the data's to say.
        Assert.Equal([pump], await WhereAsync("MEASUREMENT_READ"));
        (await rest.Admin.PutAsync($"/user/t1/users/{name}", """{"enabled":false}""")).Expect(200);
        Assert.Empty(await WhereAsync("INVENTORY_READ"));
    }

    [Fact]
    public async Task Where_measurements_show_in_part_an_explanation_says_which_part()
    {
        const string Option = "/tenant/options/configuration/acl.measurement.only-accessible-fragments";
        var (_, pump) = await PlantAsync();
        var (name, user) = await rest.NewUserAsync();
        (await rest.Admin.PutAsync($"/user/t1/users/{name}", "{\"devicePermissions\":{\"" + pump + "\":[\"MEASUREMENT:c8y_T:READ\"]}}")).Expect(200);
        var made = (await rest.Admin.PostAsync("/measurement/measurements",
            "{\"source\":{\"id\":\"" + pump + "\"},\"type\":\"t\",\"time\":\"2026-11-20T08:00:00Z\",\"c8y_T\":{\"T\":{\"value\":1}},\"c8y_P\":{\"P\":{\"value\":2}}}")).Expect(201).Text("id");
        const string Both = "&fragment=c8y_T,c8y_P";

        (await user.GetAsync($"/measurement/measurements/{made}")).Expect(403);
        Assert.False((await ExplainAsync(name, "MEASUREMENT_READ", pump, Both)).TryGetProperty("allowedFragments", out _));
        (await rest.Admin.PutAsync(Option, """{"value":"true"}""")).Expect(200);
        try
        {
            var shown = (await user.GetAsync($"/measurement/measurements/{made}")).Expect(200).Json;
            Assert.True(shown.TryGetProperty("c8y_T", out _) && !shown.TryGetProperty("c8y_P", out _));
            var why = await ExplainAsync(name, "MEASUREMENT_READ", pump, Both);
            Assert.False(why.GetProperty("allowed").GetBoolean());
            Assert.Equal(["c8y_T"], why.GetProperty("allowedFragments").EnumerateArray().Select(fragment => fragment.GetString()));
            Assert.False((await ExplainAsync(name, "MEASUREMENT_READ", pump, "&fragment=c8y_P")).TryGetProperty("allowedFragments", out _));
        }
        finally
        {
            (await rest.Admin.DeleteAsync(Option)).Expect(204);
        }
    }
}
