namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Managed objects, their children and their names, from end to end.</summary>
[Collection(RestServers.Name)]
public sealed class InventoryTests(RestFixture rest)
{
    private const string Objects = "/inventory/managedObjects";

    [Fact]
    public async Task Roots_groups_and_numbers_of_children_are_what_the_reader_may_see()
    {
        var type = rest.Unique("type");
        var (_, user) = await rest.NewUserAsync("ROLE_INVENTORY_CREATE");
        var group = await rest.Admin.NewObjectAsync($$"""{"name":"group","type":"{{type}}"}""");
        var own = await user.NewObjectAsync($$"""{"name":"own","type":"{{type}}"}""");
        var other = await rest.Admin.NewObjectAsync($$"""{"name":"other","type":"{{type}}"}""");
        (await rest.Admin.PostAsync($"/inventory/managedObjects/{group}/childAssets", $$$"""{"references":[{"managedObject":{"id":"{{{own}}}"}},{"managedObject":{"id":"{{{other}}}"}}]}""")).Expect(201);

        Assert.Equal([group], (await rest.Admin.GetAsync($"/inventory/managedObjects?type={type}&onlyRoots=true")).Expect(200).Ids("managedObjects"));
        Assert.Equal([own], (await user.GetAsync($"/inventory/managedObjects?type={type}&onlyRoots=true")).Expect(200).Ids("managedObjects"));
        var children = (await rest.Admin.GetAsync($"/inventory/managedObjects/{group}?withChildrenCount=true&skipChildrenNames=true")).Expect(200).Json.GetProperty("childAssets");
        Assert.Equal(2, children.GetProperty("count").GetInt32());
        Assert.All(children.GetProperty("references").EnumerateArray(), reference => Assert.False(reference.GetProperty("managedObject").TryGetProperty("name", out _)));
        var parents = (await rest.Admin.GetAsync($"/inventory/managedObjects?ids={own}&withGroups=true")).Expect(200).List("managedObjects").Single().GetProperty("assetParents");
        Assert.Equal(group, parents.GetProperty("references")[0].GetProperty("managedObject").GetProperty("id").GetString());
        Assert.Equal(0, (await user.GetAsync($"/inventory/managedObjects/{own}?withGroups=true")).Expect(200).Json.GetProperty("assetParents").GetProperty("references").GetArrayLength());
    }

    [Fact]
    public async Task An_object_is_read_changed_and_deleted_by_its_id()
    {
        var id = await rest.Admin.NewObjectAsync("""{"name":"Pump","type":"c8y_Pump","c8y_A":{"n":1.50},"c8y_B":"b"}""");
        var read = (await rest.Admin.GetAsync($"{Objects}/{id}")).Expect(200);
        Assert.Equal(("Pump", "c8y_Pump", "admin"), (read.Text("name"), read.Text("type"), read.Text("owner")));
        Assert.Contains("\"c8y_A\":{\"n\":1.50}", read.Body, StringComparison.Ordinal);

        var changed = (await rest.Admin.PutAsync($"{Objects}/{id}", """{"c8y_A":null,"c8y_C":{}}""")).Expect(200);
        Assert.DoesNotContain("c8y_A", changed.Body, StringComparison.Ordinal);
        Assert.Contains("\"c8y_B\":\"b\"", (await rest.Admin.GetAsync($"{Objects}/{id}")).Body, StringComparison.Ordinal);

        (await rest.Admin.DeleteAsync($"{Objects}/{id}")).Expect(204);
        (await rest.Admin.GetAsync($"{Objects}/{id}")).ExpectError(404, "inventory/Not Found");
        (await rest.Admin.PutAsync($"{Objects}/{id}", "{}")).ExpectError(404, "inventory/Not Found");
    }

