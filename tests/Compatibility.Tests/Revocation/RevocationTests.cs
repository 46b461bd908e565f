using System.Diagnostics;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Rest;

namespace Bailiwick.Compatibility.Tests.Revocation;

/// <summary>
/// Once a removal is answered, nothing is served with the old right: no request, no message, no new connection; and the open session is
/// closed. Clients that never pause look for the gap.
/// </summary>
public sealed class RevocationTests(SharedServer shared, ITestOutputHelper output) : IClassFixture<SharedServer>
{
    private const string Row = "200,revoked,v,1";
    private const int DevicesGroup = 3;

    // The session ends before the answer is sent; what is left is how long a busy machine takes to tell this test.
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(2);

    private ServerProcess Server => shared.Server;

    private RestClient Admin => field ??= Joining.AdminOf(shared.Server);

    [Fact]
    public async Task A_disabled_user_is_out_at_once()
    {
        var device = await ConnectedDeviceAsync("disabled");
        await CutOffAsync(device, () => Admin.PutAsync($"/user/t1/users/{device.UserName}", """{"enabled":false}"""));
        Assert.Equal(4, await MqttSocket.TryConnectAsync(Server, device.Connect));
    }

    [Fact]
    public async Task A_disabled_user_is_let_in_again_when_enabled()
    {
        var device = await ConnectedDeviceAsync("enabled-again");
        await CutOffAsync(device, () => Admin.PutAsync($"/user/t1/users/{device.UserName}", """{"enabled":false}"""));
        (await Admin.PutAsync($"/user/t1/users/{device.UserName}", """{"enabled":true}""")).Expect(200);
        await WorksAsync(device);
    }

    [Fact]
    public async Task A_deleted_user_is_out_at_once()
    {
        var device = await ConnectedDeviceAsync("deleted");
        await CutOffAsync(device, () => Admin.DeleteAsync($"/user/t1/users/{device.UserName}"));
        Assert.Equal(4, await MqttSocket.TryConnectAsync(Server, device.Connect));
    }

    [Fact]
    public async Task A_device_that_leaves_the_group_of_devices_loses_its_session_and_the_rights_of_the_group()
    {
        var device = await ConnectedDeviceAsync("ungrouped");
        await CutOffAsync(device, () => Admin.DeleteAsync($"/user/t1/groups/{DevicesGroup}/users/{device.UserName}"), isStillKnown: true, asks: "/user/currentUser");
        Assert.Equal(403, (await device.Rest(Server).PostAsync("/inventory/managedObjects", """{"name":"more"}""")).Status);
        Assert.Equal(5, await MqttSocket.TryConnectAsync(Server, device.Connect));
    }

    [Fact]
    public async Task A_user_who_loses_a_role_loses_its_right_with_the_next_request_and_the_session_with_it()
    {
        var user = await NewUserAsync("roles", "ROLE_INVENTORY_READ", "ROLE_INVENTORY_ADMIN", "ROLE_MEASUREMENT_ADMIN", "ROLE_IDENTITY_READ", "ROLE_IDENTITY_ADMIN");
        var mine = (await Admin.PostAsync("/inventory/managedObjects", """{"name":"not of the user"}""")).Expect(201).MadeId;
        using var mqtt = await MqttSocket.ConnectAsync(Server, user.Connect);
        await mqtt.PublishedAsync("s/us", "100");
        var (rest, publishing) = (Hammer.Rest(user.Rest(Server), $"/inventory/managedObjects/{mine}"), Hammer.Publishing(mqtt, Row));
        await Task.WhenAll(rest.SucceedsAsync(), publishing.SucceedsAsync());

        (await Admin.DeleteAsync($"/user/t1/users/{user.UserName}/roles/ROLE_INVENTORY_READ")).Expect(204);
        (await Admin.DeleteAsync($"/user/t1/users/{user.UserName}/roles/ROLE_INVENTORY_ADMIN")).Expect(204);
        var answered = Stopwatch.GetTimestamp();

        await Task.WhenAll(rest.StoppedByAsync(answered), publishing.StoppedByAsync(answered));
        Assert.Equal(403, (await user.Rest(Server).GetAsync($"/inventory/managedObjects/{mine}")).Status);
        (await user.Rest(Server).GetAsync("/user/currentUser")).Expect(200);
    }

    [Fact]
    public async Task A_user_who_leaves_a_group_loses_its_rights_with_the_next_request()
    {
        var user = await NewUserAsync("grouped");
        (await Admin.PostAsync("/user/t1/groups/12/users", $$"""{"user":{"self":"{{Server.Http}}user/t1/users/{{user.UserName}}"} }""")).Expect(201);
        var other = (await Admin.PostAsync("/inventory/managedObjects", """{"name":"not of the user"}""")).Expect(201).MadeId;
        var rest = Hammer.Rest(user.Rest(Server), $"/inventory/managedObjects/{other}");
        await rest.SucceedsAsync();

        (await Admin.DeleteAsync($"/user/t1/groups/12/users/{user.UserName}")).Expect(204);
        await rest.StoppedByAsync(Stopwatch.GetTimestamp());
        Assert.Equal(403, (await user.Rest(Server).GetAsync($"/inventory/managedObjects/{other}")).Status);
    }

