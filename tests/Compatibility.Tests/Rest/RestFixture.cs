using System.Globalization;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>One real server for all tests of the REST interface; each makes the users and objects that it needs.</summary>
public sealed class RestFixture : IAsyncLifetime
{
    private const string UserPassword = "Password-of-a-test-1";

    private ServerProcess? _server;
    private int _last;

    public ServerProcess Server => _server ?? throw new InvalidOperationException("The server has not been started.");

    /// <summary>The administrator of the default tenant.</summary>
    public RestClient Admin { get; private set; } = null!;

    /// <summary>The platform operator.</summary>
    public RestClient Operator { get; private set; } = null!;

    /// <summary>The user that hands devices their credentials.</summary>
    public RestClient Bootstrap { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        Admin = As("t1/admin", FirstPasswords.Admin);
        Operator = As("management/admin", FirstPasswords.Management);
        Bootstrap = As("management/devicebootstrap", FirstPasswords.Device);
    }

    public RestClient As(string user, string password) => new(Server.NewClientOf(user, password));

    public RestClient AsNobody() => new(Server.NewClient());

    /// <summary>A word that no other test has had.</summary>
    public string Unique(string word) => word + Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);

    /// <summary>Makes a user of the default tenant who holds these roles directly, beside those that every user has.</summary>
    public async Task<(string Name, RestClient Client)> NewUserAsync(params string[] roles)
    {
        var name = await NewUserBelowAsync(Admin);
        foreach (var role in roles)
            (await Admin.PostAsync($"/user/t1/users/{name}/roles", "{\"role\":{\"self\":\"/user/roles/" + role + "\"}}")).Expect(201);
        return (name, As($"t1/{name}", UserPassword));
    }

    /// <summary>Has somebody make a user of the default tenant, and answers its name.</summary>
    public async Task<string> NewUserBelowAsync(RestClient maker)
    {
        var name = Unique("user");
        (await maker.PostAsync("/user/t1/users", $$"""{"userName":"{{name}}","email":"{{name}}@example.com","password":"{{UserPassword}}"}""")).Expect(201);
        return name;
    }

    /// <summary>Registers a device, and answers the user that it signs in as.</summary>
    public async Task<(string Name, RestClient Client)> NewDeviceAsync()
    {
        const string Requests = "/devicecontrol/newDeviceRequests";
        const string Credentials = "/devicecontrol/deviceCredentials";
        var id = Unique("device-");
        var body = $$"""{"id":"{{id}}"}""";
        (await Admin.PostAsync(Requests, body)).Expect(201);
        (await Bootstrap.PostAsync(Credentials, body)).Expect(404);
        (await Admin.PutAsync($"{Requests}/{id}", """{"status":"ACCEPTED"}""")).Expect(200);
        var credentials = (await Bootstrap.PostAsync(Credentials, body)).Expect(201);
        return (credentials.Text("username"), As($"{credentials.Text("tenantId")}/{credentials.Text("username")}", credentials.Text("password")));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class RestServers : ICollectionFixture<RestFixture>
{
    public const string Name = "The REST interface of one real server";
}
