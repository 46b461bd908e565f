namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Inventory roles, assignments and device permissions, from end to end: what they show of the inventory, and that it ends when they do.</summary>
[Collection(RestServers.Name)]
public sealed class InventoryRoleTests(RestFixture rest)
{
    private async Task<(string Group, string Device, string Other)> PlantAsync()
    {
        var group = await rest.Admin.NewObjectAsync("""{"name":"Hall","c8y_IsDeviceGroup":{}}""");
        var device = await rest.Admin.NewObjectAsync("""{"name":"Pump","c8y_IsDevice":{}}""");
        var other = await rest.Admin.NewObjectAsync("""{"name":"Other"}""");
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{group}/childAssets", "{\"managedObject\":{\"id\":\"" + device + "\"}}")).Expect(201);
        return (group, device, other);
    }

    [Fact]
    public async Task A_role_on_a_group_shows_what_is_below_until_it_is_taken_or_loses_it_or_is_deleted()
    {
        var (group, device, other) = await PlantAsync();
        var (name, user) = await rest.NewUserAsync();
        var assignments = $"/user/t1/users/{name}/roles/inventory";
        var role = (await rest.Admin.PostAsync("/user/inventoryroles", "{\"name\":\"" + rest.Unique("role") + "\",\"permissions\":[{\"scope\":\"MANAGED_OBJECT\",\"type\":\"*\",\"permission\":\"READ\"}]}"))
            .Expect(201).Json.GetProperty("id").GetInt32();
        string Wish(string id) => "{\"managedObject\":" + id + ",\"roles\":[{\"id\":" + role + "}]}";
        async Task SeesAsync(int status) => (await user.GetAsync($"/inventory/managedObjects/{device}")).Expect(status);

        await SeesAsync(403);
        var made = (await rest.Admin.PostAsync(assignments, Wish(group))).Expect(200);
        await SeesAsync(200);
        (await user.GetAsync($"/inventory/managedObjects/{other}")).Expect(403);
        (await user.PutAsync($"/inventory/managedObjects/{device}", """{"name":"no"}""")).Expect(403);

        (await rest.Admin.PutAsync($"/user/inventoryroles/{role}", """{"permissions":[{"scope":"ALARM","type":"*","permission":"READ"}]}""")).Expect(200);
        await SeesAsync(403);
        (await rest.Admin.PutAsync($"/user/inventoryroles/{role}", """{"permissions":[{"scope":"*","type":"*","permission":"READ"}]}""")).Expect(200);
        await SeesAsync(200);
        (await rest.Admin.DeleteAsync(new Uri(made.Text("self")).AbsolutePath)).Expect(204);
        await SeesAsync(403);
        (await rest.Admin.PostAsync(assignments, Wish(device))).Expect(200);
        await SeesAsync(200);
        (await rest.Admin.DeleteAsync($"/user/inventoryroles/{role}")).Expect(204);
        await SeesAsync(403);
        Assert.Empty((await rest.Admin.GetAsync(assignments)).Expect(200).List("inventoryAssignments"));
    }

    [Fact]
    public async Task An_assignment_to_an_object_that_is_deleted_is_not_shown()
    {
        var (group, _, other) = await PlantAsync();
        var (name, _) = await rest.NewUserAsync();
        var assignments = $"/user/t1/users/{name}/roles/inventory";
        foreach (var id in (string[])[group, other])
            (await rest.Admin.PostAsync(assignments, "{\"managedObject\":\"" + id + "\",\"roles\":[{\"id\":1}]}")).Expect(200);
        (await rest.Admin.DeleteAsync($"/inventory/managedObjects/{other}")).Expect(204);

        var left = Assert.Single((await rest.Admin.GetAsync(assignments)).Expect(200).List("inventoryAssignments"));
        Assert.Equal((1, group), (left.GetProperty("id").GetInt32(), left.GetProperty("managedObject").GetString()));
        (await rest.Admin.GetAsync($"{assignments}/2")).ExpectError(404, "users/Not Found");
        (await rest.Admin.DeleteAsync($"{assignments}/2")).ExpectError(404, "users/Not Found");
    }

    [Fact]
    public async Task Device_permissions_of_users_and_groups_hold_on_the_object_alone_until_they_are_taken()
    {
        var (group, device, _) = await PlantAsync();
        var (name, user) = await rest.NewUserAsync();
        var gid = (await rest.Admin.PostAsync("/user/t1/groups", "{\"name\":\"" + rest.Unique("group") + "\",\"devicePermissions\":{\"" + group + "\":[\"MANAGED_OBJECT:*:READ\"]}}"))
            .Expect(201).Json.GetProperty("id").GetInt32();
        async Task SeesAsync(string id, int status) => (await user.GetAsync($"/inventory/managedObjects/{id}")).Expect(status);

        await SeesAsync(group, 403);
        (await rest.Admin.PostAsync($"/user/t1/groups/{gid}/users", "{\"user\":{\"id\":\"" + name + "\"}}")).Expect(201);
        await SeesAsync(group, 200);
        await SeesAsync(device, 403);
        (await rest.Admin.PutAsync($"/user/devicePermissions/{device}",
            "{\"users\":[{\"userName\":\"" + name + "\",\"devicePermissions\":{\"" + device + "\":[\"MANAGED_OBJECT:*:READ\"],\"" + group + "\":[\"*:*:*\"]}}]}")).Expect(200);
        await SeesAsync(device, 200);
        (await user.PutAsync($"/inventory/managedObjects/{group}", """{"name":"no"}""")).Expect(403);

        var holders = (await rest.Admin.GetAsync($"/user/devicePermissions/{group}")).Expect(200);
        Assert.Equal(gid, Assert.Single(holders.List("groups")).GetProperty("id").GetInt32());
        Assert.Empty(holders.List("users"));
        Assert.Contains(name, (await rest.Admin.GetAsync($"/user/devicePermissions/{device}")).Expect(200).Ids("users"));
        (await rest.Admin.PutAsync($"/user/devicePermissions/{group}", "{\"groups\":[{\"id\":" + gid + ",\"devicePermissions\":{}}]}")).Expect(200);
        await SeesAsync(group, 403);
        (await rest.Admin.PutAsync($"/user/t1/users/{name}", """{"devicePermissions":{}}""")).Expect(200);
        await SeesAsync(device, 403);
    }

    [Fact]
    public async Task Inventory_roles_are_kept_when_the_administrator_changes_something_else_of_the_user()
    {
        var (group, _, _) = await PlantAsync();
        var (name, _) = await rest.NewUserAsync();
        (await rest.Admin.PostAsync($"/user/t1/users/{name}/roles/inventory", "{\"managedObject\":\"" + group + "\",\"roles\":[{\"id\":1}]}")).Expect(200);
        var whole = (await rest.Admin.PutAsync($"/user/t1/users/{name}", "{\"devicePermissions\":{\"" + group + "\":[\"ALARM:c8y_Door:READ\"]}}")).Expect(200);
        Assert.Equal("ALARM:c8y_Door:READ", whole.Json.GetProperty("devicePermissions").GetProperty(group)[0].GetString());

        // As clients do: the whole document comes back with one thing changed.
        var changed = (await rest.Admin.PutAsync($"/user/t1/users/{name}", whole.Body.Replace("\"enabled\":true", "\"enabled\":true,\"firstName\":\"Kim\"", StringComparison.Ordinal))).Expect(200);
        Assert.Equal(("Kim", 1), (changed.Text("firstName"), changed.Json.GetProperty("devicePermissions").EnumerateObject().Count()));
        Assert.Single((await rest.Admin.GetAsync($"/user/t1/users/{name}/roles/inventory")).Expect(200).List("inventoryAssignments"));
        var told = (await rest.Admin.GetAsync($"/audit/auditRecords?type=User&source={name}&pageSize=100")).Expect(200).Body;
        Assert.Contains("inventoryAssignments", told, StringComparison.Ordinal);
        Assert.Contains($"{group}:ALARM:c8y_Door:READ", told, StringComparison.Ordinal);
    }
}