    [Theory]
    [InlineData("unassigned"), InlineData("replaced"), InlineData("narrowed"), InlineData("deleted"), InlineData("permission"), InlineData("groups-permission")]
    public async Task A_user_who_loses_what_it_has_on_one_object_loses_it_with_the_next_request(string way)
    {
        var user = await NewUserAsync($"on-object-{way}");
        var hall = (await Admin.PostAsync("/inventory/managedObjects", """{"name":"not of the user"}""")).Expect(201).MadeId;
        var room = (await Admin.PostAsync("/inventory/managedObjects", """{"name":"not of the user"}""")).Expect(201).MadeId;
        (await Admin.PostAsync($"/inventory/managedObjects/{hall}/childAssets", $$$"""{"managedObject":{"id":"{{{room}}}"}}""")).Expect(201);
        var role = (await Admin.PostAsync("/user/inventoryroles", $$$"""{"name":"{{{way}}}","permissions":[{"scope":"MANAGED_OBJECT","permission":"READ"}]}""")).Expect(201).MadeId;
        var empty = (await Admin.PostAsync("/user/inventoryroles", $$$"""{"name":"not-{{{way}}}"}""")).Expect(201).MadeId;
        var group = (await Admin.PostAsync("/user/t1/groups", $$$"""{"name":"of-{{{way}}}"}""")).Expect(201).MadeId;
        (await Admin.PostAsync($"/user/t1/groups/{group}/users", $$$"""{"user":{"id":"{{{user.UserName}}}"}}""")).Expect(201);
        var (assignments, permissions) = ($"/user/t1/users/{user.UserName}/roles/inventory", $$$"""{"devicePermissions":{"{{{room}}}":["MANAGED_OBJECT:*:READ"]}}""");
        (await (way switch
        {
            "permission" => Admin.PutAsync($"/user/t1/users/{user.UserName}", permissions),
            "groups-permission" => Admin.PutAsync($"/user/t1/groups/{group}", permissions),
            _ => Admin.PostAsync(assignments, $$$"""{"managedObject":"{{{hall}}}","roles":[{"id":{{{role}}}}]}"""),
        })).Expect(200);
        var rest = Hammer.Rest(user.Rest(Server), $"/inventory/managedObjects/{room}");
        await rest.SucceedsAsync();

        var taken = await (way switch
        {
            "unassigned" => Admin.DeleteAsync($"{assignments}/1"),
            "replaced" => Admin.PutAsync($"{assignments}/1", $$$"""{"roles":[{"id":{{{empty}}}}]}"""),
            "narrowed" => Admin.PutAsync($"/user/inventoryroles/{role}", """{"permissions":[{"scope":"MANAGED_OBJECT","type":"c8y_Other","permission":"READ"}]}"""),
            "deleted" => Admin.DeleteAsync($"/user/inventoryroles/{role}"),
            "permission" => Admin.PutAsync($"/user/t1/users/{user.UserName}", """{"devicePermissions":{}}"""),
            _ => Admin.PutAsync($"/user/devicePermissions/{room}", $$$"""{"groups":[{"id":{{{group}}},"devicePermissions":{}}]}"""),
        });
        var answered = Stopwatch.GetTimestamp();

        Assert.InRange(taken.Status, 200, 204);
        await rest.StoppedByAsync(answered);
        Assert.Equal(403, (await user.Rest(Server).GetAsync($"/inventory/managedObjects/{room}")).Status);
    }

    [Theory]
    [InlineData("/roles/ROLE_INVENTORY_READ")]
    [InlineData("")]
    public async Task A_group_that_loses_a_role_or_goes_cuts_its_members_off_and_nobody_else(string taken)
    {
        var name = taken.Length > 0 ? "shrunk" : "gone";
        var bystander = await ConnectedDeviceAsync($"beside-{name}");
        var user = await NewUserAsync($"of-{name}");
        string[] roles = ["INVENTORY_READ", "INVENTORY_ADMIN", "IDENTITY_READ", "IDENTITY_ADMIN", "MEASUREMENT_ADMIN"];
        var references = string.Join(',', roles.Select(role => $$$"""{"role":{"id":"ROLE_{{{role}}}"}}"""));
        var group = (await Admin.PostAsync("/user/t1/groups", $$$"""{"name":"{{{name}}}","roles":{"references":[{{{references}}}]}}""")).Expect(201).MadeId;
        (await Admin.PostAsync($"/user/t1/groups/{group}/users", $$$"""{"user":{"id":"{{{user.UserName}}}"}}""")).Expect(201);
        using (var first = await MqttSocket.ConnectAsync(Server, user.Connect)) await first.PublishedAsync("s/us", "100");
        var other = (await Admin.PostAsync("/inventory/managedObjects", """{"name":"not of the user"}""")).Expect(201).MadeId;
        using var unharmed = await MqttSocket.ConnectAsync(Server, bystander.Connect);

        await CutOffAsync(user, () => Admin.DeleteAsync($"/user/t1/groups/{group}{taken}"), isStillKnown: true, asks: $"/inventory/managedObjects/{other}");

        Assert.Empty(await unharmed.PublishedAsync("s/us", Row));
    }

