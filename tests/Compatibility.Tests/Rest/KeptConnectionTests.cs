using System.Net;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>What a connection remembers of its last request is nobody's but that request's user, and ends with the user's rights.</summary>
public sealed class KeptConnectionTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Password = "Password-of-test-1";
    private const int Rounds = 40;

    private ServerProcess Server => shared.Server;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Users_who_share_a_connection_are_each_themselves(string version)
    {
        string[] names = [.. Enumerable.Range(1, 5).Select(number => $"shared-{number}-{version}")];
        foreach (var name in names) await MakeAsync(name);
        using var connection = OneConnection(version);

        // All at once: over HTTP/2 they are streams of one connection, over HTTP/1.1 they come one after another.
        var asked = Enumerable.Range(0, Rounds).SelectMany(_ => names).Select(async name => (name, answer: await WhoAsync(connection, name, Password)));
        Assert.All(await Task.WhenAll(asked), each => Assert.Equal((200, each.name), each.answer));
        Assert.Equal((401, null), await WhoAsync(connection, names[0], "wrong"));
        Assert.Equal((200, names[0]), await WhoAsync(connection, names[0], Password));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_kept_connection_is_refused_once_it_is_answered_that_its_user_is_disabled(string version)
    {
        var name = $"kept-{version}";
        await MakeAsync(name);
        var admin = new RestClient(Server.NewClientOf("t1/admin", FirstPasswords.Admin));
        using var connection = OneConnection(version);
        for (var round = 0; round < 5; round++)
        {
            for (var again = 0; again < 3; again++) Assert.Equal((200, name), await WhoAsync(connection, name, Password));
            (await admin.PutAsync($"/user/t1/users/{name}", """{"enabled":false}""")).Expect(200);
            Assert.Equal((401, null), await WhoAsync(connection, name, Password));
            (await admin.PutAsync($"/user/t1/users/{name}", """{"enabled":true}""")).Expect(200);
        }
    }

    private async Task MakeAsync(string name) =>
        (await new RestClient(Server.NewClientOf("t1/admin", FirstPasswords.Admin)).PostAsync(
            "/user/t1/users", $$"""{"userName":"{{name}}","email":"{{name}}@example.com","password":"{{Password}}"}""")).Expect(201);

    private HttpClient OneConnection(string version) => new(new SocketsHttpHandler
    {
        SslOptions = Server.ClientTls(), MaxConnectionsPerServer = 1, EnableMultipleHttp2Connections = false, UseCookies = false, UseProxy = false,
    })
    {
        BaseAddress = Server.Https, DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task<(int Status, string? Name)> WhoAsync(HttpClient connection, string name, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/user/currentUser");
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"t1/{name}:{password}")));
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await connection.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.OK) return ((int)answer.StatusCode, null);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (200, body.RootElement.GetProperty("userName").GetString());
    }
}