    [Fact]
    public async Task What_a_client_says_of_a_devices_availability_is_passed_over()
    {
        const string Claimed = "\"c8y_Availability\":{\"status\":\"AVAILABLE\"},\"c8y_Connection\":{\"status\":\"CONNECTED\"}";
        var id = await rest.Admin.NewObjectAsync("{\"acme_Made\":{}," + Claimed + "}");
        var changed = (await rest.Admin.PutAsync($"{Objects}/{id}", "{\"acme_Changed\":{}," + Claimed + "}")).Expect(200);
        var read = (await rest.Admin.GetAsync($"{Objects}/{id}")).Expect(200);

        Assert.All([changed, read], shown =>
        {
            Assert.Contains("\"acme_Made\":{},\"acme_Changed\":{}", shown.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("c8y_Availability", shown.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("c8y_Connection", shown.Body, StringComparison.Ordinal);
        });
        Assert.Empty((await rest.Admin.GetAsync($"{Objects}?ids={id}&fragmentType=c8y_Availability")).Expect(200).Ids("managedObjects"));
    }

    [Fact]
    public async Task What_was_created_shows_in_the_next_list_and_count()
    {
        var type = rest.Unique("c8y_Type");
        var ids = new List<string>();
        for (var i = 0; i < 7; i++) ids.Add(await rest.Admin.NewObjectAsync("{\"type\":\"" + type + "\",\"c8y_" + type + "\":{}}"));

        var first = (await rest.Admin.GetAsync($"{Objects}?type={type}&withTotalPages=true&withTotalElements=true")).Expect(200);
        Assert.Equal(ids[..5], first.Ids("managedObjects"));
        Assert.Equal((2, 7), (first.Statistics.GetProperty("totalPages").GetInt32(), first.Statistics.GetProperty("totalElements").GetInt32()));
        var next = (await rest.Admin.GetAsync(first.Text("next"))).Expect(200);
        Assert.Equal(ids[5..], next.Ids("managedObjects"));
        Assert.False(next.Json.TryGetProperty("next", out _));
        Assert.Equal("7", (await rest.Admin.GetAsync($"{Objects}/count?fragmentType=c8y_{type}")).Expect(200).Body);

        (await rest.Admin.DeleteAsync($"{Objects}/{ids[3]}")).Expect(204);
        Assert.Equal("6", (await rest.Admin.GetAsync($"{Objects}/count?type={type}")).Body);
        Assert.Equal([ids[0], ids[2]], (await rest.Admin.GetAsync($"{Objects}?ids={ids[0]},{ids[3]},{ids[2]}")).Ids("managedObjects"));
    }

    [Fact]
    public async Task A_new_object_is_where_its_Location_says()
    {
        var made = (await rest.Admin.PostAsync(Objects, """{"name":"x"}""", accept: null)).Expect(201);

        Assert.Empty(made.Body);
        Assert.Equal(made.Location!.ToString(), (await rest.Admin.GetAsync(made.Location!.ToString())).Expect(200).Text("self"));
    }

    [Theory]
    [InlineData("childDevices", "deviceParents", "childDeviceId")]
    [InlineData("childAssets", "assetParents", "childAssetId")]
    [InlineData("childAdditions", "additionParents", "childAdditionId")]
    public async Task Children_are_linked_listed_and_unlinked(string children, string parents, string filter)
    {
        var parent = await rest.Admin.NewObjectAsync("""{"name":"parent"}""");
        var (one, two) = (await rest.Admin.NewObjectAsync("{}"), await rest.Admin.NewObjectAsync("{}"));
        var collection = $"{Objects}/{parent}/{children}";

        (await rest.Admin.PostAsync(collection, "{\"managedObject\":{\"id\":\"" + one + "\"}}")).Expect(201);
        (await rest.Admin.PostAsync(collection, "{\"references\":[{\"managedObject\":{\"id\":\"" + two + "\"}}]}", accept: "")).Expect(201);
        (await rest.Admin.PostAsync(collection, "{\"managedObject\":{\"id\":\"" + one + "\"}}")).ExpectError(409, "inventory/conflict");
        (await rest.Admin.PostAsync(collection, "{\"managedObject\":{\"id\":\"" + parent + "\"}}")).ExpectError(422, "inventory/Invalid Data");
        (await rest.Admin.PostAsync(collection, """{"managedObject":{"id":"999999999"}}""")).ExpectError(404, "inventory/Not Found");
        var three = (await rest.Admin.PostAsync(collection, """{"name":"new one"}""")).Expect(201).Text("id");

        var listed = (await rest.Admin.GetAsync(collection)).Expect(200).List("references").Select(row => row.GetProperty("managedObject").GetProperty("id").GetString());
        Assert.Equal([one, two, three], listed);
        Assert.Equal(3, (await rest.Admin.GetAsync($"{Objects}/{parent}")).Json.GetProperty(children).GetProperty("references").GetArrayLength());
        Assert.Equal(1, (await rest.Admin.GetAsync($"{Objects}/{one}?withParents=true")).Json.GetProperty(parents).GetProperty("references").GetArrayLength());
        Assert.Equal([parent], (await rest.Admin.GetAsync($"{Objects}?{filter}={one}")).Ids("managedObjects"));
        (await rest.Admin.GetAsync($"{collection}/{one}")).Expect(200);

        (await rest.Admin.DeleteAsync($"{collection}/{one}")).Expect(204);
        (await rest.Admin.GetAsync($"{collection}/{one}")).ExpectError(422, "inventory/Invalid Data");
        (await rest.Admin.DeleteAsync(collection, "{\"references\":[{\"managedObject\":{\"id\":\"" + two + "\"}}]}")).Expect(204);
        Assert.Single((await rest.Admin.GetAsync(collection)).List("references"));
    }

    [Fact]
    public async Task An_external_id_is_bound_once_and_found_whatever_it_holds()
    {
        var name = Uri.EscapeDataString(rest.Unique("ser/ial %2F+ü "));
        var id = await rest.Admin.NewObjectAsync("{}");
        var body = "{\"type\":\"c8y_Serial\",\"externalId\":\"" + Uri.UnescapeDataString(name) + "\"}";

        (await rest.Admin.PostAsync($"/identity/globalIds/{id}/externalIds", body)).Expect(201);
        (await rest.Admin.PostAsync($"/identity/globalIds/{id}/externalIds", body)).ExpectError(409, "identity/Duplicate");
        Assert.Equal(id, (await rest.Admin.GetAsync($"/identity/externalIds/c8y_Serial/{name}")).Expect(200).Json.GetProperty("managedObject").GetProperty("id").GetString());
        Assert.Single((await rest.Admin.GetAsync($"/identity/globalIds/{id}/externalIds")).Expect(200).List("externalIds"));
        (await rest.Admin.DeleteAsync($"/identity/externalIds/c8y_Serial/{name}")).Expect(204);
        (await rest.Admin.GetAsync($"/identity/externalIds/c8y_Serial/{name}")).ExpectError(404, "identity/Not Found");
    }

    [Fact]
    public async Task A_user_without_roles_lists_nothing_and_is_refused_by_id()
    {
        var id = await rest.Admin.NewObjectAsync("{}");
        var (_, user) = await rest.NewUserAsync();

        Assert.Empty((await user.GetAsync($"{Objects}?ids={id}")).Expect(200).List("managedObjects"));
        Assert.Equal("0", (await user.GetAsync($"{Objects}/count?ids={id}")).Expect(200).Body);
        (await user.GetAsync($"{Objects}/{id}")).ExpectError(403, "security/Forbidden");
        (await user.GetAsync($"{Objects}/999999999")).ExpectError(404, "inventory/Not Found");
        (await user.PostAsync(Objects, "{}")).ExpectError(403, "security/Forbidden");
    }

    [Fact]
    public async Task Who_may_only_create_owns_what_it_made_and_nothing_else()
    {
        var foreign = await rest.Admin.NewObjectAsync("{}");
        var (name, user) = await rest.NewUserAsync("ROLE_INVENTORY_CREATE");
        var own = await user.NewObjectAsync("{}");

        Assert.Equal(name, (await user.GetAsync($"{Objects}/{own}")).Expect(200).Text("owner"));
        (await user.PutAsync($"{Objects}/{own}", """{"name":"mine"}""")).Expect(200);
        (await user.GetAsync($"{Objects}/{foreign}")).Expect(403);
        (await user.PutAsync($"{Objects}/{foreign}", "{}")).Expect(403);
        (await user.DeleteAsync($"{Objects}/{foreign}")).Expect(403);
        Assert.Equal([own], (await user.GetAsync($"{Objects}?ids={own},{foreign}")).Ids("managedObjects"));
        (await user.PostAsync($"{Objects}/{foreign}/childDevices", "{\"managedObject\":{\"id\":\"" + own + "\"}}")).Expect(201);
        (await user.PostAsync($"{Objects}/{foreign}/childAdditions", "{\"managedObject\":{\"id\":\"" + own + "\"}}")).Expect(403);
        (await user.PostAsync($"{Objects}/{own}/childAssets", "{\"managedObject\":{\"id\":\"" + foreign + "\"}}")).Expect(403);
        (await user.DeleteAsync($"{Objects}/{own}")).Expect(204);
    }

    [Fact]
    public async Task An_object_for_everybody_is_read_by_everybody_of_its_tenant_and_changed_by_none()
    {
        var id = await rest.Admin.NewObjectAsync("""{"c8y_Global":{}}""");
        var (_, user) = await rest.NewUserAsync();

        (await user.GetAsync($"{Objects}/{id}")).Expect(200);
        (await user.PutAsync($"{Objects}/{id}", "{}")).Expect(403);
        (await rest.Operator.GetAsync($"{Objects}/{id}")).Expect(404);
    }
}