    [Fact]
    public async Task A_device_that_is_shut_out_by_its_object_is_out_at_once_and_works_again_when_it_is_let_in()
    {
        var device = await ConnectedDeviceAsync("by-object");
        var user = $"/inventory/managedObjects/{await Joining.ObjectIdAsync(Admin, device.DeviceId)}/user";
        Assert.Equal("device_revoked-by-object", (await Admin.GetAsync(user)).Expect(200).Json.GetProperty("userName").GetString());

        await CutOffAsync(device, () => Admin.PutAsync(user, """{"enabled":false}"""));
        Assert.NotEqual(0, await MqttSocket.TryConnectAsync(Server, device.Connect));
        Assert.False((await Admin.GetAsync(user)).Expect(200).Json.GetProperty("enabled").GetBoolean());

        (await Admin.PutAsync(user, """{"enabled":true}""")).Expect(200);
        await WorksAsync(device);
    }

    [Fact]
    public async Task An_old_password_is_good_for_nothing_once_its_owner_has_changed_it()
    {
        var user = await NewUserAsync("changer", "ROLE_INVENTORY_READ", "ROLE_INVENTORY_ADMIN", "ROLE_IDENTITY_READ", "ROLE_IDENTITY_ADMIN", "ROLE_MEASUREMENT_ADMIN");
        using (var first = await MqttSocket.ConnectAsync(Server, user.Connect)) await first.PublishedAsync("s/us", "100");
        var changed = user with { Password = "Another-password-1" };
        await CutOffAsync(user, () => user.Rest(Server).PutAsync("/user/currentUser/password", $$"""{"currentUserPassword":"{{user.Password}}","newPassword":"{{changed.Password}}"}"""));
        Assert.Equal(4, await MqttSocket.TryConnectAsync(Server, user.Connect));
        await WorksAsync(changed);
    }

    [Fact]
    public async Task A_device_that_is_registered_anew_has_one_password_the_new_one()
    {
        var device = await ConnectedDeviceAsync("anew");
        var objectId = await Joining.ObjectIdAsync(Admin, device.DeviceId);
        Credentials? anew = null;
        await CutOffAsync(device, async () =>
        {
            anew = await Joining.JoinAsync(Server, device.DeviceId);
            return new Reply(201, "", null, []);
        });
        Assert.Equal(4, await MqttSocket.TryConnectAsync(Server, device.Connect));
        await WorksAsync(anew!);
        Assert.Equal(objectId, await Joining.ObjectIdAsync(Admin, device.DeviceId));
    }

    [Fact]
    public async Task A_deleted_tenant_is_out_at_once_and_for_good()
    {
        var (management, tenant, boss) = await NewTenantAsync("deleted");
        var device = await ConnectedDeviceAsync("of-deleted", boss);
        var ofBoss = Hammer.Rest(boss, "/inventory/managedObjects");
        await ofBoss.SucceedsAsync();

        var answered = await CutOffAsync(device, () => management.DeleteAsync($"/tenant/tenants/{tenant}"));
        await ofBoss.StoppedByAsync(answered);

        Assert.NotEqual(0, await MqttSocket.TryConnectAsync(Server, device.Connect));
        Assert.Equal(401, (await boss.GetAsync("/tenant/currentTenant")).Status);
        (await management.PutAsync($"/tenant/tenants/{tenant}", """{"status":"ACTIVE"}""")).ExpectError(404, "security/Not Found");
    }

    [Fact]
    public async Task A_suspended_tenant_is_out_at_once_and_works_again_when_it_is_active()
    {
        var (management, tenant, boss) = await NewTenantAsync("suspended");
        var device = await ConnectedDeviceAsync("of-suspended", boss);
        var ofBoss = Hammer.Rest(boss, "/inventory/managedObjects");
        await ofBoss.SucceedsAsync();

        var answered = await CutOffAsync(device, () => management.PutAsync($"/tenant/tenants/{tenant}", """{"status":"SUSPENDED"}"""));
        await ofBoss.StoppedByAsync(answered);
        Assert.NotEqual(0, await MqttSocket.TryConnectAsync(Server, device.Connect));
        Assert.Equal(401, (await boss.GetAsync("/tenant/currentTenant")).Status);

        (await management.PutAsync($"/tenant/tenants/{tenant}", """{"status":"ACTIVE"}""")).Expect(200);
        await WorksAsync(device);
        (await boss.GetAsync("/inventory/managedObjects")).Expect(200);
    }

