using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Bailiwick.Compatibility.Tests.Durability;

namespace Bailiwick.Compatibility.Tests.Revocation;

/// <summary>
/// Every way of taking a right away: when the call is answered, the user's open MQTT session is closed, the next connection and the next
/// request with the old right are refused.
/// </summary>
public sealed class RevocationTests(SharedServer shared, ITestOutputHelper output) : IClassFixture<SharedServer>
{
    private const string Password = "Right-For-Now-1";
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(2);
    private static int _users;

    private HttpClient Admin => shared.Server.NewClientOf("t1/admin", ServerProcess.AdminPassword);

    [Fact]
    public async Task A_disabled_user_is_out_and_comes_back_when_enabled()
    {
        var user = await UserAsync();
        await using var session = await SessionAsync(user);
        await TakeAsync(session, () => SendAsync(Admin, HttpMethod.Put, $"/user/t1/users/{user}", """{"enabled":false}"""));
        Assert.Equal(4, await ConnectAsync($"t1/{user}", Password));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync($"t1/{user}", Password, "/user/currentUser"));

        await SendAsync(Admin, HttpMethod.Put, $"/user/t1/users/{user}", """{"enabled":true}""");
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"t1/{user}", Password, "/user/currentUser"));
    }

    [Fact]
    public async Task A_deleted_user_is_out()
    {
        var user = await UserAsync();
        await using var session = await SessionAsync(user);
        await TakeAsync(session, () => SendAsync(Admin, HttpMethod.Delete, $"/user/t1/users/{user}", null));
        Assert.Equal(4, await ConnectAsync($"t1/{user}", Password));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync($"t1/{user}", Password, "/user/currentUser"));
    }

    [Fact]
    public async Task A_role_taken_away_bites_on_the_next_request()
    {
        var user = await UserAsync();
        var thing = await ObjectAsync();
        await SendAsync(Admin, HttpMethod.Post, $"/user/t1/users/{user}/roles", """{"role":{"id":"ROLE_INVENTORY_READ"}}""");
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"t1/{user}", Password, thing));
        await using var session = await SessionAsync(user);
        await TakeAsync(session, () => SendAsync(Admin, HttpMethod.Delete, $"/user/t1/users/{user}/roles/ROLE_INVENTORY_READ", null));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync($"t1/{user}", Password, thing));
    }

    [Fact]
    public async Task A_member_taken_out_of_a_group_has_its_rights_no_longer()
    {
        const int readers = 12;
        var user = await UserAsync();
        var thing = await ObjectAsync();
        await SendAsync(Admin, HttpMethod.Post, $"/user/t1/groups/{readers}/users", $$"""{"user":{"self":"/user/t1/users/{{user}}"} }""");
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"t1/{user}", Password, thing));
        await using var session = await SessionAsync(user);
        await TakeAsync(session, () => SendAsync(Admin, HttpMethod.Delete, $"/user/t1/groups/{readers}/users/{user}", null));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync($"t1/{user}", Password, thing));
    }

    [Fact]
    public async Task A_changed_password_ends_what_the_old_one_opened()
    {
        var user = await UserAsync();
        await using var session = await SessionAsync(user);
        await TakeAsync(session, () => SendAsync(
            shared.Server.NewClientOf($"t1/{user}", Password), HttpMethod.Put, "/user/currentUser/password",
            $$"""{"currentUserPassword":"{{Password}}","newPassword":"Another-Word-2"}"""));
        Assert.Equal(4, await ConnectAsync($"t1/{user}", Password));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync($"t1/{user}", Password, "/user/currentUser"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"t1/{user}", "Another-Word-2", "/user/currentUser"));
    }

    [Fact]
    public async Task A_suspended_tenant_is_out_whole_and_comes_back_when_activated()
    {
        var operators = shared.Server.NewClientOf("management/admin", ServerProcess.ManagementPassword);
        var made = await SendAsync(operators, HttpMethod.Post, "/tenant/tenants",
            $$"""{"company":"Acme","domain":"acme{{Interlocked.Increment(ref _users)}}","adminName":"boss","adminEmail":"b@example.com","adminPass":"{{Password}}"}""");
        var tenant = JsonElement.Parse(made).GetProperty("id").GetString()!;
        await using var session = new MqttDevice();
        Assert.Equal(0, await session.ConnectAsync(shared.Server.MqttPort, "d:boss", $"{tenant}/boss", Password));

        await TakeAsync(session, () => SendAsync(operators, HttpMethod.Put, $"/tenant/tenants/{tenant}", """{"status":"SUSPENDED"}"""));
        Assert.Equal(4, await ConnectAsync($"{tenant}/boss", Password));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync($"{tenant}/boss", Password, "/inventory/managedObjects"));

        await SendAsync(operators, HttpMethod.Put, $"/tenant/tenants/{tenant}", """{"status":"ACTIVE"}""");
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"{tenant}/boss", Password, "/inventory/managedObjects"));
    }

    [Fact]
    public async Task No_request_that_begins_after_the_answer_is_served_while_a_client_hammers()
    {
        var user = await UserAsync();
        using var stop = new CancellationTokenSource();
        var served = new List<(long Began, HttpStatusCode Status)>();
        var hammer = Task.Run(async () =>
        {
            var client = shared.Server.NewClientOf($"t1/{user}", Password);
            while (!stop.IsCancellationRequested)
            {
                var began = Stopwatch.GetTimestamp();
                using var answer = await client.GetAsync(new Uri("/user/currentUser", UriKind.Relative));
                served.Add((began, answer.StatusCode));
            }
        });
        await EventuallyAsync(() => served.Count > 20, "the hammering client to be served");
        await SendAsync(Admin, HttpMethod.Put, $"/user/t1/users/{user}", """{"enabled":false}""");
        var answered = Stopwatch.GetTimestamp();
        var before = served.Count;
        await EventuallyAsync(() => served.Count > before + 3, "the hammering client to be refused");
        await stop.CancelAsync();
        await hammer;
        Assert.Contains(served, request => request.Began < answered && request.Status == HttpStatusCode.OK);
        Assert.DoesNotContain(served, request => request.Began > answered && request.Status != HttpStatusCode.Unauthorized);
    }

    /// <summary>Takes the right away, and demands that the session is closed when the answer is there, or within a moment of it.</summary>
    private async Task TakeAsync(MqttDevice session, Func<Task> take)
    {
        var closed = session.ClosedAsync();
        var began = Stopwatch.GetTimestamp();
        await take();
        var answered = Stopwatch.GetTimestamp();
        await closed.WaitAsync(CloseMax);
        output.WriteLine($"answered after {Stopwatch.GetElapsedTime(began, answered).TotalMilliseconds:F1} ms, close seen {Stopwatch.GetElapsedTime(answered).TotalMilliseconds:F1} ms after the answer");
    }

    private async Task<string> UserAsync()
    {
        var name = $"revoked{Interlocked.Increment(ref _users)}";
        await SendAsync(Admin, HttpMethod.Post, "/user/t1/users", $$"""{"userName":"{{name}}","email":"r@example.com","password":"{{Password}}"}""");
        return name;
    }

    private async Task<string> ObjectAsync() =>
        $"/inventory/managedObjects/{JsonElement.Parse(await SendAsync(Admin, HttpMethod.Post, "/inventory/managedObjects", """{"name":"thing"}""")).GetProperty("id").GetString()}";

    private async Task<MqttDevice> SessionAsync(string user)
    {
        var session = new MqttDevice();
        Assert.Equal(0, await session.ConnectAsync(shared.Server.MqttPort, $"d:of-{user}", $"t1/{user}", Password));
        return session;
    }

    private async Task<byte> ConnectAsync(string user, string password)
    {
        await using var device = new MqttDevice();
        return await device.ConnectAsync(shared.Server.MqttPort, "d:again", user, password);
    }

    private async Task<HttpStatusCode> GetAsync(string user, string password, string path)
    {
        using var answer = await shared.Server.NewClientOf(user, password).GetAsync(new Uri(path, UriKind.Relative));
        return answer.StatusCode;
    }

    private static async Task<string> SendAsync(HttpClient client, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path} answered {answer.StatusCode}: {text}");
        return text;
    }

    private static async Task EventuallyAsync(Func<bool> holds, string awaited)
    {
        var began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(20)) throw new TimeoutException($"Waited 20 s for {awaited}");
            await Task.Yield();
        }
    }
}
