namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>The user that a device signs in as, reached through the device's object.</summary>
[Collection(RestServers.Name)]
public sealed class DeviceUserTests(RestFixture rest)
{
    private const string Objects = "/inventory/managedObjects";

    [Fact]
    public async Task A_right_on_a_child_device_neither_shuts_out_nor_deletes_nor_shows_the_user_of_its_gateway()
    {
        var (name, device) = await rest.NewDeviceAsync();
        var gateway = await device.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        var child = await device.NewObjectAsync("""{"c8y_IsDevice":{}}""");
        (await device.PostAsync($"{Objects}/{gateway}/childDevices", Reference(child))).Expect(201);
        var (manager, client) = await rest.NewUserAsync();
        await MakeManagerAsync(manager, child);

        (await client.GetAsync($"{Objects}/{child}/user")).ExpectError(403, "security/Forbidden");
        (await client.PutAsync($"{Objects}/{child}/user", """{"enabled":false}""")).ExpectError(403, "security/Forbidden");
        (await client.DeleteAsync($"{Objects}/{child}?withDeviceUser=true")).ExpectError(403, "security/Forbidden");
        (await device.GetAsync($"{Objects}/{child}")).Expect(200);

        await MakeManagerAsync(manager, gateway);
        Assert.Equal(name, (await client.GetAsync($"{Objects}/{child}/user")).Expect(200).Text("userName"));
        (await client.DeleteAsync($"{Objects}/{child}?withDeviceUser=true")).Expect(204);
        (await device.GetAsync("/user/currentUser")).Expect(401);
    }

    private async Task MakeManagerAsync(string user, string on) =>
        (await rest.Admin.PostAsync($"/user/t1/users/{user}/roles/inventory", "{\"managedObject\":\"" + on + "\",\"roles\":[{\"id\":2}]}")).Expect(200);

    private static string Reference(string id) => "{\"managedObject\":{\"id\":\"" + id + "\"}}";
}