    private async Task<(RestClient Management, string Tenant, RestClient Boss)> NewTenantAsync(string domain)
    {
        var management = Joining.OperatorOf(Server);
        var tenant = (await management.PostAsync("/tenant/tenants", $$"""
            {"domain":"{{domain}}","company":"Pumps Ltd","adminName":"boss","adminEmail":"b@example.com","adminPass":"Password-of-boss-1"}
            """)).Expect(201).MadeId;
        return (management, tenant, new RestClient(Server.NewClientOf($"{tenant}/boss", "Password-of-boss-1", Server.Http)));
    }

    /// <summary>
    /// Hammers with these credentials by REST, over one open session, and holds silent sessions over TCP, TLS and WebSocket; makes the change and
    /// shows that nothing succeeded that began after its answer. Answers when that was.
    /// <paramref name="asks"/> is what the right to go is needed for: the device's object, which its owner may always read, unless told.
    /// </summary>
    private async Task<long> CutOffAsync(Credentials who, Func<Task<Reply>> change, bool isStillKnown = false, string? asks = null)
    {
        asks ??= $"/inventory/managedObjects/{await Joining.ObjectIdAsync(who.Rest(Server), who.DeviceId)}";
        var ways = Enum.GetValues<MqttWay>();
        var silent = await Task.WhenAll(ways.Select(way => MqttSocket.ConnectAsync(Server, who.Connect with { ClientId = $"{who.DeviceId}-silent-{way}" }, way)));
        using var mqtt = await MqttSocket.ConnectAsync(Server, who.Connect);
        var (rest, publishing) = (Hammer.Rest(who.Rest(Server), asks), Hammer.Publishing(mqtt, Row));
        await Task.WhenAll(rest.SucceedsAsync(), publishing.SucceedsAsync());

        var closed = Task.WhenAll(silent.Select(ClosedAtAsync));
        var asked = Stopwatch.GetTimestamp();
        var answer = await change();
        var answered = Stopwatch.GetTimestamp();
        Assert.True(answer.IsSuccess, $"The change was refused: {answer.Status} {answer.Body}");

        foreach (var (way, at) in ways.Zip(await closed))
        {
            var after = Stopwatch.GetElapsedTime(answered, at);
            output.WriteLine($"answered after {Stopwatch.GetElapsedTime(asked, answered).TotalMilliseconds:F1} ms; the end of the silent session over {way} was seen {after.TotalMilliseconds:F1} ms after the answer");
            Assert.True(after < CloseMax, $"The silent session over {way} was open for {after} after the answer.");
        }
        await Task.WhenAll(rest.StoppedByAsync(answered), publishing.StoppedByAsync(answered));
        Assert.Equal(isStillKnown ? 403 : 401, (await who.Rest(Server).GetAsync(asks)).Status);
        return answered;
    }

    private static async Task<long> ClosedAtAsync(MqttSocket session)
    {
        using var silent = session;
        Assert.Empty(await silent.ClosedAsync("the end of the silent session"));
        return Stopwatch.GetTimestamp();
    }

    private async Task WorksAsync(Credentials who)
    {
        using var mqtt = await MqttSocket.ConnectAsync(Server, who.Connect);
        Assert.Empty(await mqtt.PublishedAsync("s/us", Row));
        await Joining.ObjectIdAsync(who.Rest(Server), who.DeviceId);
    }

    private async Task<Credentials> ConnectedDeviceAsync(string name, RestClient? by = null)
    {
        var device = await Joining.JoinAsync(Server, $"revoked-{name}", by);
        using var mqtt = await MqttSocket.ConnectAsync(Server, device.Connect);
        await mqtt.PublishedAsync("s/us", "100");
        return device;
    }

    private async Task<Credentials> NewUserAsync(string name, params string[] roles)
    {
        var user = new Credentials($"client-of-{name}", "t1", name, $"Password-of-{name}-1");
        (await Admin.PostAsync("/user/t1/users", $$"""{"userName":"{{name}}","email":"{{name}}@example.com","password":"{{user.Password}}"}""")).Expect(201);
        foreach (var role in roles)
            (await Admin.PostAsync($"/user/t1/users/{name}/roles", $$"""{"role":{"self":"{{Server.Http}}user/roles/{{role}}"} }""")).Expect(201);
        return user;
    }
}
